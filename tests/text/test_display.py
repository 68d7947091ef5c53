"""Text for display: excerpts that are safe to show and to store, and counts with their noun."""

import unicodedata

import pytest

from paperlake.text.display import (
    BIDI_CONTROLS,
    MAX_REJECT_TEXT_CHARS,
    excerpt,
    one_line,
    plural,
    reject_text,
    singular,
)


def test_a_line_moves_no_cursor_and_reverses_no_direction_whatever_the_character() -> None:
    for code in range(0x3100):
        shown = one_line(chr(code))
        assert len(shown) == 1
        assert shown == " " or not (shown.isspace() or shown in BIDI_CONTROLS)
        assert unicodedata.category(shown)[0] != "C"


def test_excerpt_is_cut_with_an_ellipsis() -> None:
    assert excerpt("Ponds\n and  Lakes", 15) == "Ponds and Lakes"
    assert excerpt("Ponds\n and  Lakes", 10) == "Ponds and…"
    assert excerpt("x" * 1_000_000, 10) == "x" * 9 + "…"


def test_reject_text_is_cut_and_keeps_line_breaks() -> None:
    assert reject_text(" one\ntwo ") == "one\ntwo"
    assert reject_text("x" * MAX_REJECT_TEXT_CHARS) == "x" * MAX_REJECT_TEXT_CHARS
    assert reject_text("x" * (MAX_REJECT_TEXT_CHARS + 1)) == "x" * (MAX_REJECT_TEXT_CHARS - 1) + "…"
    assert reject_text(" \n") is None


def test_reject_text_holds_no_lone_surrogate() -> None:
    """Without it one broken text could not be written to Parquet."""
    assert reject_text("half \ud800") == "half ?"


@pytest.mark.parametrize(
    ("count", "noun", "shown"),
    [
        (1, "reject", "1 reject"),
        (0, "reject", "0 rejects"),
        (2, "entry", "2 entries"),
        (1, "entry", "1 entry"),
        (3, "day", "3 days"),
        (2, "match", "2 matches"),
        (2, "paper source", "2 paper sources"),
        (12_345, "row", "12,345 rows"),
    ],
)
def test_plural(count: int, noun: str, shown: str) -> None:
    assert plural(count, noun) == shown


@pytest.mark.parametrize(
    ("noun", "one"),
    [
        ("entries", "entry"),
        ("matches", "match"),
        ("paper sources", "paper source"),
        ("days", "day"),
        ("boxes", "box"),
        ("emerging topics", "emerging topic"),
    ],
)
def test_singular_of_tables_and_units(noun: str, one: str) -> None:
    """Row counts are shown with the names of tables, so the singular must lead back to the name."""
    assert singular(noun) == one
    assert plural(2, one) == f"2 {noun}"
