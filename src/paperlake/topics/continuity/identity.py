"""Ids of topics: kept by those that continue, derived from the most central paper by those that begin.

Which topics continue is decided in `lineage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence


def topic_id(level: int, paper_id: str) -> str:
    """Return the id of the topic of a level whose most central paper is `paper_id`."""
    return hashlib.sha256(f"topic {level} {paper_id}".encode()).hexdigest()[:16]


def assign_ids(
    level: int, kept: Sequence[str | None], central: Sequence[Sequence[str]], used: set[str]
) -> list[str]:
    """Assign an id to each topic of one level.

    Args:
        level: `TOPIC_LEVEL` or `SUBTOPIC_LEVEL`.
        kept: The id of each topic that continues, None for those that begin.
        central: The paper ids of each topic, most central first.
        used: Ids that any topic has or had; the new ones are added.
    """
    ids = []
    for previous, paper_ids in zip(kept, central, strict=True):
        assigned = previous or next(found for found in _derived_ids(level, paper_ids) if found not in used)
        used.add(assigned)
        ids.append(assigned)
    return ids


def _derived_ids(level: int, paper_ids: Sequence[str]) -> Iterator[str]:
    """Yield ids by central paper: the id of the first may be used by a topic that continues, or died."""
    yield from (topic_id(level, paper_id) for paper_id in paper_ids)
    number = 2
    while True:
        yield topic_id(level, f"{paper_ids[0]} {number}")
        number += 1
