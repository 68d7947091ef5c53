"""Applying people's decisions to a fit: from the lines of the file to the topics that are published.

Reads no files: the stage gives the decisions, the memory, and what it takes to look at papers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.lake.files import hash_bytes
from paperlake.lake.manifest import Facts
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.curated.decisions import TopicAction, TopicDecision
from paperlake.topics.curated.memory import Memory, SplitCenters
from paperlake.topics.curated.published import PublishedTopics, publish
from paperlake.topics.curated.resolution import Draft, draft_of, resolve
from paperlake.topics.curated.splitting import split_papers
from paperlake.topics.grouping.exact import subtract_mean, to_fixed_point
from paperlake.vectors.arrays import Vectors

ReadVectors = Callable[[list[str]], tuple[list[str], Vectors]]
"""Gives the papers that are in the lake, of some, and their vectors."""


@dataclass(frozen=True)
class Decided:
    """The topics that are published, what is remembered, and what became of the decisions."""

    published: PublishedTopics
    memory: Memory
    facts: Facts

    @classmethod
    def nothing(cls, model: TopicModel) -> Decided:
        """Return the topics of a fit as they are."""
        return cls(publish(model, draft_of(model), {}, {}), Memory(), {})


def decide(
    model: TopicModel,
    decisions: Sequence[TopicDecision],
    memory: Memory,
    present: frozenset[str],
    read_vectors: ReadVectors,
) -> Decided:
    """Apply decisions to the topics of a fit.

    Args:
        model: The fit.
        decisions: From `read_topic_decisions`.
        memory: Of the last commit.
        present: Those of the papers that the decisions name that are in the lake.
        read_vectors: Reads vectors of papers.
    """
    if not decisions:
        return Decided.nothing(model)
    memory = memory.with_fit(model, _named_topics(decisions), _pinned_topics(decisions))
    draft = resolve(model, decisions, memory, present)
    splits, kept, undivided = _split(model, draft, memory, read_vectors)
    if undivided:
        draft = resolve(model, [one for one in decisions if one.line not in undivided], memory, present)
        splits, kept, _ = _split(model, draft, memory, read_vectors)
        draft.stale += [
            f"topics.csv, line {line}: all papers of the topic are like those; the line has no effect."
            for line in undivided
        ]
    since = _since(model, draft, memory)
    published = publish(model, draft, splits, since)
    labels = [(one.topic_id, one.label) for level in published.model.levels for one in level]
    shown = hash_bytes(json.dumps([labels, published.digest]).encode())
    memory = replace(memory, splits=kept, since=since, applied=published.digest, shown=shown)
    return Decided(published, memory, _facts(decisions, draft))


def _facts(decisions: Sequence[TopicDecision], draft: Draft) -> Facts:
    facts: Facts = {"topic_decisions": len(decisions)}
    if draft.stale:
        facts["stale_topic_decisions"] = " ".join(sorted(draft.stale))
    if draft.moved:
        facts["moved_topic_decisions"] = " ".join(sorted(draft.moved))
    return facts


def _named_topics(decisions: Sequence[TopicDecision]) -> list[str]:
    """Return the ids of topics that decisions name; ids of papers may be among them."""
    with_topics = (TopicAction.MERGE, TopicAction.SPLIT)
    others = [one for decision in decisions if decision.action in with_topics for one in decision.ids]
    return [decision.topic_id for decision in decisions] + others


def _pinned_topics(decisions: Sequence[TopicDecision]) -> list[str]:
    return [decision.topic_id for decision in decisions if decision.action == TopicAction.PIN]


def _split(
    model: TopicModel, draft: Draft, memory: Memory, read_vectors: ReadVectors
) -> tuple[dict[int, SplitCenters], dict[str, SplitCenters], list[int]]:
    """Return the halves of subtopics that are split, by number and by key, and lines that split nothing."""
    by_number: dict[int, SplitCenters] = {}
    by_key: dict[str, SplitCenters] = {}
    undivided = []
    for number, one in enumerate(draft.subtopics):
        if one.split_from < 0:
            continue
        origin = draft.subtopics[one.split_from].topic.topic_id
        key = " ".join([str(model.fit_number), model.fitted_from, origin, *one.named])
        centers = memory.splits.get(key) or _find_centers(model, one.split_from, one.named, read_vectors)
        if centers is None:
            undivided.append(one.line)
        else:
            by_number[number] = by_key[key] = centers
    return by_number, by_key, undivided


def _find_centers(
    model: TopicModel, number: int, named: tuple[str, ...], read_vectors: ReadVectors
) -> SplitCenters | None:
    rows = np.flatnonzero(model.papers.subtopics.groups == number).tolist()
    paper_ids, vectors = read_vectors([model.papers.paper_ids[row] for row in rows])
    fixed = subtract_mean(to_fixed_point(vectors), model.space.mean)
    return split_papers(fixed, np.isin(paper_ids, named))


def _since(model: TopicModel, draft: Draft, memory: Memory) -> dict[str, int]:
    """Return at which fit each topic was first merged or split off."""
    ids = [
        one.topic.topic_id
        for level in (TOPIC_LEVEL, SUBTOPIC_LEVEL)
        for number, one in enumerate(draft.level(level))
        if one.split_from >= 0 or draft.root(level, number) != number
    ]
    return {one: memory.since.get(one, model.fit_number) for one in sorted(ids)}
