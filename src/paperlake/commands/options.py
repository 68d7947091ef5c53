"""Options that several commands share, and opening the lake that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings

LakeDir = Annotated[
    str | None,
    typer.Option(
        "--lake", metavar="DIR", help="The lake: a folder, or a URL (default: PAPERLAKE_LAKE or data_lake)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Rows to show.")]


def open_lake(lake: str | None, **overrides: Any) -> tuple[Lake, Settings]:  # noqa: ANN401
    """Open an existing lake, to read it; return it with the settings."""
    settings = load_settings(lake=lake, **overrides)
    return Lake.find(settings.lake), settings


def short_path(path: Path) -> Path:
    """Return a path relative to the working directory, if it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
