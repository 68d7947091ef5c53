"""Write signatures as one array of 32-bit integers per text, and read them back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import WordLists
from paperlake.dedup.blocking.signatures import SIGNATURE_COLUMNS
from paperlake.dedup.index.arrays import ranges
from paperlake.vectors.arrays import Bytes, Ints, Words

CHUNK_TEXTS = 50_000  # texts encoded at once: 30 MB
_HASHES = ("text_key", "title_hash", "abstract_hash")
_LISTS = ("title_words", "words", "bands")
_HEADER = 2 * len(_HASHES) + 1 + len(_LISTS)  # hashes, the abstract's length, the sizes of the lists


def encode(signatures: pl.DataFrame) -> Iterator[tuple[Bytes, Ints]]:
    """Yield signatures as bytes end to end, and the number of bytes of each, a chunk at a time."""
    for chunk in signatures.iter_slices(CHUNK_TEXTS):
        lists = [WordLists.of(chunk[name]) for name in _LISTS]
        sizes = [np.diff(one.offsets) for one in lists]
        total = np.sum(sizes, axis=0) + _HEADER
        starts = np.cumsum(total) - total
        content: Words = np.empty(int(total.sum()), np.uint32)
        hashes = [chunk[name].fill_null(0).to_numpy() for name in _HASHES]
        header = [half for one in hashes for half in (one & np.uint64(0xFFFFFFFF), one >> np.uint64(32))]
        header += [chunk["abstract_length"].to_numpy(), *sizes]
        for place, values in enumerate(header):
            content[starts + place] = values.astype(np.uint32)
        begins = starts + _HEADER
        for one, size in zip(lists, sizes, strict=True):
            content[ranges(begins, size)] = one.flat
            begins = begins + size
        yield content.view(np.uint8), 4 * total


def decode(rows: list[bytes]) -> pl.DataFrame:
    """Return the signatures that `encode` wrote."""
    columns: dict[str, list[object]] = {name: [] for name in SIGNATURE_COLUMNS}
    for row in rows:
        values: Words = np.frombuffer(row, np.uint32)
        for place, name in enumerate(_HASHES):
            columns[name].append(int(values[2 * place]) | int(values[2 * place + 1]) << 32)
        columns["abstract_length"].append(int(values[_HEADER - len(_LISTS) - 1]))
        begin = _HEADER
        for size, name in zip(values[_HEADER - len(_LISTS) : _HEADER].tolist(), _LISTS, strict=True):
            columns[name].append(values[begin : begin + size])
            begin += size
    signatures = pl.DataFrame(columns, schema=SIGNATURE_COLUMNS)
    return signatures.with_columns(pl.col("abstract_hash").replace(0, None))
