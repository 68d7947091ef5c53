"""The Dagster instance inside the lake: its configuration, the origin of runs, and dead runs.

Runs from the command line and from the UI are recorded in the same instance. A run that was killed stays
"started" in the history and would block the queue; `fail_dead_runs` ends it.
"""

import functools
import json
import os
import re
import socket
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterInvalidConfigError,
    DagsterRun,
    DagsterRunStatus,
    DefaultRunLauncher,
    RunsFilter,
    deserialize_value,
)
from sqlalchemy.exc import DBAPIError

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import write_bytes
from paperlake.lake.locking.process import is_alive, start_time

PID_TAG = "paperlake/pid"
HOST_TAG = "paperlake/host"
STARTED_TAG = "paperlake/process_started"  # in clock ticks since boot, as pids are used again

LOCATION = "pipelines.definitions"  # the module, and the name of the code location in the UI
REPOSITORY = "__repository__"  # Dagster's name for the definitions of a module

MAX_START_SECONDS = 120.0  # from the launch of a run to the first event of its process
UNFINISHED = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
DEAD = "The process of this run is gone: it was killed, or the machine was. Run again to complete it."

UNSET_VARIABLE = re.compile(r'environment variable "(\w+)" which is not set')  # of Dagster's message
POSTGRES_MODULES = ("dagster_postgres", "psycopg", "psycopg2")
SERVER_URLS = ("postgres_url", "mysql_url")  # attributes of Dagster's storages on a database server

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

    Methods that are on the exported class without being documented as public are used in this module alone
    (`from_config`, `report_run_failed`, `report_run_canceled`, `all_logs`, `run_launcher`,
    `create_run_for_job`); a test pins each.

    Raises:
        LakeError: dagster.yaml has a mistake, or reads an environment variable that is not set.
    """
    home = prepare_home(lake)
    try:
        return DagsterInstance.from_config(home)
    except DagsterInvalidConfigError as error:
        reason = _what_is_wrong([problem.message for problem in error.errors])
    raise LakeError(  # outside of `except`: the trace is of Dagster's own code
        f"{home}/dagster.yaml cannot be used: {reason}. Correct the file or its environment and start again."
    )


def _what_is_wrong(problems: Sequence[str]) -> str:
    """Return the mistakes of a configuration, without stack traces."""
    unset = UNSET_VARIABLE.findall("\n".join(problems))
    if unset:
        return f"{', '.join(sorted(set(unset)))} not set in the environment"
    return "; ".join(" ".join(problem.split()).partition(". Expected")[0] for problem in problems)


@contextmanager
def storage_errors(lake: Lake) -> Iterator[None]:
    """Turn errors of the instance's storage (a full disk, a server that does not answer) into a message."""
    try:
        yield
    except LakeError:
        raise
    except Exception as error:
        message = _storage_message(lake, error)
        if message is None:
            raise
        raise LakeError(message) from error


def _storage_message(lake: Lake, error: BaseException | None) -> str | None:
    """Return what is wrong with the storage, found among the causes of an error; None if that is another."""
    config = lake.dagster_home / "dagster.yaml"
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name in POSTGRES_MODULES:
            return (
                f"{config} names Postgres, and the module {error.name} is not installed. Run `make setup "
                "EXTRAS=dev,postgres` in the clone; the URL must begin with postgresql+psycopg2://."
            )
        if isinstance(error, DBAPIError) and not isinstance(error.orig, sqlite3.Error):
            said = (str(error.orig).splitlines() or ["no reason given"])[0]
            return (
                f"The database that {config} names cannot be used: {said}. Check the server, the address and "
                "the password, then start again."
            )
        of_the_disk = _disk_reason(error)
        if of_the_disk:
            return (
                f"The history of runs in {lake.dagster_home} cannot be written: {of_the_disk}. "
                "Free space on the disk or ask for permission to write, then start again."
            )
        error = error.__cause__ or error.__context__
    return None


def _disk_reason(error: BaseException) -> str | None:
    """Return what SQLite or the system said; None if the error is of neither."""
    if isinstance(error, sqlite3.Error):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None


def record_origin(instance: DagsterInstance, job_name: str) -> None:
    """Let the runs that this instance records say that they are of a job of the code location.

    Without an origin a run is neither on the UI's timeline nor among the runs of its job.
    `execute_in_process` gives none, and no public function makes one: it is read from Dagster's storage
    format, and handed to the method that records the run.
    """
    origin: Any = deserialize_value(
        json.dumps(
            {
                "__class__": "ExternalPipelineOrigin",
                "external_repository_origin": {
                    "__class__": "ExternalRepositoryOrigin",
                    "repository_location_origin": {
                        "__class__": "RegisteredRepositoryLocationOrigin",
                        "location_name": LOCATION,
                    },
                    "repository_name": REPOSITORY,
                },
                "pipeline_name": job_name,
            }
        )
    )
    recording = functools.partial(instance.create_run_for_job, remote_job_origin=origin)
    instance.create_run_for_job = recording  # type: ignore[method-assign]


def run_tags() -> dict[str, str]:
    """Return the tags that show whether the process of a run is alive."""
    started = start_time(os.getpid())
    tags = {PID_TAG: str(os.getpid()), HOST_TAG: socket.gethostname()}
    return {**tags, STARTED_TAG: started} if started else tags


def has_shared_history(instance: DagsterInstance) -> bool:
    """Return whether the history is on a database server, so that other machines may execute its runs."""
    return any(hasattr(instance.event_log_storage, name) for name in SERVER_URLS)


def fail_dead_runs(instance: DagsterInstance, of_the_launcher: bool = True) -> int:
    """Mark unfinished runs failed whose process is gone; return how many.

    Runs of the command line name their process and host in tags; runs of the UI name their process in their
    events. Runs of other hosts, and of launchers that start runs elsewhere, are left alone.

    Args:
        instance: The instance.
        of_the_launcher: Whether the runs of the UI are processes of this host.
    """
    unfinished = instance.get_runs(RunsFilter(statuses=UNFINISHED))
    dead = [run for run in unfinished if _is_dead(instance, run, of_the_launcher)]
    for run in dead:
        if run.status == DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, DEAD)
        else:
            instance.report_run_failed(run, DEAD)
    return len(dead)


def _is_dead(instance: DagsterInstance, run: DagsterRun, of_the_launcher: bool) -> bool:
    if HOST_TAG in run.tags:
        is_here = run.tags[HOST_TAG] == socket.gethostname()
        return is_here and not is_alive(int(run.tags[PID_TAG]), run.tags.get(STARTED_TAG))
    if not of_the_launcher or not isinstance(instance.run_launcher, DefaultRunLauncher):
        return False
    seen = _process_of(instance, run)
    if seen is not None:
        pid, seen_at = seen
        return not is_alive(pid, seen_at=seen_at)
    record = instance.get_run_record_by_id(run.run_id)
    return record is not None and time.time() - record.update_timestamp.timestamp() > MAX_START_SECONDS


def _process_of(instance: DagsterInstance, run: DagsterRun) -> tuple[int, float] | None:
    """Return the pid of a run's process, and when it was last seen; None before its first event.

    Of the events that name a pid those without a step are of the run, the others are of the processes of
    steps.
    """
    for entry in reversed(instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)):
        event = entry.dagster_event
        if event is None or event.step_key is not None:
            continue
        pid = event.engine_event_data.metadata.get("pid")
        if pid is not None:
            return int(str(pid.value)), entry.timestamp
    return None
