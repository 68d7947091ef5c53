"""Fitting the topic model: papers and their vectors in, topics of both levels out. A pure function.

Rows are worked on in the order of paper_id, so that neither the order of dumps nor of parts matters. The
steps are in `grouping/`, `naming/` and `map.py`, what is kept from the previous fit in `continuity/`; the
public tables are built in `tables.py`, files are read and written in `building.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from paperlake.errors import PaperlakeError
from paperlake.settings import Settings
from paperlake.topics.continuity.events import TopicAtFit, level_events
from paperlake.topics.continuity.identity import assign_ids
from paperlake.topics.continuity.previous_fit import LevelHistory, PreviousFit
from paperlake.topics.continuity.topic_model import AssignedPapers, ModelTopic, TopicModel
from paperlake.topics.grouping.clustering import Groups, cluster_papers, smooth
from paperlake.topics.grouping.exact import mean_vector, subtract_mean, to_fixed_point
from paperlake.topics.grouping.filing import FilingSpace
from paperlake.topics.grouping.levels import RANK_DECIMALS, Level, Levels
from paperlake.topics.grouping.membership import (
    NEIGHBOUR_COUNT,
    Membership,
    find_outlier_limit,
    find_outliers,
    judge_membership,
)
from paperlake.topics.grouping.neighbours import find_neighbours
from paperlake.topics.grouping.warm_start import warm_start_groups
from paperlake.topics.grouping.whitening import find_directions, whiten
from paperlake.topics.map import MapLayout, count_turns, lay_out
from paperlake.topics.naming.fields import FieldEvidence
from paperlake.topics.naming.kept_labels import LabelSupport, labels_to_keep
from paperlake.topics.naming.labels import Label, Labeller, LevelToName
from paperlake.topics.naming.phrases import build_phrases
from paperlake.topics.tables import TopicTables, topic_tables
from paperlake.vectors.arrays import Floats, Ints, Vectors

MAX_FITTED_PAPERS = 100_000  # of a larger lake, the first ones in the order of paper_id, a hash, are fitted
FEW_PAPERS = 30  # below this, a phrase of a single paper may be a label
MIN_CENTRALITY = 0.05  # weight of the least central paper for the label
MAX_READ_PAPERS = 40  # most central papers of a subtopic that its label is chosen from: bounded work
MAX_LOOSE_SHARE = 0.85  # of the median centrality at a level: papers of a looser group have little in common
MAX_NAMED_PAPERS = 5  # named in an error


@dataclass(frozen=True)
class FitSource:
    """Provenance of a fit, as far as the model keeps it."""

    fitted_from: str = ""
    model_id: str = ""
    snapshot_date: date | None = None


@dataclass(frozen=True)
class _GroupedPapers:
    """The part of a fit that is computed from vectors alone, and how it follows from the previous fit."""

    groups: Groups
    membership: Membership
    layout: MapLayout
    history: Levels[LevelHistory]
    is_fresh: bool
    space: FilingSpace
    turns: Ints


@dataclass(frozen=True)
class _FittedLevel:
    """One level of a fit, ready to be labelled."""

    level: Level
    parents: Ints
    """(topics,) number of the topic above each; 0 for topics, which are siblings of one another."""
    places: Floats
    """(topics, 2) on the map."""
    members: list[Ints]
    """Rows of the papers of each topic without outliers, most central first."""
    history: LevelHistory


@dataclass(frozen=True)
class _Name:
    """The label of a topic, and its support when it was given."""

    label: Label
    support: float


def fit_topics(papers: pl.DataFrame, vectors: Vectors, settings: Settings) -> TopicTables:
    """Fit topics without a previous fit and return their tables; see `fit_model`."""
    model = fit_model(papers, vectors, settings)
    return topic_tables(model, model.papers, papers)


def group_papers(paper_ids: Sequence[str], vectors: Vectors, settings: Settings) -> Membership:
    """Group papers without naming the groups; outliers are in the group that is nearest to them.

    Args:
        paper_ids: In ascending order.
        vectors: (papers, dimensions) of unit length, at least one.
        settings: `topic_min_papers` is the minimum size of a subtopic.
    """
    known = PreviousFit.match(TopicModel.empty(), list(paper_ids), len(paper_ids))
    return _group(vectors, known, settings, "", from_scratch=True).membership


def fit_model(
    papers: pl.DataFrame,
    vectors: Vectors,
    settings: Settings,
    previous: TopicModel | None = None,
    source: FitSource | None = None,
    from_scratch: bool = False,
    lake_count: int | None = None,
) -> TopicModel:
    """Find topics and subtopics, label them and place them on the map, starting from the previous fit.

    Args:
        papers: Columns paper_id, title, abstract of the papers table, in any order.
        vectors: (papers, dimensions) one per row of `papers`; scaled to unit length here.
        settings: `topic_min_papers` is the minimum size of a subtopic.
        previous: The previous fit: topics that continue keep their ids, places, and labels that still fit.
        source: Provenance that the model should keep.
        from_scratch: Find the groups without a warm start, even if one is possible.
        lake_count: Number of papers of the lake, of which `papers` are a sample; None where they are all.

    Raises:
        PaperlakeError: A vector is not finite or zero; the message names the paper.
    """
    source = source or FitSource()
    order = papers["paper_id"].arg_sort().to_numpy()
    papers, vectors = papers[order], vectors[order]
    _refuse_broken(papers["paper_id"].to_list(), vectors)
    known = PreviousFit.match(
        previous or TopicModel.empty(),
        papers["paper_id"].to_list(),
        papers.height if lake_count is None else lake_count,
    )
    if papers.is_empty():
        grouped = _group_nothing(known)
    else:
        grouped = _group(vectors, known, settings, source.model_id, from_scratch)
    return _build_model(papers, known, grouped, source)


def _refuse_broken(paper_ids: Sequence[str], vectors: Vectors) -> None:
    """Raise an error that names the papers whose vectors cannot be compared."""
    is_finite = np.isfinite(vectors).all(axis=1)
    broken = np.flatnonzero(~(is_finite & (vectors != 0).any(axis=1)))
    if broken.size:
        named = ", ".join(paper_ids[row] for row in broken[:MAX_NAMED_PAPERS])
        raise PaperlakeError(
            f"Cannot find topics: the vectors of {broken.size:,} of {len(paper_ids):,} papers hold NaN or "
            f"infinity, or are all zero ({named}). Delete vectors/ and manifests/paper_embeddings.json "
            "in the lake, and run again: all papers are embedded again."
        )


def _group(
    embeddings: Vectors, known: PreviousFit, settings: Settings, model_id: str, from_scratch: bool
) -> _GroupedPapers:
    """Compute groups, membership, history and places of papers in the order of paper_id."""
    raw = to_fixed_point(embeddings)
    neighbours = find_neighbours(raw, NEIGHBOUR_COUNT)
    mean = mean_vector(raw)
    vectors = subtract_mean(raw, mean)
    is_outlier = find_outliers(neighbours.cosines)
    is_fresh = from_scratch or not known.can_warm_start(model_id, is_outlier)
    min_size = settings.topic_min_papers
    directions = find_directions(vectors, neighbours.rows)
    features = whiten(vectors, directions)
    features = smooth(features, neighbours.rows, features)
    if is_fresh:
        groups = cluster_papers(features, is_outlier, min_size, len(features) / known.lake_count)
    else:
        previous = known.groups(known.model.papers.subtopics)
        groups = warm_start_groups(features, is_outlier, previous, known.model.topic_of, min_size)
    membership = judge_membership(vectors, neighbours.rows, is_outlier, groups)
    history = known.trace(vectors, groups)
    previous_map = known.previous_map(groups, is_outlier, history.subtopics.lineage)
    layout = lay_out(vectors, groups, membership, previous_map)
    limit = find_outlier_limit(neighbours.cosines, is_outlier)
    space = FilingSpace.of_fit(raw, mean, directions, features, membership, groups, limit)
    turns = count_turns(layout.subtopics, membership)
    return _GroupedPapers(groups, membership, layout, history, is_fresh, space, turns)


def _group_nothing(known: PreviousFit) -> _GroupedPapers:
    """Return the groups of no papers: every previous topic has died."""
    groups = Groups.empty()
    history = known.trace(np.zeros((0, 1)), groups)
    nothing = Membership.empty(), MapLayout.empty(), history
    space, turns = FilingSpace.empty(), np.zeros((0, 0), dtype=np.int64)
    return _GroupedPapers(groups, *nothing, is_fresh=True, space=space, turns=turns)


def _build_model(
    papers: pl.DataFrame, known: PreviousFit, grouped: _GroupedPapers, source: FitSource
) -> TopicModel:
    """Label the groups, give them ids, and record what happened to the previous topics."""
    previous = known.model
    membership, layout = grouped.membership, grouped.layout
    assigned = AssignedPapers(
        papers["paper_id"].to_list(),
        membership.topics,
        membership.subtopics,
        membership.is_outlier,
        layout.papers,
    )
    levels = _fitted_levels(grouped)
    names = _name_levels(papers, levels) if papers.height else Levels([], [])
    used_ids = previous.used_ids()
    topics = [
        _model_topics(level, level_names, assigned.paper_ids, used_ids)
        for level, level_names in zip(levels, names, strict=True)
    ]
    fit_number = previous.fit_number + 1
    snapshot = source.snapshot_date.isoformat() if source.snapshot_date else None
    fit: dict[str, Any] = {"fit_number": fit_number, "snapshot_date": snapshot}
    events = [
        {**fit, "level": fitted.level.number, **event}
        for fitted, level_topics in zip(levels, topics, strict=True)
        for event in level_events(
            fitted.history.topics_at_fit(), _topics_at_fit(level_topics), fitted.history.lineage
        )
    ]
    return TopicModel(
        fit_number=fit_number,
        is_fresh=grouped.is_fresh,
        fitted_from=source.fitted_from,
        model_id=source.model_id,
        fresh_count=known.lake_count if grouped.is_fresh else previous.fresh_count,
        lake_count=known.lake_count,
        topics=topics[0],
        subtopics=topics[1],
        topic_of=grouped.groups.topic_of,
        radii=layout.radii,
        turns=grouped.turns,
        papers=assigned,
        space=grouped.space,
        events=[*previous.events, *events],
    )


def _fitted_levels(grouped: _GroupedPapers) -> Levels[_FittedLevel]:
    """Return both levels with all that their labels, ids and events depend on."""
    groups, membership, layout = grouped.groups, grouped.membership, grouped.layout

    def fitted(level: Level, parents: Ints, places: Floats, history: LevelHistory) -> _FittedLevel:
        members = level.members(membership.is_outlier, len(places))
        return _FittedLevel(level, parents, places, members, history)

    no_parents = np.zeros(groups.topic_count, dtype=np.int64)
    return Levels(
        fitted(membership.topics, no_parents, layout.topics, grouped.history.topics),
        fitted(membership.subtopics, groups.topic_of, layout.subtopics, grouped.history.subtopics),
    )


def _model_topics(
    fitted: _FittedLevel, names: list[_Name], paper_ids: list[str], used_ids: set[str]
) -> list[ModelTopic]:
    """Return the topics of one level with their ids, which are added to `used_ids`."""
    central = [[paper_ids[row] for row in rows.tolist()] for rows in fitted.members]
    ids = assign_ids(fitted.level.number, fitted.history.kept_ids(), central, used_ids)
    return [
        ModelTopic(
            topic_id=topic_id,
            label=name.label.text,
            label_support=name.support,
            keywords=name.label.keywords,
            coherence=name.label.coherence,
            x=x,
            y=y,
            paper_count=len(rows),
        )
        for topic_id, name, (x, y), rows in zip(
            ids, names, fitted.places.tolist(), fitted.members, strict=True
        )
    ]


def _topics_at_fit(topics: list[ModelTopic]) -> list[TopicAtFit]:
    """Return the topics of one level as the events table has them."""
    return [TopicAtFit(topic.topic_id, topic.label, topic.paper_count) for topic in topics]


def _name_levels(papers: pl.DataFrame, levels: Levels[_FittedLevel]) -> Levels[list[_Name]]:
    """Name all topics and subtopics after the most central papers of each subtopic."""
    topics, subtopics = levels
    read = np.sort(np.concatenate([members[:MAX_READ_PAPERS] for members in subtopics.members]))
    phrases = build_phrases(
        papers["title"].gather(read).to_list(),
        papers["abstract"].gather(read).to_list(),
        min_papers=1 if len(read) < FEW_PAPERS else 2,
    )
    fields = FieldEvidence.of_papers(
        papers["title"].gather(read).to_list(),
        papers["abstract"].gather(read).to_list(),
        _first_categories(papers, read),
    )
    support = LabelSupport(phrases, fields)
    central_titles = [papers["title"][int(members[0])] for members in subtopics.members]
    # The fallback of a topic is that of its first subtopic.
    first_subtopics = [
        int(np.flatnonzero(subtopics.parents == topic)[0]) for topic in range(len(topics.parents))
    ]
    to_name = Levels(
        _level_to_name(topics, read, [central_titles[number] for number in first_subtopics], support),
        _level_to_name(subtopics, read, central_titles, support),
    )
    weights = np.maximum(subtopics.level.centrality[read], MIN_CENTRALITY)
    labels = Labeller(phrases, fields).name_levels(to_name.topics, to_name.subtopics, weights)
    return Levels(
        _with_support(labels.topics, to_name.topics, topics, support),
        _with_support(labels.subtopics, to_name.subtopics, subtopics, support),
    )


def _first_categories(papers: pl.DataFrame, rows: Ints) -> list[str | None]:
    """Return the first category of some papers; None where a paper has none."""
    if "categories" not in papers.columns:
        return [None] * len(rows)
    return papers["categories"].gather(rows).list.get(0, null_on_oob=True).to_list()


def _find_loose(fitted: _FittedLevel) -> list[bool]:
    """Return which topics of a level have papers with much less in common than is usual at this level."""
    means = np.array([fitted.level.centrality[rows].mean() for rows in fitted.members])
    limit = MAX_LOOSE_SHARE * float(np.median(means))
    return [bool(mean < limit) for mean in np.round(means, RANK_DECIMALS)]


def _with_support(
    labels: list[Label], level: LevelToName, fitted: _FittedLevel, support: LabelSupport
) -> list[_Name]:
    """Return the labels of one level with their support when they were given."""
    shares = support.when_given(labels, level.groups, fitted.history.previous_labels())
    return [_Name(label, share) for label, share in zip(labels, shares, strict=True)]


def _level_to_name(
    fitted: _FittedLevel, read: Ints, fallbacks: list[str], support: LabelSupport
) -> LevelToName:
    """Return one level as the labeller needs it, with the labels that it keeps."""
    groups = fitted.level.groups[read]
    kept = labels_to_keep(fitted.history.previous_labels(), groups, fitted.parents, support)
    return LevelToName(groups, fitted.parents, fallbacks, kept, _find_loose(fitted))


def with_paper_counts(model: TopicModel, counts: dict[str, int]) -> TopicModel:
    """Return a fit with the papers of the whole lake counted: in its topics, and where one began at this fit.

    Args:
        model: The fit.
        counts: Papers of each topic_id, outliers left out, once all papers were filed.
    """
    topics, subtopics = (
        [replace(topic, paper_count=counts.get(topic.topic_id, topic.paper_count)) for topic in level]
        for level in model.levels
    )
    events = [
        {**event, "paper_count": counts[event["topic_id"]]}
        if event["fit_number"] == model.fit_number and event["topic_id"] in counts
        else event
        for event in model.events
    ]
    return replace(model, topics=topics, subtopics=subtopics, events=events)
