"""Ids of topics: kept by those that live on, derived from the most central paper by those that begin.

Who lives on is decided in `lineage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence


def topic_id(level: int, paper_id: str) -> str:
    """The id of the topic of a level whose most central paper is `paper_id`."""
    return hashlib.sha256(f"topic {level} {paper_id}".encode()).hexdigest()[:16]


def give_ids(
    level: int, kept: Sequence[str | None], central: Sequence[Sequence[str]], used: set[str]
) -> list[str]:
    """The ids of the topics of one level.

    Args:
        level: 1 or 2.
        kept: The id of each topic that lives on, None for those that begin.
        central: The paper ids of each topic, most central first.
        used: Ids that any topic has or had; the new ones are added.
    """
    ids = []
    for old, paper_ids in zip(kept, central, strict=True):
        given = old or next(found for found in _derived_ids(level, paper_ids) if found not in used)
        used.add(given)
        ids.append(given)
    return ids


def _derived_ids(level: int, paper_ids: Sequence[str]) -> Iterator[str]:
    """Ids by central paper; the paper may have been central to a topic that lives on, or died."""
    yield from (topic_id(level, paper_id) for paper_id in paper_ids)
    number = 2
    while True:
        yield topic_id(level, f"{paper_ids[0]} {number}")
        number += 1
