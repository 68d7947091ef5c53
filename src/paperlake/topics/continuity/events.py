"""What a refit did to topics: born, died, split, merged, as rows of the topic_events table.

Who lives on is decided in `lineage.py`; a topic that lives on has no event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from paperlake.catalogue.topic_tables import TOPIC_EVENTS
from paperlake.topics.continuity.lineage import Lineage


@dataclass(frozen=True)
class TopicAtFit:
    """What a row of the table says of a topic as one fit had it."""

    topic_id: str
    label: str
    paper_count: int


def level_events(
    old: Sequence[TopicAtFit], new: Sequence[TopicAtFit], lineage: Lineage
) -> Iterator[dict[str, Any]]:
    """The events of one level at one fit: rows without what is the same in all of them.

    Args:
        old: The topics of the fit before.
        new: The topics of this fit.
        lineage: How the one follows from the other.
    """
    lived_as = lineage.lived_as.tolist()
    for number, topic in enumerate(new):
        if lived_as[number] < 0:
            other = _other(old, lineage.came_from[number], lineage.came_count[number])
            yield _row("split" if other else "born", topic, other)
    for number in sorted(set(range(len(old))) - set(lived_as)):
        other = _other(new, lineage.went_to[number], lineage.went_count[number])
        yield _row("merged" if other else "died", old[number], other)


def _other(topics: Sequence[TopicAtFit], number: int, shared: int) -> tuple[TopicAtFit, int] | None:
    return (topics[number], int(shared)) if number >= 0 else None


def _row(event: str, topic: TopicAtFit, other: tuple[TopicAtFit, int] | None) -> dict[str, Any]:
    return {
        "event": event,
        "topic_id": topic.topic_id,
        "label": topic.label,
        "paper_count": topic.paper_count,
        "other_topic_id": other[0].topic_id if other else None,
        "other_label": other[0].label if other else None,
        "shared_paper_count": other[1] if other else None,
    }


def events_table(events: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The topic_events table of all fits, oldest first."""
    rows = [
        {**event, "snapshot_date": event["snapshot_date"] and date.fromisoformat(event["snapshot_date"])}
        for event in events
    ]
    return TOPIC_EVENTS.frame(rows).sort("fit_number", "level", "event", "topic_id")
