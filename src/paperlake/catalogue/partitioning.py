"""How a table is divided into files: whole, by dump, or by a prefix of a hexadecimal key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

MAX_PARTITION_ROWS = 1_000  # papers in an average partition: a new day of 200 papers rewrites 200,000 at most
MAX_PREFIX_BITS = 16
_DIGITS = 4  # hexadecimal digits that hold MAX_PREFIX_BITS


@dataclass(frozen=True)
class Whole:
    """A table that is one file."""


@dataclass(frozen=True)
class ByDump:
    """A table that has one file per dump; the partition is the dump_id."""


@dataclass(frozen=True)
class ByKeyPrefix:
    """A table that has one file per prefix, some bits long, of a hexadecimal key column.

    The length is a function of the number of rows of one table, so that tables of papers are divided alike
    and a lake that grew is divided as one that was built from nothing.
    """

    column: str
    sized_by: str
    """The table whose row count decides the length; a table of the same stage or of an earlier one."""


Partitioning = Whole | ByDump | ByKeyPrefix


def prefix_bits(row_count: int, max_rows: int | None = None) -> int:
    """Return the fewest bits with at most `max_rows` rows in an average partition.

    >>> prefix_bits(1_000, 1_000), prefix_bits(1_001, 1_000), prefix_bits(3_000_000, 1_000)
    (0, 1, 12)
    """
    limit = MAX_PARTITION_ROWS if max_rows is None else max_rows
    bits = 0
    while row_count > limit << bits and bits < MAX_PREFIX_BITS:
        bits += 1
    return bits


def partition_of(column: str, bits: int) -> pl.Expr:
    """Return the names of the partitions of hexadecimal keys of at least four digits.

    >>> pl.DataFrame({"key": ["0fff", "f000"]}).select(partition_of("key", 5))["key"].to_list()
    ['5_01', '5_1e']
    """
    if not bits:
        return pl.lit("").alias(column)
    number = pl.col(column).str.head(_DIGITS).str.to_integer(base=16, dtype=pl.UInt32)
    value = number // (1 << (MAX_PREFIX_BITS - bits))
    names = pl.Series([partition_name(bits, value) for value in range(1 << bits)], dtype=pl.String)
    return pl.lit(names).gather(value).alias(column)


def partition_name(bits: int, value: int) -> str:
    """Return the name of a partition: the number of bits, and the bits as a hexadecimal number.

    >>> partition_name(0, 0), partition_name(9, 26)
    ('', '9_01a')
    """
    return f"{bits}_{value:0{-(-bits // 4)}x}" if bits else ""


def bits_of(partitions: Iterable[str]) -> int:
    """Return the length of the prefix by which partitions are named; 0 for a table of one file or none.

    >>> bits_of(["9_01a", "9_0ff"]), bits_of([""]), bits_of([])
    (9, 0, 0)
    """
    return max((int(name.partition("_")[0]) for name in partitions if name), default=0)


def key_prefixes(partition: str) -> list[str]:
    """Return the prefixes, in whole digits, of the keys in a partition by key prefix.

    >>> key_prefixes("5_01"), key_prefixes("")
    (['08', '09', '0a', '0b', '0c', '0d', '0e', '0f'], [''])
    """
    if not partition:
        return [""]
    bits = bits_of([partition])
    digits = -(-bits // 4)
    spare = 4 * digits - bits
    value = int(partition.partition("_")[2], 16)
    return [f"{prefix:0{digits}x}" for prefix in range(value << spare, (value + 1) << spare)]
