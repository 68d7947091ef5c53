"""Survivorship: build the row of each paper from its sources, by a rule for each field.

The rules are `FIELD_RULES`; docs/deduplication.md describes them. Which entries are sources of which paper is
decided in `clustering/`; `explain.py` applies the same rules to tell which entry gave which field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

from paperlake.catalogue.paper_tables import PAPER_AUTHORS, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.text.names import name_key

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Best first: a format that is written by machines for machines loses less than one for readers.
FORMAT_ORDER = (
    DumpFormat.ARXIV_SNAPSHOT,
    DumpFormat.OAI_PMH,
    DumpFormat.ARXIV_FEED,
    DumpFormat.PUBMED_XML,
    DumpFormat.PUBMED_TEXT,
    DumpFormat.DAILY_API,
    DumpFormat.CROSSREF,
    DumpFormat.WOS_TEXT,
    DumpFormat.OPENREVIEW,
    DumpFormat.SEMANTIC_SCHOLAR,
    DumpFormat.OPENALEX,
    DumpFormat.DBLP_XML,  # complete in names and venues, without abstracts
    DumpFormat.PARQUET,
    DumpFormat.RIS,
    DumpFormat.CSV,
    DumpFormat.BIBTEX,
    DumpFormat.ENDNOTE_TEXT,
    DumpFormat.SAVED_PAGE,
    DumpFormat.PAPER_JSON,
    DumpFormat.TEXT_DIGEST,
    DumpFormat.LISTING_MARKDOWN,
    DumpFormat.LISTING_TEXT,
    DumpFormat.CV_ARXIV_DAILY,
)

# The order of a paper's sources; the entry_id of the first is the paper_id.
SOURCE_ORDER = ("snapshot_date", "path", "entry_number")

_BEST_FORMAT = pl.col("format").replace_strict(
    {name.value: place for place, name in enumerate(FORMAT_ORDER)},
    default=len(FORMAT_ORDER),
    return_dtype=pl.Int64,
)
_NEWEST = -pl.col("snapshot_date").to_physical().cast(pl.Int64)
_COMPLETE_ENDING = r"""(?:[.!?:;)\]}"'$”’»。*]|\S*[/@]\S*)\s*$"""
_CUT_ENDING = r"(?:…|\.\.\.|\[\.\.\.\])\s*$"
_WHOLE = pl.col("abstract").str.contains(_COMPLETE_ENDING) & ~pl.col("abstract").str.contains(_CUT_ENDING)
_TITLE_CUT = pl.col("title").str.contains(_CUT_ENDING)

