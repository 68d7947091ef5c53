"""Questions about topics: the tree, one topic with its trend and events, topics that have ended, the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paperlake.errors import UnknownNameError
from paperlake.queries.open_builds.builds import Build, Row
from paperlake.search.filters import Filters, check_filters


@dataclass(frozen=True)
class TopicDetails:
    """A topic and what belongs to it."""

    topic: Row
    """The row of topics, with parent_label, is_emerging, growth and growth_low."""
    subtopics: Sequence[Row]
    trend: Sequence[Row]
    """Its rows of topic_trends, oldest first."""
    events: Sequence[Row]
    """Rows of topic_events about it, newest first."""
    organizations: Sequence[Row]
    """Rows of organization and paper_count, most first."""


def topics(build: Build) -> tuple[Row, ...]:
    """Return all topics, largest first, each followed by its subtopics; see `TopicDetails.topic`."""
    return build.rows("topics", {"topic_id": None})


def topic(build: Build, topic_id: str) -> Row | None:
    """Return a topic; None if it is unknown or has ended."""
    return build.row("topics", {"topic_id": topic_id})


def named(build: Build, name: str) -> Row:
    """Return the topic or subtopic of an id or, in any letter case, of a label; the largest of several.

    Raises:
        UsageError: There is none; the message names the nearest labels, or says that the topic has ended.
    """
    by_id = topic(build, name)
    if by_id:
        return by_id
    labelled = [row for row in topics(build) if row["label"].lower() == name.lower()]
    if labelled:
        return max(labelled, key=lambda row: row["paper_count"])
    gone = ended(build, name)
    if gone:
        raise UnknownNameError(f"The topic {name} has ended ({gone['event']}).")
    with build.cursor() as connection:
        check_filters(connection, Filters(topic=name))
    raise UnknownNameError(f"There is no topic {name}.")


def details(build: Build, topic_id: str) -> TopicDetails | None:
    """Return a topic and what belongs to it; None if it is unknown or has ended."""
    found = topic(build, topic_id)
    if found is None:
        return None
    asked = {"topic_id": topic_id}
    return TopicDetails(
        topic=found,
        subtopics=[row for row in topics(build) if row["parent_topic_id"] == topic_id],
        trend=trend(build, topic_id),
        events=build.rows("events_of_topic", asked),
        organizations=build.rows("organizations_of_topic", {**asked, "limit": 8}),
    )


def trend(build: Build, topic_id: str) -> tuple[Row, ...]:
    """Return the rows of topic_trends of a topic, oldest first."""
    return build.rows("trend", {"topic_id": topic_id})


def trends(build: Build, level: int) -> tuple[Row, ...]:
    """Return the rows of topic_trends of all topics of a level, with label, by topic and month."""
    return build.rows("trends", {"level": level})


def emerging(build: Build, limit: int = 5) -> tuple[Row, ...]:
    """Return the subtopics that grow beyond chance, fastest first."""
    return build.rows("emerging", {"limit": limit})


def ended(build: Build, topic_id: str) -> Row | None:
    """Return the row of topic_events that ended a topic; None if there is none."""
    return build.row("ended_topic", {"topic_id": topic_id})


def events(build: Build, limit: int = 50) -> tuple[Row, ...]:
    """Return the topic events of all fits but the first, newest first."""
    return build.rows("events", {"limit": limit})


def map_points(build: Build, topic_id: str | None, limit: int) -> tuple[Row, ...]:
    """Return papers with their places on the map, a sample that stays if there are more than `limit`.

    Args:
        build: The build.
        topic_id: Papers of this topic or subtopic; None for all.
        limit: Maximum number.
    """
    return build.rows("map", {"topic_id": topic_id, "limit": limit})
