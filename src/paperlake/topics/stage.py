"""The topics stage: read papers, vectors and the topic model, bring it up to date, check, publish.

Finding and naming topics is `fit.py`, whether to fit again `refit/policy.py`; this module only reads, checks
across tables, and hands over to `stages.py`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import cast

import polars as pl

from paperlake.checks import CheckResult, outcome
from paperlake.embedding.stage import current_model, read_vectors
from paperlake.embedding.text import paper_texts
from paperlake.errors import LakeError
from paperlake.lake import Lake, hash_bytes
from paperlake.progress import Progress, Silent
from paperlake.schemas import TOPIC_EVENT_KINDS
from paperlake.settings import Settings
from paperlake.stages import Facts, Made, StageResult, code_hash, fingerprint, run_stage, upstream
from paperlake.topics.continuity.topic_model import NO_MODEL, TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.fit import FitSource
from paperlake.topics.naming.labels import contains_words
from paperlake.topics.naming.phrases import phrase_words
from paperlake.topics.picture import draw_map
from paperlake.topics.tables import TopicTables, topic_tables
from paperlake.topics.update import Outcome, update_topics

STAGE = "topics"
TABLE_NAMES = tuple(field.name for field in fields(TopicTables))
LEVELS = (1, 2)
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
        refit: Find topics anew even if nothing changed; those that live on keep their ids.

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
            tables = topic_tables(updated.model, updated.filed, papers)
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
    """The fingerprint of tables made from the papers of now and this topic model."""
    return fingerprint(STAGE, settings, upstream(lake, "paper_embeddings"), hash_bytes(model))


def _read_model(lake: Lake) -> TopicModel:
    """The fit before; `NO_MODEL` where there is none."""
    path = lake.topic_model
    return model_from_bytes(path.read_bytes(), str(path)) if path.exists() else NO_MODEL


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


def check_tables(papers: pl.DataFrame, tables: TopicTables) -> list[CheckResult]:
    """Check what must hold between the three tables and the papers."""
    return [
        _check_filed_once(papers, tables),
        _check_parents(tables.topics),
        _check_levels_agree(tables),
        _check_counts(tables),
        _check_labels(tables.topics),
        _check_events(tables),
    ]


def _check_filed_once(papers: pl.DataFrame, tables: TopicTables) -> CheckResult:
    """Every paper has exactly one row at each level, and its topic is a topic of that level."""
    wanted = papers.select("paper_id").join(pl.DataFrame({"level": LEVELS}), how="cross")
    filed = tables.paper_topics.join(tables.topics, on=["topic_id", "level"], how="semi")
    counts = filed.group_by("paper_id", "level").agg(rows=pl.len())
    wrong = (
        wanted.join(counts, on=["paper_id", "level"], how="full", coalesce=True)
        .with_columns(pl.col("rows").fill_null(0))
        .filter(pl.col("rows") != 1)
        .sort("paper_id", "level")
    )
    return outcome(
        "paper_topics",
        "paper_topics_complete",
        wanted.height,
        (
            f"paper {paper_id} has {rows} topics at level {level}, not 1"
            for paper_id, level, rows in wrong.iter_rows()
        ),
    )


def _check_parents(topics: pl.DataFrame) -> CheckResult:
    """Topics have no parent; the parent of a subtopic is a topic."""
    top = topics.filter(pl.col("level") == 1)["topic_id"].implode()
    right = (
        pl.when(pl.col("level") == 1)
        .then(pl.col("parent_topic_id").is_null())
        .otherwise(pl.col("parent_topic_id").is_in(top).fill_null(value=False))
    )
    wrong = topics.filter(~right).sort("topic_id")
    return outcome(
        "topics",
        "topics_parents",
        topics.height,
        (
            f"topic {row['topic_id']} of level {row['level']} has the parent {row['parent_topic_id']}"
            for row in wrong.iter_rows(named=True)
        ),
    )


def _check_levels_agree(tables: TopicTables) -> CheckResult:
    """A paper's topic is the parent of its subtopic."""
    fine = tables.paper_topics.filter(pl.col("level") == 2).join(
        tables.topics.select("topic_id", "parent_topic_id"), on="topic_id"
    )
    coarse = tables.paper_topics.filter(pl.col("level") == 1).select("paper_id", topic="topic_id")
    wrong = fine.join(coarse, on="paper_id").filter(pl.col("parent_topic_id").ne_missing(pl.col("topic")))
    return outcome(
        "paper_topics",
        "paper_topics_levels_agree",
        fine.height,
        (
            f"paper {row['paper_id']} is in topic {row['topic']}, its subtopic in {row['parent_topic_id']}"
            for row in wrong.sort("paper_id").iter_rows(named=True)
        ),
    )


