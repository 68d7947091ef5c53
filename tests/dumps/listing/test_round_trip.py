"""What is written in any layout comes back as it was, whatever the furniture, encoding and white space."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from paperlake.dumps.listing.reader import READER
from tests.support.listing_writer import (
    ENCODINGS,
    Listing,
    can_be_glued,
    draw_furniture,
    draw_papers,
    encode,
    untidy,
    write_listing,
)
from tests.support.memory_dump import MemoryDump, read

LAYOUTS = ("cards", "titled", "compact")
SLOT_FIELDS = ("author_count", "organization", "published_text", "comment_count")


def assert_comes_back(listing: Listing, content: bytes) -> None:
    found = read(READER, MemoryDump(content, "listing.txt"))
    fields = ("title", "abstract", *(SLOT_FIELDS if listing.layout == "cards" else ()))
    expected = [{name: getattr(paper, name) for name in fields} for paper in listing.papers]
    assert found.entries.select(*fields).to_dicts() == expected
    assert found.rejects.is_empty()
    assert found.parsed.uncovered_lines == ()
    assert found.parsed.layout == listing.layout


@given(
    seed=st.integers(0, 2**32),
    layout=st.sampled_from(LAYOUTS),
    encoding=st.sampled_from(ENCODINGS),
    line_end=st.sampled_from(("\n", "\r\n", "\r")),
    paper_count=st.integers(1, 8),
    gap=st.integers(1, 3),
    is_untidy=st.booleans(),
    final_end=st.booleans(),
)
@hypothesis_settings(max_examples=400, deadline=None)
def test_entries_come_back(
    seed: int,
    layout: str,
    encoding: str,
    line_end: str,
    paper_count: int,
    gap: int,
    is_untidy: bool,
    final_end: bool,
) -> None:
    """Without it an encoding, a furniture line or a blank line more could cost entries or alter them."""
    random_ = random.Random(seed)
    papers = draw_papers(random_, paper_count, latin=encoding == "cp1252")
    furniture = draw_furniture(random_, "Dec 28" if layout != "compact" and random_.random() < 0.5 else None)
    if layout == "compact" and furniture and not can_be_glued(furniture):
        furniture = []
    listing = write_listing(random_, papers, layout, furniture, gap)
    lines = listing.lines
    if is_untidy and encoding != "cp1252":
        lines = [untidy(random_, line) for line in lines]
    assert_comes_back(listing, encode(lines, encoding, line_end, final_end))


@given(seed=st.integers(0, 2**32), first=st.sampled_from(LAYOUTS), second=st.sampled_from(LAYOUTS))
@hypothesis_settings(max_examples=60, deadline=None)
def test_two_pages_in_one_file_are_both_read(seed: int, first: str, second: str) -> None:
    """Without it the furniture of a pasted page would end up in an entry, or stop the reading."""
    random_ = random.Random(seed)
    pages = []
    for layout in (first, second):
        furniture = ["Get trending papers in your email inbox!", "Subscribe", "Daily Papers"]
        pages.append(write_listing(random_, draw_papers(random_, 3, dotted=True), layout, furniture))
    found = read(READER, MemoryDump("\n".join([*pages[0].lines, *pages[1].lines]).encode(), "listing.txt"))
    assert found.titles == [paper.title for page in pages for paper in page.papers]
    assert found.rejects.is_empty()
    assert found.parsed.uncovered_lines == ()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_front_matter_holds_the_day_of_retrieval(layout: str) -> None:
    """Without it the front matter's title would become a paper, and years would be guessed."""
    random_ = random.Random(7)
    papers = draw_papers(random_, 4)
    papers[0].published_text = "Jan 5"
    listing = write_listing(random_, papers, layout, [])
    matter = ["---", "url: https://example.org/papers", "retrieved: 2025-12-30", "title: Papers", "---"]
    found = read(READER, MemoryDump("\n".join([*matter, *listing.lines]).encode(), "listing.txt"))
    assert found.titles == [paper.title for paper in papers]
    assert found.parsed.snapshot_date == date(2025, 12, 30)
    assert found.parsed.uncovered_lines == ()
    if layout == "cards":
        assert found.row()["published_date"] == date(2025, 1, 5)
        assert found.row()["year_inferred"] is False
