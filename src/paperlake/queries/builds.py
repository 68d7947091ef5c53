"""Follow the published warehouse: open each build once, and close it when its last reader is done.

A build never changes, so its answers are cached. A rebuild is noticed by the identity of the file; readers of
the previous build finish on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from paperlake.embedding.query import QueryEmbedder
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.remote.following import Follower
from paperlake.queries.fair_lock import FairLock
from paperlake.search import Filters, Found, Mode, Searcher
from paperlake.search.retrieval import WORDS_ONLY
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.reading import open_file, require_warehouse

MAX_CACHED_ANSWERS = 512  # of one build: at most some tens of MB
RETRY_SECONDS = 1.0  # before a build that could not be opened is tried again
OPEN_ATTEMPTS = 3  # old builds are deleted while a new one is looked up

Row = dict[str, Any]
Stamp = tuple[int, int, int]
"""Inode, time of change in ns, size: the identity of a build's file."""


class Build:
    """One build of the warehouse, open for reading by any number of threads."""

    def __init__(self, lake: Lake, settings: Settings, embedder: QueryEmbedder, searching: FairLock) -> None:
        """Open the current build.

        Args:
            lake: The lake.
            settings: Of the searches.
            embedder: Embeds the queries of all builds.
            searching: Held during a search: neither the embedder nor a searcher is safe between threads.

        Raises:
            LakeError: There is no warehouse, or it cannot be opened.
        """
        self._lake, self._settings = lake, settings
        self._embedder, self._searching = embedder, searching
        self._searcher: Searcher | None = None
        self.stamp, self.path, self._connection = _open_current(lake)
        self.id = sha256(repr(self.stamp).encode()).hexdigest()[:16]
        self.users = 0
        self.is_retired = False
        self._answers = lru_cache(MAX_CACHED_ANSWERS)(self._query)
        self._found: dict[tuple[str, int, Mode, Filters], Found] = {}
        self._remembered: dict[Hashable, Any] = {}

    def rows(self, name: str, parameters: Row | None = None, **pasted: str) -> tuple[Row, ...]:
        """Return the rows of `sql/<name>.sql`.

        Args:
            name: Name of the SQL file.
            parameters: The values of its parameters.
            pasted: See `read_sql`.
        """
        return self._answers(name, tuple(sorted((parameters or {}).items())), tuple(sorted(pasted.items())))

    def row(self, name: str, parameters: Row | None = None, **pasted: str) -> Row | None:
        """Return the first row of `sql/<name>.sql`; None if there is none."""
        found = self.rows(name, parameters, **pasted)
        return found[0] if found else None

    def search(self, text: str, limit: int, mode: Mode, filters: Filters) -> Found:
        """Find papers for a text, as `Searcher.search`.

        Raises:
            UsageError: The text is empty, or no paper can meet the filters.
            ModelError: Mode is `meaning` and the warehouse's model is not available.
            LakeError: The warehouse has no search index.
        """
        asked = (text, limit, mode, filters)
        found = self._found.get(asked)
        if found:
            return found
        with self._searching:  # of equal searches at the same time, one is run
            found = self._found.get(asked) or self._search(*asked)
            if not is_words_only(found):  # the model may be available next time
                self._found[asked] = found
                if len(self._found) > MAX_CACHED_ANSWERS:
                    self._found.pop(next(iter(self._found)))
        return found

    def remembered(self, key: Hashable, compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what is computed from this build, computed once for a key."""
        if key in self._remembered:
            return self._remembered[key]
        found = self._remembered[key] = compute()
        if len(self._remembered) > MAX_CACHED_ANSWERS:
            self._remembered.pop(next(iter(self._remembered)))
        return found

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection to this build for one thread."""
        with self._connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Close the file, and forget the answers."""
        self._answers.cache_clear()
        self._found.clear()
        self._remembered.clear()
        if self._searcher:
            self._searcher.close()
        self._connection.close()

    def _query(
        self, name: str, parameters: tuple[tuple[str, Any], ...], pasted: tuple[tuple[str, str], ...]
    ) -> tuple[Row, ...]:
        sql = read_sql(__package__, name, **dict(pasted))
        with self.cursor() as cursor:
            found = cursor.execute(sql, dict(parameters))
            columns = [column[0] for column in found.description or []]
            return tuple(dict(zip(columns, row, strict=True)) for row in found.fetchall())

    def _search(self, text: str, limit: int, mode: Mode, filters: Filters) -> Found:
        if self._searcher is None:
            connection = self._connection.cursor()
            self._searcher = Searcher(self._lake, self._settings, connection, self._embedder)
        return self._searcher.search(text, limit, mode, filters)


class Builds:
    """The builds of a lake's warehouse, of which the newest is used."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake, self._settings = lake, settings
        self._embedder = QueryEmbedder(settings)
        self._searching = FairLock()
        self._opening = threading.Lock()
        self._guard = threading.Lock()
        self._current: Build | None = None
        self._retry_at = 0.0
        self._follower = Follower(lake)

    @contextmanager
    def reading(self) -> Iterator[Build]:
        """Give the newest build; it stays open until the context ends.

        Raises:
            LakeError: There is no warehouse, and there was none before.
        """
        build = self.acquire()
        try:
            yield build
        finally:
            self.release(build)

    def acquire(self) -> Build:
        """Return the newest build for use until `release`.

        While one thread opens a new build, the others get the previous one.

        Raises:
            LakeError: As `reading`.
        """
        found = self.acquire_if_open()
        if found:
            return found
        with self._opening:
            found = self._newest(may_be_previous=False)
            if found:
                return found
            try:
                opened = Build(self._lake, self._settings, self._embedder, self._searching)
            except LakeError:
                if self._current is None:
                    raise
                self._retry_at = time.monotonic() + RETRY_SECONDS
                return self._use(self._current)
            return self._use(opened)

    def acquire_if_open(self) -> Build | None:
        """Return the newest build for use until `release`, or None if it has to be opened first."""
        return self._newest(may_be_previous=self._opening.locked())

    def _newest(self, may_be_previous: bool) -> Build | None:
        stamp = _stamp(self._lake)
        with self._guard:
            current = self._current
            if current is None:
                return None
            is_newest = stamp in (None, current.stamp) or time.monotonic() < self._retry_at
            if not is_newest and not may_be_previous:
                return None
            current.users += 1
            return current

    def release(self, build: Build) -> None:
        """Declare one use of a build as ended; a previous build is closed after its last use."""
        with self._guard:
            build.users -= 1
            is_done = build.is_retired and not build.users
        if is_done:
            build.close()

    def close(self) -> None:
        """Close the current build."""
        self._follower.stop()
        with self._guard:
            current, self._current = self._current, None
        if current:
            current.close()

    def _use(self, build: Build) -> Build:
        with self._guard:
            previous, self._current = self._current, build
            build.users += 1
            is_done = False
            if previous is not None and previous is not build:
                previous.is_retired = True
                is_done = not previous.users
        if is_done and previous is not None:
            previous.close()
        return build


def _stamp(lake: Lake) -> Stamp | None:
    try:
        found = lake.warehouse.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _open_current(lake: Lake) -> tuple[Stamp, Path, duckdb.DuckDBPyConnection]:
    """Open the current build by a path that no other build will ever have; return its stamp and path too.

    Raises:
        LakeError: There is no warehouse, or it cannot be opened.
    """
    for attempt in range(OPEN_ATTEMPTS):
        require_warehouse(lake)
        stamp = _stamp(lake)
        paths = [path for path in reversed(lake.warehouse_builds()) if path.exists()]
        same = [path for path in paths if path.samefile(lake.warehouse)]
        path = same[0] if same else lake.warehouse
        try:
            connection = open_file(path)
        except LakeError:
            if attempt == OPEN_ATTEMPTS - 1:
                raise
            continue
        if stamp is not None and stamp == _stamp(lake):
            return stamp, path, connection
        connection.close()  # replaced meanwhile
    raise LakeError(f"The warehouse {lake.warehouse} was replaced again and again. Try again.")


def is_words_only(found: Found) -> bool:
    """Return whether a search was limited to words because the model is not available."""
    return (found.notice or "").startswith(WORDS_ONLY)
