"""The words of plain ASCII texts, at the speed of memory: what `normalize.py` does for nine texts of ten.

One table says what becomes of each byte, and NumPy applies it to the Arrow buffer of many texts at once.
What must be opened first (LaTeX commands, markup) and what goes another way is decided in `normalize.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Offsets = np.ndarray[Any, np.dtype[np.int64]]

_GONE, _SPACE, _POINT = 0, 32, ord(".")  # NUL is the mark of bytes that go
_DELETED = b"${}^*'`"


def _table() -> Bytes:
    table = np.full(256, _SPACE, np.uint8)
    for byte in range(128):
        if chr(byte).isalnum():
            table[byte] = ord(chr(byte).lower())
    table[list(_DELETED)] = _GONE
    table[_POINT] = _POINT
    return table


_TABLE = _table()


def buffers(texts: pl.Series) -> tuple[Bytes, Offsets]:
    """The UTF-8 bytes of all texts end to end, and where each text begins (one more than there are texts)."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, offset_buffer, data = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return content[offsets[0] : offsets[-1]], offsets - offsets[0]


def from_buffers(content: Bytes, offsets: Offsets) -> pl.Series:
    """Texts of UTF-8 bytes end to end; the inverse of `buffers`."""
    array = pa.LargeStringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(content)
    )
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)  # noqa: S101  # one array is one series
    return series


def ascii_words(texts: pl.Series) -> pl.Series:
    """Lower-case words with single spaces, no punctuation but the point inside a number.

    Args:
        texts: Texts without NULLs, all of them ASCII without NUL.
    """
    content, offsets = buffers(texts)
    content, offsets = _without(np.take(_TABLE, content), offsets)
    if len(content) == 0:
        return from_buffers(content, offsets)
    _open_points(content, offsets)
    space = content == _SPACE
    doubled = np.empty_like(space)
    doubled[0] = True
    doubled[1:] = space[:-1]
    begins = offsets[:-1]
    doubled[begins[begins < len(content)]] = True
    content[space & doubled] = _GONE
    content, offsets = _without(content, offsets)
    ends = offsets[1:][np.diff(offsets) > 0] - 1
    content[ends[content[ends] == _SPACE]] = _GONE
    return from_buffers(*_without(content, offsets))


def _open_points(content: Bytes, offsets: Offsets) -> None:
    """Make a space of every point that is not between two digits of one text."""
    points = np.flatnonzero(content == _POINT)
    digit = (content >= ord("0")) & (content <= ord("9"))
    bounded = np.concatenate([[False], digit, [False]])
    between = bounded[points] & bounded[points + 2]
    edges = np.isin(points, offsets) | np.isin(points + 1, offsets)
    content[points[~between | edges]] = _SPACE


def _without(content: Bytes, offsets: Offsets) -> tuple[Bytes, Offsets]:
    """Leave out the bytes that go; `content` is a copy afterwards, or already was one."""
    lost = np.flatnonzero(content == _GONE)
    if len(lost) == 0:
        return content, offsets
    return content[content != _GONE], offsets - np.searchsorted(lost, offsets)
