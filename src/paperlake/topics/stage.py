"""The stage `topics`: what it reads and writes, and what decides its outputs.

How they are built is in `building.py`.
"""

from __future__ import annotations

from paperlake.catalogue.files import TOPIC_MAP, TOPIC_MEMORY, TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.topic_tables import (
    EMERGING_TOPICS,
    FILED_TEXTS,
    PAPER_TOPICS,
    TOPIC_EVENTS,
    TOPIC_TRENDS,
    TOPICS,
)
from paperlake.lake.manifest import Facts
from paperlake.stages.run import StageRun
from paperlake.stages.stage import RunContext, Stage
from paperlake.topics.checks import TOPIC_CHECKS
from paperlake.topics.curated.decisions import read_topic_decisions

TABLES = (TOPICS, PAPER_TOPICS, FILED_TEXTS, TOPIC_TRENDS, EMERGING_TOPICS, TOPIC_EVENTS)
VERSION = 6


def _build(run: StageRun) -> Facts:
    from paperlake.topics.building import build_topics  # noqa: PLC0415  # not needed where nothing is built

    return build_topics(run)


def _decisions(context: RunContext) -> list[object]:
    """Return what people decided, in an order of its own: the order of lines makes no difference.

    Where a language model names topics, it is followed by what decides the names.

    Raises:
        UsageError: `curated/topics.csv` is malformed or contradicts itself; the message names the lines.
    """
    decided: list[object] = [
        decision.content for decision in read_topic_decisions(context.lake.topic_decisions)
    ]
    if not context.settings.topic_names_url:
        return decided
    from paperlake.topics.llm.naming import names_key  # noqa: PLC0415  # seldom asked for

    return [*decided, {"names": names_key(context)}]


TOPICS_STAGE = Stage(
    name="topics",
    description="Group papers into labelled topics and subtopics, with trends by month and a map.",
    reads=(PAPERS, EMBEDDINGS),
    writes=(*TABLES, TOPIC_MODEL, TOPIC_MEMORY, TOPIC_MAP),
    version=VERSION,
    build=_build,
    settings=("topic_min_papers", "topic_refit"),
    inputs=_decisions,
    when_inputs_change="papers, vectors, curated/topics.csv or the model that names topics have changed, or "
    "topics wait for a name",
    libraries=("scikit-learn", "scipy"),
    checks=TOPIC_CHECKS,
    kinds=frozenset({"scikitlearn", "parquet"}),
    refits=True,
)
