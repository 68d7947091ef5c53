"""The Dagster instance inside the lake: its configuration, and runs whose process is gone.

Runs from the command line and from the UI are recorded in the same instance. A run that was killed stays
"started" in the history and would block the queue; `fail_dead_runs` ends it.
"""

import os
import socket

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from paperlake.lake import Lake
from paperlake.lake.files import write_bytes

PID_TAG = "paperlake/pid"
HOST_TAG = "paperlake/host"

DAGSTER_YAML = """\
# Written by paperlake when the lake was created; change what you like, it is not written again.
telemetry:
  enabled: false
nux:
  enabled: false
# Runs queue behind each other: one run at a time holds the lake.
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare_home(lake: Lake) -> str:
    """Create the folder of the instance and its dagster.yaml; return the folder."""
    config = lake.dagster_home / "dagster.yaml"
    if not config.exists():
        write_bytes(config, DAGSTER_YAML.encode())
    return str(lake.dagster_home)


def open_instance(lake: Lake) -> DagsterInstance:
    """Return the instance inside the lake.

    `DagsterInstance.from_config` and `report_run_failed` are on the exported class, but are not documented as
    public; only this module uses them.
    """
    return DagsterInstance.from_config(prepare_home(lake))


def run_tags() -> dict[str, str]:
    """Return the tags that show whether the process of a run is alive."""
    return {PID_TAG: str(os.getpid()), HOST_TAG: socket.gethostname()}


def fail_dead_runs(instance: DagsterInstance) -> int:
    """Mark runs from the command line failed whose process is gone; return how many."""
    count = 0
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])):
        if run.tags.get(HOST_TAG) == socket.gethostname() and not _is_alive(int(run.tags[PID_TAG])):
            instance.report_run_failed(run, "The process of this run was killed. Run again to complete it.")
            count += 1
    return count


def fail_orphaned_runs(instance: DagsterInstance) -> int:
    """Mark all started runs of the UI failed; only before a UI starts, when none can be alive."""
    count = fail_dead_runs(instance)
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])):
        if HOST_TAG not in run.tags:
            instance.report_run_failed(run, "The UI that ran this was stopped. Run again to complete it.")
            count += 1
    return count


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
