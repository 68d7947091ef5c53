"""A file of packed block keys, sorted rule by rule, in which keys are found without reading the whole.

The keys are cut into chunks. The first key and a CRC of each chunk are kept beside the file, so that a
look-up reads one chunk per key and notices a damaged one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from paperlake.dedup.blocking.block_keys import NUMBER_BITS
from paperlake.dedup.index.arrays import NO_HASHES, ranges
from paperlake.errors import DamagedFileError
from paperlake.vectors.arrays import Hashes

CHUNK_KEYS = 1024  # 8 KB, two pages
_LAST_NUMBER = np.uint64((1 << NUMBER_BITS) - 1)


class KeyWriter:
    """Writes sorted keys, all of a rule one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0
        self._chunks: dict[str, list[tuple[int, int, int, int]]] = {}

    def add(self, rule: str, packed: Hashes) -> None:
        """Append keys of a rule, sorted, and not less than those of the rule before."""
        chunks = self._chunks.setdefault(rule, [])
        for start in range(0, len(packed), CHUNK_KEYS):
            some = packed[start : start + CHUNK_KEYS]
            content = some.tobytes()
            chunks.append((int(some[0]), self._count + start, len(some), zlib.crc32(content)))
            self._file.write(content)
        self._count += len(packed)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a reader needs to know of the chunks, by name."""
        return {f"chunks_{rule}": np.array(chunks, np.uint64) for rule, chunks in self._chunks.items()}


class KeyFile:
    """The keys of one file."""

    def __init__(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        """Open a file by the arrays of its writer.

        Raises:
            DamagedFileError: The file is missing or has another size.
        """
        self._path = path
        self._chunks = {
            name.removeprefix("chunks_"): chunks.reshape(-1, 4)
            for name, chunks in arrays.items()
            if name.startswith("chunks_")
        }
        count = sum(int(chunks[:, 2].sum()) for chunks in self._chunks.values())
        if not path.exists() or path.stat().st_size != 8 * count:
            raise DamagedFileError(path, "is missing or has another size.")
        self._keys: Hashes = np.asarray(np.memmap(path, np.uint64, "r")) if count else NO_HASHES

    def find(self, rule: str, keys: Hashes) -> Hashes:
        """Return the packed keys that have one of some keys.

        Args:
            rule: The rule.
            keys: Distinct keys, sorted.

        Raises:
            DamagedFileError: A chunk that is needed is damaged.
        """
        chunks = self._chunks.get(rule)
        if chunks is None or len(chunks) == 0 or len(keys) == 0:
            return NO_HASHES
        lows = keys << np.uint64(NUMBER_BITS)
        highs = lows | _LAST_NUMBER
        begin = np.maximum(np.searchsorted(chunks[:, 0], lows, "left").astype(np.int64) - 1, 0)
        end = np.searchsorted(chunks[:, 0], highs, "right").astype(np.int64) - 1
        touched = np.flatnonzero(end >= begin)
        needed = np.unique(ranges(begin[touched], end[touched] - begin[touched] + 1))
        packed = self._read(chunks[needed])
        starts, stops = np.searchsorted(packed, lows, "left"), np.searchsorted(packed, highs, "right")
        return packed[ranges(starts, stops - starts)]

    def whole(self, rule: str) -> Hashes:
        """Return all packed keys of a rule.

        Raises:
            DamagedFileError: A chunk is damaged.
        """
        return self._read(self._chunks.get(rule, np.zeros((0, 4), np.uint64)))

    def _read(self, chunks: np.ndarray) -> Hashes:
        """Read and verify chunks, one after the other."""
        found = [NO_HASHES]
        for _, start, size, crc in chunks.tolist():
            packed = self._keys[start : start + size]
            if zlib.crc32(packed.data) != crc:
                raise DamagedFileError(self._path, "is damaged.")
            found.append(packed)
        return np.concatenate(found)
