"""Events of topics at a refit, born, died, split and merged, as rows of the topic_events table.

Which topics continue is decided in `lineage.py`; a topic that continues has no event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from paperlake.catalogue.topic_tables import TOPIC_EVENTS
from paperlake.catalogue.vocabulary import TopicEvent
from paperlake.topics.continuity.lineage import Lineage


@dataclass(frozen=True)
class TopicAtFit:
    """The state of a topic at one fit, as far as the table has it."""

    topic_id: str
    label: str
    paper_count: int


def level_events(
    previous: Sequence[TopicAtFit], current: Sequence[TopicAtFit], lineage: Lineage
) -> Iterator[dict[str, Any]]:
    """Yield the events of one level at one fit: rows without the columns that are equal in all of them.

    Args:
        previous: The topics of the previous fit.
        current: The topics of this fit.
        lineage: How the one follows from the other.
    """
    matched = lineage.matched_previous.tolist()
    for number, topic in enumerate(current):
        if matched[number] < 0:
            other = _other(previous, lineage.split_from[number], lineage.split_counts[number])
            yield _row(TopicEvent.SPLIT if other else TopicEvent.BORN, topic, other)
    for number in sorted(set(range(len(previous))) - set(matched)):
        other = _other(current, lineage.merged_into[number], lineage.merged_counts[number])
        yield _row(TopicEvent.MERGED if other else TopicEvent.DIED, previous[number], other)


def _other(topics: Sequence[TopicAtFit], number: int, shared: int) -> tuple[TopicAtFit, int] | None:
    return (topics[number], int(shared)) if number >= 0 else None


def _row(event: TopicEvent, topic: TopicAtFit, other: tuple[TopicAtFit, int] | None) -> dict[str, Any]:
    return {
        "event": str(event),
        "topic_id": topic.topic_id,
        "label": topic.label,
        "paper_count": topic.paper_count,
        "other_topic_id": other[0].topic_id if other else None,
        "other_label": other[0].label if other else None,
        "shared_paper_count": other[1] if other else None,
    }


def events_table(events: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return the topic_events table of all fits, oldest first."""
    rows = [
        {**event, "snapshot_date": event["snapshot_date"] and date.fromisoformat(event["snapshot_date"])}
        for event in events
    ]
    return TOPIC_EVENTS.frame(rows).sort("fit_number", "level", "event", "topic_id")
