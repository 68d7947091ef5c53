"""Name the partition of entries and rejects that a dump is in.

A large dump has its own, named by its dump_id. Small dumps, such as the answers of a daily service, share
partitions by the first bits of the dump_id, so that 10,000 of them are about a hundred files. The division is
a function of the set of dumps: a lake that grew is divided as one that was built from nothing.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.partitioning import bits_of, partition_of, prefix_bits
from paperlake.lake import Lake

MAX_SHARED_BYTES = 256 * 1024  # of a dump that shares its partition: an answer for one day
MAX_SHARED_ROWS = 4_000  # entries and rejects of such a dump; a small compressed file may contain more
MAX_PARTITION_BYTES = 4 << 20  # dumps in an average shared partition; all are written again for one more
MAX_PARTITION_DUMPS = 256
_SHARED = "small"


def shared_partitions(dumps: pl.DataFrame) -> pl.Series:
    """Return the shared partition of each dump that is small enough as a file; NULL for the others.

    Args:
        dumps: All dumps of the lake: dump_id, byte_size. Rows of dumps and of the inventory will do.
    """
    is_small = pl.col("byte_size") <= MAX_SHARED_BYTES
    small = dumps.filter(is_small)
    bits = max(
        prefix_bits(int(small["byte_size"].sum()), MAX_PARTITION_BYTES),
        prefix_bits(small.height, MAX_PARTITION_DUMPS),
    )
    name = pl.format(f"{_SHARED}_{{}}", partition_of("dump_id", bits)) if bits else pl.lit(_SHARED)
    return dumps.select(partition=pl.when(is_small).then(name)).to_series()


def partitions_of(dumps: pl.DataFrame) -> pl.Series:
    """Return the partition of entries and rejects that each dump is in.

    Args:
        dumps: All rows of the table dumps: dump_id, byte_size, entry_count, reject_count.
    """
    is_own = dumps["entry_count"] + dumps["reject_count"] > MAX_SHARED_ROWS
    return dumps.select(
        partition=pl.when(is_own).then(None).otherwise(shared_partitions(dumps)).fill_null(dumps["dump_id"])
    ).to_series()


def is_shared(partition: str) -> bool:
    """Return whether small dumps share a partition of that name; else it is one dump's."""
    return partition.startswith(_SHARED)


def overlaps(one: str, other: str) -> bool:
    """Return whether a dump can be in both of two shared partitions, of one division or of two.

    >>> overlaps("small_4_5", "small_6_15"), overlaps("small_4_5", "small_6_05")
    (True, False)
    >>> overlaps("small", "small_1_1")
    True
    """
    (bits, value), (other_bits, other_value) = _prefix(one), _prefix(other)
    common = min(bits, other_bits)
    return value >> (bits - common) == other_value >> (other_bits - common)


def _prefix(partition: str) -> tuple[int, int]:
    name = partition.removeprefix(_SHARED).removeprefix("_")
    return bits_of([name]), int(name.partition("_")[2] or "0", 16)


def read_dumps(lake: Lake, dump_ids: Collection[str]) -> pl.DataFrame:
    """Read the entries of some dumps, in the order of the table.

    Raises:
        LakeError: The tables were never built, or a file is missing or damaged.
    """
    dumps = lake.read(DUMPS)
    wanted = dumps.with_columns(partitions_of(dumps)).filter(pl.col("dump_id").is_in(list(dump_ids)))
    entries = lake.read_partitions(ENTRIES, set(wanted["partition"]))
    return entries.filter(pl.col("dump_id").is_in(list(dump_ids)))
