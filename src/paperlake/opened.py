"""A lake, open for questions from Python: `paperlake.open_lake(path)`. Answers are polars data frames.

`frame.to_pandas()` gives pandas; it needs pandas, which paperlake does not install.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Any

import duckdb
import polars as pl

from paperlake import stage_list
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries.open_builds.builds import Builds
from paperlake.queries.papers import named
from paperlake.search import Filters, Mode
from paperlake.setting_sources import load_settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.views import VIEWS

_WORDS = pl.List(pl.String())
SEARCH_COLUMNS: Mapping[str, pl.DataType] = {
    "score": pl.Float64(),
    "paper_id": pl.String(),
    "title": pl.String(),
    "published_date": pl.Date(),
    "topic": pl.String(),
    "organization": pl.String(),
    "arxiv_id": pl.String(),
    "url": pl.String(),
    "similarity": pl.Float64(),
    "meaning_rank": pl.Int64(),
    "word_score": pl.Float64(),
    "word_rank": pl.Int64(),
    "matched": pl.String(),
    "title_words": _WORDS,
    "title_phrases": _WORDS,
    "abstract_words": _WORDS,
    "abstract_phrases": _WORDS,
}


class OpenLake:
    """A lake, open for reading; each answer is of the newest build of its warehouse.

    Construct it with `paperlake.open_lake`. It may be used as a context manager, and by several threads.

    Args:
        path: The folder of the lake; None for the setting `lake` (PAPERLAKE_LAKE, or data_lake).

    Raises:
        UsageError: The folder is no lake, or a setting is wrong.
        LakeError: The lake has another format version, or cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        settings = load_settings(lake=None if path is None else os.fspath(path))
        self._lake = Lake.find(settings.lake)
        self._builds = Builds(self._lake, settings)

    def __enter__(self) -> OpenLake:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"open_lake({str(self._lake.root)!r})"

    def close(self) -> None:
        """Close the warehouse; the next question opens it again."""
        self._builds.close()

    @property
    def table_names(self) -> list[str]:
        """The public tables and the views, by name."""
        return [*(table.name for table in stage_list.PIPELINE.public_tables), *VIEWS]

    def describe(self, name: str) -> pl.DataFrame:
        """Return column, type and description of each column of a table or view.

        Raises:
            UsageError: There is no such table or view.
            LakeError: There is no warehouse.
        """
        self._check_name(name)
        return self.sql(
            'SELECT column_name AS "column", data_type AS "type", comment AS description '
            "FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index",
            [name],
        )

    def table(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return all rows of a public table or a view.

        Args:
            name: One of `table_names`.
            columns: The columns to read; all if None. Abstracts and vectors are most of a lake.

        Raises:
            UsageError: There is no such table, view or column.
            LakeError: There is no warehouse.
        """
        self._check_name(name)
        chosen = "*" if columns is None else ", ".join(_identifier(column) for column in columns)
        if not chosen:
            raise UsageError("There are no columns to read. Name at least one, or none for all.")
        return self.sql(f"SELECT {chosen} FROM {_identifier(name)}")  # noqa: S608

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Return the rows of a query in DuckDB's SQL, read-only; other files and the network are closed.

        Args:
            query: One statement; of several, the rows of the last.
            parameters: Values of `?` in order, or of `$name` by name.

        Raises:
            UsageError: DuckDB refused the query; the message is DuckDB's.
            LakeError: There is no warehouse.
        """
        with self._builds.reading() as build, build.cursor() as cursor:
            try:
                found = cursor.execute(query, parameters or []).to_arrow_table()
            except duckdb.Error as error:
                raise UsageError(f"The query failed: {error}") from error
        return pl.DataFrame(found)

    def search(
        self,
        text: str,
        limit: int = 10,
        mode: Mode = "both",
        *,
        topic: str | None = None,
        published_from: date | None = None,
        published_to: date | None = None,
        organization: str | None = None,
        category: str | None = None,
        has_code: bool | None = None,
        min_upvotes: int | None = None,
    ) -> pl.DataFrame:
        """Find papers for a text, best first, as `paperlake search`; a notice becomes a warning.

        Args:
            text: Words, quoted phrases, or an identifier.
            limit: Maximum number of rows.
            mode: By `meaning`, by `words`, or `both`.
            topic: Id or label of a topic or subtopic.
            published_from: First day of publication.
            published_to: Last day of publication.
            organization: A part of the organization's name.
            category: A category, or the archive before its point.
            has_code: True for papers with a link to their code alone.
            min_upvotes: Fewest upvotes.

        Returns:
            The columns `SEARCH_COLUMNS`; see docs/python.md.

        Raises:
            UsageError: The text is empty, a topic is unknown, or the days are in the wrong order.
            ModelError: Mode is `meaning` and the warehouse's model is not available.
            LakeError: There is no warehouse.
        """
        filters = Filters(topic, published_from, published_to, organization, category, has_code, min_upvotes)
        with self._builds.reading() as build:
            found = build.search(text, limit, mode, filters)
        if found.notice:
            warnings.warn(found.notice, stacklevel=2)
        return pl.DataFrame(found.rows, schema=SEARCH_COLUMNS)

    def similar(self, paper: str, limit: int = 10) -> pl.DataFrame:
        """Return the papers nearest in meaning to one paper, nearest first, as `paperlake similar`.

        Args:
            paper: A paper_id, any former id, arXiv id, DOI or link; of several papers, the first is taken.
            limit: Maximum number of rows; the warehouse keeps `similar_count` for each paper.

        Raises:
            UsageError: No paper has this name.
            LakeError: There is no warehouse.
        """
        with self._builds.reading() as build:
            asked = {"paper_id": named(build, paper)[0], "limit": limit}
            with build.cursor() as cursor:
                found = cursor.execute(read_sql("paperlake.search", "similar_to"), asked).to_arrow_table()
        return pl.DataFrame(found)

    def _check_name(self, name: str) -> None:
        if name not in self.table_names:
            raise UsageError(
                f"There is no public table {name!r}. Tables and views: {', '.join(self.table_names)}."
            )


def _identifier(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'
