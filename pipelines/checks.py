"""Checks: one factory turns the library's results into Dagster's, for every stage alike.

What is checked is decided in the library (`paperlake.checks`, `paperlake.schemas` and the stages); here are
only the names, so that Dagster knows them before anything runs. A check runs in the step that made the
table, blocks what comes after it, and always emits a result.
"""

from collections.abc import Iterator

import dagster as dg

from paperlake.stages.checks import CheckResult
from tests.support.lakes import TABLES

# Checks across tables; the check of each table against its schema is named <table>_schema.
CROSS_CHECKS: dict[str, tuple[str, ...]] = {
    "raw_dumps": ("inventory_complete",),
    "parsed_entries": ("line_accounting", "counts_add_up"),
    "papers": (
        "paper_sources_every_entry_once",
        "paper_sources_one_first_source",
        "papers_counts_add_up",
        "matches_ids_exist",
    ),
    "paper_embeddings": ("embeddings_schema",),
    "topics": (
        "paper_topics_complete",
        "paper_topics_levels_agree",
        "topics_paper_count",
        "topics_parents",
        "topics_labels_distinct",
        "topic_events_add_up",
    ),
    "warehouse": ("row_counts_survive",),
    "report": ("report_holds_every_topic", "report_counts_agree", "report_is_self_contained"),
}


def check_names(stage: str) -> list[str]:
    """The names of all checks of a stage."""
    schemas = [f"{table.name}_schema" for table in TABLES.values() if table.stage == stage]
    return [*schemas, *CROSS_CHECKS[stage]]


def check_specs(stage: str) -> list[dg.AssetCheckSpec]:
    """The blocking checks of a stage's asset."""
    return [
        dg.AssetCheckSpec(name=name, asset=stage, blocking=True, description=_description(name))
        for name in check_names(stage)
    ]


def check_results(results: list[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    """Dagster's form of the library's results, with counts and the first failing rows."""
    for result in results:
        metadata: dict[str, dg.MetadataValue] = {
            "failed_row_count": dg.MetadataValue.int(result.failed_row_count),
            "checked_row_count": dg.MetadataValue.int(result.checked_row_count),
            "checked_at": dg.MetadataValue.timestamp(result.checked_at),
        }
        if result.failures:
            metadata["failures"] = dg.MetadataValue.json(list(result.failures))
        yield dg.AssetCheckResult(
            check_name=result.check_name,
            passed=result.passed,
            severity=dg.AssetCheckSeverity.ERROR,
            description=result.summary(),
            metadata=metadata,
        )


def _description(name: str) -> str:
    table = name.removesuffix("_schema")
    if table != name:
        return f"Every row of {table} has the columns, types and values that its schema states."
    return name.replace("_", " ").capitalize() + "."
