"""A run from the command line: the same job as in the UI, in this process, in the same history."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from paperlake import stage_list
from paperlake.errors import INTERRUPTED_EXIT_CODE, Interrupted
from paperlake.interruption import was_interrupted
from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.settings import Settings
from paperlake.stages.outcome import RunOutcome
from paperlake.stages.stage import Stage
from pipelines.automation.alerts import innermost_message
from pipelines.automation.triggers import EVERYTHING
from pipelines.definitions import build_definitions
from pipelines.resources import ProgressSource
from pipelines.running.instance import (
    fail_dead_runs,
    has_shared_history,
    open_instance,
    record_origin,
    run_tags,
    storage_errors,
)
from pipelines.running.recording import cheap_recording, migrations_read_once

# The event log records everything; the terminal shows progress and a table instead.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class TerminalProgress(ProgressSource):
    """Sends progress to the terminal instead of the event log."""

    def __init__(self, progress: Progress, on_stage: Callable[[str], None]) -> None:
        self._progress, self._on_stage = progress, on_stage

    def get(self, context: dg.AssetExecutionContext, stage: str) -> Progress:  # noqa: ARG002
        """Return the terminal's progress, after announcing the stage.

        Raises:
            Interrupted: A signal arrived before, and its exception came to nothing.
        """
        if was_interrupted():
            raise Interrupted
        self._on_stage(stage)
        return self._progress


def run_everything(
    lake: Lake,
    settings: Settings,
    progress: Progress,
    on_stage: Callable[[str], None],
    until: str | None = None,
    refit: bool = False,
    rebuild: bool = False,
) -> RunOutcome:
    """Build every stage in order, in this process; the caller holds the lake's lock.

    Args:
        lake: The lake.
        settings: The settings of the run.
        progress: Where long work says how far it is.
        on_stage: Called with the name of each stage before it starts.
        until: Stop after this stage.
        refit: Find topics again, even if nothing changed.
        rebuild: Build every stage from nothing, even if nothing changed.

    Raises:
        Interrupted: A signal ended the run before its first stage or after its last.
        LakeError: The history of runs cannot be written.
    """
    try:
        return _outcome(_execute(lake, settings, TerminalProgress(progress, on_stage), until, refit, rebuild))
    except BaseException as error:
        if was_interrupted():  # Dagster has an exception of its own for it, and libraries have others
            raise Interrupted from error
        raise


def _execute(
    lake: Lake,
    settings: Settings,
    terminal: TerminalProgress,
    until: str | None,
    refit: bool,
    rebuild: bool,
) -> dg.ExecuteInProcessResult:
    definitions = build_definitions(settings, {"progress": terminal})
    selected = stage_list.PIPELINE.until(until)
    with (
        storage_errors(lake),
        migrations_read_once(),
        open_instance(lake) as instance,
        cheap_recording(instance),
    ):
        fail_dead_runs(instance, of_the_launcher=not has_shared_history(instance))
        record_origin(instance, EVERYTHING)
        job = definitions.resolve_job_def(EVERYTHING)
        return job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(output.name) for stage in selected for output in stage.writes],
            run_config={**_QUIET, "ops": _configuration(selected, refit, rebuild)},
            tags=run_tags(),
            raise_on_error=False,
        )


def _configuration(stages: Sequence[Stage], refit: bool, rebuild: bool) -> dict[str, Any]:
    """Return the configuration of each stage's asset."""
    return {
        stage.name: {"config": {"rebuild": rebuild, **({"refit": refit} if stage.refits else {})}}
        for stage in stages
    }


def _outcome(result: dg.ExecuteInProcessResult) -> RunOutcome:
    outcome = RunOutcome(
        succeeded=result.success,
        exit_code=0 if result.success else 1,
        finished_stages=[
            event.step_key for event in result.all_events if event.is_step_success and event.step_key
        ],
        warnings=_warnings(result),
    )
    failures = [event for event in result.all_events if event.is_step_failure]
    if failures:
        outcome.failed_stage = failures[0].step_key
    if result.success:
        return outcome
    if was_interrupted():
        _describe_interruption(outcome)
    elif failures:
        _describe_failure(outcome, failures[0])
    else:
        _describe_end(outcome, result)
    return outcome


def _warnings(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return what the checks say that failed and do not end a run."""
    return [
        f"Check {found.check_name} failed: {found.description}"
        for found in result.get_asset_check_evaluations()
        if not found.passed and found.severity == dg.AssetCheckSeverity.WARN
    ]


def _describe_interruption(outcome: RunOutcome) -> None:
    """Say that a signal ended the run: one that arrived is the reason, whichever error it became."""
    where = f" during {outcome.failed_stage}" if outcome.failed_stage else ""
    outcome.exit_code = INTERRUPTED_EXIT_CODE
    outcome.message = (
        f"Interrupted{where}. What was finished before is kept; `paperlake run` goes on from there."
    )


def _describe_failure(outcome: RunOutcome, failure: dg.DagsterEvent) -> None:
    """Say why a stage failed."""
    data = failure.step_failure_data
    if data.user_failure_data:
        outcome.message = data.user_failure_data.description
        code = data.user_failure_data.metadata.get("exit_code")
        outcome.exit_code = int(str(code.value)) if code else 1
        return
    outcome.message = innermost_message(data.error)


def _describe_end(outcome: RunOutcome, result: dg.ExecuteInProcessResult) -> None:
    """Say why a run ended between two stages: a resource failed, or somebody cancelled it in the UI."""
    ends = [event for event in result.all_events if event.event_type == dg.DagsterEventType.RUN_FAILURE]
    error = ends[0].job_failure_data.error if ends else None
    outcome.message = innermost_message(error) or "The run ended for an unknown reason."
