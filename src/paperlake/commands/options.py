"""Options that several commands share, and opening the lake that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings
from paperlake.terminal import console

LakeDir = Annotated[
    str | None,
    typer.Option(
        "--lake", metavar="DIR", help="The lake: a folder, or a URL (default: PAPERLAKE_LAKE or data_lake)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Rows to show.")]


class PaperFormat(StrEnum):
    """Form in which papers are printed."""

    table = "table"
    bibtex = "bibtex"
    ris = "ris"
    csl_json = "csl-json"


AsFormat = Annotated[
    PaperFormat, typer.Option("--format", help="As a table, or a bibliography for other programs.")
]


def open_lake(lake: str | None, **overrides: Any) -> tuple[Lake, Settings]:  # noqa: ANN401
    """Open an existing lake, to read it; return it with the settings."""
    settings = load_settings(lake=lake, **overrides)
    return Lake.find(settings.lake), settings


def check_format(as_format: PaperFormat, as_json: bool) -> None:
    """Refuse two forms of one output.

    Raises:
        UsageError: Both were asked for.
    """
    if as_json and as_format is not PaperFormat.table:
        raise UsageError("--json and --format are two forms of the output. Leave one out.")


def show_bibliography(lake: Lake, rows: Iterable[Mapping[str, Any]], as_format: PaperFormat) -> None:
    """Print the papers of rows as a bibliography."""
    from paperlake.bibliography import bibliography, citations  # noqa: PLC0415
    from paperlake.warehouse.reading import connect  # noqa: PLC0415

    with connect(lake) as connection:
        cited = citations(connection, [row["paper_id"] for row in rows])
        console.show_text(bibliography(as_format.value, cited))


def short_path(path: Path) -> Path:
    """Return a path relative to the working directory, if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
