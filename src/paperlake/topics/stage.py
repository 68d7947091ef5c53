"""The topics stage: read papers, vectors and the topic model, bring it up to date, check, publish.

Finding and naming topics is `fit.py`, whether to fit again `update.py`, checks across tables `checks.py`;
this module only reads, and hands over to `stages.py`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import cast

import polars as pl

from paperlake.embedding.stage import current_model, read_vectors
from paperlake.embedding.text import paper_texts
from paperlake.errors import LakeError
from paperlake.lake import Lake, hash_bytes
from paperlake.progress import Progress, Silent
from paperlake.schemas import TOPIC_EVENT_KINDS
from paperlake.settings import Settings
from paperlake.stages import Facts, Made, StageResult, code_hash, fingerprint, run_stage, upstream
from paperlake.topics.checks import check_tables
from paperlake.topics.continuity.topic_model import TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.fit import FitSource
from paperlake.topics.grouping.levels import SUBTOPIC_LEVEL
from paperlake.topics.picture import draw_map
from paperlake.topics.tables import TopicTables, topic_tables
from paperlake.topics.update import TopicUpdate, update_topics

STAGE = "topics"
TABLE_NAMES = tuple(field.name for field in fields(TopicTables))
SHOWN_ID_COUNT = 5  # ids named in an error


def make_topics(
    lake: Lake, settings: Settings, progress: Progress | None = None, refit: bool = False
) -> StageResult:
    """File the lake's papers under topics, unless nothing changed since that was last done.

    The topic model is published before the tables that are made from it: where a run ends in between, the
    next one finds a fit of these very papers and makes the same tables from it.

    Args:
        lake: The lake.
        settings: `topic_refit` says whether topics are fitted again or new papers filed into them.
        progress: Where to say how far it is.
        refit: Find topics from scratch even if nothing changed; those that continue keep their ids.

    Raises:
        CheckFailedError: The tables break their rules; the topics of before stay.
        LakeError: Papers and vectors do not belong together, or the topic model is damaged.
        PaperlakeError: A vector is broken, or an earlier stage is missing.
    """
    path = lake.topic_model
    made_from = _made_from(lake, settings, path.read_bytes() if path.exists() else b"")

    def make() -> Made:
        paper_ids, vectors = read_vectors(lake)
        papers = _in_order(lake.read_table("papers"), paper_ids)
        order = papers["paper_id"].arg_sort().to_numpy()
        papers, vectors = papers[order], vectors[order]
        before = _read_model(lake)
        with (progress or Silent()).task("Finding topics", papers.height, "papers") as advance:
            source = _source(lake, papers, settings)
            updated = update_topics(papers, vectors, settings, before, source, refit)
            tables = topic_tables(updated.model, updated.assigned, papers)
            advance(papers.height)
        model = model_to_bytes(updated.model)
        return Made(
            made_from=_made_from(lake, settings, model),
            tables={name: getattr(tables, name) for name in TABLE_NAMES},
            checks=check_tables(papers, tables),
            facts=_facts(papers, tables) | _fit_facts(updated, tables),
            files={lake.topic_model: model, lake.topic_map: draw_map(tables)},
        )

    return run_stage(lake, STAGE, made_from, make, force=refit)


def _made_from(lake: Lake, settings: Settings, model: bytes) -> str:
    """Return the fingerprint of tables built from the current papers and this topic model."""
    return fingerprint(STAGE, settings, upstream(lake, "paper_embeddings"), hash_bytes(model))


def _read_model(lake: Lake) -> TopicModel:
    """Read the previous fit; an empty model where there is none."""
    path = lake.topic_model
    return model_from_bytes(path.read_bytes(), str(path)) if path.exists() else TopicModel.empty()


def _source(lake: Lake, papers: pl.DataFrame, settings: Settings) -> FitSource:
    """What a fit of these papers is made from: their texts, the model, code and settings, not their order."""
    model_id = current_model(lake).model_id
    texts = paper_texts(papers).select("paper_id", "text_hash").sort("paper_id").rows()
    made_from = [code_hash(STAGE), settings.topic_min_papers, model_id, texts]
    digest = hash_bytes(json.dumps(made_from).encode())
    return FitSource(digest, model_id, cast("date | None", papers["last_snapshot_date"].max()))


def _in_order(papers: pl.DataFrame, paper_ids: list[str]) -> pl.DataFrame:
    """The papers in the order of the vectors, each with one."""
    vectors = pl.DataFrame({"paper_id": paper_ids}, schema={"paper_id": pl.String})
    missing = papers.join(vectors, on="paper_id", how="anti")["paper_id"].to_list()
    unknown = vectors.join(papers, on="paper_id", how="anti")["paper_id"].to_list()
    if missing or unknown:
        raise LakeError(
            f"Cannot find topics: {len(missing):,} papers have no vector and {len(unknown):,} vectors have "
            f"no paper ({', '.join((missing + unknown)[:SHOWN_ID_COUNT])}). "
            "Run `paperlake run --until paper_embeddings` first."
        )
    return vectors.join(papers, on="paper_id", how="left", maintain_order="left")


def _facts(papers: pl.DataFrame, tables: TopicTables) -> Facts:
    """Numbers worth telling: how many topics, how many outliers, how sure and how coherent."""
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
    """Which fit the topics are of, what it did to them, and how far papers have moved away since."""
    number = updated.model.fit_number
    last = tables.topic_events.filter(pl.col("fit_number") == number)["event"]
    events = {f"{kind}_topics": int((last == kind).sum()) for kind in TOPIC_EVENT_KINDS}
    return {
        "fit_number": number,
        "fit": updated.method,
        "fitted_papers": len(updated.model.papers.paper_ids),
        "papers_since_fit": updated.drift.new_count,
        "papers_gone_since_fit": updated.drift.gone_count,
        "drift": updated.drift.degree,
        **events,
    }


def _mean(column: pl.Series) -> float | None:
    mean = column.mean()
    return round(mean, 4) if isinstance(mean, float) else None
