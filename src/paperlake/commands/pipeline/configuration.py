"""Show every setting, its value, and where the value comes from: `config`."""

from __future__ import annotations

from paperlake.commands.options import AsJson, LakeDir
from paperlake.lake import Lake
from paperlake.setting_sources import resolve_settings
from paperlake.terminal import console


def config(lake: LakeDir = None, as_json: AsJson = False) -> None:
    """Show every setting, its value and where it comes from; keys and passwords are hidden."""
    from paperlake.terminal.settings_screen import setting_rows, show_settings  # noqa: PLC0415

    resolved = resolve_settings(lake=lake)
    opened = Lake(resolved.settings.lake)
    if as_json:
        console.show_json(setting_rows(resolved))
    else:
        show_settings(resolved, str(opened.settings_file), opened.settings_file.exists())
