"""The lake: where everything lies, how it is written whole or not at all, and who may write.

The only module that knows paths. Files are written under a temporary name in the same folder, flushed to
disk, and renamed. Nothing here knows what the tables mean.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.errors import LakeBusyError, LakeError

FORMAT_VERSION = 1
LOCK_POLL_SECONDS = 0.5
ROWS_AT_ONCE = 100_000  # of a Parquet file, in one row group: 150 MB of abstracts
TEMPORARY_SUFFIX = ".partial"

# Which folder holds which table's Parquet file.
TABLE_FOLDERS = {
    "inventory": "dumps",
    "dumps": "dumps",
    "papers": "papers",
    "paper_sources": "papers",
    "paper_counts": "papers",
    "matches": "papers",
    "topics": "topics",
    "paper_topics": "topics",
    "topic_trends": "topics",
    "emerging_topics": "topics",
    "topic_events": "topics",
}

_held_locks: dict[Path, int] = {}


class Lake:
    """The folder that holds everything; see DESIGN.md for what lies where."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()

    @classmethod
    def open(cls, root: Path) -> Lake:
        """Open a lake, making the folders of a new one.

        Raises:
            LakeError: The folder is a lake of another format version, or cannot be written.
        """
        lake = cls(root)
        version_file = lake.root / "format_version"
        try:
            lake.raw.mkdir(parents=True, exist_ok=True)
            if not version_file.exists():
                lake.write_bytes(version_file, f"{FORMAT_VERSION}\n".encode())
            found = version_file.read_text().strip()
        except OSError as error:
            raise LakeError(f"Cannot open the lake {lake.root}: {error.strerror or error}.") from error
        if found != str(FORMAT_VERSION):
            raise LakeError(
                f"The lake {lake.root} has format version {found}, this paperlake writes {FORMAT_VERSION}. "
                "Use the paperlake that made it, or delete all but raw/ and curated/ and run again."
            )
        return lake

    # Where things lie

    @property
    def raw(self) -> Path:
        """Where dumps arrive."""
        return self.root / "raw"

    def daily_answers(self, day: date) -> Path:
        """The folder of the daily API's answers for one day."""
        return self.raw / "daily_api" / day.isoformat()

    def daily_answer(self, day: date, retrieved: datetime) -> Path:
        """One answer of the daily API for one day; the name tells when, in UTC, it was retrieved."""
        return self.daily_answers(day) / f"{retrieved.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.json"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance: history of runs."""
        return self.root / "dagster"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that analysts query."""
        return self.root / "warehouse" / "papers.duckdb"

    def warehouse_build(self, name: str) -> Path:
        """A build of the warehouse that is kept under its own name."""
        return self.warehouse.parent / "builds" / f"papers-{name}.duckdb"

    def warehouse_builds(self) -> list[Path]:
        """The builds that are kept, in order of name."""
        return sorted(self.warehouse_build("").parent.glob("papers-*.duckdb"))

    @property
    def topic_map(self) -> Path:
        """The picture of the topic map."""
        return self.root / "topics" / "topic_map.png"

    @property
    def topic_model(self) -> Path:
        """What the last fit of topics left for the next."""
        return self.root / "topics" / "model.npz"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report" / "index.html"

    def table(self, name: str) -> Path:
        """The Parquet file of a table that is one file."""
        return self.root / TABLE_FOLDERS[name] / f"{name}.parquet"

    def entries(self, dump_id: str) -> Path:
        """The entries of one dump."""
        return self.root / "entries" / f"{dump_id}.parquet"

    def rejects(self, dump_id: str) -> Path:
        """The rejects of one dump."""
        return self.root / "rejects" / f"{dump_id}.parquet"

    @property
    def decisions(self) -> Path:
        """What people decided about pairs of entries; only people write it."""
        return self.root / "curated" / "decisions.csv"

    def signatures(self) -> Path:
        """MinHash signatures of texts, kept so that each is computed once."""
        return self.root / "papers" / "signatures"

    def comparisons(self) -> Path:
        """What comparing pairs of texts found, kept so that each pair is compared once."""
        return self.root / "papers" / "comparisons"

    def vectors(self, model_id: str) -> Path:
        """The folder of vector parts of one model."""
        return self.root / "embeddings" / model_id

    def embedded_models(self) -> list[str]:
        """The ids of the models that vectors are kept of, in order of name."""
        folder = self.root / "embeddings"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def converted_model(self, name: str) -> Path:
        """The folder of a model that was converted for another library on first use."""
        return self.root / "models" / name

    def stamp(self, stage: str) -> Path:
        """What a stage was last made from."""
        return self.root / "stages" / f"{stage}.json"

    # Reading and writing

    def write_bytes(self, path: Path, content: bytes, mode: int = 0o644) -> None:
        """Write a file whole or not at all."""
        with self.writing(path, mode) as file:
            file.write(content)

    def write_parquet(self, path: Path, frame: pl.DataFrame) -> None:
        """Write a frame as Parquet with page checksums, whole or not at all."""
        schema = frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        options = {"compression": "zstd", "write_page_checksum": True}
        with self.writing(path) as file, pq.ParquetWriter(file, schema, **options) as writer:
            # A group of rows at a time, for Arrow wants strings in another shape, which is a copy.
            for rows in frame.iter_slices(ROWS_AT_ONCE):
                writer.write_table(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def write_arrow(self, path: Path, table: pa.Table) -> None:
        """Write an Arrow table as Parquet with page checksums, whole or not at all."""
        with self.writing(path) as file:
            pq.write_table(table, file, compression="zstd", write_page_checksum=True)

    @contextmanager
    def writing(self, path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
        """A file to write to; it takes the place of `path` when the context ends without an error."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}-{uuid4().hex[:8]}{TEMPORARY_SUFFIX}")
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.chmod(mode)
            self.publish(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    def publish(self, finished: Path, path: Path) -> None:
        """Move a finished file of the same filesystem over `path`, and make that last."""
        finished.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read_parquet(self, path: Path) -> pl.DataFrame:
        """Read a Parquet file, verifying its page checksums.

        Raises:
            LakeError: The file is missing or corrupt; the message names it.
        """
        try:
            table = pq.read_table(path, page_checksum_verification=True, memory_map=False)
        except FileNotFoundError as error:
            raise LakeError(f"{path} is missing. Run `paperlake run` to make it again.") from error
        except (OSError, pa.ArrowException) as error:
            raise LakeError(
                f"{path} is corrupt ({str(error).splitlines()[0]}). Delete it and run `paperlake run`."
            ) from error
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a Table is never a Series
        return frame

    def read_table(self, name: str) -> pl.DataFrame:
        """Read a table that is one file."""
        return self.read_parquet(self.table(name))

    def write_table(self, name: str, frame: pl.DataFrame) -> None:
        """Write a table that is one file."""
        self.write_parquet(self.table(name), frame)

    def read_json(self, path: Path) -> dict[str, Any] | None:
        """Read a small JSON object; None if the file is missing or unreadable."""
        try:
            content = json.loads(path.read_text())
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def sweep(self) -> int:
        """Delete temporary files that an interrupted run left; return how many. Hold the lock."""
        count = 0
        for folder in self.root.iterdir():
            if folder.is_dir() and folder.name not in ("raw", "curated", "dagster"):
                for leftover in list(folder.rglob(f"*{TEMPORARY_SUFFIX}*")):
                    if leftover.is_dir():  # what DuckDB had no memory for
                        shutil.rmtree(leftover, ignore_errors=True)
                    else:
                        leftover.unlink(missing_ok=True)
                    count += 1
        return count

    # The lock

    def holder(self) -> dict[str, Any] | None:
        """Who holds the lake now; None if nobody does."""
        path = self.root / "lock"
        if not path.exists():
            return None
        with path.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self.read_json(path) or {"who": "another process"}
        return None

    @contextmanager
    def lock(
        self, who: str, wait_seconds: float = 0.0, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the lake; a process that holds it may take it again.

        The kernel frees the lock when the process ends, however it ends.

        Args:
            who: What holds it, for those who find it held.
            wait_seconds: How long to wait for another holder.
            on_wait: Called once with a message when waiting starts.

        Raises:
            LakeBusyError: Somebody else holds the lake, still after `wait_seconds`.
        """
        path = self.root / "lock"
        if _held_locks.get(path):
            _held_locks[path] += 1
            try:
                yield
            finally:
                _held_locks[path] -= 1
            return
        with path.open("a+") as file:
            self._acquire(file, path, wait_seconds, on_wait)
            _held_locks[path] = 1
            holder = {
                "who": who,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            file.truncate(0)
            file.write(json.dumps(holder))
            file.flush()
            try:
                self.sweep()
                yield
            finally:
                _held_locks[path] = 0
                with suppress(OSError):
                    file.truncate(0)

    def _acquire(
        self, file: IO[str], path: Path, wait_seconds: float, on_wait: Callable[[str], None] | None
    ) -> None:
        deadline = time.monotonic() + wait_seconds
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                message = f"The lake {self.root} is held by {_describe(self.read_json(path))}."
                if time.monotonic() >= deadline:
                    raise LakeBusyError(f"{message} Wait for it to end, or stop it.") from None
                if on_wait and not waiting:
                    on_wait(f"{message} Waiting for it to end.")
                waiting = True
                time.sleep(LOCK_POLL_SECONDS)


def _describe(holder: dict[str, Any] | None) -> str:
    if not holder:
        return "another process"
    return f"{holder['who']} (process {holder['pid']} on {holder['host']}, since {holder['since']})"


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
