"""Tools about topics."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp_types import CallToolResult
from pydantic import Field

from paperlake.queries import Builds, topics
from paperlake.serve.api import contents
from paperlake.serve.api.models import TopicResult
from paperlake.serve.mcp import models
from paperlake.serve.mcp.answers import answer, explained
from paperlake.serve.mcp.parameters import Topic


class TopicTools:
    """Tools about topics."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    @explained
    def list_topics(
        self,
        level: Annotated[Literal[1, 2], Field(description="1 for topics, 2 for subtopics.")] = 1,
        topic: Annotated[
            Topic, Field(description="List the subtopics of this topic: its id or label.")
        ] = None,
    ) -> Annotated[CallToolResult, models.TopicsResult]:
        """List topics, or the subtopics of one, largest first, and mark those that grow beyond chance."""
        with self._builds.reading() as build:
            rows = topics.topics(build)
            if topic:
                parent = topics.named(build, topic)["topic_id"]
                rows = tuple(row for row in rows if row["parent_topic_id"] == parent)
            else:
                rows = tuple(row for row in rows if row["level"] == level)
            return answer(build, {"rows": [models.listed_topic(row) for row in rows]})

    @explained
    def topic_trend(
        self, topic: Annotated[str, Field(max_length=300, description="Id or label of a topic or subtopic.")]
    ) -> Annotated[CallToolResult, TopicResult]:
        """Return a topic with its papers by month, its subtopics, and what fits of the topics did to it."""
        with self._builds.reading() as build:
            return answer(build, contents.topic(build, topics.named(build, topic)["topic_id"]))
