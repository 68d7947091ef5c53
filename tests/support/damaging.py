"""Damage to the files of a lake: bits, cuts, swapped files, one changed value in a file that stays valid."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

Damage = Callable[[random.Random, Path, list[Path]], bool]
"""Damage a file, given others of its kind; return whether its content has changed."""


def flip(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    if not content:
        return False
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return _write(path, bytes(content))


def overwrite(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Overwrite up to 64 bytes with zeros or noise, as a failing disk does."""
    content = bytearray(path.read_bytes())
    start = draw.randrange(len(content) + 1)
    end = min(len(content), start + 64)
    content[start:end] = bytes(end - start) if draw.random() < 0.5 else draw.randbytes(end - start)
    return _write(path, bytes(content))


def cut(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Cut the end off, or everything."""
    content = path.read_bytes()
    return _write(path, content[: draw.randrange(len(content))] if content and draw.random() < 0.8 else b"")


def lengthen(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Append noise."""
    return _write(path, path.read_bytes() + draw.randbytes(draw.randrange(1, 50)))


def delete(_draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Delete the file."""
    path.unlink()
    return True


def swap(draw: random.Random, path: Path, others: list[Path]) -> bool:
    """Swap it with another of its kind, or overwrite it with a copy of one."""
    if not others:
        return flip(draw, path, others)
    other = draw.choice(others)
    one, two = path.read_bytes(), other.read_bytes()
    if draw.random() < 0.5:
        _write(other, one)
    return _write(path, two)


def change_value(draw: random.Random, path: Path, others: list[Path]) -> bool:
    """Change one value and leave the file valid: what no checksum of the format can see."""
    change = {
        ".parquet": _change_parquet,
        ".json": _change_json,
        ".npz": _change_npz,
        ".duckdb": _change_duckdb,
        ".html": _change_text,
    }.get(path.suffix, flip_text)
    try:
        return change(draw, path, others)
    except (ValueError, KeyError, duckdb.Error):
        return flip(draw, path, others)


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage for damage in (flip, overwrite, cut, lengthen, delete, swap, change_value)
}


def _write(path: Path, content: bytes) -> bool:
    before = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content)
    return before != content


def _change_parquet(draw: random.Random, path: Path, others: list[Path]) -> bool:
    table = pq.read_table(path)
    if not table.num_rows:
        return flip(draw, path, others)
    frame = pl.DataFrame(table)
    names = [name for name in frame.columns if frame[name].n_unique() > 1] or frame.columns
    name = draw.choice(names)
    column = frame[name].to_list()
    row = draw.randrange(len(column))
    distinct = [value for value in column if value != column[row]]
    column[row] = distinct[0] if distinct else None
    changed = frame.with_columns(pl.Series(name, column, dtype=frame.schema[name]))
    arrow = changed.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(_plain(table.schema))
    path.chmod(0o644)
    pq.write_table(arrow.replace_schema_metadata(table.schema.metadata), path, compression="zstd")
    return True


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(one.name, one.type) for one in schema])


def _change_json(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    content = json.loads(path.read_text())
    leaves = list(_leaves(content))
    holder, key = draw.choice(leaves)
    value = holder[key]
    if isinstance(value, bool) or value is None:
        holder[key] = not value
    elif isinstance(value, int | float):
        holder[key] = value + 1
    else:
        holder[key] = f"{value[:-1]}x"
    return _write(path, json.dumps(content).encode())


def _leaves(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        if isinstance(inner, dict | list):
            yield from _leaves(inner)
        else:
            yield value, key


def _change_npz(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    name = draw.choice([name for name, array in arrays.items() if array.size and name != "text"])
    array = arrays[name].copy()
    place = draw.randrange(array.size)
    value = array.flat[place]
    array.flat[place] = (
        b"0" * 16 if array.dtype.kind == "S" else not value if array.dtype.kind == "b" else value + 1
    )
    arrays[name] = array
    path.chmod(0o644)
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return True


def _change_duckdb(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    """Change a title as another program would that opens the file for writing."""
    path.chmod(0o644)
    copy = path.with_suffix(".writing")
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "UPDATE papers SET title = 'A changed title ' || ? WHERE rowid = 0", [draw.random()]
        )
    _write(path, copy.read_bytes())  # in place: the other name of the file sees it, too
    copy.unlink()
    return True


def _change_text(draw: random.Random, path: Path, _others: list[Path]) -> bool:
    text = path.read_text()
    letters = [place for place, char in enumerate(text[:20_000]) if char.isalpha()]
    place = draw.choice(letters)
    return _write(path, (text[:place] + ("q" if text[place] != "q" else "w") + text[place + 1 :]).encode())


def flip_text(draw: random.Random, path: Path, others: list[Path]) -> bool:
    """Change a bit: of files of which no part is a value."""
    return flip(draw, path, others)
