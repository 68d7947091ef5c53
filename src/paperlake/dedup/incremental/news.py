"""Find what changed since the last commit: dumps that came, left or changed, and the entries of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dedup.index.arrays import SEPARATOR, id_series, ids_to_numbers
from paperlake.dedup.index.state import DumpSlots, IndexedEntryRows, IndexState
from paperlake.lake.manifest import FileEntry
from paperlake.stages.run import StageRun
from paperlake.vectors.arrays import Hashes, Ints

_SEED = 11
MAX_HASHED_ROWS = 50_000  # of a partition
DUMP_ATTRIBUTES = ("path", "format", "snapshot_date")


@dataclass(frozen=True)
class News:
    """The dumps now, and the entries of those that changed."""

    slots: DumpSlots
    """The dumps as they are now."""
    removed: IndexedEntryRows
    """The entries of dumps that left or changed."""
    entries: pl.DataFrame
    """The entries of dumps that came or changed: the columns of the table entries, and slot."""
    moved_ids: Hashes
    """The entry_ids of entries whose dump has another path, format or date."""


def dump_slots(dumps: pl.DataFrame, contents: pl.DataFrame) -> DumpSlots:
    """Return the dumps of a lake as slots, in the order of their rows.

    Args:
        dumps: The table dumps.
        contents: dump_id, partition, content; one row per dump that has entries.
    """
    known = dumps.select("dump_id", attributes=_attributes()).join(
        contents, on="dump_id", how="left", maintain_order="left"
    )
    return DumpSlots(
        dump_ids=ids_to_numbers(known["dump_id"]),
        attributes=known["attributes"].to_numpy(),
        contents=known["content"].fill_null(0).to_numpy(),
        partitions=tuple(known["partition"].fill_null("").to_list()),
        is_gone=np.zeros(known.height, bool),
    )


def _attributes() -> pl.Expr:
    return pl.struct(DUMP_ATTRIBUTES).hash(_SEED)


def partition_contents(run: StageRun, entries: Iterable[FileEntry]) -> pl.DataFrame:
    """Return what some partitions of the table entries hold: dump_id, content (a hash), partition.

    A dump keeps its content when it moves to another partition, but for dumps of many entries, whose
    partition is hashed and not their rows.
    """
    parts = [pl.DataFrame(schema={"dump_id": pl.String, "content": pl.UInt64, "partition": pl.String})]
    for entry in entries:
        rows = pl.scan_parquet(run.lake.root / entry.path, glob=False)
        if (entry.row_count or 0) > MAX_HASHED_ROWS:
            ids = rows.select(pl.col("dump_id").unique()).collect()
            content = pl.lit(int(entry.sha256[:16], 16), pl.UInt64)
            found = ids.with_columns(content=content)
        else:
            found = _content_hashes(rows)
        parts.append(found.with_columns(partition=pl.lit(entry.partition)))
    return pl.concat(parts)


def _content_hashes(entries: pl.LazyFrame) -> pl.DataFrame:
    columns = [
        pl.col(name).list.join(SEPARATOR, ignore_nulls=True) if isinstance(dtype, pl.List) else pl.col(name)
        for name, dtype in ENTRIES.dtypes.items()
    ]
    hashed = entries.select("dump_id", row=pl.struct(columns).hash(_SEED))
    return hashed.group_by("dump_id").agg(content=pl.col("row").bitwise_xor()).collect()


def find_news(run: StageRun, state: IndexState, max_entries: int) -> News | None:
    """Compare the dumps with those of the last commit; None if so much changed that all is built again."""
    changed = run.changed_partitions(ENTRIES)
    if changed is None:
        return None
    counts = run.row_counts(ENTRIES)
    if sum(counts.get(partition, 0) for partition in changed) > max_entries:
        return None
    files = [entry for entry in run.lake.entries_of(ENTRIES) if entry.partition in changed]
    contents = partition_contents(run, files)
    now = dump_slots(run.read(DUMPS), contents)
    slots, came, left, moved = _compare(state.slots, now, changed)
    removed = state.entries_of_slots(left)
    if len(removed.entry_ids) > max_entries:
        return None
    entries = run.read_partitions(ENTRIES, changed)
    new_slots = pl.DataFrame(
        {"dump_id": id_series(slots.dump_ids[came]), "slot": pl.Series(came, dtype=pl.Int64)}
    )
    return News(
        slots=slots,
        removed=removed,
        entries=entries.join(new_slots, on="dump_id", how="inner"),
        moved_ids=state.entries_of_slots(moved).entry_ids,
    )


def _compare(
    before: DumpSlots, now: DumpSlots, changed: frozenset[str]
) -> tuple[DumpSlots, Ints, Ints, Ints]:
    """Return the slots as they become; the new ones, those that are gone, those with other attributes."""
    known = {int(before.dump_ids[slot]): int(slot) for slot in before.present}
    attributes, contents = before.attributes.copy(), before.contents.copy()
    partitions, is_gone = list(before.partitions), before.is_gone.copy()
    new, moved, kept = [], [], set()
    for row, dump_id in enumerate(now.dump_ids.tolist()):
        slot = known.get(dump_id)
        is_read = now.partitions[row] in changed
        if slot is None or ((is_read or partitions[slot] in changed) and contents[slot] != now.contents[row]):
            new.append(row)
            continue
        kept.add(slot)
        if is_read:
            partitions[slot] = now.partitions[row]
        if attributes[slot] != now.attributes[row]:
            attributes[slot] = now.attributes[row]
            moved.append(slot)
    left = np.array([slot for slot in known.values() if slot not in kept], np.int64)
    is_gone[left] = True
    slots = replace(
        before,
        dump_ids=np.concatenate([before.dump_ids, now.dump_ids[new]]),
        attributes=np.concatenate([attributes, now.attributes[new]]),
        contents=np.concatenate([contents, now.contents[new]]),
        partitions=(*partitions, *(now.partitions[row] for row in new)),
        is_gone=np.concatenate([is_gone, np.zeros(len(new), bool)]),
    )
    came = np.arange(len(before.dump_ids), len(slots.dump_ids))
    return slots, came, left, np.array(moved, np.int64)
