"""Read the entries of some texts from the lake, a few rows of each dump."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dedup.deduplicate import prepare_sources
from paperlake.dedup.incremental.news import News
from paperlake.dedup.index.arrays import NO_HASHES, contains, id_series, ids_to_numbers
from paperlake.dedup.index.state import IndexState
from paperlake.dedup.text.hashing import distinct
from paperlake.lake.row_groups import read_rows_where
from paperlake.stages.run import StageRun
from paperlake.vectors.arrays import Hashes


class IndexMismatchError(Exception):
    """The index says something else than the tables: it is not used."""


class TouchedEntries:
    """Entries that were read, each once; a text is read with all of its entries."""

    def __init__(self, run: StageRun, state: IndexState, news: News) -> None:
        self._run, self._state, self._news = run, state, news
        self.dumps = run.read(DUMPS)
        self._files = {entry.partition: entry for entry in run.lake.entries_of(ENTRIES)}
        self._frames = [ENTRIES.empty()]
        self._read_ids: Hashes = NO_HASHES

    def sources_of(self, entry_ids: Hashes) -> pl.DataFrame:
        """Return the entries of some texts as sources, in order."""
        new = entry_ids[~contains(self._read_ids, entry_ids)]
        if len(new):
            self._read(new)
            self._read_ids = distinct(np.concatenate([self._read_ids, new]))
        entries = pl.concat(self._frames)
        return prepare_sources(
            entries.filter(pl.col("entry_id").is_in(id_series(entry_ids).implode())), self.dumps
        )

    def _read(self, entry_ids: Hashes) -> None:
        wanted = id_series(entry_ids)
        self._frames.append(
            self._news.entries.drop("slot").filter(pl.col("entry_id").is_in(wanted.implode()))
        )
        rows = self._state.entries_of(entry_ids)
        stays = ~self._news.slots.is_gone[rows.slots]
        listed = pl.DataFrame(
            {
                "partition": [self._news.slots.partitions[slot] for slot in rows.slots[stays].tolist()],
                "dump_id": id_series(self._news.slots.dump_ids[rows.slots[stays]]),
                "entry_number": pl.Series(rows.entry_numbers[stays], dtype=pl.Int64),
                "entry_id": id_series(rows.entry_ids[stays]),
            },
            schema_overrides={"partition": pl.String},
        )
        for (partition,), some in listed.partition_by("partition", as_dict=True).items():
            found = self._read_partition(str(partition), some)
            if found.height != some.height:
                raise IndexMismatchError(
                    f"{some.height} entries of {partition} expected, {found.height} found"
                )
            self._frames.append(found)

    def _read_partition(self, partition: str, listed: pl.DataFrame) -> pl.DataFrame:
        if partition not in self._files:
            raise IndexMismatchError(f"entries have no partition {partition}")
        path = self._run.lake.root / self._files[partition].path
        keys = ["dump_id", "entry_number", "entry_id"]
        parts = [
            rows.join(listed.select(keys), on=keys, how="semi")
            for rows in read_rows_where(path, "entry_number", listed["entry_number"])
        ]
        return pl.concat([ENTRIES.empty(), *parts])


class EdgeList:
    """Pairs of entry_ids that are looked up from either end."""

    def __init__(self, pairs: pl.DataFrame | None = None) -> None:
        """Take pairs of entry_ids, two columns."""
        self._pairs: dict[int, set[int]] = defaultdict(set)
        if pairs is not None and pairs.height:
            self.add(*(ids_to_numbers(column) for column in pairs.get_columns()))

    def add(self, one: Hashes, other: Hashes) -> None:
        """Add pairs."""
        for a, b in zip(one.tolist(), other.tolist(), strict=True):
            self._pairs[a].add(b)
            self._pairs[b].add(a)

    def of(self, entry_ids: Hashes) -> Hashes:
        """Return the other ends of some entry_ids' pairs, distinct."""
        found = {end for entry_id in entry_ids.tolist() for end in self._pairs.get(entry_id, ())}
        return np.array(sorted(found), np.uint64)
