"""What the page says, read from the warehouse over one read-only connection, so that all of it agrees.

How it looks is in `page/`; the queries are in `sql/`. Every text is cut to a readable length here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import duckdb
import polars as pl

from paperlake.lake import Lake
from paperlake.report.links import paper_link
from paperlake.report.trends import Trends, small_multiples
from paperlake.text.display import excerpt
from paperlake.warehouse.reading import connect

COLOURS = 12  # of the palette in style.css; beyond it they come again
SHOWN_DUMPS = 8
SHOWN_NEW_PAPERS = 25
SHOWN_EMERGING = 8  # of a level
SHOWN_REJECTS = 30
SHOWN_MERGES = 4  # of a method
SHOWN_REVIEW_PAIRS = 10
TEXT_CHARS = 200  # of a title or path in a table
REJECT_CHARS = 120

Row = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """Everything that the page shows."""

    lake_name: str
    overview: Row
    topics: list[Row]
    """Topics with their subtopics after them."""
    papers: pl.DataFrame
    trends: Trends | None
    latest_dumps: list[Row]
    new_papers: list[Row]
    emerging: list[Row]
    rejects: list[Row]
    merges: list[Row]
    merge_examples: list[Row]
    review_pairs: list[Row]
    checks: list[Row]


def read_content(lake: Lake) -> Content:
    """Read all that the page shows.

    Raises:
        LakeError: There is no warehouse, or it cannot be opened.
    """
    with connect(lake) as connection:
        ask = _Asking(connection)
        (overview,) = ask.rows("overview")
        topics = _coloured(ask.rows("topics"))
        return Content(
            lake_name=excerpt(lake.root.name, TEXT_CHARS),
            overview=overview,
            topics=topics,
            papers=ask.frame("papers"),
            trends=small_multiples(
                ask.rows("trends"),
                [topic for topic in topics if topic["level"] == 1],
                overview["made_at"].date() if overview["made_at"] else None,
            ),
            latest_dumps=ask.rows("latest_dumps", SHOWN_DUMPS),
            new_papers=[_linked(row) for row in ask.rows("new_papers", SHOWN_NEW_PAPERS)],
            emerging=ask.rows("emerging", SHOWN_EMERGING),
            rejects=[_short(row, "first_text", REJECT_CHARS) for row in ask.rows("rejects", SHOWN_REJECTS)],
            merges=ask.rows("merges"),
            merge_examples=ask.rows("merge_examples", SHOWN_MERGES),
            review_pairs=ask.rows("review_pairs", SHOWN_REVIEW_PAIRS),
            checks=ask.rows("checks"),
        )


class _Asking:
    """Named queries over one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def frame(self, name: str, *parameters: object) -> pl.DataFrame:
        """The rows of `sql/<name>.sql`, text as it is."""
        query = (resources.files("paperlake.report") / "sql" / f"{name}.sql").read_text()
        return pl.DataFrame(self._connection.execute(query, list(parameters)).to_arrow_table())

    def rows(self, name: str, *parameters: object) -> list[Row]:
        """The rows of `sql/<name>.sql` as dictionaries, every text cut to one readable line."""
        return [
            {column: _readable(value) for column, value in row.items()}
            for row in self.frame(name, *parameters).iter_rows(named=True)
        ]


def _readable(value: object) -> object:
    if isinstance(value, str):
        return excerpt(value, TEXT_CHARS)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


def _coloured(topics: list[Row]) -> list[Row]:
    """Each topic with the number of its colour, which its subtopics share."""
    colour = -1
    coloured = []
    for topic in topics:
        colour += topic["level"] == 1
        coloured.append({**topic, "colour": colour % COLOURS})
    return coloured


def _linked(row: Row) -> Row:
    return {**row, "link": paper_link(row["url"], row["arxiv_id"], row["doi"])}


def _short(row: Row, column: str, most_chars: int) -> Row:
    return {**row, column: excerpt(row[column], most_chars)}
