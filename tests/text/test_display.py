"""Text for display: excerpts, and counts with their noun in the right number."""

import pytest

from paperlake.text.display import excerpt, plural, singular


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


def test_excerpt_is_cut_to_its_length() -> None:
    assert excerpt("one  two\nthree", 20) == "one two three"
    assert excerpt("one two three", 8) == "one two…"
