"""Check what an update changed, so that with the checks of the commits before the whole tables are checked.

Rows that stay were checked when they were committed. `paperlake status --verify` checks whole tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.catalogue.table import Table
from paperlake.dedup.checks import (
    ENTRY_KEY,
    authors_are_those_of_papers,
    counts_add_up,
    counts_ids_exist,
    every_entry_once,
    matches_ids_exist,
    one_first_source,
)
from paperlake.dedup.incremental.update import Touched
from paperlake.dedup.index.arrays import contains, id_series, ids_to_numbers
from paperlake.dedup.text.hashing import distinct
from paperlake.lake import Lake
from paperlake.stages.run import StageRun

if TYPE_CHECKING:
    from paperlake.dedup.incremental.tables import Replacement


class _Replaced:
    """Reads the partitions that an update replaced."""

    def __init__(self, lake: Lake, replaced: Mapping[str, Replacement]) -> None:
        self.lake = lake
        self._replaced = replaced

    def read(self, table: Table) -> pl.DataFrame:
        """Return the rows of the replaced partitions."""
        return self._replaced[table.name].all_rows

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return the rows of the replaced partitions, lazily."""
        return self.read(table).lazy()

    def row_counts(self, table: Table) -> dict[str, int]:
        """Return the number of these rows."""
        return {"": self.read(table).height}


def report_checks(run: StageRun, touched: Touched, replaced: Mapping[str, Replacement]) -> None:
    """Report the results of the stage's checks."""
    reader = _Replaced(run.lake, replaced)
    of_papers = (one_first_source, counts_add_up, authors_are_those_of_papers, counts_ids_exist)
    for one in of_papers:  # each compares tables of papers, whose same partitions are replaced
        table = PAPER_COUNTS if one is counts_ids_exist else PAPERS
        assert one.find is not None  # noqa: S101  # all of these read tables
        run.report(one.name, sum(run.row_counts(table).values()), one.find(reader)[1])
    entry_count = sum(run.row_counts(ENTRIES).values())
    run.report(
        every_entry_once.name, entry_count, _entry_failures(run, touched, replaced[PAPER_SOURCES.name])
    )
    run.report(
        matches_ids_exist.name,
        sum(run.row_counts(MATCHES).values()),
        _match_failures(touched, replaced[MATCHES.name]),
    )


def _entry_failures(run: StageRun, touched: Touched, sources: Replacement) -> Iterator[str]:
    """Compare the sources with those before, without the removed entries and with the new ones."""
    state, removed = touched.state, touched.news.removed
    gone = pl.DataFrame(
        {
            "dump_id": id_series(state.slots.dump_ids[removed.slots]),
            "entry_number": pl.Series(removed.entry_numbers, dtype=pl.Int64),
        }
    )
    before = sources.dropped.select(ENTRY_KEY)
    given = pl.concat([before.join(gone, on=ENTRY_KEY, how="anti"), touched.news.entries.select(ENTRY_KEY)])
    found = sources.rows.select(ENTRY_KEY)
    for rows, failure in (
        (given.join(found, on=ENTRY_KEY, how="anti"), "in no paper"),
        (found.join(given, on=ENTRY_KEY, how="anti"), "no such entry"),
        (found.filter(pl.struct(ENTRY_KEY).is_duplicated()), "in two papers"),
        (gone.join(before, on=ENTRY_KEY, how="anti"), "was in no paper"),
    ):
        yield from (f"dump {dump}, entry {number}: {failure}" for dump, number in rows.iter_rows())
    sums = (sum(run.row_counts(ENTRIES).values()), sum(run.row_counts(PAPER_SOURCES).values()))
    if sums[0] != sums[1]:
        yield f"there are {sums[0]} entries, and {sums[1]} of them in papers"


def _match_failures(touched: Touched, matches: Replacement) -> Iterator[str]:
    """Yield the matches of replaced partitions with a text that is in no dump."""
    pairs = matches.all_rows.select("entry_id_a", "entry_id_b")
    named = distinct(ids_to_numbers(pl.concat([pairs["entry_id_a"], pairs["entry_id_b"]])))
    known, _ = touched.changes.numbers_of(touched.state, named)
    lost = id_series(named[~contains(known, named)]).implode()
    for side in pairs.columns:
        for one, other in pairs.filter(pl.col(side).is_in(lost)).iter_rows():
            yield f"match {one}, {other}: {side} is in no paper"
