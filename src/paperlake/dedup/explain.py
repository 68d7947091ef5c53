"""Explain why a paper's entries were merged, and which entry gave each of its fields: `paperlake explain`.

Reads the published tables and applies the survivorship rules once more; nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_SOURCES, PAPERS
from paperlake.dedup.matching.model import CONTRIBUTION_NAMES, contribution_column
from paperlake.dedup.paper_names import Identifier, identifier, unknown_name
from paperlake.dedup.survivorship import (
    FIELD_RULES,
    UNION_FIELDS,
    URL_PREFIXES,
    order_sources,
    select_values,
)
from paperlake.dumps.storing.partitions import read_dumps
from paperlake.errors import UsageError
from paperlake.lake import Lake

NAME_COLUMNS = {"arXiv id": "arxiv_id", "DOI": "doi", "URL": "url"}


@dataclass(frozen=True)
class ExplainedSource:
    """One entry of the paper, and the method and score that made it a source."""

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
    """One field of the paper, and the entries that gave it, as places in `Explanation.sources` from 0."""

    field: str
    value: Any
    given_by: tuple[int, ...]


@dataclass(frozen=True)
class WaterfallStep:
    """One term of the logit of a match score."""

    name: str
    """`intercept` or a feature."""
    contribution: float
    total: float
    """The sum of the contributions up to here; the last total is the logit of the score."""


@dataclass(frozen=True)
class ExplainedMatch:
    """The comparison of one of the paper's texts with another text."""

    entry_id_a: str
    entry_id_b: str
    title_a: str
    title_b: str
    method: str
    title_similarity: float
    abstract_similarity: float | None
    score: float
    decision: str
    waterfall: tuple[WaterfallStep, ...]
    """How the score is composed, in order; empty where a rule, an identifier or a person gives it."""


@dataclass(frozen=True)
class Explanation:
    """The sources, fields and comparisons of a paper."""

    asked_for: str
    paper: dict[str, Any]
    """The row of the table papers."""
    sources: tuple[ExplainedSource, ...]
    """First source first."""
    fields: tuple[ExplainedField, ...]
    """The fields that the paper has."""
    matches: tuple[ExplainedMatch, ...]
    """Comparisons of its texts with each other and with texts of other papers, highest score first."""
    other_paper_ids: tuple[str, ...]
    """Further papers of that name: of the same text under other identifiers, or with the same identifier."""


def explain(lake: Lake, name: str) -> Explanation:
    """Explain a paper.

    Args:
        lake: A lake whose papers stage has run.
        name: The id of a paper, or of any entry whose text is in a dump, an arXiv id, a DOI, or a link. Of
            several papers, the first is explained.

    Raises:
        UsageError: No paper has that name.
        LakeError: A table is missing or corrupt.
    """
    sources = lake.read(PAPER_SOURCES)
    paper_ids = papers_named(lake, sources, name)
    rows = order_sources(_sources_of(lake, sources.filter(pl.col("paper_id") == paper_ids[0])))
    paper = lake.read(PAPERS).filter(pl.col("paper_id") == paper_ids[0]).row(0, named=True)
    return Explanation(
        asked_for=name,
        paper=paper,
        sources=tuple(
            ExplainedSource(**row)
            for row in rows.select(_SOURCE_COLUMNS).rename(_RENAMED).iter_rows(named=True)
        ),
        fields=tuple(_fields(rows, paper)),
        matches=tuple(_matches(lake, sources, set(rows["entry_id"]))),
        other_paper_ids=tuple(paper_ids[1:]),
    )


_SOURCE_COLUMNS = (
    "entry_id", "dump_id", "path", "snapshot_date", "entry_number", "line_start", "line_end", "title",
    "match_method", "match_score",
)  # fmt: skip
_RENAMED = {"path": "dump_path"}


def papers_named(lake: Lake, sources: pl.DataFrame, name: str) -> list[str]:
    """Return the papers that a name names: those that have it now, else all with an entry that has it.

    Raises:
        UsageError: There is none.
    """
    found = identifier(name)
    if found and found.kind == "paper id":
        return papers_of_id(sources, found.value)
    if found:
        is_named = pl.col(NAME_COLUMNS[found.kind]).str.to_lowercase() == found.value.lower()
        papers = lake.read(PAPERS).filter(is_named)["paper_id"].to_list()
        if not papers:
            entries = lake.scan(ENTRIES).filter(is_named).select("dump_id", "entry_number").collect()
            papers = sources.join(entries, on=["dump_id", "entry_number"])["paper_id"].unique().to_list()
        if papers:
            return sorted(papers)
    raise UsageError(unknown_name(name, found))


