"""Build the topics: read papers, vectors and the topic model, bring topics up to date, write.

Finding and naming topics is in `fit.py`, whether to fit again in `update.py`, what is checked in `checks.py`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import polars as pl

from paperlake.catalogue.files import TOPIC_MAP, TOPIC_MEMORY, TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.topic_tables import (
    FILED_TEXTS,
    PAPER_TOPICS,
    SUBTOPIC_LEVEL,
    TOPIC_EVENTS,
    TOPICS,
)
from paperlake.catalogue.vocabulary import TopicEvent
from paperlake.embedding.stage import current_model
from paperlake.errors import DamagedFileError, LakeError
from paperlake.lake.files import hash_bytes, hash_file
from paperlake.lake.manifest import Facts
from paperlake.progress import Advance
from paperlake.stages.output_files import NAME_CHARS
from paperlake.stages.run import StageRun
from paperlake.topics.checks import differing_counts
from paperlake.topics.continuity.drift import Drift
from paperlake.topics.continuity.recovery import model_from_tables
from paperlake.topics.continuity.topic_model import TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.counts import TopicCounts
from paperlake.topics.curated.deciding import Decided, decide
from paperlake.topics.curated.decisions import TopicAction, read_topic_decisions
from paperlake.topics.curated.filing import vectors_of
from paperlake.topics.curated.memory import Memory
from paperlake.topics.curated.published import with_papers
from paperlake.topics.filing import file_papers_of_lake
from paperlake.topics.fit import MAX_FITTED_PAPERS, FitSource, fit_model, with_paper_counts
from paperlake.topics.llm.naming import with_names
from paperlake.topics.picture import draw_model
from paperlake.topics.stage import TABLES, VERSION
from paperlake.topics.tables import TopicTables, counted_tables
from paperlake.topics.update import UpdateMethod, always_refits, can_file, judge_filing
from paperlake.vectors.arrays import Vectors

_log = logging.getLogger(__name__)


def build_topics(run: StageRun) -> Facts:
    """File the lake's papers under topics; `topic_refit` says whether topics are fitted again.

    Papers are filed in the partitions that changed, or in all after a fit. The other tables follow from
    counts over all partitions.

    Raises:
        LakeError: Papers and vectors do not belong together, or the topic model is damaged.
        PaperlakeError: A vector is broken.
    """
    _refuse_missing_vectors(run)
    previous = _previous_model(run)
    model_id = current_model(run.lake).model_id
    paper_count = sum(run.row_counts(PAPERS).values())
    with run.progress.task("Finding topics", paper_count, "papers") as advance:
        found = None
        if can_file(previous, model_id, paper_count) and not run.context.refit:
            found = _filed(run, previous, paper_count, advance)
        found = found or _fitted(run, previous, paper_count, advance)
    if run.settings.topic_names_url:
        decided, topics = with_names(run, found.decided, found.topics)
        found = replace(found, decided=decided, topics=topics)
    tables = counted_tables(found.topics, found.counts)
    run.report("topics_paper_count", *differing_counts(tables.topics, found.counts.paper_counts()))
    run.write_file(TOPIC_MODEL, model_to_bytes(found.model))
    run.write_file(TOPIC_MEMORY, found.decided.memory.to_bytes())
    run.write_file(TOPIC_MAP, _picture(run, found, previous))
    for table in TABLES:
        if table not in (PAPER_TOPICS, FILED_TEXTS):
            run.write(table, getattr(tables, table.name))
    return _facts(found.counts, tables) | _fit_facts(found, tables) | found.decided.facts


@dataclass(frozen=True)
class _Found:
    """Topics that are up to date, with all papers filed and counted."""

    model: TopicModel
    decided: Decided
    topics: TopicModel
    """Those that are published and have papers."""
    counts: TopicCounts
    method: UpdateMethod
    drift: Drift


def _filed(run: StageRun, model: TopicModel, paper_count: int, advance: Advance) -> _Found | None:
    """File papers under the topics of the last fit; None where a refit is due."""
    refits = always_refits(run.settings, paper_count)
    if refits and model.fitted_from != _source(run, _sample(run)).fitted_from:
        return None
    decided = _decided(run, model)
    changed = run.changed_partitions(EMBEDDINGS)
    if decided.memory.applied != _memory(run).applied:
        changed = None  # the decisions file papers elsewhere now
    counts = file_papers_of_lake(run, decided.published, changed, advance)
    topics = with_papers(decided.published, counts.paper_counts())
    drift = Drift() if refits else judge_filing(model, topics, counts, run.settings)
    return _Found(model, decided, topics, counts, UpdateMethod.ASSIGNMENT, drift) if drift else None


def _fitted(run: StageRun, previous: TopicModel, paper_count: int, advance: Advance) -> _Found:
    """Fit topics to the papers, or to the first ones of many, and file all."""
    names = _sample(run)
    papers = run.read_partitions(PAPERS, names).sort("paper_id").head(MAX_FITTED_PAPERS)
    vectors = vectors_of(run, names, papers["paper_id"])
    source = _source(run, names)
    model = fit_model(
        papers,
        vectors,
        run.settings,
        previous,
        source,
        from_scratch=run.context.refit,
        lake_count=paper_count,
    )
    del papers, vectors
    decided = _decided(run, model)
    counts = file_papers_of_lake(run, decided.published, None, advance)
    method = UpdateMethod.FROM_SCRATCH if model.is_fresh else UpdateMethod.WARM_START
    paper_counts = counts.paper_counts()
    topics = with_paper_counts(with_papers(decided.published, paper_counts), paper_counts)
    return _Found(with_paper_counts(model, paper_counts), decided, topics, counts, method, Drift())


def _decided(run: StageRun, model: TopicModel) -> Decided:
    """Return the topics of a fit with what people decided."""
    decisions = read_topic_decisions(run.lake.topic_decisions) if model.subtopics else []
    named = {one for decision in decisions if decision.action == TopicAction.FILE for one in decision.ids}
    present: set[str] = set()
    if named:
        known = run.read_columns(PAPERS, ["paper_id"], run.row_counts(PAPERS))["paper_id"]
        present = named & set(known)

    def read_vectors(paper_ids: list[str]) -> tuple[list[str], Vectors]:
        names = list(run.row_counts(EMBEDDINGS))
        ids = run.read_columns(EMBEDDINGS, ["paper_id"], names)["paper_id"]
        found = ids.filter(ids.is_in(paper_ids)).sort()
        return found.to_list(), vectors_of(run, names, found)

    return decide(model, decisions, _memory(run), frozenset(present), read_vectors)


def _memory(run: StageRun) -> Memory:
    """Return what the last commit remembers of topics that people decided about."""
    path = run.previous_file(TOPIC_MEMORY)
    return Memory.from_bytes(path.read_bytes()) if path else Memory()


def _sample(run: StageRun) -> list[str]:
    """Return the partitions that contain the first papers in the order of paper_id, as many as are fitted."""
    names, rows = [], 0
    for name, count in sorted(run.row_counts(PAPERS).items()):
        if rows >= MAX_FITTED_PAPERS:
            break
        names.append(name)
        rows += count
    return names


def _refuse_missing_vectors(run: StageRun) -> None:
    """Raise an error that names papers without a vector, where a partition has fewer vectors than papers."""
    vectors = run.row_counts(EMBEDDINGS)
    fewer = [name for name, count in run.row_counts(PAPERS).items() if vectors.get(name, 0) < count]
    if fewer:
        vectors_of(run, fewer, run.read_columns(PAPERS, ["paper_id"], fewer)["paper_id"])


def _picture(run: StageRun, found: _Found, previous: TopicModel) -> bytes:
    """Return the picture of the map; the last one where it is of the same fit and shows the same topics."""
    path, memory = run.previous_file(TOPIC_MAP), _memory(run)
    is_same = found.model is previous and found.decided.memory.shown == memory.shown
    if is_same and path is not None and run.changed_partitions(PAPERS) is not None:
        return path.read_bytes()
    return draw_model(found.decided.published.model)


def _previous_model(run: StageRun) -> TopicModel:
    """Return the fit before, from the published tables if its file is lost; an empty one if there is none."""
    if run.lake.has_damaged_manifest(TOPIC_MODEL.stage):
        return _unlisted_model(run)
    if run.previous is None or TOPICS.name not in run.previous.outputs:
        return TopicModel.empty()
    try:
        path = run.previous_file(TOPIC_MODEL)
        if path is not None:
            return model_from_bytes(path.read_bytes(), str(path))
        problem = "The topic model is missing."
    except DamagedFileError as error:  # whose advice is not needed: this run does it
        problem = f"The topic model {error.path} is damaged or missing."
    except LakeError as error:
        problem = str(error)
    return _recovered_model(run, problem)


def _unlisted_model(run: StageRun) -> TopicModel:
    """Return the fit before where the manifest that lists its file is damaged; files are named by content."""
    models = sorted(run.lake.folder_of(TOPIC_MODEL).glob(f"*{TOPIC_MODEL.suffix}"))
    whole = [path for path in models if path.stem == hash_file(path)[:NAME_CHARS]]
    if len(whole) != 1:
        _log.warning("The manifest of topics is damaged, and no model is left: topics get new ids.")
        return TopicModel.empty()
    return model_from_bytes(whole[0].read_bytes(), str(whole[0]))


def _recovered_model(run: StageRun, problem: str) -> TopicModel:
    """Return the model that the published tables show; an empty one if they are damaged, too."""
    try:
        tables = [run.lake.read(table) for table in (TOPICS, PAPER_TOPICS, TOPIC_EVENTS)]
        fit_number = max(1, int((run.previous.facts if run.previous else {}).get("fit_number") or 1))
        model = model_from_tables(tables[0], tables[1], tables[2], fit_number)
    except (LakeError, ValueError, KeyError) as error:
        _log.warning(
            "%s The tables of topics cannot be read either (%s): topics are found again, with new ids.",
            problem, error,
        )  # fmt: skip
        return TopicModel.empty()
    _log.warning("%s Topics are found from scratch; their ids follow from the published tables.", problem)
    return model


def _source(run: StageRun, names: Collection[str]) -> FitSource:
    """Return what a fit is made from: texts, model, version and settings, not the order of papers."""
    model_id = current_model(run.lake).model_id
    texts = run.read_columns(EMBEDDINGS, ["paper_id", "text_hash"], names).sort("paper_id")
    inputs = [VERSION, run.settings.topic_min_papers, model_id, texts.head(MAX_FITTED_PAPERS).rows()]
    dates = run.read_columns(PAPERS, ["last_snapshot_date"], names)
    digest = hash_bytes(json.dumps(inputs).encode())
    return FitSource(digest, model_id, cast("date | None", dates["last_snapshot_date"].max()))


def _facts(counts: TopicCounts, tables: TopicTables) -> Facts:
    """Return counts of topics and outliers, and the means of score and coherence."""
    fine = counts.topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
    papers, outliers = int(fine["filed_count"].sum()), int(fine["outlier_count"].sum())
    subtopics = tables.topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
    coherence = subtopics["coherence"].mean()
    return {
        "papers": papers,
        "topics": tables.topics.height - subtopics.height,
        "subtopics": subtopics.height,
        "outliers": outliers,
        "outlier_share": round(outliers / papers, 4) if papers else None,
        "mean_score": round(float(fine["score_sum"].sum()) / papers, 4) if papers else None,
        "mean_coherence": round(coherence, 4) if isinstance(coherence, float) else None,
    }


def _fit_facts(found: _Found, tables: TopicTables) -> Facts:
    """Return the fit of the topics, what it changed, and the drift of papers since.

    Of a fit to a sample, papers that came or went are estimated from those of the sample.
    """
    model, drift = found.model, found.drift
    last = tables.topic_events.filter(pl.col("fit_number") == model.fit_number)["event"]
    events = {f"{kind}_topics": int((last == kind).sum()) for kind in TopicEvent}
    fitted = len(model.papers.paper_ids)
    scale = model.lake_count / fitted if fitted else 1.0
    return {
        "fit_number": model.fit_number,
        "fit": str(found.method),
        "fitted_papers": fitted,
        "papers_since_fit": round(drift.new_count * scale),
        "papers_gone_since_fit": round(drift.gone_count * scale),
        "drift": drift.degree,
        **events,
    }
