"""The topics that are published: those of a fit with what people decided, and the papers filed under them.

The fit itself stays as it is, so that a line that is deleted leaves no trace. A paper is filed under the
topics of the fit first; where it goes from there is a function of that, of its vector and of the decisions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import LabelSource, TopicEvent
from paperlake.lake.files import hash_bytes
from paperlake.topics.continuity.topic_model import AssignedPapers, ModelTopic, TopicModel
from paperlake.topics.curated.memory import SplitCenters
from paperlake.topics.curated.resolution import Draft, DraftTopic
from paperlake.topics.curated.splitting import is_split_off
from paperlake.topics.grouping.exact import UNIT, group_sums, subtract_mean, to_fixed_point
from paperlake.topics.grouping.levels import Level
from paperlake.topics.map import DECIMALS
from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors

ID_DIGITS = 8  # the last ones of a paper_id, as a number: where in the disc of its topic a moved paper is


@dataclass(frozen=True)
class PublishedTopics:
    """The topics of a fit with what people decided."""

    base: TopicModel
    """The fit."""
    model: TopicModel
    """The topics as published; its papers are those of the fit."""
    draft: Draft
    splits: dict[int, SplitCenters]
    """By number of the draft's subtopic that is split off."""
    subtopic_numbers: Ints
    """(subtopics of the draft,) published number of each."""
    sums: Floats
    """(published subtopics, dimensions) sums of the fixed-point vectors of the fitted papers."""
    is_changed: Flags
    """(published subtopics,) whether it has other papers than a subtopic of the fit."""

    @cached_property
    def digest(self) -> str:
        """Return a hash of all that decides where papers are filed; empty where no paper goes elsewhere."""
        topics = self.draft.topics, self.draft.subtopics
        content = [
            [[one.topic.topic_id, one.parent, one.merged_into, one.split_from, one.named] for one in level]
            for level in topics
        ]
        moves = sorted(self.draft.moves.items())
        if not moves and not self.is_changed.any() and len(self.model.topics) == len(self.base.topics):
            unmoved = np.array_equal(self.model.topic_of, self.base.topic_of)
            if unmoved:
                return ""
        return hash_bytes(json.dumps([content, moves]).encode())

    def robbed_ids(self) -> set[str]:
        """Return the topics from which a decision takes papers of the fit: they may be left without any."""
        ids = self.base.papers.paper_ids
        rows = [row for row, paper_id in enumerate(ids) if paper_id in self.draft.moves]
        robbed = set(self.subtopic_numbers[self.base.papers.subtopics.groups[rows]].tolist())
        parents = {int(self.model.topic_of[number]) for number in robbed}
        return {self.model.subtopics[one].topic_id for one in robbed} | {
            self.model.topics[one].topic_id for one in parents
        }

    def file(self, assigned: AssignedPapers, vectors: Vectors) -> AssignedPapers:
        """File papers that are filed under the topics of the fit under the published ones.

        Args:
            assigned: Some papers, from `file_papers(base, ...)`.
            vectors: (papers, dimensions) of these.
        """
        if not self.digest:
            return assigned
        rows = subtract_mean(to_fixed_point(vectors), self.base.space.mean)
        before = self._before_moves(assigned, rows)
        groups, moved, is_named = self._moved(assigned.paper_ids, before, rows)
        known = np.isin(
            np.array(assigned.paper_ids, dtype="S16"), np.array(self.base.papers.paper_ids, "S16")
        )
        topic_of = self.model.topic_of
        topic_sums = group_sums(self.sums, topic_of, len(self.model.topics))
        own = _cosines(rows, self.sums[groups], known & (groups == before))
        upper = _cosines(rows, topic_sums[topic_of[groups]], known & (topic_of[groups] == topic_of[before]))
        changed = self.is_changed[groups] | moved
        is_other = self._other_topics()[topic_of[groups]] | moved
        fine, coarse = assigned.subtopics, assigned.topics
        return AssignedPapers(
            assigned.paper_ids,
            Level(
                TOPIC_LEVEL,
                topic_of[groups],
                np.where(is_named, 1.0, coarse.score),
                np.where(is_other, upper, coarse.centrality),
            ),
            Level(
                SUBTOPIC_LEVEL,
                groups,
                np.where(is_named, 1.0, fine.score),
                np.where(changed, own, fine.centrality),
            ),
            assigned.is_outlier & ~moved,
            self._places(assigned, groups, moved & (groups != before)),
        )

    def _before_moves(self, assigned: AssignedPapers, rows: Floats) -> Ints:
        """Return the published subtopic of each paper, without papers that are filed by hand."""
        drafted = assigned.subtopics.groups.copy()
        for number, centers in self.splits.items():
            split = self.draft.subtopics[number]
            inside = np.flatnonzero(assigned.subtopics.groups == split.split_from)
            named = np.array(
                [assigned.paper_ids[row] in split.named for row in inside.tolist()], dtype=np.bool_
            )
            drafted[inside[is_split_off(rows[inside], named, centers)]] = number
        return self.subtopic_numbers[drafted]

    def _moved(self, paper_ids: list[str], before: Ints, rows: Floats) -> tuple[Ints, Flags, Flags]:
        """Return the subtopics after papers were filed by hand, which papers these are, and those named."""
        groups = before.copy()
        moved, named = np.zeros(len(groups), dtype=np.bool_), np.zeros(len(groups), dtype=np.bool_)
        for row, paper_id in enumerate(paper_ids):
            if paper_id not in self.draft.moves:
                continue
            level, number, is_named = self.draft.moves[paper_id]
            moved[row], named[row] = True, is_named
            groups[row] = self._target(level, self.draft.root(level, number), int(before[row]), rows[row])
        return groups, moved, named

    def _target(self, level: int, number: int, before: int, vector: Floats) -> int:
        """Return the subtopic that a paper is filed under: of a topic, the nearest, or the one it is in."""
        if level == SUBTOPIC_LEVEL:
            return int(self.subtopic_numbers[number])
        ids = {topic.topic_id: place for place, topic in enumerate(self.model.topics)}
        topic = ids.get(self.draft.topics[number].topic.topic_id, -1)
        inside = np.flatnonzero(self.model.topic_of == topic)
        if not inside.size or before in inside:
            return before
        return int(inside[(to_fixed_point(self.sums[inside]) @ vector).argmax()])

    def _other_topics(self) -> Flags:
        """Return (published topics,) whether each has other papers than a topic of the fit."""
        before = {
            topic.topic_id: {
                self.base.subtopics[row].topic_id for row in np.flatnonzero(self.base.topic_of == n)
            }
            for n, topic in enumerate(self.base.topics)
        }
        topic_of = self.model.topic_of
        return np.array(
            [
                before.get(topic.topic_id)
                != {self.model.subtopics[row].topic_id for row in np.flatnonzero(topic_of == number)}
                or bool(self.is_changed[topic_of == number].any())
                for number, topic in enumerate(self.model.topics)
            ],
            dtype=np.bool_,
        )

    def _places(self, assigned: AssignedPapers, groups: Ints, moved: Flags) -> Floats:
        """Return the places of papers on the map: those that moved are in the disc of their subtopic."""
        places = assigned.places.copy()
        for row in np.flatnonzero(moved).tolist():
            topic, radius = self.model.subtopics[groups[row]], float(self.model.radii[groups[row]])
            spread = int(assigned.paper_ids[row][-ID_DIGITS:], 16) / float(16**ID_DIGITS)
            angle, distance = 2.0 * np.pi * ((spread * 997.0) % 1.0), radius * np.sqrt(spread)
            place = topic.x + distance * np.cos(angle), topic.y + distance * np.sin(angle)
            places[row] = np.round(place, DECIMALS)
        return places


