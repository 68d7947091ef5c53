"""Compare the warehouses of two lakes table by table: did a change of the code change the tables?

    python -m tests.support.compare_lakes before/warehouse/papers.duckdb after/warehouse/papers.duckdb

Rows are compared in the order of all comparable columns. Columns that only the second has were added, and
are left out; so are clock columns. Vectors and other floats may differ by 1e-5. Exits 1 if a table differs.
Reads nothing but the two DuckDB files, so lakes of different versions can be compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

CLOCK_COLUMNS = {"checked_at"}
TOLERANCE = 1e-5


def read_tables(path: Path) -> dict[str, pl.DataFrame]:
    """Read the public tables of a warehouse."""
    with duckdb.connect(str(path), read_only=True) as connection:
        query = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY 1"
        names = [row[0] for row in connection.execute(query).fetchall()]
        return {name: pl.DataFrame(connection.execute(f'FROM "{name}"').to_arrow_table()) for name in names}


def compare(before: pl.DataFrame, after: pl.DataFrame) -> str:
    """Return "equal", or what differs."""
    missing = [name for name in before.columns if name not in after.columns]
    if missing:
        return f"columns gone: {', '.join(missing)}"
    columns = [name for name in before.columns if name not in CLOCK_COLUMNS]
    added = [name for name in after.columns if name not in before.columns]
    if before.height != after.height:
        return f"{before.height:,} rows before, {after.height:,} after"
    exact = [name for name in columns if not before.schema[name].is_float() and not _is_vector(before, name)]
    order = [name for name in exact if not isinstance(before.schema[name], pl.List)]
    one, other = (frame.select(columns).sort(order, nulls_last=True) for frame in (before, after))
    different = [name for name in exact if not one[name].equals(other[name])]
    different += [name for name in columns if name not in exact and not _is_close(one[name], other[name])]
    if different:
        return f"different: {', '.join(different)}"
    return "equal" + (f" (added: {', '.join(added)})" if added else "")


def _is_vector(frame: pl.DataFrame, name: str) -> bool:
    return isinstance(frame.schema[name], pl.Array)


def _is_close(one: pl.Series, other: pl.Series) -> bool:
    if not one.is_null().equals(other.is_null()):
        return False
    values = [side.drop_nulls().to_numpy() for side in (one, other)]
    return bool(np.allclose(*values, rtol=0, atol=TOLERANCE))


def main() -> int:
    """Compare, print one line per table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    arguments = parser.parse_args()
    before, after = read_tables(arguments.before), read_tables(arguments.after)
    failed = False
    for name in sorted(before | after):
        if name not in before:
            print(f"{name:20} added, {after[name].height:,} rows")
            continue
        verdict = compare(before[name], after[name]) if name in after else "gone"
        failed |= not verdict.startswith("equal")
        print(f"{name:20} {before[name].height:>9,} rows  {verdict}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
