"""Record a command-line run at a small part of the cost: its databases stay open, its output is not captured.

Dagster opens and closes an SQLite database for each event, two or three times, and compiles each statement
again: for the 200 events of a run that costs more than the stages of a small change. What is recorded, and
when others can read it, is the same.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster import DagsterInstance
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 30  # how long a statement waits for another process that writes; Dagster's own limit
INDEX = "index"  # the database of what is asked across runs; each run has one of its own

Connect = Callable[[str], AbstractContextManager[Connection]]


@contextmanager
def migrations_read_once() -> Iterator[None]:
    """Read the scripts of Dagster's migrations once, and not for each database that is opened.

    There are some 90; a run opens four databases and creates one, and each time Dagster compares the newest
    script with the one that the database names.
    """
    read = ScriptDirectory.from_config
    known: dict[str | None, ScriptDirectory] = {}

    def read_once(config: Config) -> ScriptDirectory:
        location = config.get_main_option("script_location")
        if location not in known:
            known[location] = read(config)
        return known[location]

    ScriptDirectory.from_config = read_once  # type: ignore[method-assign]
    try:
        yield
    finally:
        ScriptDirectory.from_config = read  # type: ignore[method-assign]


@contextmanager
def cheap_recording(instance: DagsterInstance) -> Iterator[None]:
    """Keep the SQLite databases of an instance's event log open, and start no process that copies the output.

    An event log elsewhere (Postgres, memory) is left as it is. `run_connection`, `index_connection` and
    `has_table` are what each of Dagster's storages in SQL defines for itself, `capture_logs` what each log
    manager does; they are replaced on these objects alone, and tests pin them.
    """
    manager: Any = instance.compute_log_manager
    manager.capture_logs = _capture_nothing
    storage: Any = instance.event_log_storage
    if not hasattr(storage, "conn_string_for_shard"):  # only the one in SQLite has a database for each run
        yield
        return
    databases = _OpenDatabases(storage.run_connection, storage.conn_string_for_shard)
    storage.run_connection = databases.connect
    storage.index_connection = lambda: databases.connect(INDEX)
    storage.has_table = functools.cache(storage.has_table)  # asked for each event; it opens the database, too
    storage.has_secondary_index = functools.cache(storage.has_secondary_index)
    try:
        yield
    finally:
        databases.close()


@dataclass(frozen=True)
class _NothingCaptured:
    """What Dagster asks about captured output: all of it is in the terminal."""

    log_key: Sequence[str]
    external_url: str | None = None
    external_stdout_url: str | None = None
    external_stderr_url: str | None = None
    shell_cmd: None = None


@contextmanager
def _capture_nothing(log_key: Sequence[str]) -> Iterator[_NothingCaptured]:
    """Leave standard output and error to the terminal.

    Capturing starts two processes for each, which copy the output back from files.
    """
    yield _NothingCaptured(log_key)


class _OpenDatabases:
    """Databases by name, each with connections that are used again."""

    def __init__(self, open_first: Connect, address: Callable[[str], str]) -> None:
        """Take over the databases of a storage.

        Args:
            open_first: Opens a database the first time, and creates its tables where there are none.
            address: Returns SQLAlchemy's address of a database.
        """
        self._open_first, self._address = open_first, address
        self._engines: dict[str, Engine] = {}

    @contextmanager
    def connect(self, name: str) -> Iterator[Connection]:
        """Open a transaction, which is committed unless an error ends it."""
        if name not in self._engines:
            with self._open_first(name):
                pass
            engine = create_engine(self._address(name), connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _flush_rarely)
            self._engines[name] = engine
        with self._engines[name].begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def _flush_rarely(connection: Any, _record: object) -> None:  # noqa: ANN401  (of the driver)
    """Flush to disk with a checkpoint instead of every commit: a power failure loses the last events at most.

    The event log is in write-ahead mode, which stays consistent with this. A process that is killed loses
    nothing.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
