"""Lay out the output of `paperlake config`."""

from __future__ import annotations

from typing import Any

from paperlake.embedding.choosing.automatic import describe_choice
from paperlake.setting_sources import Origin, ResolvedSettings
from paperlake.settings import Settings, is_secret, variable
from paperlake.terminal import console
from paperlake.text.secrets import MASK, mask

ORIGINS: dict[Origin, str] = {
    "option": "option",
    "environment": "environment",
    "file": "paperlake.toml",
    "remembered": "remembered from the last run",
    "default": "default",
}


def setting_rows(resolved: ResolvedSettings) -> list[dict[str, Any]]:
    """Return one row per setting: setting, value, source, variable, note; secrets are masked.

    The note says what the embedder `auto` runs here, and why.
    """
    values = resolved.settings.model_dump(mode="json")
    return [
        {
            "setting": name,
            "value": _shown(name, values[name]),
            "source": ORIGINS[resolved.origins[name]],
            "variable": variable(name),
            "note": describe_choice(resolved.settings) if name == "embedder" else None,
        }
        for name in Settings.model_fields
    ]


def show_settings(resolved: ResolvedSettings, file: str, file_exists: bool) -> None:
    """Print the settings as a table, and where they can be changed."""
    found = setting_rows(resolved)
    rows = [[row["setting"], _text(row["value"]), row["source"]] for row in found]
    console.show_rows(["setting", "value", "source"], rows)
    for note in filter(None, (row["note"] for row in found)):
        console.out_line(note)
    console.out_line(
        f"The file of settings is {file}{'' if file_exists else ' (there is none)'}. A setting `x` is a line "
        "`x = ...` there, or the environment variable PAPERLAKE_X, which has precedence."
    )


def _shown(name: str, value: object) -> object:
    if value is None:
        return None
    if is_secret(name):
        return MASK
    return mask(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    """Return a value as it is written in paperlake.toml, so that `true` and 20 are as there."""
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)
