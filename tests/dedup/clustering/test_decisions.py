"""`curated/decisions.csv`: what people wrote must be obeyed or refused with the line's number, never guessed."""

import pytest

from paperlake.dedup.clustering.decisions import parse_decisions, read_decisions, stale
from paperlake.errors import UsageError

A, B, C = "a" * 16, "b" * 16, "c" * 16
HEADER = "entry_id_a,entry_id_b,decision,note\n"


def test_no_file_is_no_decision(tmp_path):
    assert read_decisions(tmp_path / "decisions.csv") == []


def test_lines_are_read_with_their_numbers(tmp_path):
    path = tmp_path / "decisions.csv"
    path.write_text("\ufeff" + HEADER + f'{B},{A}, Same ,"twice, on arXiv"\n{A},{C},different,\n')
    found = read_decisions(path)
    assert [(decision.pair, decision.same, decision.line) for decision in found] == [
        ((A, B), True, 2),
        ((A, C), False, 3),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n", "first line must name the columns"),
        (HEADER + f"{A},xyz,same,\n", r"line 2: 'xyz' is not an entry_id"),
        (HEADER + f"{A},{B},maybe,\n", r"line 2: the decision is 'maybe'"),
        (HEADER + f"{A},{A},different,\n", r"line 2: an entry cannot be different from itself"),
        (
            HEADER + f"{A},{B},same,\n{B},{C},same,\n{A},{C},different,\n",
            r"line 4 .* the lines 2, 3 call them the same",
        ),
    ],
    ids=["header", "id", "word", "itself", "contradiction through a third entry"],
)
def test_bad_lines_are_refused_by_number(content, message):
    with pytest.raises(UsageError, match=message):
        parse_decisions(content, "decisions.csv")


def test_stale_lines_are_named():
    decisions = parse_decisions(HEADER + f"{A},{B},same,\n{A},{C},different,\n", "decisions.csv")
    assert stale(decisions, {B}) == [f"decisions.csv, line 2: no dump contains {B}; the line has no effect."]
