"""Read one dump without a lake: `parse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import AsJson
from paperlake.errors import NothingToReadError, UsageError
from paperlake.setting_sources import load_settings
from paperlake.terminal import console


def parse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A dump.")],
    as_json: AsJson = False,
    suggest_mapping: Annotated[
        bool,
        typer.Option("--suggest-mapping", help="Print a first file for curated/mappings/ and nothing else."),
    ] = False,
) -> None:
    """Show the entries of one dump, without a lake; rejects go to standard error."""
    from paperlake.dumps.stage import parse_file, path_in_raw  # noqa: PLC0415
    from paperlake.dumps.tabular.suggestion import suggest  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    if not file.is_file():
        raise UsageError(f"{file} is not a file.")
    settings = load_settings()
    if suggest_mapping:
        typer.echo(suggest(file, path_in_raw(file), settings), nl=False)
        return
    dump, entries, rejects = parse_file(file, settings)
    screens.show_dump(str(file), dump, entries, rejects)
    if as_json:
        console.show_json(list(entries.iter_rows(named=True)))
    else:
        screens.show_entries(entries)
    if not entries.height:
        raise NothingToReadError(f"{file} contains no entry that could be read.")
