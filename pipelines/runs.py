"""A run from the command line: the same job as in the UI, in this process, in the same history."""

from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg
from pydantic import PrivateAttr

from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.settings import Settings
from paperlake.stages import STAGES
from pipelines.automation import EVERYTHING
from pipelines.definitions import build_definitions
from pipelines.instance import fail_dead_runs, open_instance, run_tags
from pipelines.resources import ProgressResource

# The event log records everything; the terminal shows progress and a table instead.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class RunOutcome:
    """How a run ended."""

    succeeded: bool
    failed_stage: str | None = None
    message: str | None = None
    exit_code: int = 0
    finished_stages: list[str] = field(default_factory=list)


class TerminalProgress(ProgressResource):
    """Sends progress to the terminal instead of the event log."""

    _progress: Progress = PrivateAttr()
    _on_stage: Callable[[str], None] = PrivateAttr()

    def show(self, progress: Progress, on_stage: Callable[[str], None]) -> "TerminalProgress":
        """Set where to show."""
        self._progress, self._on_stage = progress, on_stage
        return self

    def get(self, context: dg.AssetExecutionContext) -> Progress:
        """The terminal's progress, told first which stage begins."""
        self._on_stage(context.asset_key.to_user_string())
        return self._progress


def run_everything(
    lake: Lake,
    settings: Settings,
    progress: Progress,
    on_stage: Callable[[str], None],
    until: str | None = None,
) -> RunOutcome:
    """Materialise every asset in order, in this process; the caller holds the lake's lock.

    Args:
        lake: The lake.
        settings: The settings of the run.
        progress: Where long work says how far it is.
        on_stage: Called with the name of each stage before it starts.
        until: Stop after this stage.
    """
    terminal = TerminalProgress().show(progress, on_stage)
    definitions = build_definitions(settings, {"progress": terminal})
    selected = STAGES[: STAGES.index(until) + 1] if until else STAGES
    with open_instance(lake) as instance:
        fail_dead_runs(instance)
        job = definitions.get_job_def(EVERYTHING)
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(stage) for stage in selected],
            run_config=_QUIET,
            tags=run_tags(),
            raise_on_error=False,
        )
    return _outcome(result)


def _outcome(result: dg.ExecuteInProcessResult) -> RunOutcome:
    finished = [key.to_user_string() for event in result.get_asset_materialization_events() if (key := event.asset_key)]
    outcome = RunOutcome(succeeded=result.success, finished_stages=finished)
    for event in result.all_events:
        if event.is_step_failure and outcome.failed_stage is None:
            data = event.step_failure_data
            outcome.failed_stage = event.step_key
            failure = data.user_failure_data
            outcome.message = (
                failure.description if failure else data.error.message if data.error else None
            )
            code = failure.metadata.get("exit_code") if failure else None
            outcome.exit_code = int(str(code.value)) if code is not None else 1
    if not result.success and outcome.exit_code == 0:
        outcome.exit_code = 1
    return outcome
