"""The topics stage: read papers, vectors and the topic model, bring topics up to date, write.

Finding and naming topics is in `fit.py`, whether to fit again in `update.py`, what is checked in `checks.py`.
"""

from __future__ import annotations

import json
import logging
from datetime import date
from typing import cast

import polars as pl

from paperlake.catalogue.files import TOPIC_MAP, TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.topic_tables import (
    EMERGING_TOPICS,
    PAPER_TOPICS,
    SUBTOPIC_LEVEL,
    TOPIC_EVENTS,
    TOPIC_TRENDS,
    TOPICS,
)
from paperlake.catalogue.vocabulary import TopicEvent
from paperlake.embedding.stage import current_model, read_vectors
from paperlake.embedding.text import paper_texts
from paperlake.errors import LakeError
from paperlake.lake.files import hash_bytes, hash_file
from paperlake.lake.manifest import Facts
from paperlake.stages.run import NAME_CHARS, StageRun
from paperlake.stages.stage import Stage
from paperlake.topics.checks import TOPIC_CHECKS
from paperlake.topics.continuity.recovery import model_from_tables
from paperlake.topics.continuity.topic_model import TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.fit import FitSource
from paperlake.topics.picture import draw_map
from paperlake.topics.tables import TopicTables, topic_tables
from paperlake.topics.update import TopicUpdate, update_topics

TABLES = (TOPICS, PAPER_TOPICS, TOPIC_TRENDS, EMERGING_TOPICS, TOPIC_EVENTS)
VERSION = 2
_log = logging.getLogger(__name__)


def _build(run: StageRun) -> Facts:
    """File the lake's papers under topics; `topic_refit` says whether topics are fitted again.

    Raises:
        LakeError: Papers and vectors do not belong together, or the topic model is damaged.
        PaperlakeError: A vector is broken.
    """
    _, vectors = read_vectors(run)
    papers = run.read(PAPERS)
    order = papers["paper_id"].arg_sort().to_numpy()
    papers, vectors = papers[order], vectors[order]
    with run.progress.task("Finding topics", papers.height, "papers") as advance:
        updated = update_topics(
            papers, vectors, run.settings, _previous_model(run), _source(run, papers), run.context.refit
        )
        tables = topic_tables(updated.model, updated.assigned, papers)
        advance(papers.height)
    run.write_file(TOPIC_MODEL, model_to_bytes(updated.model))
    run.write_file(TOPIC_MAP, draw_map(tables))
    for table in TABLES:
        run.write(table, getattr(tables, table.name))
    return _facts(papers, tables) | _fit_facts(updated, tables)


def _previous_model(run: StageRun) -> TopicModel:
    """Return the fit before, from the published tables if its file is lost; an empty one if there is none."""
    if run.lake.has_damaged_manifest(TOPIC_MODEL.stage):
        return _unlisted_model(run)
    if run.previous is None or TOPIC_MODEL.name not in run.previous.outputs:
        return TopicModel.empty()
    try:
        path = run.previous_file(TOPIC_MODEL)
        if path is not None:
            return model_from_bytes(path.read_bytes(), str(path))
        problem = "The topic model is missing."
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


def _source(run: StageRun, papers: pl.DataFrame) -> FitSource:
    """Return what a fit of these papers is made from: texts, model, version and settings, not their order."""
    model_id = current_model(run.lake).model_id
    texts = paper_texts(papers).select("paper_id", "text_hash").sort("paper_id").rows()
    inputs = [VERSION, run.settings.topic_min_papers, model_id, texts]
    digest = hash_bytes(json.dumps(inputs).encode())
    return FitSource(digest, model_id, cast("date | None", papers["last_snapshot_date"].max()))


def _facts(papers: pl.DataFrame, tables: TopicTables) -> Facts:
    """Return counts of topics and outliers, and the means of score and coherence."""
    fine = tables.paper_topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
    outliers = int(fine["is_outlier"].sum())
    subtopics = tables.topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
    return {
        "papers": papers.height,
        "topics": tables.topics.height - subtopics.height,
        "subtopics": subtopics.height,
        "outliers": outliers,
        "outlier_share": round(outliers / papers.height, 4) if papers.height else None,
        "mean_score": _mean(fine["score"]),
        "mean_coherence": _mean(subtopics["coherence"]),
    }


def _fit_facts(updated: TopicUpdate, tables: TopicTables) -> Facts:
    """Return the fit of the topics, what it changed, and the drift of papers since."""
    number = updated.model.fit_number
    last = tables.topic_events.filter(pl.col("fit_number") == number)["event"]
    events = {f"{kind}_topics": int((last == kind).sum()) for kind in TopicEvent}
    return {
        "fit_number": number,
        "fit": str(updated.method),
        "fitted_papers": len(updated.model.papers.paper_ids),
        "papers_since_fit": updated.drift.new_count,
        "papers_gone_since_fit": updated.drift.gone_count,
        "drift": updated.drift.degree,
        **events,
    }


def _mean(column: pl.Series) -> float | None:
    mean = column.mean()
    return round(mean, 4) if isinstance(mean, float) else None


TOPICS_STAGE = Stage(
    name="topics",
    description="Group papers into labelled topics and subtopics, with trends by month and a map.",
    reads=(PAPERS, EMBEDDINGS),
    writes=(*TABLES, TOPIC_MODEL, TOPIC_MAP),
    version=VERSION,
    build=_build,
    settings=("topic_min_papers", "topic_refit"),
    libraries=("scikit-learn", "scipy"),
    checks=TOPIC_CHECKS,
    kinds=frozenset({"scikitlearn", "parquet"}),
    refits=True,
)
