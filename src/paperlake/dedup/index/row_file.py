"""A file of byte strings by number, each with a CRC, from which single ones are read."""

from __future__ import annotations

import zlib
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np

from paperlake.errors import DamagedFileError
from paperlake.vectors.arrays import Bytes, Ints, Words


class RowWriter:
    """Writes byte strings one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ends: list[Ints] = [np.zeros(1, np.int64)]
        self._crcs: list[Words] = []

    def add(self, content: Bytes, sizes: Ints) -> None:
        """Append byte strings that are stored end to end."""
        view = memoryview(content.tobytes())
        ends = np.cumsum(sizes)
        bounds = [0, *ends.tolist()]
        crcs = (zlib.crc32(view[one:other]) for one, other in pairwise(bounds))
        self._crcs.append(np.fromiter(crcs, np.uint32, len(sizes)))
        self._ends.append(ends + self._ends[-1][-1])
        self._file.write(view)

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return what a reader needs to know of the rows, by name."""
        empty: Words = np.zeros(0, np.uint32)
        return {
            f"{name}_offsets": np.concatenate(self._ends),
            f"{name}_crcs": np.concatenate([empty, *self._crcs]),
        }


class RowFile:
    """The byte strings of one file."""

    def __init__(self, path: Path, offsets: Ints, crcs: Words) -> None:
        """Open a file by the arrays of its writer.

        Raises:
            DamagedFileError: The file is missing or has another size.
        """
        self._path, self.offsets, self.crcs = path, offsets, crcs
        if not path.exists() or path.stat().st_size != int(offsets[-1]):
            raise DamagedFileError(path, "is missing or has another size.")
        self._content: Bytes = np.memmap(path, np.uint8, "r") if offsets[-1] else np.zeros(0, np.uint8)

    def read(self, rows: Ints) -> list[bytes]:
        """Return some byte strings.

        Raises:
            DamagedFileError: One of them is damaged.
        """
        found = []
        for row in rows.tolist():
            content = self._content[self.offsets[row] : self.offsets[row + 1]].tobytes()
            if zlib.crc32(content) != int(self.crcs[row]):
                raise DamagedFileError(self._path, "is damaged.")
            found.append(content)
        return found