def with_papers(published: PublishedTopics, counts: dict[str, int]) -> TopicModel:
    """Return the published topics, less those that a decision has left without papers.

    Args:
        published: The topics.
        counts: Papers of each topic_id, outliers left out.
    """
    model = published.model
    gone = {one for one in published.robbed_ids() if not counts.get(one)}
    if not gone:
        return model
    numbers = np.cumsum([topic.topic_id not in gone for topic in model.topics]) - 1
    inside = [number for number, topic in enumerate(model.subtopics) if topic.topic_id not in gone]
    events = [
        _event(published.base, level, topic, TopicEvent.DIED, None, model.fit_number)
        for level, topics in enumerate(model.levels, 1)
        for topic in topics
        if topic.topic_id in gone
    ]
    return replace(
        model,
        topics=[topic for topic in model.topics if topic.topic_id not in gone],
        subtopics=[model.subtopics[number] for number in inside],
        topic_of=numbers[model.topic_of[inside]],
        radii=model.radii[inside],
        events=[*model.events, *events],
    )


def _cosines(rows: Floats, sums: Floats, is_inside: Flags) -> Floats:
    """Return the cosine of each row to the sum beside it, less itself where it is part of it."""
    rest = np.where(is_inside[:, None], sums - rows, sums)
    cosines = (rows * to_fixed_point(rest)).sum(axis=1) / (UNIT * UNIT)
    is_alone = ~rest.any(axis=1)
    found: Floats = np.where(is_alone, 1.0, cosines)
    return found


