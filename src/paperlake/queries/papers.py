"""Questions about papers: one paper by any of its names, its neighbours, its votes, its sources; lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from paperlake.queries.finding import papers_of
from paperlake.queries.open_builds.builds import Build, Row
from paperlake.search import papers_named
from paperlake.search_index.words import plain_text
from paperlake.text.names import name_key, natural_order

MAX_NAME_WORDS = 6  # of an author


@dataclass(frozen=True)
class PaperDetails:
    """A paper and what belongs to it."""

    paper: Row
    """The row of papers, with topic_id and topic of its subtopic."""
    authors: Sequence[Row]
    topics: Sequence[Row]
    """Its topic and subtopic: rows of paper_topics with their labels, level 1 first."""
    counts: Sequence[Row]
    """Its rows of paper_counts, one for each day, oldest first."""
    sources: Sequence[Row]
    """Its rows of paper_sources, with title, path and snapshot_date, first source first."""
    similar: Sequence[Row]
    """Rows of similarity and the columns of each neighbour."""


def named(build: Build, name: str) -> list[str]:
    """Return the ids of the papers that a paper_id, former id, arXiv id, DOI or link names.

    Raises:
        UnknownNameError: No paper has this name.
    """
    with build.cursor() as cursor:
        return papers_named(cursor, name)


def paper(build: Build, paper_id: str) -> Row | None:
    """Return the row of papers with its subtopic; None if there is no such paper."""
    found = papers_of(build, [paper_id])
    return found[0] if found else None


def details(build: Build, paper_id: str, similar_count: int = 10) -> PaperDetails | None:
    """Return a paper and what belongs to it; None if there is no such paper."""
    found = paper(build, paper_id)
    if found is None:
        return None
    asked = {"paper_id": paper_id}
    return PaperDetails(
        paper=found,
        authors=build.rows("authors_of_paper", asked),
        topics=build.rows("topics_of_paper", asked),
        counts=build.rows("counts_of_paper", asked),
        sources=build.rows("sources_of_paper", asked),
        similar=similar(build, paper_id, similar_count),
    )


def similar(build: Build, paper_id: str, limit: int = 10) -> list[Row]:
    """Return the neighbours of a paper, nearest first: rank, similarity and the columns of the paper."""
    near = build.rows("similar", {"paper_id": paper_id, "limit": limit})
    rows = {row["paper_id"]: row for row in papers_of(build, [row["similar_paper_id"] for row in near])}
    return [
        {"rank": row["rank"], "similarity": row["similarity"], **rows[row["similar_paper_id"]]}
        for row in near
        if row["similar_paper_id"] in rows
    ]


def rising(build: Build, days: int = 7, limit: int = 20) -> list[Row]:
    """Return the papers that gained most upvotes in the days up to the newest dump that states votes.

    A paper that was published within these days begins at 0; any other at its last count before them, else
    at its first.
    """
    gained = {row["paper_id"]: row for row in build.rows("rising", {"days": days, "limit": limit})}
    return [
        {
            **row,
            "upvotes_gained": gained[row["paper_id"]]["upvotes_gained"],
            "gained_until": gained[row["paper_id"]]["gained_until"],
        }
        for row in papers_of(build, list(gained))
    ]


def newest_day(build: Build) -> date | None:
    """Return the newest day on which a dump was retrieved; None if no dump is dated."""
    found = build.row("newest_day")
    return found["newest_day"] if found else None


def dates_seen(build: Build, limit: int = 30) -> tuple[Row, ...]:
    """Return the days on which papers were first seen, newest first: seen_date, paper_count."""
    return build.rows("days_seen", {"limit": limit})


def author(build: Build, name_key: str) -> tuple[Row, ...]:
    """Return the spellings of an author's name: name, paper_count, most frequent first; empty if unknown."""
    return build.rows("author", {"author": name_key})


def authors_named(build: Build, text: str) -> list[Row]:
    """Return the spellings of an author that a text names: name_key, name, paper_count, most papers first.

    Letter case, accents and points do not count. Given names as initials name all who have them.
    """
    if not 2 <= len(text.split()) <= MAX_NAME_WORDS:
        return []
    asked = natural_order(text.title() if text.isupper() else text)  # short words in capitals are initials
    key = name_key(asked)
    if key is None:
        return []
    has_initials = all(len(word) == 1 for word in plain_text(asked).split()[:-1])
    return [
        {"name_key": key, **row}
        for row in author(build, key)
        if has_initials or plain_text(row["name"]) == plain_text(asked)
    ]


def coauthors(build: Build, name_key: str, limit: int = 12) -> tuple[Row, ...]:
    """Return those who wrote most papers with an author: name_key, name, paper_count."""
    return build.rows("coauthors", {"author": name_key, "limit": limit})


def organization_topics(build: Build, name: str, limit: int = 8) -> tuple[Row, ...]:
    """Return the subtopics with most papers of an organization: topic_id, label, paper_count."""
    return build.rows("topics_of_organization", {"organization_name": name, "limit": limit})
