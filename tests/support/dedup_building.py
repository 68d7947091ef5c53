"""Entries and dumps for the tests of deduplication, from a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import MATCHES
from paperlake.dedup.deduplicate import deduplicate, with_papers
from paperlake.dedup.survivorship import tables_by_paper
from paperlake.dumps.identity import entry_id
from paperlake.settings import Settings


def dump_id(name: str) -> str:
    """A dump_id for a dump of this name."""
    return entry_id(name, None)


def dump(name: str, snapshot_date: date | None = None, format: str = "listing_text") -> dict[str, Any]:  # noqa: A002
    """A row of the table dumps."""
    return {
        "dump_id": dump_id(name), "path": f"listing/{name}.txt", "format": format, "sha256": "0" * 64,
        "byte_size": 1, "line_count": 1, "snapshot_date": snapshot_date, "entry_count": 0, "reject_count": 0,
    }  # fmt: skip


def entry(
    title: str, abstract: str | None = None, dump: str = "a", number: int = 1, **fields: Any
) -> dict[str, Any]:
    """A row of the table entries."""
    if fields.get("authors"):
        fields.setdefault("author_count", len(fields["authors"]))
    return {
        "entry_id": entry_id(title, abstract), "dump_id": dump_id(dump), "entry_number": number, "title": title,
        "abstract": abstract, "year_inferred": False, **fields,
    }  # fmt: skip


@dataclass(frozen=True)
class PaperTables:
    """The tables of the stage papers."""

    papers: pl.DataFrame
    paper_authors: pl.DataFrame
    paper_sources: pl.DataFrame
    paper_counts: pl.DataFrame
    matches: pl.DataFrame


def run(
    entries: Sequence[dict[str, Any]], dumps: Sequence[dict[str, Any]] = (), **options: Any
) -> PaperTables:
    """Deduplicate; dumps that are not described are undated listings."""
    described = {row["dump_id"]: row for row in dumps}
    for row in entries:
        described.setdefault(
            row["dump_id"], {**dump("x"), "dump_id": row["dump_id"], "path": f"listing/{row['dump_id']}"}
        )
    rows, described_dumps = ENTRIES.frame(entries), DUMPS.frame(list(described.values()))
    decided = deduplicate(rows, described_dumps, Settings(), **options).decided
    sources = with_papers(rows, described_dumps, decided.sources)
    tables = {table.name: frame.sort(table.key) for table, frame in tables_by_paper(sources).items()}
    return PaperTables(**tables, matches=decided.recorded.select(*MATCHES.dtypes))


def papers_of(result: PaperTables) -> set[frozenset[str]]:
    """The papers as sets of entry_ids."""
    grouped = result.paper_sources.group_by("paper_id").agg(pl.col("entry_id").unique())
    return {frozenset(ids) for ids in grouped["entry_id"].to_list()}


def are_one_paper(one: dict[str, Any], other: dict[str, Any], **options: Any) -> bool:
    """Whether two entries become one paper."""
    return run([one, {**other, "entry_number": 2}], **options).papers.height == 1
