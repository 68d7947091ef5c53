"""A store in the lake: rows that each are made once, kept as Parquet parts, healed and swept.

What the rows are (signatures, comparisons) is known to `signatures.py` and `comparisons.py`. Every part is
written whole; a part that is broken, or was made by other code, is deleted, and its rows are made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import read_parquet, write_parquet

MAX_PARTS = 16  # more files than this are written into one


class Parts:
    """The parts of one store."""

    def __init__(
        self, lake: Lake, folder: Path, digest: str, schema: Mapping[str, pl.DataType], key: Sequence[str]
    ) -> None:
        """Name a store.

        Args:
            lake: Where it lies.
            folder: Its folder.
            digest: What its rows were made with; parts of another digest are deleted.
            schema: Its columns.
            key: The columns that name a row.
        """
        self._lake = lake
        self._folder = folder
        self._prefix = f"{digest}-"
        self._schema = dict(schema)
        self._key = list(key)
        self._part_count = 0

    def read(self) -> pl.DataFrame:
        """All rows, each once."""
        frames = [pl.DataFrame(schema=self._schema)]
        for path in self._files():
            frame = self._readable(path)
            if frame is None:
                path.unlink(missing_ok=True)
            else:
                frames.append(frame)
        self._part_count = len(frames) - 1
        rows = pl.concat(frames)
        repeated = rows.select(pl.struct(self._key).is_duplicated().any()).item()
        return rows.unique(self._key) if repeated else rows

    def keep(self, used: pl.DataFrame, new: pl.DataFrame, stored_count: int) -> None:
        """Store new rows, and sweep those that are no longer used once they are the greater part.

        Args:
            used: The stored rows that are still used.
            new: Rows that are not stored yet.
            stored_count: Rows that `read` gave.
        """
        if self._part_count >= MAX_PARTS or used.height * 2 < stored_count:
            written = self._write(pl.concat([used, new]))
            for path in self._files():
                if path != written:
                    path.unlink(missing_ok=True)
        elif new.height:
            self._write(new)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet")) if self._folder.is_dir() else []

    def _readable(self, path: Path) -> pl.DataFrame | None:
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
