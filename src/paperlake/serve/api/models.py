"""Models of the API's answers for its OpenAPI description, derived from the catalogue.

Answers are not built from them: the rows of the warehouse are encoded as they are. A test compares both.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, create_model

from paperlake.catalogue.paper_tables import PAPER_AUTHORS, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPIC_TRENDS, TOPICS

TYPES: dict[pl.DataType, Any] = {
    pl.String(): str,
    pl.Int64(): int,
    pl.Float64(): float,
    pl.Boolean(): bool,
    pl.Date(): date,
    pl.List(pl.String()): list[str],
}
ROW = ConfigDict(extra="forbid")


def row_model(table: Table, name: str, columns: tuple[str, ...] = (), **further: Any) -> type[BaseModel]:  # noqa: ANN401
    """Return the model of rows of a table.

    Args:
        table: Gives names, types and descriptions of the columns.
        name: Name of the model.
        columns: Those that the rows have; all if none are named.
        further: Fields that the rows have besides, or in place of columns.
    """
    fields: dict[str, Any] = {}
    for column in columns or table.dtypes:
        annotation = TYPES[table.dtypes[column]]
        nullable = annotation | None if table.nullable(column) else annotation
        fields[column] = (nullable, Field(description=table.descriptions[column]))
    return create_model(name, __config__=ROW, **{**fields, **further})


def optional_text(description: str) -> Any:  # noqa: ANN401
    """Return the field of a text that may be null or absent."""
    return (str | None, Field(default=None, description=description))


IN_TOPIC = {
    "topic_id": optional_text("Its subtopic; null for an outlier."),
    "topic": optional_text("Label of its subtopic."),
}
Paper: Any = row_model(PAPERS, "Paper", **IN_TOPIC)
FoundPaper: Any = create_model(
    "FoundPaper",
    __base__=Paper,
    score=(float | None, Field(None, description="Rank value of a search by text.")),
    similarity=(float | None, Field(None, description="Cosine to the query.")),
    meaning_rank=(int | None, Field(None, description="Rank by meaning.")),
    word_score=(float | None, Field(None, description="BM25.")),
    word_rank=(int | None, Field(None, description="Rank by words.")),
    matched=optional_text("exact title, or the identifier that was searched for."),
    title_words=(list[str] | None, Field(None, description="Words of the query in the title.")),
    abstract_words=(list[str] | None, Field(None, description="Words of the query in the abstract.")),
    title_phrases=(list[str] | None, Field(None, description="Quoted phrases in the title.")),
    abstract_phrases=(list[str] | None, Field(None, description="Quoted phrases in the abstract.")),
)
SimilarPaper: Any = create_model(
    "SimilarPaper",
    __base__=Paper,
    rank=(int, Field(description="1 for the nearest.")),
    similarity=(float, Field(description="Cosine of the two vectors.")),
)
RisingPaper: Any = create_model(
    "RisingPaper",
    __base__=Paper,
    upvotes_gained=(int, Field(description="Upvotes gained in the days asked for.")),
    gained_until=(date, Field(description="The newest day on which votes were counted.")),
)
Author: Any = row_model(PAPER_AUTHORS, "Author", ("position", "name", "name_key"))
PaperTopic: Any = row_model(
    PAPER_TOPICS, "PaperTopic", ("topic_id", "level", "score", "is_outlier"), label=(str, Field())
)
Count: Any = row_model(
    PAPER_COUNTS, "Count", ("snapshot_date", "upvote_count", "comment_count", "code_star_count")
)
Source: Any = row_model(
    PAPER_SOURCES,
    "Source",
    ("entry_id", "dump_id", "entry_number", "match_method", "match_score"),
    title=(str, Field()),
    line_start=(int | None, Field()),
    line_end=(int | None, Field()),
    url=(str | None, Field()),
    path=(str, Field(description="Path of the dump below raw/.")),
    format=(str | None, Field()),
    snapshot_date=(date | None, Field()),
)
Topic: Any = row_model(
    TOPICS,
    "Topic",
    parent_label=optional_text("Label of the topic that a subtopic belongs to."),
    is_emerging=(bool, Field(description="Whether it grows beyond chance.")),
    growth=(float | None, Field(description=EMERGING_TOPICS.descriptions["growth"])),
    growth_low=(float | None, Field(description=EMERGING_TOPICS.descriptions["growth_low"])),
)
Trend: Any = row_model(TOPIC_TRENDS, "Trend")
LabelledTrend: Any = row_model(TOPIC_TRENDS, "LabelledTrend", label=(str, Field()))
TopicEvent: Any = row_model(TOPIC_EVENTS, "TopicEvent")
FacetValue: Any = create_model(
    "FacetValue", __config__=ROW, value=(str, ...), label=(str, ...), paper_count=(int, ...)
)


def rows_model(name: str, row: Any, /, **further: Any) -> Any:  # noqa: ANN401
    """Return the model of an answer of rows, with the build and further fields."""
    return create_model(
        name,
        __config__=ROW,
        build=(
            str,
            Field(description="The build of the warehouse; it changes when the lake is built again."),
        ),
        rows=(list[row], Field()),
        **further,
    )


_NEXT = (str | None, Field(description="The cursor of the next page; null at the end."))
TOTAL = (int, Field(description="Rows of all pages."))
SearchResult = rows_model(
    "SearchResult",
    FoundPaper,
    total=TOTAL,
    next=_NEXT,
    facets=(
        dict[str, list[FacetValue]],
        Field(description="Counts by topic, category, organization and year."),
    ),
    notice=optional_text("Set if the search was limited, or nothing is near."),
    is_no_good_match=(bool, Field(description="Whether nothing is near the query.")),
)
PaperResult = create_model(
    "PaperResult",
    __config__=ROW,
    build=(str, ...),
    paper=(Paper, ...),
    authors=(list[Author], ...),
    topics=(list[PaperTopic], ...),
    counts=(list[Count], ...),
    sources=(list[Source], ...),
)
SimilarResult = rows_model("SimilarResult", SimilarPaper, paper_id=(str, Field(description="The paper.")))
TopicsResult = rows_model("TopicsResult", Topic)
TopicResult = create_model(
    "TopicResult",
    __config__=ROW,
    build=(str, ...),
    topic=(Topic, ...),
    subtopics=(list[Topic], ...),
    trend=(list[Trend], ...),
    events=(list[TopicEvent], ...),
)
TrendsResult = rows_model("TrendsResult", LabelledTrend)
PapersResult = rows_model("PapersResult", Paper, total=TOTAL, next=_NEXT)
RisingResult = rows_model("RisingResult", RisingPaper)
ListedPaper: Any = create_model(
    "ListedPaper",
    __base__=Paper,
    score=(float, Field(description="0 for a paper like the mean of all, 1 for one like the list.")),
)
UnresolvedLine: Any = create_model(
    "UnresolvedLine",
    __config__=ROW,
    file=(str, Field()),
    line=(int, Field()),
    text=(str, Field()),
    problem=(str, Field(description="Why it names no paper of the lake.")),
)
ListSummary: Any = create_model(
    "ListSummary",
    __config__=ROW,
    name=(str, Field()),
    paper_count=(int, Field(description="Papers of the lake in the list.")),
    unresolved_count=(int, Field(description="Lines that name no paper of the lake.")),
)
ListsResult = rows_model("ListsResult", ListSummary)
ListResult = rows_model(
    "ListResult",
    ListedPaper,
    name=(str, Field()),
    paper_ids=(list[str], Field(description="The papers in the list.")),
    unresolved=(list[UnresolvedLine], Field()),
)
ResolveResult = create_model(
    "ResolveResult",
    __config__=ROW,
    build=(str, ...),
    paper_id=(str, Field(description="The first paper of that name.")),
    paper_ids=(list[str], Field(description="All papers of that name.")),
)


class ErrorDetail(BaseModel):
    """Status and message of an error."""

    status: int
    message: str


class ErrorResult(BaseModel):
    """An error."""

    error: ErrorDetail
