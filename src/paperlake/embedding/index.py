"""Map each text hash to the part and row of the vector store that contain its vector.

An index is sorted by hash and saved beside the parts, so that a few hashes are looked up without reading
every part: the file is mapped into memory, and a search touches some of its pages. It names the parts that it
covers; parts that were written since are read (`store.py`). It has no authority: the reader of a vector
compares the hash in the part with the one that it looked for.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from paperlake.lake.files import hash_bytes, read_json, write_bytes
from paperlake.vectors.arrays import Ints

KEY_CHARS = 32  # of a hash: two of a billion texts agree in so many with a probability of 1e-21
ROW_BITS = 32
INDEX_FILE = "index.json"
TABLE_SUFFIX = ".index.npy"

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class VectorIndex:
    """The place of each vector of some parts."""

    names: list[str]
    """The parts, by number."""
    table: Numbers
    """(3, texts): both halves of the key, and the part's number above `ROW_BITS` bits of the row; sorted."""

    @classmethod
    def build(cls, parts: Iterable[tuple[str, Sequence[str]]]) -> VectorIndex:
        """Index parts given as pairs of name and text hashes; of equal hashes the first one counts."""
        names: list[str] = []
        tables = [np.zeros((3, 0), dtype=np.uint64)]
        for name, hashes in parts:
            places = np.arange(len(hashes), dtype=np.uint64) | np.uint64(len(names) << ROW_BITS)
            tables.append(np.concatenate([_keys(hashes), places[None]]))
            names.append(name)
        return cls(names, _sorted(np.concatenate(tables, axis=1)))

    @classmethod
    def load(cls, folder: Path) -> VectorIndex | None:
        """Open the index of a folder; None if there is none that can be used."""
        known = read_json(folder / INDEX_FILE)
        try:
            if known is None:
                return None
            table = np.load(folder / str(known["table"]), mmap_mode="r", allow_pickle=False)
            names = [str(name) for name in known["parts"]]
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            return None
        is_whole = table.dtype == np.uint64 and table.ndim == 2 and len(table) == 3
        return cls(names, table) if is_whole else None

    def save(self, folder: Path) -> None:
        """Write the index of a folder in place of the one before; a kill leaves the one before."""
        digest = hash_bytes(np.ascontiguousarray(self.table).tobytes() + "\n".join(self.names).encode())
        name = f"{digest[:16]}{TABLE_SUFFIX}"
        write_bytes(folder / name, _npy(self.table))
        content = {"table": name, "parts": self.names}
        write_bytes(folder / INDEX_FILE, json.dumps(content).encode())
        for path in folder.glob(f"*{TABLE_SUFFIX}"):
            if path.name != name:
                path.unlink(missing_ok=True)

    def extended(self, newer: VectorIndex) -> VectorIndex:
        """Return the index of these parts and of newer ones; of equal hashes the one here counts."""
        shift = np.array([[0], [0], [len(self.names) << ROW_BITS]], dtype=np.uint64)
        table = np.concatenate([self.table, newer.table + shift], axis=1)
        return VectorIndex(self.names + newer.names, _sorted(table))

    def find(self, hashes: Sequence[str]) -> tuple[Ints, Ints]:
        """Return the number of the part and the row of each hash; both -1 where it has no vector."""
        first, second = _keys(hashes)
        count = self.table.shape[1]
        parts, rows = np.full(len(hashes), -1, dtype=np.int64), np.full(len(hashes), -1, dtype=np.int64)
        place = np.searchsorted(self.table[0], first)
        open_rows = np.flatnonzero(place < count)
        while open_rows.size:  # once but for hashes that agree in half of the key
            at = place[open_rows]
            is_near = self.table[0][at] == first[open_rows]
            is_found = is_near & (self.table[1][at] == second[open_rows])
            found = self.table[2][at[is_found]]
            parts[open_rows[is_found]] = (found >> np.uint64(ROW_BITS)).astype(np.int64)
            rows[open_rows[is_found]] = (found & np.uint64((1 << ROW_BITS) - 1)).astype(np.int64)
            open_rows = open_rows[is_near & ~is_found]
            place[open_rows] += 1
            open_rows = open_rows[place[open_rows] < count]
        return parts, rows


def is_text_hash(text: str) -> bool:
    """Return whether a text begins as a SHA-256 in hexadecimal does."""
    try:
        return len(bytes.fromhex(text[:KEY_CHARS])) * 2 == KEY_CHARS
    except ValueError:
        return False


def _keys(hashes: Sequence[str]) -> Numbers:
    """Return the (2, hashes) halves of the keys of hashes."""
    content = bytes.fromhex("".join(text[:KEY_CHARS] for text in hashes))
    halves: Numbers = np.frombuffer(content, dtype=">u8").astype(np.uint64).reshape(-1, 2).T
    return halves


def _sorted(table: Numbers) -> Numbers:
    """Sort columns by key; of columns of equal key the one with the lowest place stays."""
    table = table[:, np.lexsort((table[2], table[1], table[0]))]
    is_first = np.ones(table.shape[1], dtype=np.bool_)
    is_first[1:] = (table[:2, 1:] != table[:2, :-1]).any(axis=0)
    return np.ascontiguousarray(table[:, is_first])


def _npy(table: Numbers) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(table), allow_pickle=False)
    return buffer.getvalue()
