"""paperlake: from raw dumps of paper listings to a DuckDB warehouse.

The library behind the Dagster code location `pipelines`; it knows nothing of Dagster. `open_lake` reads a
lake from Python. No library is imported here, so that `import paperlake` costs nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paperlake.memory import set_polars_allocator

if TYPE_CHECKING:
    from paperlake.opened import OpenLake

__version__ = "0.1.0"
__all__ = ["__version__", "open_lake"]

set_polars_allocator()


def open_lake(path: str | os.PathLike[str] | None = None) -> OpenLake:
    """Open a lake to search it and to read its tables as data frames; see docs/python.md.

    Args:
        path: The folder of the lake; None for the setting `lake` (PAPERLAKE_LAKE, or data_lake).

    Raises:
        UsageError: The folder is no lake, or a setting is wrong.
        LakeError: The lake has another format version, or cannot be read.
    """
    from paperlake.opened import OpenLake  # noqa: PLC0415  # loads DuckDB and polars

    return OpenLake(path)
