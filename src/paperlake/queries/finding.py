"""Find papers: by a text, or all that meet conditions; sorted, a page at a time, with counts by facet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal, get_args

import numpy as np

from paperlake.errors import UsageError
from paperlake.queries.cursors import Cursor, read_cursor
from paperlake.queries.facets import FacetIndex
from paperlake.queries.open_builds.builds import Build, Row, is_words_only
from paperlake.search import Filters, Mode
from paperlake.search.filters import check_filters
from paperlake.search.relevance import BY_MEANING_ADVICE, NO_GOOD_MATCH
from paperlake.text.sql_files import quoted, read_sql

MAX_FOUND = 100  # papers that a text finds: those below hardly fit it
MAX_PAGE = 100

Sort = Literal["relevance", "newest", "votes", "seen"]
SORTS: tuple[Sort, ...] = get_args(Sort)
SORT_COLUMNS: Mapping[str, tuple[str, str]] = {
    "relevance": ("published_date", "DATE"),  # without a text to be near to
    "newest": ("published_date", "DATE"),
    "votes": ("upvote_count", "BIGINT"),
    "seen": ("coalesce(first_snapshot_date, published_date)", "DATE"),
}


@dataclass(frozen=True)
class Selection:
    """Conditions on papers; all must hold, None is no condition."""

    filters: Filters = field(default_factory=Filters)
    author: str | None = None
    """The name_key of an author."""
    author_name: str | None = None
    """Exactly this spelling of the author's name."""
    organization_name: str | None = None
    """Exactly this organization."""
    seen_from: date | None = None
    """First seen in a dump that was retrieved on this day or later."""

    def parameters(self) -> Row:
        """Return the named parameters of `conditions.sql`."""
        own = asdict(self)
        own.pop("filters")
        own["seen_from"] = self.seen_from or self.filters.seen_from
        return {**self.filters.parameters(), **own}


@dataclass(frozen=True)
class Listing:
    """One page of papers."""

    rows: Sequence[Row]
    total: int
    """Papers that were found, this page and all others."""
    next: str | None = None
    """The cursor of the next page; None at the end."""
    facets: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """By name of the facet: rows of value, label and paper_count, greatest count first."""
    notice: str | None = None
    is_no_good_match: bool = False
    """Whether nothing is near; the rows, if any, are chance."""
    is_words_only: bool = False
    """Whether the model of the vectors was not available."""


def browse(
    build: Build, selection: Selection, sort: Sort = "newest", after: str | None = None, limit: int = 20
) -> Listing:
    """Return a page of all papers that meet conditions.

    Raises:
        UsageError: The cursor is not valid, or a topic is unknown.
    """
    column, sql_type = SORT_COLUMNS[sort]
    cursor = read_cursor(after, sort, date.fromisoformat if sql_type == "DATE" else int)
    with build.cursor() as connection:
        check_filters(connection, selection.filters)
    parameters = selection.parameters()
    place = {
        "is_first": cursor is None,
        "after_value": cursor.value if cursor else None,
        "after_id": cursor.row_id if cursor else None,
        "limit": limit + 1,
    }
    pasted = {"conditions": conditions(), "column": column, "type": sql_type}
    found = build.rows("page", {**parameters, **place}, **pasted)
    counted = build.row("count", parameters, conditions=conditions())
    shown = found[:limit]
    following = str(Cursor(sort, _text(shown[-1]["sort_value"]), shown[-1]["paper_id"])) if shown else None
    return Listing(
        rows=papers_of(build, [row["paper_id"] for row in shown]),
        total=int(counted["paper_count"]) if counted else 0,
        next=following if len(found) > limit else None,
    )


def search(
    build: Build,
    text: str,
    selection: Selection,
    mode: Mode = "both",
    sort: Sort = "relevance",
    after: str | None = None,
    limit: int = 20,
    with_facets: bool = True,
) -> Listing:
    """Return a page of the papers that a text finds, at most the best `MAX_FOUND`.

    Without a text, all papers that meet the conditions are the result; `relevance` is then `newest`.

    Raises:
        UsageError: The cursor is not valid, a topic is unknown, or the days are in the wrong order.
        ModelError: Mode is `meaning` and the warehouse's model is not available.
    """
    if not text.strip():
        listing = browse(build, selection, sort, after, limit)
        return replace(listing, facets=facets(build, selection)) if with_facets else listing
    ranked = build.rank(text, MAX_FOUND, mode, selection.filters)
    found = ranked.paper_ids
    ids = list(found) if sort == "relevance" else _sorted_ids(papers_of(build, found), sort)
    start = _start(ids, read_cursor(after, sort))
    # What explains the others is not computed: 20 ms of CPU time for 100 papers.
    papers = papers_of(build, ids[start : start + limit])
    shown = [{**why, **paper} for why, paper in zip(ranked.rows(papers), papers, strict=True)]
    notice = (ranked.notice or "").replace(BY_MEANING_ADVICE, "").strip()
    return Listing(
        rows=shown,
        total=len(ids),
        next=str(Cursor(sort, None, shown[-1]["paper_id"])) if start + limit < len(ids) else None,
        facets=facets(build, selection, found) if with_facets else {},
        notice=notice or None,
        is_no_good_match=notice.startswith(NO_GOOD_MATCH),
        is_words_only=is_words_only(ranked),
    )


def facets(
    build: Build, selection: Selection, paper_ids: Sequence[str] | None = None
) -> dict[str, list[Row]]:
    """Count papers by topic, category, organization and year: the values with the greatest counts.

    Args:
        build: The build.
        selection: Conditions on the papers. If it has a topic, the subtopics of that are counted.
        paper_ids: The papers to count; None for all that meet the conditions.
    """
    index: FacetIndex = build.remembered(("facets",), lambda: FacetIndex(build))
    if paper_ids is not None:
        chosen = index.places_of(paper_ids)
    elif selection == Selection():
        chosen = None
    else:
        found = build.arrays("chosen", selection.parameters(), conditions=conditions())
        chosen = index.places_of_numbers(np.asarray(found["id_order"], dtype=np.uint64))
    return index.counted(chosen, selection.filters.topic)


def papers_of(build: Build, paper_ids: Sequence[str]) -> list[Row]:
    """Return the rows to show of papers, in the order of their ids; unknown ids are left out."""
    return build.papers(paper_ids)


def conditions() -> str:
    """Return the SQL of the conditions whose parameters are those of a `Selection`."""
    return read_sql(__package__, "conditions")


def id_literals(paper_ids: Sequence[str]) -> str:
    """Return ids as SQL literals, separated by commas."""
    return ", ".join(map(quoted, paper_ids)) or "NULL"


def _sorted_ids(rows: list[Row], sort: Sort) -> list[str]:
    """Return the ids of found papers, sorted, those without a value last; equal ones stay in their order."""

    def value(row: Row) -> Any:  # noqa: ANN401  # a date or a number
        if sort == "votes":
            return row["upvote_count"]
        return (
            row["published_date"] if sort == "newest" else row["first_snapshot_date"] or row["published_date"]
        )

    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    return [row["paper_id"] for row in [*sorted(known, key=value, reverse=True), *unknown]]


def _start(ids: Sequence[str], cursor: Cursor | None) -> int:
    """Return the place after the cursor's paper.

    Raises:
        UsageError: The paper is no longer among those found.
    """
    if cursor is None:
        return 0
    if cursor.row_id not in ids:
        raise UsageError("The results have changed since. Leave the cursor out to begin with the first page.")
    return ids.index(cursor.row_id) + 1


def _text(value: object) -> str | None:
    return None if value is None else str(value)