# For each field that one entry gives: the expressions that rank the entries that have it, ascending, NULL
# last. After these, the order of the sources decides.
FIELD_RULES: Mapping[str, tuple[pl.Expr, ...]] = {
    "title": (_TITLE_CUT.cast(pl.Int8), _BEST_FORMAT, _NEWEST),
    "abstract": (
        (~_WHOLE).cast(pl.Int8),
        _BEST_FORMAT,
        _NEWEST,
        -pl.col("abstract").str.len_chars().cast(pl.Int64),
    ),
    "authors": (-pl.col("authors").list.len().cast(pl.Int64), _BEST_FORMAT, _NEWEST),
    "author_count": (
        -pl.col("authors").list.len().cast(pl.Int64),
        _BEST_FORMAT,
        _NEWEST,
        -pl.col("author_count"),
    ),
    "organization": (_NEWEST, _BEST_FORMAT),
    "published_date": (pl.col("year_inferred").cast(pl.Int8), _BEST_FORMAT, pl.col("published_date")),
    "updated_date": (-pl.col("updated_date").to_physical().cast(pl.Int64),),
    "comment_count": (_NEWEST, -pl.col("comment_count")),
    "upvote_count": (_NEWEST, -pl.col("upvote_count")),
    "arxiv_id": (),
    "doi": (),
    "url": (_BEST_FORMAT, _NEWEST),
    "code_url": (_NEWEST, _BEST_FORMAT),
    "code_star_count": (_NEWEST, -pl.col("code_star_count")),
    "project_url": (_NEWEST, _BEST_FORMAT),
    "venue": (_BEST_FORMAT, _NEWEST),
    "license": (_BEST_FORMAT, _NEWEST),
    "summary": (_BEST_FORMAT, _NEWEST),
}
UNION_FIELDS = ("categories", "keywords", "identifiers")
# In place of a link that no source states, in this order.
URL_PREFIXES = {"arxiv_id": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
COUNT_FIELDS = ("upvote_count", "comment_count", "code_star_count")


def order_sources(sources: Frame) -> Frame:
    """Sort sources as DESIGN.md orders them: by snapshot_date with NULLs last, path, entry_number."""
    return sources.sort(SOURCE_ORDER, nulls_last=[True, False, False])


def select_values(sources: pl.DataFrame, field: str) -> pl.DataFrame:
    """Select the source that gives a field of each paper.

    Args:
        sources: Entries with paper_id, path, format and snapshot_date, ordered by `order_sources`.
        field: One of `FIELD_RULES`.

    Returns:
        Columns paper_id and source (a row number of `sources`), one row per paper that has the field.
    """
    rules = FIELD_RULES[field]
    needed = dict.fromkeys(["paper_id", field, *(name for rule in rules for name in rule.meta.root_names())])
    ranked = sources.select(*needed).with_row_index("source").filter(pl.col(field).is_not_null())
    by = [*rules, pl.col("source")]
    return (
        ranked.sort(by, nulls_last=True)
        .unique("paper_id", keep="first", maintain_order=True)
        .select("paper_id", "source")
    )


def tables_by_paper(sources: pl.DataFrame) -> dict[Table, pl.DataFrame]:
    """Build the rows of the tables of papers that some sources give.

    Args:
        sources: All entries of some papers, with paper_id, match_method and match_score, and with the path,
            format and snapshot_date of their dumps, ordered by `order_sources`.
    """
    papers = merge_sources(sources)
    return {
        PAPERS: papers,
        PAPER_AUTHORS: authors_of(papers),
        PAPER_SOURCES: sources.select(*PAPER_SOURCES.dtypes),
        PAPER_COUNTS: count_history(sources),
    }


def merge_sources(sources: pl.DataFrame) -> pl.DataFrame:
    """Build the papers of the sources, one row each, in order of paper_id.

    Args:
        sources: Entries with paper_id, path, format and snapshot_date, ordered by `order_sources`.
    """
    alone = pl.len().over("paper_id") == 1
    single = sources.filter(alone)
    several = sources.filter(~alone)
    papers = pl.concat([_papers_of_one(single), _papers_of_several(several)])
    links = (pl.lit(prefix) + pl.col(column) for column, prefix in URL_PREFIXES.items())
    papers = papers.with_columns(url=pl.coalesce("url", *links))
    return papers.select(*PAPERS.dtypes).sort("paper_id")


def _papers_of_one(sources: pl.DataFrame) -> pl.DataFrame:
    """Build papers of one source each, which take every field from it."""
    return sources.select(
        "paper_id", *FIELD_RULES,
        *(_union(pl.col(field)).alias(field) for field in UNION_FIELDS),
        first_snapshot_date="snapshot_date",
        last_snapshot_date="snapshot_date",
        source_count=pl.lit(1, pl.Int64),
        dump_count=pl.lit(1, pl.Int64),
    )  # fmt: skip


def _papers_of_several(sources: pl.DataFrame) -> pl.DataFrame:
    """Build papers of several sources each, by the rules of their fields."""
    papers = sources.group_by("paper_id", maintain_order=True).agg(
        *(
            pl.col(field).list.explode(keep_nulls=False, empty_as_null=False).alias(field)
            for field in UNION_FIELDS
        ),
        first_snapshot_date=pl.col("snapshot_date").min(),
        last_snapshot_date=pl.col("snapshot_date").max(),
        source_count=pl.len().cast(pl.Int64),
        dump_count=pl.col("dump_id").n_unique().cast(pl.Int64),
    )
    papers = papers.with_columns(_union(pl.col(field)).alias(field) for field in UNION_FIELDS)
    numbered = sources.with_row_index("source")
    for field in FIELD_RULES:
        given = (
            select_values(sources, field).join(numbered.select("source", field), on="source").drop("source")
        )
        papers = papers.join(given, on="paper_id", how="left", maintain_order="left")
    return papers.select(
        "paper_id", *FIELD_RULES, *UNION_FIELDS,
        "first_snapshot_date", "last_snapshot_date", "source_count", "dump_count",
    )  # fmt: skip


def _union(lists: pl.Expr) -> pl.Expr:
    """Return the distinct values in order of first appearance; NULL where there are none."""
    distinct = lists.list.drop_nulls().list.unique(maintain_order=True)
    return pl.when(distinct.list.len() > 0).then(distinct)


def count_history(sources: pl.DataFrame) -> pl.DataFrame:
    """Build the table paper_counts: votes, comments and stars at each dated sighting."""
    seen = sources.filter(
        pl.col("snapshot_date").is_not_null() & pl.any_horizontal(pl.col(*COUNT_FIELDS).is_not_null())
    )
    return (
        seen.group_by("paper_id", "snapshot_date", "dump_id")
        .agg(pl.col(*COUNT_FIELDS).max())
        .select(*PAPER_COUNTS.dtypes)
        .sort("paper_id", "snapshot_date", "dump_id")
    )


def authors_of(papers: pl.DataFrame) -> pl.DataFrame:
    """Build the table paper_authors: the names of the papers' authors, one row each."""
    named = papers.select("paper_id", "authors").drop_nulls().explode("authors", empty_as_null=False)
    named = named.rename({"authors": "name"}).with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("paper_id")
    )
    names = named["name"].unique()
    keys = pl.DataFrame(
        {"name": names, "name_key": [name_key(name) or name.casefold() for name in names]},
        schema={"name": pl.String, "name_key": pl.String},
    )
    return (
        named.join(keys, on="name", how="left", maintain_order="left")
        .select(*PAPER_AUTHORS.dtypes)
        .sort("paper_id", "position")
    )
