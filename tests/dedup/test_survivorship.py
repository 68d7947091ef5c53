"""The survivor rule of each field: without these, a worse dump could overwrite what a better one said."""

from datetime import date

import pytest

from tests.support.dedup_building import dump, entry, run
from tests.support.hard_pairs import (
    GLACIER,
    GLACIER_SHORT,
    SEARCH,
    SEARCH_EDITED,
    TITLE_GLACIER,
    TITLE_SEARCH,
)

OLD, NEW = date(2025, 1, 1), date(2025, 6, 1)
DUMPS = [
    dump("old", OLD), dump("new", NEW), dump("undated"), dump("api", date(2025, 3, 1), "daily_api"),
    dump("arxiv", None, "arxiv_snapshot"),
]  # fmt: skip


def merged(*rows: dict) -> dict:
    result = run(list(rows), DUMPS)
    assert result.papers.height == 1
    return result.papers.row(0, named=True)


def same(dump: str, **fields: object) -> dict:
    return entry(TITLE_SEARCH, SEARCH, dump, **fields)


def test_a_printed_date_beats_an_inferred_one():
    paper = merged(
        same("new", published_date=date(2025, 3, 6), year_inferred=True),
        same("undated", published_date=date(2024, 3, 6)),
    )
    assert paper["published_date"] == date(2024, 3, 6)


def test_an_inferred_date_beats_none():
    paper = merged(same("new", published_date=date(2025, 3, 6), year_inferred=True), same("arxiv"))
    assert paper["published_date"] == date(2025, 3, 6)


def test_counts_are_the_largest_at_the_newest_dated_sighting():
    paper = merged(
        same("old", upvote_count=90, comment_count=1), same("new", upvote_count=7),
        same("new", upvote_count=9, number=2), same("undated", upvote_count=500),
    )  # fmt: skip
    assert (paper["upvote_count"], paper["comment_count"]) == (9, 1)


def test_undated_counts_only_if_there_is_nothing_else():
    assert (
        merged(same("new"), same("undated", upvote_count=5), same("arxiv", upvote_count=4))["upvote_count"]
        == 5
    )


def test_the_fullest_list_of_authors_and_its_length():
    paper = merged(
        same("new", author_count=9), same("old", authors=["A", "B"], author_count=2),
        same("arxiv", authors=["A", "B", "C"], author_count=3),
    )  # fmt: skip
    assert (paper["authors"], paper["author_count"]) == (["A", "B", "C"], 3)


def test_a_whole_abstract_beats_a_cut_one():
    paper = merged(entry(TITLE_GLACIER, GLACIER_SHORT, "arxiv"), entry(TITLE_GLACIER, GLACIER, "undated"))
    assert paper["abstract"] == GLACIER


def test_texts_come_from_the_best_format_then_the_newest_dump():
    edited = entry(TITLE_SEARCH, SEARCH_EDITED, "old")
    assert merged(same("new"), edited)["abstract"] == SEARCH
    assert merged(same("new"), {**edited, "dump_id": DUMPS[3]["dump_id"]})["abstract"] == SEARCH_EDITED


def test_lists_are_united_in_order_of_first_appearance():
    paper = merged(
        same("new", categories=["cs.IR", "cs.CL"]), same("old", categories=["cs.CL", "cs.AI"], keywords=[])
    )
    assert paper["categories"] == ["cs.CL", "cs.AI", "cs.IR"]
    assert paper["keywords"] is None


def test_sightings_are_counted_by_dated_dump():
    result = run(
        [same("old", upvote_count=1, code_star_count=7), same("new", upvote_count=4, comment_count=0), same("new", upvote_count=5, number=2),
         same("undated", upvote_count=8), same("api")],
        DUMPS,
    )  # fmt: skip
    columns = ("snapshot_date", "upvote_count", "comment_count", "code_star_count")
    rows = result.paper_counts.select(columns).rows()
    assert rows == [(OLD, 1, None, 7), (NEW, 5, 0, None)]
    paper = result.papers.row(0, named=True)
    assert (paper["first_snapshot_date"], paper["last_snapshot_date"]) == (OLD, NEW)
    assert (paper["source_count"], paper["dump_count"]) == (5, 4)


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ({"url": "https://example.org/7", "arxiv_id": "2401.00007"}, "https://example.org/7"),
        ({"arxiv_id": "2401.00007", "doi": "10.1000/7"}, "https://arxiv.org/abs/2401.00007"),
        ({"doi": "10.1000/7"}, "https://doi.org/10.1000/7"),
        ({}, None),
    ],
)
def test_a_missing_link_is_derived_from_an_identifier(given, link):
    assert merged(same("new", **given))["url"] == link


def test_facts_of_the_work_survive():
    paper = merged(
        same("old", venue="TMLR", code_url="https://example.org/old", updated_date=date(2024, 2, 1),
             identifiers=["pmid:7"], license="CC BY 4.0"),
        same("new", code_url="https://example.org/new", code_star_count=12, identifiers=["openalex:W1", "pmid:7"],
             updated_date=date(2024, 1, 1), summary="Short.", project_url="https://example.org/page"),
    )  # fmt: skip
    assert paper["identifiers"] == ["pmid:7", "openalex:W1"]
    assert paper["updated_date"] == date(2024, 2, 1)
    fields = ("venue", "license", "code_url", "code_star_count", "summary", "project_url")
    assert [paper[field] for field in fields] == [
        "TMLR", "CC BY 4.0", "https://example.org/new", 12, "Short.", "https://example.org/page"
    ]  # fmt: skip


def test_named_authors_are_rows_with_keys():
    result = run([same("new", authors=["Ada King Lovelace", "G. van Rossum"], author_count=3)], DUMPS)
    rows = result.paper_authors.select("position", "name", "name_key").rows()
    assert rows == [(1, "Ada King Lovelace", "lovelace ak"), (2, "G. van Rossum", "van rossum g")]
