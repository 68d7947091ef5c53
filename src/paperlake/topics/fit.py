"""Papers and their vectors in, the topic model and its tables out: a pure function.

Rows are worked on in the order of paper_id, so that neither the order of dumps nor of parts matters. The
steps are in `clustering.py`, `membership.py`, `labels.py` and `map.py`, and for a fit that carries on from
one before in `refit/`; tables are made in `tables.py`, files are the business of `stage.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.errors import PaperlakeError
from paperlake.settings import Settings
from paperlake.topics.continuity.events import TopicAtFit, level_events
from paperlake.topics.continuity.identity import give_ids
from paperlake.topics.continuity.lineage import Lineage
from paperlake.topics.continuity.previous_fit import Before
from paperlake.topics.continuity.topic_model import NO_MODEL, FiledPapers, ModelTopic, TopicModel
from paperlake.topics.grouping.clustering import Groups, group_papers, told_apart
from paperlake.topics.grouping.exact import centred, to_grid
from paperlake.topics.grouping.membership import NEIGHBOUR_COUNT, Membership, find_outliers, judge_membership
from paperlake.topics.grouping.neighbours import find_neighbours
from paperlake.topics.grouping.warm_start import carry_on_groups
from paperlake.topics.map import MapLayout, lay_out
from paperlake.topics.naming.kept_labels import LabelSupport, labels_that_fit
from paperlake.topics.naming.labels import BROAD, NARROW, Labeller, Naming
from paperlake.topics.naming.phrases import build_phrases
from paperlake.topics.tables import TopicTables, most_central, topic_tables

FEW_PAPERS = 30  # below this, a phrase of a single paper may have to do
MIN_CENTRALITY = 0.05  # what even a paper at the rim says about the label
READ_PAPERS = 40  # most central papers of a subtopic that its label is made from: enough words, bounded work


@dataclass(frozen=True)
class FitSource:
    """What a fit is made from, as far as the model keeps it."""

    fitted_from: str = ""
    model_id: str = ""
    snapshot_date: date | None = None


NOWHERE = FitSource()


@dataclass(frozen=True)
class _Found:
    """What a fit finds in vectors alone, and how that follows from the fit before."""

    groups: Groups
    membership: Membership
    layout: MapLayout
    lineages: tuple[Lineage, Lineage]
    is_fresh: bool


def fit_topics(papers: pl.DataFrame, vectors: npt.NDArray[np.float32], settings: Settings) -> TopicTables:
    """File papers under topics and subtopics that follow from no fit before; see `fit_model`."""
    model = fit_model(papers, vectors, settings)
    return topic_tables(model, model.papers, papers)


def fit_model(
    papers: pl.DataFrame,
    vectors: npt.NDArray[np.float32],
    settings: Settings,
    before: TopicModel = NO_MODEL,
    source: FitSource = NOWHERE,
    anew: bool = False,
) -> TopicModel:
    """Find topics and subtopics, name them, and place them on the map, carrying on from a fit before.

    Args:
        papers: Columns paper_id, title, abstract of the papers table, in any order.
        vectors: (papers, dimensions) one a row of `papers`; scaled to unit length here.
        settings: `topic_min_papers` decides the least size of a subtopic.
        before: The fit before: topics that live on keep their ids, places, and labels that still fit.
        source: What the model should say that it was made from.
        anew: Find the groups anew even if those before could carry on.

    Raises:
        PaperlakeError: A vector is not finite or zero; the message names the paper.
    """
    order = papers["paper_id"].arg_sort().to_numpy()
    papers, vectors = papers[order], vectors[order]
    _refuse_broken(papers["paper_id"].to_list(), vectors)
    known = Before.look_up(before, papers["paper_id"].to_list())
    if papers.is_empty():
        return _model(papers, known, _nothing(known), source)
    return _model(papers, known, _find(vectors, known, settings, source.model_id, anew), source)


def _find(
    embeddings: npt.NDArray[np.float32], known: Before, settings: Settings, model_id: str, anew: bool
) -> _Found:
    """Groups, confidence, descent and places of papers in the order of paper_id."""
    raw = to_grid(embeddings)
    neighbours = find_neighbours(raw, NEIGHBOUR_COUNT)
    grid = centred(raw)
    del raw
    outside = find_outliers(neighbours.cosines)
    is_fresh = anew or not known.may_carry_on(model_id, outside)
    least = settings.topic_min_papers
    vectors = told_apart(grid, neighbours.rows)
    if is_fresh:
        groups = group_papers(vectors, outside, least)
    else:
        groups = carry_on_groups(vectors, outside, known.subtopic, known.model.topic_of, least)
    membership = judge_membership(grid, neighbours.rows, outside, groups)
    lineages = known.trace(grid, groups)
    layout = lay_out(grid, groups, membership, known.map_before(groups, outside, lineages[1]))
    return _Found(groups, membership, layout, lineages, is_fresh)


def _nothing(known: Before) -> _Found:
    """What a fit finds without papers: every topic of before has died."""
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    groups = Groups(whole, whole)
    membership = Membership(none, none, none, none, whole > 0, np.zeros((0, 0), dtype=np.float32))
    layout = MapLayout(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)), none)
    return _Found(groups, membership, layout, known.trace(np.zeros((0, 1)), groups), is_fresh=True)


def _refuse_broken(paper_ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Name the papers whose vectors cannot be compared."""
    finite = np.isfinite(vectors).all(axis=1)
    broken = np.flatnonzero(~(finite & (vectors != 0).any(axis=1)))
    if broken.size:
        named = ", ".join(paper_ids[row] for row in broken[:5])
        raise PaperlakeError(
            f"Cannot find topics: the vectors of {broken.size:,} of {len(paper_ids):,} papers hold NaN or "
            f"infinity, or are all zero ({named}). Delete their parts under embeddings/ and run again."
        )


