"""Damaged listings: never an exception, every line accounted for, nothing made up, the rest unharmed."""

import random
import unicodedata

import pytest

from paperlake.dumps.listing.reader import READER
from paperlake.dumps.text_lines import decode_lines
from paperlake.text.folding import PARAGRAPH_BREAK
from tests.support.listing_writer import (
    LABELS,
    Listing,
    damage,
    draw_furniture,
    draw_papers,
    encode,
    write_listing,
)
from tests.support.memory_dump import MemoryDump, Read, read

LAYOUTS = ("cards", "titled", "compact")
SEEDS_A_TEST = 60
SITE = ("Get trending papers in your email inbox!", "Daily Papers", "byAK and the research community")
SLOT_FIELDS = ("author_count", "organization", "published_text", "comment_count")


def draw_listing(random_: random.Random, layout: str) -> Listing:
    lone_date = "Dec 28" if layout != "compact" and random_.random() < 0.5 else None
    furniture = draw_furniture(random_, lone_date)
    if layout != "cards" and not set(SITE) <= set(
        furniture
    ):  # two damaged papers alone are no evidence of a listing
        furniture = [*SITE, *(line for line in furniture if line not in SITE)]
    return write_listing(random_, draw_papers(random_, random_.randint(2, 9)), layout, furniture)


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).replace("\u200b", "").split())


def assert_nothing_is_made_up(found: Read, content: bytes) -> None:
    """Check that entries hold only text of their lines, that every line is accounted for, and none is shared."""
    lines = decode_lines(content).lines
    assert found.parsed.uncovered_lines == ()
    end = 0
    for entry in found.entries.iter_rows(named=True):
        assert end < entry["line_start"] <= entry["line_end"] <= len(lines)
        end = entry["line_end"]
        span = folded("".join(lines[entry["line_start"] - 1 : end]))
        for text in (entry["title"], *(entry["abstract"] or "").split(PARAGRAPH_BREAK)):
            assert folded(text) in span
    for reject in found.rejects.iter_rows(named=True):
        assert 1 <= reject["line_start"] <= reject["line_end"] <= len(lines)
        assert reject["reason"]


def assert_rest_is_unharmed(found: Read, listing: Listing, touched: set[int]) -> None:
    """Papers that neither were damaged nor stand beside one that was come back as they are."""
    assert not set(found.titles) & set(LABELS)
    fields = ("title", "abstract", *(SLOT_FIELDS if listing.layout == "cards" else ()))
    entries = found.entries.select(*fields).to_dicts()
    for place, paper in enumerate(listing.papers):
        if not touched & {place - 1, place, place + 1}:
            assert {name: getattr(paper, name) for name in fields} in entries


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("block", range(3))
def test_damaged_lines_cost_only_their_own_entries(layout: str, block: int) -> None:
    """Lines deleted, doubled, swapped, moved, truncated, flipped, inserted, the file cut off."""
    for seed in range(block * SEEDS_A_TEST, (block + 1) * SEEDS_A_TEST):
        random_ = random.Random(seed)
        listing = draw_listing(random_, layout)
        lines, touched = damage(random_, listing, random_.randint(1, 4))
        content = encode(lines, "utf-8", "\n")
        found = read(READER, MemoryDump(content, "listing.txt"))
        assert_nothing_is_made_up(found, content)
        assert_rest_is_unharmed(found, listing, touched)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damaged_bytes_never_raise(layout: str) -> None:
    """Bytes flipped, deleted and cut anywhere, in UTF-8 and UTF-16, so that not even the encoding is sound."""
    for seed in range(SEEDS_A_TEST):
        random_ = random.Random(seed)
        listing = draw_listing(random_, layout)
        content = bytearray(encode(listing.lines, random_.choice(("utf-8", "utf-16", "nfd")), "\n"))
        for _ in range(random_.randint(1, 30)):
            content[random_.randrange(2, len(content))] = random_.randrange(256)
        cut = bytes(content[: random_.randint(2, len(content))])
        found = read(READER, MemoryDump(cut, "listing.txt"))
        assert_nothing_is_made_up(found, cut)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_flipped_byte_harms_no_other_entry(layout: str) -> None:
    """Without it one wrong byte could have the whole file decoded as Windows-1252."""
    for seed in range(SEEDS_A_TEST):
        random_ = random.Random(seed)
        listing = draw_listing(random_, layout)
        place = random_.randrange(len(listing.lines))
        lines = [line.encode() for line in listing.lines]
        lines[place] = lines[place][:1] + b"\xff" + lines[place][1:]
        found = read(READER, MemoryDump(b"\n".join(lines), "listing.txt"))
        owner = listing.owners[place] or 0
        assert_rest_is_unharmed(found, listing, {owner})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_short_and_missing_abstracts_never_mix_papers(layout: str) -> None:
    """With short abstracts the reader may be unsure, but a title never gets another paper's abstract."""
    for seed in range(SEEDS_A_TEST):
        random_ = random.Random(seed)
        papers = draw_papers(random_, random_.randint(2, 8))
        for paper in papers:
            if random_.random() < 0.3:
                paper.abstract = "We study " + " ".join(random_.choices(("deep", "old", "nets"), k=15)) + "."
            elif random_.random() < 0.2:
                paper.abstract = None
        listing = write_listing(random_, papers, layout, ["Daily Papers", "Trending Papers"])
        content = encode(listing.lines, "utf-8", "\n")
        found = read(READER, MemoryDump(content, "listing.txt"))
        assert_nothing_is_made_up(found, content)
        known = {(paper.title, paper.abstract) for paper in papers}
        assert set(found.entries.select("title", "abstract").iter_rows()) <= known
