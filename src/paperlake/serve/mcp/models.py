"""Models of the tools' answers, from which their output schemas follow; derived from those of the JSON API.

Lists have fewer columns than the API: what a model reads counts, and `get_paper` has the rest.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, create_model

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.topic_tables import TOPICS
from paperlake.queries import Row
from paperlake.serve.api.models import IN_TOPIC, ROW, TOTAL, optional_text, row_model, rows_model

MAX_LISTED_AUTHORS = 10
LISTED_COLUMNS = (
    "paper_id", "title", "author_count", "authors", "organization", "published_date", "upvote_count",
    "arxiv_id", "doi", "url", "code_url", "categories", "first_snapshot_date", "abstract",
)  # fmt: skip
TOPIC_COLUMNS = ("topic_id", "parent_topic_id", "level", "label", "description", "keywords", "paper_count")

ListedPaper: Any = row_model(
    PAPERS,
    "ListedPaper",
    LISTED_COLUMNS,
    **IN_TOPIC,
    authors=(list[str] | None, Field(description=f"The first {MAX_LISTED_AUTHORS} authors.")),
    abstract=optional_text("The abstract; null unless with_abstracts is true, or if it is unknown."),
)
FoundPaper: Any = create_model(
    "FoundPaper",
    __base__=ListedPaper,
    similarity=(float | None, Field(None, description="Cosine to the query.")),
    word_score=(float | None, Field(None, description="BM25.")),
    matched=optional_text("exact title, or the identifier that was searched for."),
)
SimilarPaper: Any = create_model(
    "SimilarPaper",
    __base__=ListedPaper,
    rank=(int, Field(description="1 for the nearest.")),
    similarity=(float, Field(description="Cosine of the two vectors.")),
)
RisingPaper: Any = create_model(
    "RisingPaper",
    __base__=ListedPaper,
    upvotes_gained=(int, Field(description="Upvotes gained in the days asked for.")),
)
ListedTopic: Any = row_model(
    TOPICS,
    "ListedTopic",
    TOPIC_COLUMNS,
    parent_label=optional_text("Label of the topic that a subtopic belongs to."),
    is_emerging=(bool, Field(description="Whether it grows beyond chance.")),
    growth=(
        float | None,
        Field(description="Its share of the last months' papers by that of the year before."),
    ),
)
_NEXT = (str | None, Field(description="Give it as cursor to get the next page; null at the end."))
FoundResult = rows_model(
    "FoundResult",
    FoundPaper,
    total=TOTAL,
    next=_NEXT,
    notice=optional_text("Set if the search was limited, or nothing is near."),
    is_no_good_match=(
        bool,
        Field(description="Whether nothing is near the query; the rows are then chance."),
    ),
)
SimilarResult = rows_model("SimilarResult", SimilarPaper, paper_id=(str, Field(description="The paper.")))
NewResult = rows_model("NewResult", ListedPaper, total=TOTAL, next=_NEXT)
RisingResult = rows_model("RisingResult", RisingPaper)
TopicsResult = rows_model("TopicsResult", ListedTopic)
Column = create_model(
    "Column", __config__=ROW, name=(str, ...), type=(str, Field(description="DuckDB's type."))
)
SqlResult = rows_model(
    "SqlResult",
    list[Any],
    columns=(list[Column], Field(description="Of the values of each row, in order.")),
    is_truncated=(bool, Field(description="Whether there are more rows.")),
)


def listed_paper(row: Row, with_abstract: bool, *further: str) -> dict[str, Any]:
    """Return the columns of `ListedPaper` of a row of papers, and further ones that it has."""
    listed = {name: row.get(name) for name in (*LISTED_COLUMNS, *IN_TOPIC, *further)}
    listed["authors"] = (row["authors"] or [])[:MAX_LISTED_AUTHORS] or None
    listed["abstract"] = row["abstract"] if with_abstract else None
    return listed


def listed_topic(row: Row) -> dict[str, Any]:
    """Return the columns of `ListedTopic` of a row of topics."""
    return {name: row[name] for name in (*TOPIC_COLUMNS, "parent_label", "is_emerging", "growth")}
