"""The tables that the warehouse adds to those of the stages before it."""

from __future__ import annotations

import polars as pl

from paperlake.catalogue import columns
from paperlake.catalogue.paper_tables import BY_PAPER
from paperlake.catalogue.table import declare

SIMILAR_PAPERS = declare(
    "similar_papers",
    "warehouse",
    ["paper_id", "rank"],
    "One row per paper and neighbour: the papers nearest in meaning.",
    rules={"a paper is not its own neighbour": pl.col("paper_id") != pl.col("similar_paper_id")},
    index=(),
    partitioning=BY_PAPER,
    compression="lz4",  # random ids: half as much again, in a third of the time
    references={("paper_id",): "papers", ("similar_paper_id",): "papers"},
    preview=("paper_id", "similar_paper_id", "rank", "similarity"),
    paper_id=columns.identifier("The paper."),
    similar_paper_id=columns.identifier("Its neighbour."),
    rank=columns.count("1 for the nearest.", minimum=1),
    similarity=columns.score("Cosine of the two vectors.", minimum=-1.0),
)

STAGE_CHECKS = declare(
    "stage_checks",
    "warehouse",
    ["stage", "check_name"],
    "One row per check of a stage's tables: what was checked before they were committed, and the result.",
    rules={"a check that passed has no failed rows": ~pl.col("passed") | (pl.col("failed_row_count") == 0)},
    preview=("stage", "check_name", "passed", "checked_row_count"),
    stage=columns.text("The stage that built the tables."),
    check_name=columns.text("Name of the check."),
    passed=columns.flag("Whether every row passed."),
    failed_row_count=columns.count("Number of rows that failed."),
    checked_row_count=columns.count("Number of rows that were checked."),
    checked_at=columns.column(pl.Datetime("us", "UTC"), "Time of the check, in UTC."),
)
