"""Texts of papers stay texts in every form of a digest."""

import json
from datetime import date

import pytest
from markdown_it import MarkdownIt

from paperlake.digests import WRITERS, Digest, Period, Section, Subject
from paperlake.text.display import BIDI_CONTROLS, excerpt
from tests.support.hostile_texts import TITLES
from tests.support.pages import parse

HOSTILE = [
    *TITLES, "1. numbered", "1) numbered", "- dashed", "+ plus", "# heading", "> quoted", "=== line", "--- line",
    "[a]: javascript:x", "[x](javascript:alert(1))", "<https://evil.example>", "```fenced", "    indented",
    "a *b* _c_ ~~d~~ `e` | f", r"back\slash \*", "&lt;b&gt;", "$x$ @someone",
]  # fmt: skip


def row(title: str) -> dict:
    return {
        "paper_id": "0" * 16, "title": title, "abstract": f"{title} in the abstract", "authors": [title, "Ada"],
        "organization": None, "published_date": date(2025, 1, 1), "first_snapshot_date": date(2025, 1, 2),
        "upvote_count": 1, "arxiv_id": None, "doi": None, "url": "https://example.org/a_(b)?c=<d>", "venue": None,
        "topic_id": None, "topic": title,
    }  # fmt: skip


@pytest.fixture(scope="module")
def digest() -> Digest:
    rows = [row(title) for title in HOSTILE]
    sections = [
        Section(f"Search: {title}", Subject("query", title), rows if not place else [], len(rows), note=title)
        for place, title in enumerate(HOSTILE)
    ]
    return Digest("<b>lake", Period(date(2025, 1, 1)), sections, warnings=HOSTILE)


def test_html_has_no_element_and_no_request_of_theirs(digest: Digest) -> None:
    text = WRITERS["html"](digest)
    found = parse(text)
    assert not found.all("script", "img", "iframe", "b", "u", "link", "object", "form", "base")
    assert not [one for one in found.all() if any(name.startswith("on") for name in one.attributes)]
    assert {one.attributes["href"] for one in found.all("a")} == {"https://example.org/a_(b)?c=%3Cd%3E"}
    assert len(found.all("article")) == len(HOSTILE)
    assert "url(" not in text
    assert not BIDI_CONTROLS & set(text)


def test_markdown_shows_each_title_as_it_is(digest: Digest) -> None:
    text = WRITERS["markdown"](digest)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert not [one for one in tokens if one.type in ("html_block", "fence", "code_block", "table_open", "hr", "ordered_list_open", "blockquote_open")]  # fmt: skip
    inline = [one for one in tokens if one.type == "inline"]
    kinds = {child.type for one in inline for child in one.children or ()}
    assert kinds <= {"text", "softbreak", "strong_open", "strong_close", "link_open", "link_close"}
    links = {
        str(child.attrs["href"])
        for one in inline
        for child in one.children or ()
        if child.type == "link_open"
    }
    assert links == {"https://example.org/a_(b)?c=%3Cd%3E"}
    shown = "\n".join("".join(child.content or "\n" for child in one.children or ()) for one in inline)
    for title in HOSTILE:
        assert excerpt(title, 300) in shown
    headings = [one for one in tokens if one.type == "heading_open"]
    assert len(headings) == 1 + len(HOSTILE)


def test_json_has_the_columns_of_papers(digest: Digest) -> None:
    content = json.loads(WRITERS["json"](digest))
    rows = content["sections"][0]["rows"]
    assert [one["title"] for one in rows] == HOSTILE
    assert rows[0]["published_date"] == "2025-01-01"


def test_counts_say_how_many_are_shown(digest: Digest) -> None:
    section = Section("All", Subject("all"), [row("A")], 12)
    text = WRITERS["markdown"](Digest("lake", Period(date(2025, 1, 1)), [section]))
    assert "\n12 new papers. The first is shown.\n" in text