def _check_counts(tables: TopicTables) -> CheckResult:
    """A topic's paper_count is the number of its papers that are no outliers."""
    counts = tables.paper_topics.filter(~pl.col("is_outlier")).group_by("topic_id").agg(found=pl.len())
    wrong = (
        tables.topics.join(counts, on="topic_id", how="left")
        .with_columns(pl.col("found").fill_null(0))
        .filter(pl.col("found") != pl.col("paper_count"))
    )
    return outcome(
        "topics",
        "topics_paper_count",
        tables.topics.height,
        (
            f"topic {row['topic_id']} counts {row['paper_count']} papers, {row['found']} are filed under it"
            for row in wrong.sort("topic_id").iter_rows(named=True)
        ),
    )


def _check_labels(topics: pl.DataFrame) -> CheckResult:
    """No label is given twice at a level; none stands in the label of a sibling."""
    failures = []
    for (level, label), rows in topics.group_by("level", "label"):
        if rows.height > 1:
            failures.append(f"{rows.height} topics of level {level} are called {label!r}")
    for _, siblings in topics.group_by("level", "parent_topic_id"):
        labels = siblings["label"].unique().sort().to_list()
        words = {label: phrase_words(label) for label in labels}
        failures += [
            f"the label {inner!r} stands in its sibling's {outer!r}"
            for outer in labels
            for inner in labels
            if inner != outer and contains_words(words[outer], words[inner])
        ]
    return outcome("topics", "topics_labels_distinct", topics.height, sorted(failures))


def _check_events(tables: TopicTables) -> CheckResult:
    """A topic that lives began once; one that ended is gone, and its id is not given again."""
    ends = pl.col("event").is_in(["died", "merged"])
    lives = tables.topic_events.group_by("topic_id").agg(began=(~ends).sum(), ended=ends.sum())
    living = tables.topics.select("topic_id", lives=pl.lit(value=True))
    wrong = lives.join(living, on="topic_id", how="full", coalesce=True).filter(
        (pl.col("began") != 1).fill_null(value=True)
        | (pl.col("ended") != pl.when(pl.col("lives")).then(0).otherwise(1)).fill_null(value=True)
    )
    return outcome(
        "topic_events",
        "topic_events_add_up",
        tables.topic_events.height,
        (
            f"topic {row['topic_id']} began {row['began']} times and ended {row['ended']} times, "
            f"and is {'still' if row['lives'] else 'not'} there"
            for row in wrong.sort("topic_id").iter_rows(named=True)
        ),
    )


def _facts(papers: pl.DataFrame, tables: TopicTables) -> Facts:
    """Numbers worth telling: how many topics, how many outliers, how sure and how coherent."""
    fine = tables.paper_topics.filter(pl.col("level") == 2)
    outliers = int(fine["is_outlier"].sum())
    subtopics = tables.topics.filter(pl.col("level") == 2)
    return {
        "papers": papers.height,
        "topics": tables.topics.height - subtopics.height,
        "subtopics": subtopics.height,
        "outliers": outliers,
        "outlier_share": round(outliers / papers.height, 4) if papers.height else None,
        "mean_score": _mean(fine["score"]),
        "mean_coherence": _mean(subtopics["coherence"]),
    }


def _fit_facts(updated: Outcome, tables: TopicTables) -> Facts:
    """Which fit the topics are of, what it did to them, and how far papers have moved away since."""
    number = updated.model.fit_number
    last = tables.topic_events.filter(pl.col("fit_number") == number)["event"]
    events = {f"{kind}_topics": int((last == kind).sum()) for kind in TOPIC_EVENT_KINDS}
    return {
        "fit_number": number,
        "fit": updated.how,
        "fitted_papers": len(updated.model.papers.paper_ids),
        "papers_since_fit": updated.drift.new_count,
        "papers_gone_since_fit": updated.drift.gone_count,
        "drift": updated.drift.degree,
        **events,
    }


def _mean(column: pl.Series) -> float | None:
    mean = column.mean()
    return round(mean, 4) if isinstance(mean, float) else None
