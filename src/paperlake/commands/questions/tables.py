"""Query the warehouse, and write its tables for other programs: `sql` and `export`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake, short_path
from paperlake.errors import UsageError
from paperlake.terminal import console
from paperlake.terminal.bars import terminal_progress


class ExportFormat(StrEnum):
    """What to export to."""

    parquet = "parquet"
    csv = "csv"
    jsonl = "jsonl"
    bibtex = "bibtex"
    ris = "ris"
    csl_json = "csl-json"


def sql(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="SQL; read from standard input if absent.")
    ] = None,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Run queries on the warehouse, read-only; the result of each is shown, in order."""
    from paperlake.warehouse.reading import query_each  # noqa: PLC0415

    opened, _ = open_lake(lake)
    if query is None:
        if sys.stdin.isatty():
            console.say(f"Type a query, then Ctrl-D. The file is {opened.warehouse}")
        query = sys.stdin.read()
    if not query.strip():
        raise UsageError("There is no query.")
    for result in query_each(opened, query):
        if as_json:
            console.show_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        else:
            console.show_rows(result.columns, result.rows)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    file_format: Annotated[
        ExportFormat, typer.Option("--format", help="How to write.")
    ] = ExportFormat.parquet,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            metavar="NAME",
            help="A public table; may be repeated (default: all; papers for a bibliography).",
        ),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", metavar="SQL", help="Export the rows of a query.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Write tables, or the rows of a query, as Parquet, CSV, JSON lines, or papers as a bibliography."""
    from paperlake.export.exporting import export as write_files  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = open_lake(lake)
    exported = write_files(opened, folder, file_format.value, table or [], query, force, terminal_progress())
    if as_json:
        console.show_json([asdict(done) for done in exported])
    else:
        screens.show_export(str(short_path(folder.absolute())), exported)
