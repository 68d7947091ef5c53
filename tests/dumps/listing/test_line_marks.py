"""The kinds of single lines, by which entries are recognised."""

import pytest

from paperlake.dumps.listing.line_marks import (
    LineKind,
    mark,
    read_author_count,
    read_date_line,
    tokenise,
)
from paperlake.dumps.text_lines import decode_lines


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("", LineKind.BLANK),
        ("·", LineKind.SEPARATOR),
        ("Daily Papers", LineKind.FURNITURE),
        ("-----", LineKind.FURNITURE),
        ("Submitted by zoe", LineKind.SUBMITTER),
        ("• 3 authors", LineKind.AUTHORS),
        ("1 author", LineKind.AUTHORS),
        ("Mar 6, 2025 2", LineKind.DATE),
        ("Feb 30", LineKind.TEXT),
        ("42", LineKind.NUMBER),
        ("-", LineKind.NUMBER),
        ("⟨⟩", LineKind.NOISE),
        ("3 authors · Mar 6", LineKind.SLOT),
        ("Ponds and Lakes", LineKind.TEXT),
    ],
    ids=str,
)
def test_each_line_has_its_kind(line: str, kind: LineKind) -> None:
    assert mark(line) is kind


def test_slot_in_one_line_becomes_three() -> None:
    tokens = tokenise(decode_lines(b"Ponds\n\nAcme Lab \xc2\xb7 Mar 7, 2024\n"), 0, 1000)
    assert tokens.texts == ["Ponds", "Acme Lab", "·", "Mar 7, 2024"]
    assert tokens.lines == [1, 3, 3, 3]


def test_overlong_and_damaged_lines_are_no_evidence() -> None:
    tokens = tokenise(decode_lines(b"x" * 200 + b"\nSubmitted by \x00\nPonds\x00\n"), 0, 150)
    assert tokens.kinds == [LineKind.TOO_LONG, LineKind.NOISE, LineKind.TEXT]
    assert tokens.damaged == {1, 2}


def test_fields_of_slots_are_read() -> None:
    assert read_author_count("• 12 authors") == 12
    assert read_author_count("0 authors") is None
    found = read_date_line("Sept. 6, 2025 14")
    assert found is not None
    assert (found.text, found.comment_count, found.printed.month) == ("Sept. 6, 2025", 14, 9)
    assert read_date_line("Soon") is None
