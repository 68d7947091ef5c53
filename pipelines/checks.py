"""Checks of stages as Dagster's asset checks; the library decides what passes."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.errors import PaperlakeError
from paperlake.lake.manifest import CheckResult, Manifest
from paperlake.stages.stage import RunContext, Stage
from paperlake.text.display import plural

MODEL_CHANGE = "embeddings_no_worse_model"


def check_specs(stage: Stage) -> list[dg.AssetCheckSpec]:
    """Return one blocking check per check of the stage, on the asset of its output.

    The stage that embeds has one more, which warns and does not block.
    """
    specs = [
        dg.AssetCheckSpec(check.name, asset=check.output.name, description=check.description, blocking=True)
        for check in stage.all_checks
    ]
    if stage.name == EMBEDDINGS.stage:
        specs.append(
            dg.AssetCheckSpec(
                MODEL_CHANGE,
                asset=EMBEDDINGS.name,
                description="After a change of the model: it is in no measure worse by more than chance.",
            )
        )
    return specs


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


def model_change_results(
    run: RunContext, before: Manifest | None, after: Manifest | None, selected: set[str]
) -> Iterator[dg.AssetCheckResult]:
    """Compare a new model with the one before by the vectors that the lake has of both, and warn.

    Nothing is read or computed in a run that changed no model.

    Args:
        run: The run's lake and settings.
        before: The commit of the stage that embeds before this run; None where there was none.
        after: Its commit now; None where nothing was built.
        selected: Names of the checks that were selected.
    """
    if MODEL_CHANGE not in selected:
        return
    models = [str(commit.facts.get("model_id")) if commit else None for commit in (before, after)]
    if None in models or models[0] == models[1]:
        yield _model_change(True, "The model did not change; nothing was compared.")
        return
    yield _compared(run, str(models[0]), str(models[1]))


def _compared(run: RunContext, former: str, current: str) -> dg.AssetCheckResult:
    """Compare two models; where that cannot be done, the check passes and says why."""
    from paperlake.evaluation.comparing import compare_stored  # noqa: PLC0415  # loads scipy and scikit-learn
    from paperlake.evaluation.rows import measure_rows  # noqa: PLC0415

    try:
        found = compare_stored(run.lake, run.settings, former, current)
    except PaperlakeError as error:
        return _model_change(True, f"{current} and {former} were not compared. {error}")
    (verdict,) = found.verdicts
    metadata = {
        "compared_papers": dg.MetadataValue.text(plural(found.paper_count, "paper")),
        "measures": dg.MetadataValue.json(measure_rows(found)),
    }
    return _model_change(not verdict.worse, verdict.sentence, metadata)


def _model_change(
    passed: bool, sentence: str, metadata: dict[str, dg.MetadataValue[Any]] | None = None
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=EMBEDDINGS.name,
        check_name=MODEL_CHANGE,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=sentence,
        metadata=metadata or {},
    )
