"""The looks of titles and abstracts."""

import textwrap

import pytest

from paperlake.dumps.listing.text_shapes import (
    MAX_TITLE,
    MIN_LONG,
    Shape,
    Wrap,
    can_be_title,
    continues,
    is_heading,
    is_prose,
    is_sentence,
    is_wrapped_paragraph,
    shape_of,
    wraps_onto,
)

SENTENCES = (
    "We follow small oscillators through a network. We measure where their phases meet and part again."
)


@pytest.mark.parametrize(
    ("length", "shape"),
    [(MAX_TITLE, Shape.SHORT), (MAX_TITLE + 1, Shape.BETWEEN), (MIN_LONG, Shape.LONG)],
)
def test_length_decides_the_shape(length: int, shape: Shape) -> None:
    assert shape_of("x" * length) is shape


def test_prose_between_the_limits_is_long() -> None:
    assert shape_of(" ".join([SENTENCES] * 3)[: MAX_TITLE + 30].rstrip(" .") + ".") is Shape.LONG


@pytest.mark.parametrize(
    "title", ["All You Need Is Air.", "Is It Over?", "Counting Birds with Weak Labels: A Field Study"]
)
def test_titles_are_no_prose(title: str) -> None:
    assert can_be_title(title)
    assert not is_prose(title)
    assert not is_sentence(title)


def test_sentences_are_prose() -> None:
    assert is_prose(SENTENCES)
    assert is_sentence(SENTENCES)


@pytest.mark.parametrize("text", ["2. Methods", "Introduction", "IV. Results:"])
def test_headings_are_no_titles(text: str) -> None:
    assert is_heading(text)
    assert not can_be_title(text)


def test_links_and_markdown_are_no_titles() -> None:
    assert not can_be_title("https://example.org")
    assert not can_be_title("## Ponds")
    assert can_be_title("#MeToo and Ponds")


@pytest.mark.parametrize(
    ("line", "following", "wrap"),
    [
        ("Counting Birds with", "Weak Labels: A Field Study", Wrap.YES),
        ("Log in to", "Ponds", Wrap.UNSURE),
        ("Counting Birds", "Ponds and Lakes", Wrap.NO),
        ("Is It Over?", "and yet more", Wrap.NO),
    ],
)
def test_wrapped_titles_are_joined(line: str, following: str, wrap: Wrap) -> None:
    assert wraps_onto(line, following, None) is wrap


def test_wrapped_paragraph_is_recognised_by_its_width() -> None:
    lines = textwrap.wrap(" ".join([SENTENCES] * 3), 72)
    assert is_wrapped_paragraph(lines)
    assert not is_wrapped_paragraph([lines[0], "Short", *lines[1:]])


def test_paragraphs_that_continue() -> None:
    assert continues("We look at ponds.", "Code is available at https://example.org/birds")
    assert not continues("We look at ponds.", SENTENCES)
    assert continues("We list three results:", SENTENCES)