def _model(papers: pl.DataFrame, known: Before, found: _Found, source: FitSource) -> TopicModel:
    """What was found, with ids and names, and what became of the topics before."""
    groups, membership, layout, before = found.groups, found.membership, found.layout, known.model
    filed = FiledPapers(
        papers["paper_id"].to_list(), groups.subtopic, membership.score, membership.topic_score,
        membership.centrality, membership.topic_centrality, membership.is_outlier, layout.papers,
    )  # fmt: skip
    fit: dict[str, Any] = {
        "fit_number": before.fit_number + 1,
        "snapshot_date": source.snapshot_date.isoformat() if source.snapshot_date else None,
    }
    used = before.used_ids()
    levels: list[list[ModelTopic]] = []
    events = [*before.events]
    names = _name_levels(papers, found, known) if filed.paper_ids else [[], []]
    sides = (
        (1, groups.topic, membership.topic_centrality, layout.topics),
        (2, groups.subtopic, membership.centrality, layout.subtopics),
    )
    for level, numbers, centrality, places in sides:
        lineage = found.lineages[level - 1]
        members = most_central(numbers, centrality, membership.is_outlier, len(places))
        central = [[filed.paper_ids[row] for row in rows.tolist()] for rows in members]
        ids = give_ids(level, known.ids_then(level, lineage), central, used)
        levels.append(
            [
                ModelTopic(topic_id, naming.label, support, naming.keywords, naming.coherence, *place)
                for topic_id, (naming, support), place in zip(
                    ids, names[level - 1], places.tolist(), strict=True
                )
            ]
        )
        now = [
            TopicAtFit(topic.topic_id, topic.label, len(rows))
            for topic, rows in zip(levels[-1], members, strict=True)
        ]
        happened = level_events(known.topics_then(level), now, lineage)
        events += [{**fit, "level": level, **event} for event in happened]
    return TopicModel(
        fit_number=before.fit_number + 1,
        is_fresh=found.is_fresh,
        fitted_from=source.fitted_from,
        model_id=source.model_id,
        fresh_count=len(filed.paper_ids) if found.is_fresh else before.fresh_count,
        topics=levels[0],
        subtopics=levels[1],
        topic_of=groups.topic_of,
        radii=layout.radii,
        papers=filed,
        events=events,
    )


def _name_levels(papers: pl.DataFrame, found: _Found, known: Before) -> list[list[tuple[Naming, float]]]:
    """Names of all topics and of all subtopics, made from the most central papers of each subtopic.

    Returns:
        Per level and topic its naming, and the support that its label had when it was given.
    """
    groups, membership = found.groups, found.membership
    central = most_central(
        groups.subtopic, membership.centrality, membership.is_outlier, len(groups.topic_of)
    )
    read = np.sort(np.concatenate([members[:READ_PAPERS] for members in central]))
    titles = papers["title"].gather(read).to_list()
    least = 1 if len(read) < FEW_PAPERS else 2
    phrases = build_phrases(titles, papers["abstract"].gather(read).to_list(), least)
    labeller, support = Labeller(phrases), LabelSupport(phrases)
    subtopic = groups.subtopic[read]
    topic = groups.topic_of[subtopic]
    weights = np.maximum(membership.centrality[read], MIN_CENTRALITY)
    topic_count = int(groups.topic_of.max()) + 1
    first_titles = [papers["title"][int(members[0])] for members in central]
    topic_titles = [
        first_titles[int(np.flatnonzero(groups.topic_of == number)[0])] for number in range(topic_count)
    ]
    no_parent = np.zeros(topic_count, dtype=np.int64)
    limits = [BROAD if parts > 1 else NARROW for parts in np.bincount(groups.topic_of).tolist()]
    old = [known.labels_then(level, found.lineages[level - 1]) for level in (1, 2)]
    kept = [
        labels_that_fit(old[0], topic, no_parent, support),
        labels_that_fit(old[1], subtopic, groups.topic_of, support),
    ]
    labeller.reserve([*kept[0], *kept[1]])
    # Subtopics first: the narrow name belongs to the narrow folder.
    subtopics = labeller.name_topics(
        subtopic, groups.topic_of, weights, first_titles, [NARROW] * len(central), kept[1]
    )
    topics = labeller.name_topics(topic, no_parent, weights, topic_titles, limits, kept[0])
    return [
        support.of_namings(topics, topic, old[0]),
        support.of_namings(subtopics, subtopic, old[1]),
    ]