def papers_of_id(sources: pl.DataFrame, published_id: str) -> list[str]:
    """Return the papers of a published id: the paper of that id, else all that have an entry of that id.

    Raises:
        UsageError: There is none.
    """
    if not sources.filter(pl.col("paper_id") == published_id).is_empty():
        return [published_id]
    with_entry = sources.filter(pl.col("entry_id") == published_id)
    if with_entry.is_empty():
        raise UsageError(
            f"{unknown_name(published_id, Identifier('paper id', published_id))} "
            "An id disappears when the last dump with its text is removed."
        )
    return sorted(with_entry["paper_id"].unique().to_list())


def _sources_of(lake: Lake, sources: pl.DataFrame) -> pl.DataFrame:
    """Read the entries of the sources, with path, format and snapshot_date of their dumps."""
    entries = read_dumps(lake, set(sources["dump_id"]))
    dumps = lake.read(DUMPS).select("dump_id", "path", "format", "snapshot_date")
    return sources.join(entries.drop("entry_id"), on=["dump_id", "entry_number"]).join(dumps, on="dump_id")


def _fields(rows: pl.DataFrame, paper: dict[str, Any]) -> list[ExplainedField]:
    """Return the fields of a paper with the sources that gave them."""
    fields = []
    for field in FIELD_RULES:
        selected = select_values(rows, field)
        if field == "url" and not selected.height and paper[field] is not None:
            selected = _source_of_link(rows)
        if selected.height:
            fields.append(ExplainedField(field, paper[field], (int(selected["source"][0]),)))
    for field in UNION_FIELDS:
        given = rows.with_row_index("source").filter(pl.col(field).list.len() > 0)["source"].to_list()
        if given:
            fields.append(ExplainedField(field, paper[field], tuple(given)))
    return fields


def _source_of_link(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the source of the identifier from which the link of a paper is derived."""
    given = (select_values(rows, column) for column in URL_PREFIXES)
    return next(selected for selected in given if selected.height)


def _matches(lake: Lake, sources: pl.DataFrame, entry_ids: set[str]) -> list[ExplainedMatch]:
    """Return the matches of some entries, highest score first."""
    matches = (
        lake.read(MATCHES)
        .filter(pl.col("entry_id_a").is_in(entry_ids) | pl.col("entry_id_b").is_in(entry_ids))
        .sort(["score", "entry_id_a", "entry_id_b"], descending=[True, False, False])
    )
    titles = _titles(lake, sources, set(matches["entry_id_a"]) | set(matches["entry_id_b"]))
    return [
        ExplainedMatch(
            title_a=titles[row["entry_id_a"]],
            title_b=titles[row["entry_id_b"]],
            waterfall=waterfall(row),
            **{column: row[column] for column in _MATCH_COLUMNS},
        )
        for row in matches.iter_rows(named=True)
    ]


_MATCH_COLUMNS = (
    "entry_id_a", "entry_id_b", "method", "title_similarity", "abstract_similarity", "score", "decision",
)  # fmt: skip


def waterfall(match: dict[str, Any]) -> tuple[WaterfallStep, ...]:
    """Take the score of a row of the table matches apart; empty where the score is not the model's."""
    contributions = [match[contribution_column(name)] for name in CONTRIBUTION_NAMES]
    if contributions[0] is None:
        return ()
    totals = accumulate(contributions)
    return tuple(map(WaterfallStep, CONTRIBUTION_NAMES, contributions, totals))


def _titles(lake: Lake, sources: pl.DataFrame, entry_ids: set[str]) -> dict[str, str]:
    """Read a title for each entry_id."""
    listed = sources.filter(pl.col("entry_id").is_in(entry_ids)).unique("entry_id")
    entries = read_dumps(lake, set(listed["dump_id"])).filter(pl.col("entry_id").is_in(entry_ids))
    return dict(entries.select("entry_id", "title").iter_rows())
