"""Abstracts, authors and nearest papers on the page: of a bounded number of papers, whole and safe; lists by votes."""

import json
from datetime import date

import polars as pl
import pytest

from paperlake.lake import Lake
from paperlake.report import content as content_module
from paperlake.report import details as details_module
from paperlake.report.content import Content, read_content
from paperlake.report.details import detailed_ids, packed_details
from paperlake.report.payload import pack, unpacked
from paperlake.report.rendering import render
from paperlake.warehouse.reading import query
from tests.support.pages import make_warehouse, parse


def packed(content: Content) -> list[list]:
    columns = pack(content.papers, content.topics, content.density, content.details).columns
    return json.loads(unpacked(columns["detail"]))


def test_a_small_lake_has_the_details_of_every_paper(reported: Lake) -> None:
    content = read_content(reported)
    found = packed(content)
    assert sorted(row[0] for row in found) == list(range(content.papers.height))
    ((abstracts,),) = query(reported, "SELECT list(abstract) FROM papers")[1]
    assert {row[1][:60] for row in found} == {abstract[:60] for abstract in abstracts}
    assert all(0 < len(row[6]) <= details_module.MAX_SIMILAR for row in found)


def test_papers_listed_come_first_and_then_those_with_most_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details_module, "MAX_DETAILED_PAPERS", 3)
    papers = pl.DataFrame(
        {
            "paper_id": ["a", "b", "c", "d", "e"],
            "upvote_count": [None, 5, 9, 1, 7],
            "published_date": [date(2025, 1, 1)] * 5,
        }
    )
    assert detailed_ids(papers, ["d"]) == ["d", "c", "e"]


def test_the_details_are_bounded_and_addresses_are_checked() -> None:
    near = {"title": "Near " * 99, "url": None, "arxiv_id": None, "doi": None, "similarity": 0.731}
    row = {
        "paper_id": "a", "abstract": "Long. " * 999, "authors": ["N" * 500], "author_count": 3,
        "organization": None, "code_url": "javascript:alert(1)",
        "similar": [{**near, "paper_id": "b"}, {**near, "paper_id": "not drawn", "url": "javascript:x"}],
    }  # fmt: skip
    ((number, abstract, authors, author_count, organization, code, similar),) = json.loads(
        packed_details([row], {"a": 7, "b": 8})
    )
    assert (number, author_count, organization, code) == (7, 3, "", "")
    assert len(abstract) <= details_module.MAX_ABSTRACT_CHARS
    assert len(authors[0]) <= details_module.MAX_NAME_CHARS
    assert similar[0] == [73, 8]
    assert similar[1][2] == ""
    assert len(similar[1][1]) <= details_module.MAX_TITLE_CHARS


def count(paper: str, day: date, votes: int) -> dict:
    return {"paper_id": paper * 16, "snapshot_date": day, "dump_id": "a" * 16, "upvote_count": votes}


def test_lists_by_votes_are_those_of_serve(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_module, "MAX_VOTED_PAPERS", 2)
    make_warehouse(
        lake,
        papers=[
            {"paper_id": name * 16, "title": f"Paper {name}", "upvote_count": votes}
            for name, votes in (("b", 50), ("c", 40), ("d", 30), ("e", None))
        ],
        paper_counts=[
            count("b", date(2025, 5, 1), 50), count("b", date(2025, 6, 1), 50),
            count("c", date(2025, 5, 1), 39), count("c", date(2025, 6, 1), 40),
            count("d", date(2025, 5, 1), 3), count("d", date(2025, 6, 1), 30),
        ],
    )  # fmt: skip
    content = read_content(lake)
    assert [row["title"] for row in content.top_voted] == ["Paper b", "Paper c"]
    assert [(row["title"], row["upvotes_gained"]) for row in content.rising] == [
        ("Paper d", 27),
        ("Paper c", 1),
    ]
    text = " ".join(parse(render(content)).text.split())
    assert "Most upvotes gained in the 7 days to 2025-06-01" in text
    assert "30 votes · +27" in text


def test_growth_that_may_be_chance_is_not_listed(lake: Lake) -> None:
    topics = [
        {"topic_id": name * 16, "level": 1, "label": f"Topic {name}", "keywords": [], "paper_count": 9}
        for name in "ab"
    ]
    growing = [
        {"topic_id": name * 16, "level": 1, "rank": rank, "growth": 2.0, "growth_low": low,
         "recent_paper_count": 4, "earlier_paper_count": 3, "recent_share": 0.2, "earlier_share": 0.1,
         "month_from": date(2025, 4, 1)}
        for rank, (name, low) in enumerate([("a", 1.2), ("b", 0.7)], start=1)
    ]  # fmt: skip
    make_warehouse(lake, topics=topics, emerging_topics=growing)
    assert [row["label"] for row in read_content(lake).emerging] == ["Topic a"]
    other = Lake.open(lake.root.parent / "other")
    make_warehouse(other, topics=topics, emerging_topics=growing[1:])
    sections = {one.attributes["id"]: one for one in parse(render(read_content(other))).all("section")}
    assert "Nothing grows beyond chance" in sections["emerging-section"].text
    assert "Topic b" not in sections["emerging-section"].text
