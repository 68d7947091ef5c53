"""Write the papers of an update: the partitions that have a changed row, checked beside what they had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPERS
from paperlake.catalogue.partitioning import ByKeyPrefix, bits_of, partition_of
from paperlake.catalogue.table import Table
from paperlake.catalogue.vocabulary import MatchDecision
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.incremental.checks import report_checks
from paperlake.dedup.incremental.update import Touched
from paperlake.dedup.index.arrays import id_series, ids_to_numbers
from paperlake.dedup.survivorship import tables_by_paper
from paperlake.lake.manifest import Facts
from paperlake.stages.changed_keys import KeptRows
from paperlake.stages.run import StageRun


@dataclass(frozen=True)
class Replacement:
    """What becomes of some partitions of a table."""

    table: Table
    partitions: frozenset[str]
    rows: pl.DataFrame
    """New rows."""
    kept: pl.DataFrame
    """Rows that stay."""
    dropped: pl.DataFrame
    """Rows that go."""

    @property
    def all_rows(self) -> pl.DataFrame:
        """Return the rows of the partitions as they become."""
        return pl.concat([self.kept, self.rows])


def write_touched(run: StageRun, touched: Touched) -> Facts | None:
    """Write the tables; nothing, and return None, if they are to be divided otherwise or do not fit."""
    old_papers = id_series(touched.old_papers)
    rows = tables_by_paper(touched.decided.sources)
    papers = rows[PAPERS]
    before = run.row_counts(PAPERS)
    paper_count = sum(before.values()) - len(old_papers) + papers.height
    bits = bits_of(before)
    if run.prefix_bits(PAPERS, paper_count) != bits:
        return None
    changed = _partitions([old_papers, papers["paper_id"]], bits)
    is_old = pl.col("paper_id").is_in(old_papers.implode())
    replacements = [_replacement(run, table, rows[table], changed, is_old) for table in rows]
    replacements.append(_matches(run, touched, bits))
    if replacements[0].dropped.height != len(old_papers):
        return None  # the index names other papers than the table has
    for one in replacements:
        by = one.table.partitioning
        assert isinstance(by, ByKeyPrefix)  # noqa: S101  # all of these are
        run.replace(one.table, one.rows, one.partitions, KeptRows(one.kept, one.dropped[by.column]))
    by_name = {one.table.name: one for one in replacements}
    report_checks(run, touched, by_name)
    return _facts(run, touched, by_name, paper_count)


def _partitions(keys: Sequence[pl.Series], bits: int) -> frozenset[str]:
    every = pl.concat([one.rename("key") for one in keys]).unique().to_frame()
    return (
        frozenset(every.select(partition_of("key", bits)).to_series().to_list())
        if every.height
        else frozenset()
    )


def _replacement(
    run: StageRun, table: Table, rows: pl.DataFrame, partitions: frozenset[str], is_old: pl.Expr
) -> Replacement:
    before = run.read_partitions(table, partitions)
    split = before.with_columns(_is_old=is_old)
    kept, dropped = (split.filter(pl.col("_is_old") == flag).drop("_is_old") for flag in (False, True))
    return Replacement(table, partitions, rows, kept, dropped)


def _matches(run: StageRun, touched: Touched, bits: int) -> Replacement:
    rows = touched.decided.recorded.select(*MATCHES.dtypes)
    changed = _partitions([id_series(touched.old_pairs), rows["entry_id_a"]], bits)
    ids = id_series(touched.entry_ids).implode()
    is_old = pl.col("entry_id_a").is_in(ids) | pl.col("entry_id_b").is_in(ids)
    return _replacement(run, MATCHES, rows, changed, is_old)


def _facts(run: StageRun, touched: Touched, replaced: dict[str, Replacement], paper_count: int) -> Facts:
    before = run.previous.facts if run.previous else {}
    candidates, matches = touched.changes.candidates, replaced[MATCHES.name]
    unsure = pl.col("decision") == MatchDecision.UNSURE
    text_count = (
        int((~touched.state.is_gone).sum()) - len(touched.changes.removed) + touched.changes.texts.height
    )
    review_count = matches.rows.filter(unsure).height - matches.dropped.filter(unsure).height
    return {
        "entries": sum(run.row_counts(ENTRIES).values()),
        "text_count": text_count,
        "new_text_count": touched.changes.texts.height,
        "compared_pair_count": int(before["compared_pair_count"] or 0)
        + len(candidates.gained)
        - len(candidates.lost),
        "new_pair_count": len(candidates.gained),
        "papers": paper_count,
        "review_pair_count": int(before["review_pair_count"] or 0) + review_count,
    }


def missing_ids(touched: Touched, decisions: Sequence[Decision]) -> list[str]:
    """Return the entry_ids of decisions that are in no dump."""
    named = sorted({entry_id for decision in decisions for entry_id in decision.pair})
    ids, _ = touched.changes.numbers_of(
        touched.state, np.sort(ids_to_numbers(pl.Series(named, dtype=pl.String)))
    )
    found = set(id_series(ids))
    return [name for name in named if name not in found]
