"""Contents of answers, the same for the JSON API and the MCP server."""

from __future__ import annotations

from typing import Any

from paperlake.errors import UnknownNameError
from paperlake.queries import Build, papers, topics
from paperlake.queries.finding import Listing


def paper(build: Build, paper_id: str) -> dict[str, Any]:
    """Return a paper with its authors, topics, counts by day and sources.

    Raises:
        UnknownNameError: There is no such paper.
    """
    found = papers.details(build, paper_id, similar_count=0)
    if found is None:
        raise UnknownNameError(f"There is no paper {paper_id}.")
    return _parts(found, "paper", "authors", "topics", "counts", "sources")


def topic(build: Build, topic_id: str) -> dict[str, Any]:
    """Return a topic with its subtopics, its papers by month, and what fits did to it.

    Raises:
        UnknownNameError: There is no such topic, or it has ended.
    """
    found = topics.details(build, topic_id)
    if found is None:
        ended = topics.ended(build, topic_id)
        reason = (
            f"The topic {topic_id} has ended ({ended['event']})."
            if ended
            else f"There is no topic {topic_id}."
        )
        raise UnknownNameError(reason)
    return _parts(found, "topic", "subtopics", "trend", "events")


def listing(found: Listing, *names: str) -> dict[str, Any]:
    """Return the rows of a list and further parts of it."""
    return _parts(found, "rows", *names)


def _parts(found: object, *names: str) -> dict[str, Any]:
    return {name: getattr(found, name) for name in names}
