"""Follow the published warehouse: open each build once, and close it when its last reader is done.

A build never changes, so its answers are cached. A rebuild is noticed by the identity of the file; readers of
the previous build finish on it. A further one is opened after that, so that memory has a bound however often
the warehouse is built.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from paperlake.bounded_cache import BoundedCache
from paperlake.embedding.query import QueryEmbedder
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.remote.following import Follower
from paperlake.memory import return_free_memory
from paperlake.queries.open_builds.fair_lock import FairLock
from paperlake.search import Filters, Found, Mode, Ranked, Searcher
from paperlake.search.open_index import MAX_ID_LITERALS
from paperlake.search.retrieval import WORDS_ONLY
from paperlake.settings import Settings
from paperlake.text.sql_files import quoted, read_sql
from paperlake.warehouse.reading import open_file, require_warehouse

# Of one build, some tens of MB in all:
QUERIES = "paperlake.queries"  # whose folder has the SQL
MAX_CACHED_ROWS = 20_000  # of answers to queries
MAX_CACHED_PAPERS = 4000  # 5 KB each
MAX_CACHED_SEARCHES = 512
MAX_REMEMBERED = 64
MAX_SEARCHES = max(2, os.cpu_count() or 1)  # at once; more take no less time, and more memory
MAX_OPEN_BUILDS = 2  # the newest, and one before whose readers have not finished
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
            searching: Held during a search: more at once than processors take no less time.

        Raises:
            LakeError: There is no warehouse, or it cannot be opened.
        """
        self._lake, self._settings = lake, settings
        self._embedder, self._searching = embedder, searching
        self._searcher: Searcher | None = None
        self.stamp, self.path, self._connection = _open_current(lake, settings.serve_memory_mb)
        self.id = sha256(repr(self.stamp).encode()).hexdigest()[:16]
        self.users = 0
        self.is_retired = False
        self._answers: BoundedCache[Hashable, tuple[Row, ...]] = BoundedCache(MAX_CACHED_ROWS, _row_count)
        self._papers: BoundedCache[str, Row] = BoundedCache(MAX_CACHED_PAPERS)
        self._ranked: BoundedCache[tuple[str, int, Mode, Filters], Ranked] = BoundedCache(MAX_CACHED_SEARCHES)
        self._remembered: BoundedCache[Hashable, Any] = BoundedCache(MAX_REMEMBERED)
        self._computing = threading.RLock()

    def rows(self, name: str, parameters: Row | None = None, **pasted: str) -> tuple[Row, ...]:
        """Return the rows of `sql/<name>.sql`.

        Args:
            name: Name of the SQL file.
            parameters: The values of its parameters.
            pasted: See `read_sql`.
        """
        key = (name, tuple(sorted((parameters or {}).items())), tuple(sorted(pasted.items())))
        found = self._answers.get(key)
        if found is None:
            found = self._query(read_sql(QUERIES, name, **pasted), parameters)
            self._answers.put(key, found)
        return found

    def papers(self, paper_ids: Sequence[str]) -> list[Row]:
        """Return rows of papers with their subtopic, in the order of their ids; unknown ids are left out."""
        found: dict[str, Row | None] = {paper_id: self._papers.get(paper_id) for paper_id in paper_ids}
        unread = [paper_id for paper_id, row in found.items() if row is None]
        for start in range(0, len(unread), MAX_ID_LITERALS):
            ids = ", ".join(map(quoted, unread[start : start + MAX_ID_LITERALS]))
            for row in self._query(read_sql(QUERIES, "papers", ids=ids), None):
                found[row["paper_id"]] = row
                self._papers.put(row["paper_id"], row)
        return [known for paper_id in paper_ids if (known := found[paper_id]) is not None]

    def arrays(self, name: str, parameters: Row, **pasted: str) -> dict[str, Any]:
        """Return the columns of `sql/<name>.sql` as arrays by name; not cached."""
        with self.cursor() as cursor:
            return cursor.execute(read_sql(QUERIES, name, **pasted), parameters).fetchnumpy()

    def row(self, name: str, parameters: Row | None = None, **pasted: str) -> Row | None:
        """Return the first row of `sql/<name>.sql`; None if there is none."""
        found = self.rows(name, parameters, **pasted)
        return found[0] if found else None

    def rank(self, text: str, limit: int, mode: Mode, filters: Filters) -> Ranked:
        """Find papers for a text, as `Searcher.rank`.

        Raises:
            UsageError: The text is empty, or no paper can meet the filters.
            ModelError: Mode is `meaning` and the warehouse's model is not available.
            LakeError: The warehouse has no search index.
        """
        asked = (text, limit, mode, filters)
        found = self._ranked.get(asked)
        if found is None:
            with self._searching:
                found = self._ranked.get(asked) or self._opened_searcher().rank(*asked)
            if not is_words_only(found):  # the model may be available next time
                self._ranked.put(asked, found)
        return found

    def search(self, text: str, limit: int, mode: Mode, filters: Filters) -> Found:
        """Find papers for a text with their rows, as `Searcher.search`; not cached.

        Raises:
            UsageError, ModelError, LakeError: As `rank`.
        """
        with self._searching:
            return self._opened_searcher().search(text, limit, mode, filters)

    def remembered(self, key: Hashable, compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return what is computed from this build, computed once for a key; None is computed each time."""
        found = self._remembered.get(key)
        if found is None:
            with self._computing:
                found = self._remembered.get(key)
                if found is None:
                    found = compute()
                    self._remembered.put(key, found)
        return found

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection to this build for one thread."""
        with self._connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Close the file, and forget the answers."""
        for cache in (self._answers, self._papers, self._ranked, self._remembered):
            cache.clear()
        if self._searcher:
            self._searcher.close()
            self._searcher = None
        self._connection.close()
        return_free_memory()

    def _query(self, sql: str, parameters: Row | None) -> tuple[Row, ...]:
        with self.cursor() as cursor:
            found = cursor.execute(sql, parameters or {})
            columns = [column[0] for column in found.description or []]
            return tuple(dict(zip(columns, row, strict=True)) for row in found.fetchall())

    def _opened_searcher(self) -> Searcher:
        with self._computing:
            if self._searcher is None:
                connection = self._connection.cursor()
                self._searcher = Searcher(self._lake, self._settings, connection, self._embedder)
            return self._searcher


class Builds:
    """The builds of a lake's warehouse, of which the newest is used."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake, self._settings = lake, settings
        self._embedder = QueryEmbedder(settings)
        self._searching = FairLock(MAX_SEARCHES)
        self._opening = threading.Lock()
        self._guard = threading.Lock()
        self._current: Build | None = None
        self._open_count = 0
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

        While one thread opens a new build, the others get the previous one; so do all while `MAX_OPEN_BUILDS`
        are open.

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
            may_be_previous = may_be_previous or self._open_count >= MAX_OPEN_BUILDS
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
            self._close(build)

    def close(self) -> None:
        """Close the current build."""
        self._follower.stop()
        with self._guard:
            current, self._current = self._current, None
        if current:
            self._close(current)

    def _use(self, build: Build) -> Build:
        with self._guard:
            previous, self._current = self._current, build
            build.users += 1
            is_done = False
            if previous is not build:
                self._open_count += 1
                if previous is not None:
                    previous.is_retired = True
                    is_done = not previous.users
        if is_done and previous is not None:
            self._close(previous)
        return build

    def _close(self, build: Build) -> None:
        """Close a build that nobody uses; the next one may be opened after that."""
        build.close()
        with self._guard:
            self._open_count -= 1


def _stamp(lake: Lake) -> Stamp | None:
    try:
        found = lake.warehouse.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _open_current(lake: Lake, max_memory_mb: int) -> tuple[Stamp, Path, duckdb.DuckDBPyConnection]:
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
            # All connections of a process to one path need equal settings; nobody else opens this path.
            connection = open_file(path, max_memory_mb if same else None)
        except LakeError:
            if attempt == OPEN_ATTEMPTS - 1:
                raise
            continue
        if stamp is not None and stamp == _stamp(lake):
            return stamp, path, connection
        connection.close()  # replaced meanwhile
    raise LakeError(f"The warehouse {lake.warehouse} was replaced again and again. Try again.")


def _row_count(rows: tuple[Row, ...]) -> int:
    return 1 + len(rows)


def is_words_only(found: Ranked) -> bool:
    """Return whether a search was limited to words because the model is not available."""
    return (found.notice or "").startswith(WORDS_ONLY)
