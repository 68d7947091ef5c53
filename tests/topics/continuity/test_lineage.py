"""Lineage, ids and events of topics, on assignments written out by hand."""

from __future__ import annotations

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import TopicEvent
from paperlake.topics.continuity.events import TopicAtFit, level_events
from paperlake.topics.continuity.identity import assign_ids, topic_id
from paperlake.topics.continuity.lineage import Lineage, trace_topics


def trace(previous: str, current: str) -> Lineage:
    """Trace topics given as one digit per paper, without help of centroids."""
    old, new = (np.array([int(digit) for digit in digits]) for digits in (previous, current))
    counts = int(old.max()) + 1, int(new.max()) + 1
    return trace_topics(old, new, counts, np.zeros(counts))


def events(previous: str, current: str) -> list[tuple[str, str, str | None, int | None]]:
    """Event, topic, other topic and shared papers; topics are named p0, p1 and c0, c1."""
    topics = [
        [
            TopicAtFit(f"{letter}{number}", f"{letter}{number}", digits.count(str(number)))
            for number in range(int(max(digits)) + 1)
        ]
        for letter, digits in (("p", previous), ("c", current))
    ]
    rows = level_events(*topics, trace(previous, current))
    return [(r["event"], r["topic_id"], r["other_topic_id"], r["shared_paper_count"]) for r in rows]


def test_topics_match_by_shared_papers() -> None:
    assert trace("0000111122", "1111000022").matched_previous.tolist() == [1, 0, 2]
    assert events("0000111122", "1111000022") == []


def test_topic_that_loses_a_part_continues() -> None:
    lineage = trace("00000000", "00000111")
    assert lineage.matched_previous.tolist() == [0, -1]
    assert (lineage.split_from.tolist(), lineage.split_counts.tolist()) == ([0, 0], [5, 3])
    assert events("00000000", "00000111") == [(TopicEvent.SPLIT, "c1", "p0", 3)]


def test_topic_that_ends_in_another_is_merged() -> None:
    assert events("00000111", "00000000") == [(TopicEvent.MERGED, "p1", "c0", 3)]


def test_topic_of_scattered_papers_is_born_and_scattered_topic_dies() -> None:
    previous = "0000111122223456"
    current = "0000111122223333"
    found = events(previous, current)
    assert (TopicEvent.BORN, "c3", None, None) in found
    assert {event for event, *_ in events(current, "0000111122220124")} <= {
        TopicEvent.DIED,
        TopicEvent.BORN,
        TopicEvent.SPLIT,
    }


def test_equal_overlaps_are_decided_by_centroids() -> None:
    old, new = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    for cosines, expected in (([[1, 0], [0, 1]], [0, 1]), ([[0, 1], [1, 0]], [1, 0])):
        lineage = trace_topics(old, new, (2, 2), np.array(cosines, dtype=np.float64))
        assert lineage.matched_previous.tolist() == expected


def test_ids_are_kept_or_derived_and_never_reused() -> None:
    used = {topic_id(TOPIC_LEVEL, "a")}
    ids = assign_ids(TOPIC_LEVEL, ["kept", None, None], [["x"], ["a", "b"], ["b"]], used)
    assert ids[0] == "kept"
    assert ids[1] == topic_id(TOPIC_LEVEL, "b")  # "a" is used
    assert ids[2] == topic_id(TOPIC_LEVEL, "b 2")
    assert set(ids) <= used
    assert topic_id(TOPIC_LEVEL, "a") != topic_id(SUBTOPIC_LEVEL, "a")
