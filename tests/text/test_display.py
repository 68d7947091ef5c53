"""Excerpts: bounded, safe to show, safe to store."""

from paperlake.text.display import MAX_REJECT_TEXT_CHARS, counted, excerpt, reject_text


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


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(number, "reject") for number in (0, 1, 1000)] == [
        "0 rejects",
        "1 reject",
        "1,000 rejects",
    ]
    assert counted(1, "entry", "entries") == "1 entry"
