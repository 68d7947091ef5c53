"""Text for display: excerpts, and counts with their noun in the right number."""

import pytest

from paperlake.schemas import TABLES
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


@pytest.mark.parametrize("table", sorted(TABLES))
def test_table_names_have_a_singular(table: str) -> None:
    """Row counts are shown under the names of tables: the singular must lead back to the name."""
    if table != "inventory":
        noun = singular(table)
        assert plural(2, noun) == f"2 {table}"
        assert noun != table


def test_excerpt_is_cut_to_its_length() -> None:
    assert excerpt("one  two\nthree", 20) == "one two three"
    assert excerpt("one two three", 8) == "one two…"
