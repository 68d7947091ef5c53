"""Keys whose rows changed in a partition, listed with its file: a later stage compares these rows alone.

Two hundred papers more change nearly every partition of a lake of 18,000, and a dozen rows in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from paperlake.lake.manifest import FileEntry, input_hash

MAX_LISTED_KEYS = 200  # of a partition; with more of its 1,000 rows changed, comparing all costs little more


@dataclass(frozen=True)
class KeptRows:
    """Rows that stay as committed in partitions that are written again: only their keys are checked."""

    rows: pl.DataFrame
    dropped_keys: pl.Series
    """Values of the column that divides the table, of the rows that do not stay."""

    def changed_keys(self, written: pl.Series) -> pl.Series:
        """Return the keys whose rows are not as before, sorted, given those of the rows that are written."""
        return pl.concat([self.dropped_keys.rename("key"), written.rename("key")]).unique().sort()


def with_changed_keys(
    entries: Sequence[FileEntry], before: Mapping[str, FileEntry], keys: Mapping[str, Sequence[str]]
) -> list[FileEntry]:
    """Return the files of a table with the keys that changed in those that were written.

    Args:
        entries: The files.
        before: The files of the last commit, by partition.
        keys: Keys that changed, by partition, of the partitions that were written.
    """
    found = []
    for entry in entries:
        last = before.get(entry.partition)
        if entry.partition not in keys or last is None:
            found.append(entry)
        elif last.sha256 == entry.sha256:
            found.append(last)
        elif len(keys[entry.partition]) > MAX_LISTED_KEYS:
            found.append(entry)
        else:
            found.append(
                replace(entry, changed_from=input_hash(last), changed_keys=tuple(keys[entry.partition]))
            )
    return found


def known_changes(entries: Sequence[FileEntry], before: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the keys that changed, by partition, where the files say it.

    Args:
        entries: The files of a table now.
        before: The short hash of each partition when it was last read.
    """
    return {
        entry.partition: entry.changed_keys
        for entry in entries
        if entry.changed_from
        and entry.changed_from == before.get(entry.partition)
        and input_hash(entry) != entry.changed_from
    }
