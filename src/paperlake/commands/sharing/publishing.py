"""Write the lake as a citable data set: `publish`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake, short_path
from paperlake.terminal import console
from paperlake.terminal.bars import terminal_progress


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    without_abstracts: Annotated[
        bool,
        typer.Option("--without-abstracts", help="Leave out abstracts, and texts with parts of one."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier data set whose files were edited.")
    ] = False,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the lake as a data set: Parquet, DuckDB, data card, Croissant, checksums."""
    from paperlake.publish.publishing import publish as write_data_set  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, settings = open_lake(lake)
    written = write_data_set(opened, settings, folder, not without_abstracts, force, terminal_progress())
    if as_json:
        console.show_json([asdict(file) for file in written.files])
        return
    screens.show_published(str(short_path(folder.absolute())), written)
    if not opened.publication.exists():
        console.say(
            f"Title, authors and licence are not stated. Write them in {short_path(opened.publication)}, as "
            "docs/publish.md shows, and publish again."
        )
