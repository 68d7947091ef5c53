"""The evidence that a text is a listing: a wide margin between listings and other texts."""

import random
from pathlib import Path

import pytest

from paperlake.dumps.listing.blocks import EntryDraft, decode_run
from paperlake.dumps.listing.evidence.score import MIN_SCORE, Evidence, is_other_document, weigh
from paperlake.dumps.listing.line_marks import tokenise
from paperlake.dumps.listing.pages import find_runs, split_pages
from paperlake.dumps.text_lines import decode_lines
from tests.support.listing_writer import draw_papers, write_listing
from tests.support.negative_texts import NEGATIVE_TEXTS

MAX_NEGATIVE = 0.25


def evidence_of(content: bytes) -> Evidence:
    tokens = tokenise(decode_lines(content), 0, 1_000_000)
    drafts: list[EntryDraft] = []
    furniture: set[int] = set()
    for page in split_pages(tokens):
        furniture |= page.furniture
        found = find_runs(tokens, page)
        for run in found.runs:
            drafts += decode_run(tokens, run, found.page).drafts
    return weigh(tokens, drafts, furniture)


@pytest.mark.parametrize("kind", NEGATIVE_TEXTS)
def test_other_texts_are_far_below_the_threshold(kind: str) -> None:
    assert MAX_NEGATIVE < MIN_SCORE
    for text in NEGATIVE_TEXTS[kind]:
        assert evidence_of(text.encode()).score <= MAX_NEGATIVE, text[:200]


@pytest.mark.parametrize("layout", ["cards", "titled", "compact"])
def test_listings_without_furniture_are_far_above_it(layout: str) -> None:
    for seed in range(20):
        random_ = random.Random(seed)
        listing = write_listing(random_, draw_papers(random_, 5), layout, [])
        assert evidence_of("\n".join(listing.lines).encode()).score >= 2 * MIN_SCORE


def test_source_code_is_told_before_entries_are_searched() -> None:
    text = NEGATIVE_TEXTS["c"][1].encode()
    assert is_other_document(tokenise(decode_lines(text), 0, 1_000_000))


@pytest.mark.real_data
def test_real_listings_have_nearly_all_evidence(real_data: Path) -> None:
    for file in (real_data / "dumps/listing").iterdir():
        assert evidence_of(file.read_bytes()).score >= 0.9
