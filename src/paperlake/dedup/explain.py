"""Why a paper's entries were merged, and which entry gave each of its fields: `paperlake explain`.

Reads the published tables and applies the survivor rules of `merging.py` once more; nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_SOURCES, PAPERS
from paperlake.dedup.survivorship import FIELD_RULES, UNITED_FIELDS, order_sources, winners
from paperlake.errors import UsageError
from paperlake.lake import Lake


@dataclass(frozen=True)
class ExplainedSource:
    """One entry of the paper, and why it is one."""

    entry_id: str
    dump_id: str
    dump_path: str
    snapshot_date: date | None
    entry_number: int
    line_start: int | None
    line_end: int | None
    title: str
    match_method: str
    match_score: float


@dataclass(frozen=True)
class ExplainedField:
    """One field of the paper, and the entries that gave it: places in `Explanation.sources`, from 0."""

    field: str
    value: Any
    given_by: tuple[int, ...]


@dataclass(frozen=True)
class ExplainedMatch:
    """What a comparison of one of the paper's texts with another text found."""

    entry_id_a: str
    entry_id_b: str
    title_a: str
    title_b: str
    method: str
    title_similarity: float
    abstract_similarity: float | None
    score: float
    decision: str


@dataclass(frozen=True)
class Explanation:
    """All there is to say about how a paper came to be."""

    asked_for: str
    paper: dict[str, Any]
    """The row of the table papers."""
    sources: tuple[ExplainedSource, ...]
    """First source first."""
    fields: tuple[ExplainedField, ...]
    """The fields that the paper has."""
    matches: tuple[ExplainedMatch, ...]
    """Comparisons of its texts with each other and with texts of other papers, most alike first."""
    other_paper_ids: tuple[str, ...]
    """Further papers that hold the same text under other identifiers."""


def explain(lake: Lake, paper_id: str) -> Explanation:
    """Explain a paper.

    Args:
        lake: The lake; its papers stage has been made.
        paper_id: The id of a paper, or of any entry whose text is in a dump.

    Raises:
        UsageError: No paper and no entry has that id.
        LakeError: A table is missing or corrupt.
    """
    sources = lake.read(PAPER_SOURCES)
    named = resolve(sources, paper_id)
    rows = order_sources(_sources_of(lake, sources.filter(pl.col("paper_id") == named[0])))
    paper = lake.read(PAPERS).filter(pl.col("paper_id") == named[0]).row(0, named=True)
    return Explanation(
        asked_for=paper_id,
        paper=paper,
        sources=tuple(
            ExplainedSource(**row)
            for row in rows.select(_SOURCE_COLUMNS).rename(_RENAMED).iter_rows(named=True)
        ),
        fields=tuple(_fields(rows, paper)),
        matches=tuple(_matches(lake, sources, set(rows["entry_id"]))),
        other_paper_ids=tuple(named[1:]),
    )


_SOURCE_COLUMNS = (
    "entry_id", "dump_id", "path", "snapshot_date", "entry_number", "line_start", "line_end", "title",
    "match_method", "match_score",
)  # fmt: skip
_RENAMED = {"path": "dump_path"}


def resolve(sources: pl.DataFrame, published_id: str) -> list[str]:
    """The papers that a published id stands for: the paper of that id, else those that hold the entry.

    Raises:
        UsageError: There is none.
    """
    if not sources.filter(pl.col("paper_id") == published_id).is_empty():
        return [published_id]
    holding = sources.filter(pl.col("entry_id") == published_id)
    if holding.is_empty():
        raise UsageError(
            f"No paper and no entry has the id {published_id[:40]!r}. Ids are 16 hexadecimal digits, as in "
            "the columns paper_id and entry_id; an id goes when the last dump that holds its text goes."
        )
    return sorted(holding["paper_id"].unique().to_list())


def _sources_of(lake: Lake, sources: pl.DataFrame) -> pl.DataFrame:
    """The entries of the sources, with their dumps' path, format and snapshot_date."""
    frames = [lake.read(ENTRIES, dump_id) for dump_id in sources["dump_id"].unique().sort()]
    entries = pl.concat(frames)
    dumps = lake.read(DUMPS).select("dump_id", "path", "format", "snapshot_date")
    return sources.join(entries.drop("entry_id"), on=["dump_id", "entry_number"]).join(dumps, on="dump_id")


def _fields(rows: pl.DataFrame, paper: dict[str, Any]) -> list[ExplainedField]:
    fields = []
    for field in FIELD_RULES:
        winner = winners(rows, field)
        if winner.height:
            fields.append(ExplainedField(field, paper[field], (int(winner["source"][0]),)))
    for field in UNITED_FIELDS:
        given = rows.with_row_index("source").filter(pl.col(field).list.len() > 0)["source"].to_list()
        if given:
            fields.append(ExplainedField(field, paper[field], tuple(given)))
    return fields


def _matches(lake: Lake, sources: pl.DataFrame, entry_ids: set[str]) -> list[ExplainedMatch]:
    matches = (
        lake.read(MATCHES)
        .filter(pl.col("entry_id_a").is_in(entry_ids) | pl.col("entry_id_b").is_in(entry_ids))
        .sort(["score", "entry_id_a", "entry_id_b"], descending=[True, False, False])
    )
    titles = _titles(lake, sources, set(matches["entry_id_a"]) | set(matches["entry_id_b"]))
    return [
        ExplainedMatch(title_a=titles[row["entry_id_a"]], title_b=titles[row["entry_id_b"]], **row)
        for row in matches.iter_rows(named=True)
    ]


def _titles(lake: Lake, sources: pl.DataFrame, entry_ids: set[str]) -> dict[str, str]:
    """A title for each entry_id."""
    standing = sources.filter(pl.col("entry_id").is_in(entry_ids)).unique("entry_id")
    titles: dict[str, str] = {}
    for dump_id in standing["dump_id"].unique().sort():
        entries = lake.read(ENTRIES, dump_id)
        found = entries.filter(pl.col("entry_id").is_in(entry_ids))
        titles.update(found.select("entry_id", "title").iter_rows())
    return titles
