"""Keep rows that are a function of their key in the lake, so that each is computed once.

The columns are known to `blocking/signatures.py` and `matching/comparisons.py`. Every file is written whole
under a name derived from its keys. A file that is unreadable, or was computed with another digest, is deleted
and its rows are computed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import read_parquet, write_parquet

MAX_FILES = 16  # more files than this are compacted into one
MIN_USED_SHARE = 0.5  # of the stored rows; below this the unused ones are dropped


class RowCache:
    """The Parquet files of one kind of computed rows."""

    def __init__(
        self, lake: Lake, folder: Path, digest: str, schema: Mapping[str, pl.DataType], key: Sequence[str]
    ) -> None:
        """Name a cache.

        Args:
            lake: Reads and writes the files.
            folder: The folder of the files.
            digest: Of all that the rows depend on besides their key; files of another digest are deleted.
            schema: The columns of the rows.
            key: The columns that identify a row.
        """
        self._lake = lake
        self._folder = folder
        self._prefix = f"{digest}-"
        self._schema = dict(schema)
        self._key = list(key)
        self._file_count = 0

    def read(self) -> pl.DataFrame:
        """Read all rows, each once, and delete the files that cannot be used."""
        frames = [pl.DataFrame(schema=self._schema)]
        for path in self._files():
            frame = self._read_file(path)
            if frame is None:
                path.unlink(missing_ok=True)
            else:
                frames.append(frame)
        self._file_count = len(frames) - 1
        rows = pl.concat(frames)
        repeated = rows.select(pl.struct(self._key).is_duplicated().any()).item()
        return rows.unique(self._key) if repeated else rows

    def keep(self, used: pl.DataFrame, new: pl.DataFrame, stored_count: int) -> None:
        """Store new rows; compact the files when there are many, or when few stored rows are still used.

        Args:
            used: The stored rows that are still used.
            new: Rows that are not stored yet.
            stored_count: The number of rows that `read` returned.
        """
        if self._file_count >= MAX_FILES or used.height < stored_count * MIN_USED_SHARE:
            written = self._write(pl.concat([used, new]))
            for path in self._files():
                if path != written:
                    path.unlink(missing_ok=True)
        elif new.height:
            self._write(new)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet")) if self._folder.is_dir() else []

    def _read_file(self, path: Path) -> pl.DataFrame | None:
        """Read a file; None if it is unreadable, of another digest or of other columns."""
        if not path.name.startswith(self._prefix):
            return None
        try:
            frame = read_parquet(path)
        except LakeError:
            return None
        return frame if dict(frame.schema) == self._schema else None

    def _write(self, rows: pl.DataFrame) -> Path:
        digest = hashlib.sha256()
        for name in self._key:
            digest.update(rows[name].to_numpy().tobytes())
        path = self._folder / f"{self._prefix}{digest.hexdigest()[:16]}.parquet"
        write_parquet(path, rows)
        return path