def publish(
    base: TopicModel, draft: Draft, splits: dict[int, SplitCenters], since: dict[str, int]
) -> PublishedTopics:
    """Return the topics that a draft leaves.

    Args:
        base: The fit.
        draft: What people made of its topics.
        splits: The centres of the halves, by number of the draft's subtopic that is split off.
        since: Number of the fit at which each topic was first merged or split off, by topic_id.
    """
    roots = [draft.root(SUBTOPIC_LEVEL, number) for number in range(len(draft.subtopics))]
    living = sorted(set(roots))
    places = {root: place for place, root in enumerate(living)}
    parents = [draft.root(TOPIC_LEVEL, draft.subtopics[root].parent) for root in living]
    upper = sorted(set(parents))
    numbers = np.array([places[root] for root in roots], dtype=np.int64)
    is_changed = np.bincount(numbers, minlength=len(living)) > 1
    for number in splits:
        is_changed[numbers[[number, draft.subtopics[number].split_from]]] = True
    drafted_sums = _drafted_sums(base, draft, splits)
    drafted_radii = [*base.radii.tolist(), *(base.radii[draft.subtopics[n].split_from] for n in splits)]
    subtopics = [_placed(base, draft.subtopics[number]) for number in living]
    topics = [
        _among(
            draft.topics[number],
            [one for one, parent in zip(subtopics, parents, strict=True) if parent == number],
        )
        for number in upper
    ]
    renamed = {
        one.topic_id: one.label for one in (*topics, *subtopics) if one.label_source == LabelSource.CURATED
    }
    events = [renamed_event(event, renamed) for event in [*base.events, *_events(base, draft, upper, since)]]
    topic_of = np.array([upper.index(parent) for parent in parents], dtype=np.int64)
    papers = base.papers
    groups = numbers[papers.subtopics.groups] if len(numbers) else papers.subtopics.groups
    model = replace(
        base,
        topics=topics,
        subtopics=subtopics,
        topic_of=topic_of,
        radii=np.array([drafted_radii[number] for number in living]),
        events=events,
        papers=replace(
            papers,
            topics=replace(papers.topics, groups=topic_of[groups] if len(topic_of) else groups),
            subtopics=replace(papers.subtopics, groups=groups),
        ),
    )
    return PublishedTopics(
        base, model, draft, splits, numbers, group_sums(drafted_sums, numbers, len(living)), is_changed
    )


def _placed(base: TopicModel, drafted: DraftTopic) -> ModelTopic:
    """Return a subtopic with its place: of one that is split off, among the papers that were named."""
    if not drafted.named:
        return drafted.topic
    rows = np.isin(np.array(base.papers.paper_ids, dtype="S16"), np.array(drafted.named, dtype="S16"))
    x, y = np.round(base.papers.places[rows].mean(axis=0), DECIMALS).tolist()
    return replace(drafted.topic, x=x, y=y, paper_count=int(rows.sum()))


def _among(drafted: DraftTopic, subtopics: list[ModelTopic]) -> ModelTopic:
    """Return a topic with its place: of one that is split off, among its subtopics."""
    if drafted.split_from < 0:
        return drafted.topic
    x, y = (
        round(sum(places) / len(subtopics), DECIMALS)
        for places in zip(*((one.x, one.y) for one in subtopics), strict=True)
    )
    return replace(drafted.topic, x=x, y=y, paper_count=sum(one.paper_count for one in subtopics))


def _drafted_sums(base: TopicModel, draft: Draft, splits: dict[int, SplitCenters]) -> Floats:
    """Return the sums of the vectors of the fitted papers of each subtopic of the draft."""
    fitted = base.space.subtopic_sums
    sums = np.zeros((len(draft.subtopics), fitted.shape[1] if fitted.ndim == 2 else 0))
    sums[: len(fitted)] = fitted
    for number, centers in splits.items():
        sums[number] = centers.own_sum
        sums[draft.subtopics[number].split_from] -= np.array(centers.own_sum, dtype=np.float64)
    return sums


def _events(base: TopicModel, draft: Draft, upper: list[int], since: dict[str, int]) -> list[dict[str, Any]]:
    """Return the events of topics that a person merged or split off."""
    events = []
    for level, topics in ((TOPIC_LEVEL, draft.topics), (SUBTOPIC_LEVEL, draft.subtopics)):
        for number, one in enumerate(topics):
            fit = since.get(one.topic.topic_id, base.fit_number)
            if one.split_from >= 0:
                origin = topics[one.split_from].topic
                events.append(_event(base, level, one.topic, TopicEvent.SPLIT, origin, fit))
            root = draft.root(level, number)
            if root != number:
                events.append(_event(base, level, one.topic, TopicEvent.MERGED, topics[root].topic, fit))
            elif level == TOPIC_LEVEL and number not in upper:
                events.append(_event(base, level, one.topic, TopicEvent.DIED, None, fit))
    return events


def _event(
    base: TopicModel, level: int, topic: ModelTopic, event: TopicEvent, other: ModelTopic | None, fit: int
) -> dict[str, Any]:
    dates = {one["fit_number"]: one["snapshot_date"] for one in base.events}
    return {
        "fit_number": fit,
        "snapshot_date": dates.get(fit),
        "level": level,
        "event": str(event),
        "topic_id": topic.topic_id,
        "label": topic.label,
        "paper_count": topic.paper_count,
        "other_topic_id": other.topic_id if other else None,
        "other_label": other.label if other else None,
        "shared_paper_count": topic.paper_count if other else None,
    }


def renamed_event(event: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """Return an event with other labels, by topic_id, of the topics that it names."""
    changed = {
        column: labels[event[id_column]]
        for id_column, column in (("topic_id", "label"), ("other_topic_id", "other_label"))
        if event[id_column] in labels
    }
    return {**event, **changed}
