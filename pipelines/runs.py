"""A run from the command line: the same job as in the UI, in this process, in the same history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.settings import Settings
from pipelines.automation import EVERYTHING
from pipelines.definitions import build_definitions
from pipelines.instance import fail_dead_runs, open_instance, record_origin, run_tags, storage_errors
from pipelines.resources import ProgressSource

# The event log records everything; the terminal shows progress and a table instead.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

_REFIT = {"ops": {"topics": {"config": {"refit": True}}}}


@dataclass
class RunOutcome:
    """How a run ended."""

    succeeded: bool
    failed_stage: str | None = None
    message: str | None = None
    exit_code: int = 0
    finished_stages: list[str] = field(default_factory=list)


class TerminalProgress(ProgressSource):
    """Sends progress to the terminal instead of the event log."""

    def __init__(self, progress: Progress, on_stage: Callable[[str], None]) -> None:
        self._progress, self._on_stage = progress, on_stage

    def get(self, context: dg.AssetExecutionContext, stage: str) -> Progress:  # noqa: ARG002
        """Return the terminal's progress, after announcing the stage."""
        self._on_stage(stage)
        return self._progress


def run_everything(
    lake: Lake,
    settings: Settings,
    progress: Progress,
    on_stage: Callable[[str], None],
    until: str | None = None,
    refit: bool = False,
) -> RunOutcome:
    """Build every stage in order, in this process; the caller holds the lake's lock.

    Args:
        lake: The lake.
        settings: The settings of the run.
        progress: Where long work says how far it is.
        on_stage: Called with the name of each stage before it starts.
        until: Stop after this stage.
        refit: Find topics again, even if nothing changed.
    """
    terminal = TerminalProgress(progress, on_stage)
    definitions = build_definitions(settings, {"progress": terminal})
    selected = stage_list.PIPELINE.until(until)
    with storage_errors(lake), open_instance(lake) as instance:
        fail_dead_runs(instance)
        record_origin(instance, EVERYTHING)
        job = definitions.resolve_job_def(EVERYTHING)
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(output.name) for stage in selected for output in stage.writes],
            run_config={**_QUIET, **(_REFIT if refit else {})},
            tags=run_tags(),
            raise_on_error=False,
        )
    return _outcome(result)


def _outcome(result: dg.ExecuteInProcessResult) -> RunOutcome:
    outcome = RunOutcome(
        succeeded=result.success,
        exit_code=0 if result.success else 1,
        finished_stages=[
            event.step_key for event in result.all_events if event.is_step_success and event.step_key
        ],
    )
    failures = [event for event in result.all_events if event.is_step_failure]
    if failures:
        data = failures[0].step_failure_data
        outcome.failed_stage = failures[0].step_key
        if data.user_failure_data:
            outcome.message = data.user_failure_data.description
            code = data.user_failure_data.metadata.get("exit_code")
            outcome.exit_code = int(str(code.value)) if code else 1
        else:
            outcome.message = _innermost(data.error)
    return outcome


def _innermost(error: Any) -> str | None:  # noqa: ANN401  (its type is in no public module)
    """Return the message of the first error; the whole trace is in the run's history."""
    while error and error.cause:
        error = error.cause
    if error and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
        return "The run was interrupted. What was finished is kept; run again to go on."
    return str(error.message).strip() if error else None
