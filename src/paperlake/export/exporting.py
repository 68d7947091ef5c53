"""`paperlake export`: which tables or query go out, in which format, with a manifest beside them.

How each format is written is in `formats.py`; how a folder appears whole or not at all, in `folder.py`.
Reads the warehouse over one read-only connection, so that all tables are of one build.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from paperlake import __version__, stage_list
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.errors import ExportError, UsageError
from paperlake.export.bibliographies import WRITERS as BIBLIOGRAPHY_WRITERS
from paperlake.export.bibliographies import papers_of
from paperlake.export.folder import refuse_inside_lake, whole_folder
from paperlake.export.formats import FORMATS, Column, Source, Writer
from paperlake.lake import Lake
from paperlake.lake.files import hash_file
from paperlake.progress import Progress, Silent
from paperlake.warehouse.reading import connect

MANIFEST = "manifest.json"
QUERY_NAME = "query"  # of the files that hold the result of a query
WRITERS: dict[str, Writer] = {**FORMATS, **BIBLIOGRAPHY_WRITERS}


@dataclass(frozen=True)
class ExportedFile:
    """One file of an export."""

    path: str
    """Relative to the folder of the export."""
    byte_size: int
    sha256: str


@dataclass(frozen=True)
class ExportedTable:
    """One table of an export."""

    name: str
    row_count: int
    columns: list[Column]
    files: list[ExportedFile]


def export(
    lake: Lake,
    folder: Path,
    file_format: str = "parquet",
    tables: Sequence[str] = (),
    query: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> list[ExportedTable]:
    """Write tables, or the result of a query, into a new folder.

    Args:
        lake: The lake; its warehouse must have been built.
        folder: What to make; its parent must exist, and it must lie outside the lake.
        file_format: `parquet`, `csv`, `jsonl`; or, for papers, `bibtex`, `ris` or `csl-json`.
        tables: Names of public tables; if there are neither names nor a query, all of them, or the papers for
            a bibliography.
        query: SQL whose rows are exported as `query`.
        force: Whether to replace an earlier export.
        progress: Where long work says how far it is.

    Raises:
        UsageError: An unknown format or table, a query that DuckDB refuses, a folder that is in the way.
        LakeError: There is no warehouse.
        ExportError: A file could not be written; the folder is as it was before.
    """
    if file_format not in WRITERS:
        raise UsageError(f"There is no export format {file_format!r}. Formats: {', '.join(WRITERS)}.")
    if file_format in BIBLIOGRAPHY_WRITERS and not tables and query is None:
        tables = (PAPERS.name,)
    refuse_inside_lake(lake, folder)
    with connect(lake) as connection:
        sources = _sources(connection, tables, query)
        if file_format in BIBLIOGRAPHY_WRITERS:
            sources = [papers_of(connection, source) for source in sources]
        try:
            with whole_folder(folder, _replaces(force)) as partial:
                exported = [
                    _write(connection, source, file_format, partial, progress or Silent())
                    for source in sources
                ]
                _write_manifest(partial / MANIFEST, lake, file_format, query, exported)
        except (OSError, pa.ArrowException, pl.exceptions.PolarsError) as error:
            raise ExportError(
                f"Exporting to {folder} failed: {error}. The folder is as it was before; make room or choose "
                "another, cast columns of types that the format does not know, and export again."
            ) from error
        except duckdb.Error as error:
            raise UsageError(f"The query failed: {error}") from error
    return exported


def _replaces(force: bool) -> Callable[[Path], None]:
    """Return a function that refuses a folder which is no earlier export, or any unless `force`."""

    def check(target: Path) -> None:
        if not (target.is_dir() and (target / MANIFEST).is_file()):
            raise UsageError(
                f"Cannot export to {target}: it exists and is no export, and is never replaced. "
                "Name another folder."
            )
        if not force:
            raise UsageError(
                f"Cannot export to {target}: an earlier export is there. Replace it with --force, "
                "or name another folder."
            )

    return check


def _sources(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], query: str | None) -> list[Source]:
    public = [table.name for table in stage_list.PIPELINE.public_tables]
    unknown = [name for name in tables if name not in public]
    if unknown:
        raise UsageError(
            f"There is no public table {', '.join(map(repr, unknown))}. Tables: {', '.join(public)}."
        )
    chosen = list(dict.fromkeys(tables)) or ([] if query else public)
    sources = [Source.of(connection, name, f'SELECT * FROM "{name}"') for name in chosen]  # noqa: S608
    if query is not None:
        stated = query.strip().rstrip(";")
        if not stated:
            raise UsageError("There is no query.")
        try:
            sources.append(Source.of(connection, QUERY_NAME, stated))
        except duckdb.Error as error:
            raise UsageError(f"The query failed: {error}") from error
    return sources


def _write(
    connection: duckdb.DuckDBPyConnection, source: Source, file_format: str, folder: Path, progress: Progress
) -> ExportedTable:
    with progress.task(f"Exporting {source.name}", source.row_count, "rows") as advance:
        paths = WRITERS[file_format](connection, source, folder, advance)
    files = [
        ExportedFile(path.relative_to(folder).as_posix(), path.stat().st_size, hash_file(path))
        for path in sorted(paths)
    ]
    return ExportedTable(source.name, source.row_count, source.columns, files)


def _write_manifest(
    path: Path, lake: Lake, file_format: str, query: str | None, exported: Sequence[ExportedTable]
) -> None:
    content = {
        "made_by": f"paperlake {__version__}",
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lake": lake.root.name,
        "format": file_format,
        "query": query,
        "tables": [asdict(table) for table in exported],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
