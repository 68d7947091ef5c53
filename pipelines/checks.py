"""Checks of stages as Dagster's asset checks; the library decides what passes."""

from collections.abc import Iterable, Iterator

import dagster as dg

from paperlake.lake.manifest import CheckResult
from paperlake.stages.stage import Stage


def check_specs(stage: Stage) -> list[dg.AssetCheckSpec]:
    """Return one blocking check per check of the stage, on the asset of its output."""
    return [
        dg.AssetCheckSpec(check.name, asset=check.output.name, description=check.description, blocking=True)
        for check in stage.all_checks
    ]


def check_results(results: Iterable[CheckResult], selected: set[str]) -> Iterator[dg.AssetCheckResult]:
    """Return the results of the selected checks as Dagster's."""
    for result in results:
        if result.check_name in selected:
            yield dg.AssetCheckResult(
                asset_key=result.table,
                check_name=result.check_name,
                passed=result.passed,
                description=result.summary(),
                metadata={
                    "failed_rows": result.failed_row_count,
                    "checked_rows": result.checked_row_count,
                    "failures": dg.MetadataValue.json(list(result.failures)),
                },
            )
