"""Known furniture, alone and glued to titles."""

import pytest

from paperlake.dumps.fields.dates import PrintedDate
from paperlake.dumps.listing.furniture import FURNITURE, is_furniture, is_submitter, unglue


@pytest.mark.parametrize("line", [*FURNITURE, "Log In", "* * *"])
def test_known_lines_are_furniture(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize("line", ["Daily Bread", "Sponsored", "New", "Subscriber Churn"])
def test_unknown_lines_are_no_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_submitters_are_furniture_of_an_entry() -> None:
    assert is_submitter("Submitted by zoe")
    assert not is_submitter("Submitted " + "x" * 100)


@pytest.mark.parametrize(
    ("line", "after_furniture", "found"),
    [
        ("SubscribePonds and Lakes", False, ("Ponds and Lakes", None)),
        ("Subscriber Churn in Small Shops", False, None),
        ("WeeklyPonds", False, None),
        ("WeeklyPonds", True, ("Ponds", None)),
        ("Dec 12Ponds", True, ("Ponds", PrintedDate(12, 12, None))),
    ],
)
def test_glued_furniture_is_removed(
    line: str, after_furniture: bool, found: tuple[str, PrintedDate | None] | None
) -> None:
    assert unglue(line, after_furniture) == found
