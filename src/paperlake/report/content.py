"""Read the content of the page from the warehouse.

One read-only connection serves all queries, so that all rows are of one build.
The layout is in `page/`, the queries are in `sql/`. Texts are cut to a readable length here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from paperlake.lake import Lake
from paperlake.report.details import MAX_ABSTRACT_CHARS, MAX_AUTHORS, MAX_SIMILAR, detailed_ids
from paperlake.report.links import paper_link
from paperlake.report.trends import Trends, small_multiples
from paperlake.text.display import excerpt
from paperlake.text.sql_files import quoted, read_sql
from paperlake.warehouse.reading import connect

COLOURS = 12  # of the palette in style.css; topic 13 has the colour of topic 1
MAX_DRAWN_PAPERS = 50_000  # dots of the map with their titles: 4 MB; of more papers a sample is drawn
DENSITY_CELLS = (256, 176)  # columns and rows of the grid that shows where all papers are
MAX_DUMPS = 8
MAX_NEW_PAPERS = 25
MAX_VOTED_PAPERS = 10  # in each of the two lists by votes
RISING_DAYS = 7
MAX_EMERGING = 8  # per level
MAX_REJECTS = 30
MAX_MERGES = 4  # per match method
MAX_REVIEW_PAIRS = 10
MAX_TEXT_CHARS = 200  # of a title or path in a table
MAX_REJECT_CHARS = 120

Row = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """All rows that the page shows."""

    lake_name: str
    overview: Row
    topics: list[Row]
    """Each topic of level 1, followed by its subtopics."""
    papers: pl.DataFrame
    """Those that are drawn: all, or of each subtopic the same share and the papers listed."""
    details: list[Row]
    """Abstract, authors and nearest papers of some of them; see `details.py`."""
    density: pl.DataFrame | None
    """All papers by cell of a grid over the map; None where all are drawn."""
    trends: Trends | None
    latest_dumps: list[Row]
    new_papers: list[Row]
    top_voted: list[Row]
    rising: list[Row]
    """Papers that gained most upvotes, with upvotes_gained and gained_until; as `serve` shows them."""
    emerging: list[Row]
    """Topics that grow beyond chance."""
    rejects: list[Row]
    merges: list[Row]
    merge_examples: list[Row]
    review_pairs: list[Row]
    checks: list[Row]


def read_content(lake: Lake) -> Content:
    """Read the content of the page.

    Raises:
        LakeError: There is no warehouse, or it cannot be opened.
    """
    with connect(lake) as connection:
        queries = _Queries(connection)
        (overview,) = queries.rows("overview")
        is_sampled = overview["paper_count"] > MAX_DRAWN_PAPERS
        topics = _coloured(queries.rows("topics"))
        new_papers = [_linked(row) for row in queries.rows("new_papers", MAX_NEW_PAPERS)]
        top_voted = queries.listed([row["paper_id"] for row in queries.rows("top_voted", MAX_VOTED_PAPERS)])
        rising = queries.rising()
        listed = [row["paper_id"] for row in (*top_voted, *rising, *new_papers)]
        papers = queries.frame("papers", MAX_DRAWN_PAPERS, listed)
        return Content(
            lake_name=excerpt(lake.root.name, MAX_TEXT_CHARS),
            overview=overview,
            topics=topics,
            papers=papers,
            details=queries.details(detailed_ids(papers, listed)),
            density=queries.frame("density", *DENSITY_CELLS) if is_sampled else None,
            trends=small_multiples(
                queries.rows("trends"),
                [topic for topic in topics if topic["level"] == 1],
                overview["built_at"].date() if overview["built_at"] else None,
            ),
            latest_dumps=queries.rows("latest_dumps", MAX_DUMPS),
            new_papers=new_papers,
            top_voted=top_voted,
            rising=rising,
            emerging=queries.rows("emerging", MAX_EMERGING),
            rejects=[
                _short(row, "first_text", MAX_REJECT_CHARS) for row in queries.rows("rejects", MAX_REJECTS)
            ],
            merges=queries.rows("merges"),
            merge_examples=queries.rows("merge_examples", MAX_MERGES),
            review_pairs=queries.rows("review_pairs", MAX_REVIEW_PAIRS),
            checks=queries.rows("checks"),
        )


class _Queries:
    """Run the queries of `sql/` by name over one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def frame(self, name: str, *parameters: object) -> pl.DataFrame:
        """Return the rows of `sql/<name>.sql`, texts unchanged."""
        return self._collected(read_sql("paperlake.report", name), parameters)

    def _collected(self, query: str, parameters: Sequence[object]) -> pl.DataFrame:
        return pl.DataFrame(self._connection.execute(query, list(parameters)).to_arrow_table())

    def rows(self, name: str, *parameters: object) -> list[Row]:
        """Return the rows of `sql/<name>.sql` as dictionaries, every text cut to one readable line."""
        return [
            {column: _readable(value) for column, value in row.items()}
            for row in self.frame(name, *parameters).iter_rows(named=True)
        ]

    def listed(self, paper_ids: list[str]) -> list[Row]:
        """Return papers with their subtopics and links, in the order of their ids."""
        return [_linked(row) for row in self.rows("listed", paper_ids)]

    def rising(self) -> list[Row]:
        """Return the papers that gained most upvotes in the last days, by the query of `serve`."""
        found = self._connection.execute(
            read_sql("paperlake.queries", "rising"), {"days": RISING_DAYS, "limit": MAX_VOTED_PAPERS}
        )
        gains = {paper_id: (gained, until) for paper_id, gained, until in found.fetchall()}
        return [
            {**row, "upvotes_gained": gains[row["paper_id"]][0], "gained_until": gains[row["paper_id"]][1]}
            for row in self.listed(list(gains))
        ]

    def details(self, paper_ids: list[str]) -> list[Row]:
        """Return the rows of `sql/details.sql`, texts unchanged; see `packed_details`."""
        # excerpt() reads four times as many characters, to fold white space
        limits = (MAX_AUTHORS, MAX_SIMILAR, 4 * MAX_ABSTRACT_CHARS + 1)
        ids = ", ".join(map(quoted, paper_ids)) or "NULL"
        return self._collected(read_sql("paperlake.report", "details", ids=ids), limits).to_dicts()


def _readable(value: object) -> object:
    if isinstance(value, str):
        return excerpt(value, MAX_TEXT_CHARS)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


def _coloured(topics: list[Row]) -> list[Row]:
    """Add the number of its colour to each topic; subtopics have the colour of their topic."""
    colour = -1
    coloured = []
    for topic in topics:
        colour += topic["level"] == 1
        coloured.append({**topic, "colour": colour % COLOURS})
    return coloured


def _linked(row: Row) -> Row:
    return {**row, "link": paper_link(row["url"], row["arxiv_id"], row["doi"])}


def _short(row: Row, column: str, max_chars: int) -> Row:
    return {**row, column: excerpt(row[column], max_chars)}
