"""Counts by facet are those of a plain count of the rows."""

from collections import Counter
from datetime import date

import pytest

from paperlake.lake import Lake
from paperlake.queries import Build, Builds
from paperlake.queries.finding import Selection, facets, search
from paperlake.search import Filters
from paperlake.warehouse.reading import query
from tests.serve.conftest import settings_of

COLUMNS = {
    "category": "unnest(papers.categories)",
    "organization": "papers.organization",
    "year": "year(papers.published_date)::VARCHAR",
    "code": "CASE WHEN code_url IS NOT NULL THEN 'true' END",
}
SELECTIONS = [
    (Selection(), "true"),
    (Selection(Filters(has_code=True)), "code_url IS NOT NULL"),
    (
        Selection(Filters(min_upvotes=20, published_from=date(2024, 1, 1))),
        "upvote_count >= 20 AND published_date >= '2024-01-01'",
    ),
    (Selection(author_name="No One", author="no one"), "false"),
]


@pytest.fixture(scope="module")
def build(served: Lake) -> Build:
    return Builds(served, settings_of(served)).acquire()


def counted(lake: Lake, expression: str, condition: str, *joined: str) -> Counter[str]:
    sql = f"SELECT {expression} FROM papers {' '.join(joined)} WHERE {condition}"
    return Counter(value for (value,) in query(lake, sql)[1] if value is not None)


def check(lake: Lake, found: dict, condition: str, topic: str) -> None:
    of_topics = ("JOIN paper_topics AS filed USING (paper_id)", "JOIN topics USING (topic_id)")
    expected = {name: counted(lake, sql, condition) for name, sql in COLUMNS.items()}
    is_counted = f"{condition} AND NOT filed.is_outlier AND {topic}"
    expected["topic"] = counted(lake, "topics.topic_id", is_counted, *of_topics)
    assert set(found) == set(expected)
    for name, counts in expected.items():
        rows = found[name]
        assert len(rows) == min(len(counts), 8)
        assert all(row["facet"] == name and row["paper_count"] == counts[row["value"]] for row in rows)
        if name == "year":
            assert [row["value"] for row in rows] == sorted(counts, reverse=True)[:8]
        elif rows:
            order = [(-row["paper_count"], row["label"], row["value"]) for row in rows]
            assert order == sorted(order)
            assert rows[-1]["paper_count"] >= max([0, *sorted(counts.values(), reverse=True)[8:]])


@pytest.mark.parametrize(("selection", "condition"), SELECTIONS)
def test_facets_of_a_selection(served: Lake, build: Build, selection: Selection, condition: str) -> None:
    check(served, facets(build, selection), condition, "topics.level = 1")


def test_facets_of_found_papers_and_of_a_topic(served: Lake, build: Build) -> None:
    ids = [row["paper_id"] for row in search(build, "language models", Selection(), limit=100).rows]
    listed = ", ".join(f"'{paper_id}'" for paper_id in ids)
    check(served, facets(build, Selection(), [*ids, "f" * 16]), f"paper_id IN ({listed})", "topics.level = 1")
    topic = build.rows("topics", {"topic_id": None})[0]["topic_id"]
    within = Selection(Filters(topic=topic.upper()))
    check(served, facets(build, within, ids), f"paper_id IN ({listed})", f"parent_topic_id = '{topic}'")
