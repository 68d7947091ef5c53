"""Check the tables of papers against each other and against the entries.

The checks read all rows. `incremental/checks.py` applies them to what an update changed.
"""

from __future__ import annotations

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_AUTHORS, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.vocabulary import MatchMethod
from paperlake.stages.checks import Found, TableReader, check

ENTRY_KEY = list(ENTRIES.key)


def _read(reader: TableReader, table: Table, *columns: str) -> pl.DataFrame:
    return reader.scan(table).select(columns).collect()


@check(PAPER_SOURCES, "paper_sources_every_entry_once")
def every_entry_once(reader: TableReader) -> Found:
    """Every entry is a source of exactly one paper, and every source is an entry."""
    given = _read(reader, ENTRIES, *ENTRY_KEY)
    found = _read(reader, PAPER_SOURCES, *ENTRY_KEY)
    lost = given.join(found, on=ENTRY_KEY, how="anti")
    invented = found.join(given, on=ENTRY_KEY, how="anti")
    twice = found.filter(pl.struct(ENTRY_KEY).is_duplicated())
    failures = [f"dump {dump}, entry {number}: in no paper" for dump, number in lost.iter_rows()]
    failures += [f"dump {dump}, entry {number}: no such entry" for dump, number in invented.iter_rows()]
    failures += [f"dump {dump}, entry {number}: in two papers" for dump, number in twice.iter_rows()]
    return given.height, failures


@check(PAPER_SOURCES, "paper_sources_one_first_source")
def one_first_source(reader: TableReader) -> Found:
    """Every paper has exactly one first source, whose entry_id is the paper's identity."""
    papers = _read(reader, PAPERS, "paper_id")
    is_first = pl.col("match_method") == MatchMethod.FIRST
    sources = _read(reader, PAPER_SOURCES, "paper_id", "match_method")
    firsts = sources.group_by("paper_id").agg(first=is_first.sum())
    wrong = papers.join(firsts, on="paper_id", how="full", coalesce=True).filter(
        pl.col("first").fill_null(0) != 1
    )
    return papers.height, [
        f"paper {paper_id}: {count or 0} first sources" for paper_id, count in wrong.iter_rows()
    ]


@check(PAPERS, "papers_counts_add_up")
def counts_add_up(reader: TableReader) -> Found:
    """source_count and dump_count of every paper are those of its sources."""
    papers = _read(reader, PAPERS, "paper_id", "source_count", "dump_count")
    counted = (
        _read(reader, PAPER_SOURCES, "paper_id", "dump_id")
        .group_by("paper_id")
        .agg(sources=pl.len().cast(pl.Int64), dumps=pl.col("dump_id").n_unique().cast(pl.Int64))
    )
    wrong = papers.join(counted, on="paper_id", how="left").filter(
        pl.col("source_count").ne_missing(pl.col("sources"))
        | pl.col("dump_count").ne_missing(pl.col("dumps"))
    )
    return papers.height, [
        f"paper {row['paper_id']}: says {row['source_count']} sources in {row['dump_count']} dumps, "
        f"has {row['sources']} in {row['dumps']}"
        for row in wrong.iter_rows(named=True)
    ]


@check(MATCHES, "matches_ids_exist")
def matches_ids_exist(reader: TableReader) -> Found:
    """Both texts of every match are sources of papers."""
    matches = _read(reader, MATCHES, "entry_id_a", "entry_id_b")
    known = _read(reader, PAPER_SOURCES, "entry_id").unique()
    failures = []
    for side in matches.columns:
        lost = matches.join(known, left_on=side, right_on="entry_id", how="anti")
        failures += [f"match {one}, {other}: {side} is in no paper" for one, other in lost.iter_rows()]
    return matches.height, failures


@check(PAPER_AUTHORS, "paper_authors_are_those_of_papers")
def authors_are_those_of_papers(reader: TableReader) -> Found:
    """Every named author of a paper is a row of paper_authors, in order, and there are no others."""
    papers = _read(reader, PAPERS, "paper_id", "authors")
    listed = (
        _read(reader, PAPER_AUTHORS, "paper_id", "position", "name")
        .sort("paper_id", "position")
        .group_by("paper_id", maintain_order=True)
        .agg(listed=pl.col("name"))
    )
    both = papers.join(listed, on="paper_id", how="full", coalesce=True)
    wrong = both.filter(pl.col("authors").ne_missing(pl.col("listed")))
    return papers.height, [
        f"paper {paper_id}: other authors than in papers" for paper_id in wrong["paper_id"]
    ]


@check(PAPER_COUNTS, "paper_counts_ids_exist")
def counts_ids_exist(reader: TableReader) -> Found:
    """Every count belongs to a paper."""
    counts = _read(reader, PAPER_COUNTS, "paper_id")
    lost = counts.join(_read(reader, PAPERS, "paper_id"), on="paper_id", how="anti")
    return counts.height, [f"paper {paper_id}: no such paper" for paper_id in lost["paper_id"]]


CHECKS = (
    every_entry_once,
    one_first_source,
    counts_add_up,
    authors_are_those_of_papers,
    matches_ids_exist,
    counts_ids_exist,
)
