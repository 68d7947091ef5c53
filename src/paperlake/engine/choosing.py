"""Choose the engine that the settings name."""

from __future__ import annotations

from pathlib import Path

from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine
from paperlake.settings import Settings


def make_engine(settings: Settings, folder: Path) -> Engine:
    """Return the engine of a run; no cluster is connected yet.

    Args:
        settings: Name the engine and its limits.
        folder: The lake's folder.
    """
    if settings.engine == "ray":
        from paperlake.engine.ray_engine import RayEngine  # noqa: PLC0415  # needs an extra

        return RayEngine(settings, folder)
    return LocalEngine(settings.engine_memory_bytes)
