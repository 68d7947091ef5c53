"""Keep rows that are a function of their key in the lake, so that each is computed once.

The columns are known to `blocking/signatures.py` and `matching/comparisons.py`. Every file is written whole
under a name derived from its content. A file whose content is not that of its name, or that was computed with
another digest, is deleted and its rows are computed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file, publish, read_parquet, temporary_path, write_parquet

MAX_FILES = 16  # more files than this are compacted into one
NAME_CHARS = 16  # of the hash of its content in the name of a file
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
        """Read a file; None if it is damaged, of another digest or of other columns."""
        if not path.name.startswith(self._prefix):
            return None
        try:
            if path.name != self._name(hash_file(path)):
                return None
            frame = read_parquet(path)
        except (LakeError, OSError):
            return None
        return frame if dict(frame.schema) == self._schema else None

    def _name(self, sha256: str) -> str:
        return f"{self._prefix}{sha256[:NAME_CHARS]}.parquet"

    def _write(self, rows: pl.DataFrame) -> Path:
        partial = temporary_path(self._folder / self._name(""))
        try:
            write_parquet(partial, rows)
            path = self._folder / self._name(hash_file(partial))
            publish(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return path
