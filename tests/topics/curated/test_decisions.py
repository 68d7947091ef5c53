"""`curated/topics.csv`: what people wrote must be obeyed or refused with the line's number, never guessed."""

from pathlib import Path

import pytest

from paperlake.errors import UsageError
from paperlake.topics.curated.decisions import parse_topic_decisions, read_topic_decisions

A, B, C = "a" * 16, "b" * 16, "c" * 16
HEADER = "action,topic_id,ids,label,description,note\n"


def test_no_file_and_an_empty_one_decide_nothing(tmp_path: Path) -> None:
    assert read_topic_decisions(tmp_path / "topics.csv") == []
    assert parse_topic_decisions("\n", "topics.csv") == []
    assert parse_topic_decisions(HEADER + "\n,,,,,\n", "topics.csv") == []


def test_lines_are_read_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "topics.csv"
    path.write_text(
        f'\ufeff{HEADER}Rename, {A.upper()} ,,"Dense  retrieval","All, of it",\nfile,{A},{C}; {B},,,x\n'
    )
    found = read_topic_decisions(path)
    assert [(one.line, *one.content) for one in found] == [
        (3, "file", A, [B, C], None, None),
        (2, "rename", A, [], "Dense retrieval", "All, of it"),
    ]


def test_columns_that_no_line_uses_may_be_absent() -> None:
    (found,) = parse_topic_decisions(f"topic_id,action,label\n{A},rename,Retrieval\n", "topics.csv")
    assert (found.topic_id, found.label) == (A, "Retrieval")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n", "first line must name the columns"),
        (
            HEADER + f"delete,{A},,,,\n",
            r"line 2: the action is 'delete'; write rename, merge, split, pin, file",
        ),
        (HEADER + "rename,xyz,,Retrieval,,\n", r"line 2: 'xyz' is not an id"),
        (HEADER + f"merge,{A},,,,\n", r"line 2: merge needs the column ids"),
        (HEADER + f"merge,{A},{A},,,\n", r"line 2: a topic cannot be merged into itself"),
        (HEADER + f"rename,{A},,,,\n", r"line 2: rename needs the column label"),
        (HEADER + f"rename,{A},,{'x' * 61},,\n", r"line 2: the label has 61 characters; at most 60"),
        (HEADER + f"rename,{A},,One,,\nrename,{A},,Two,,\n", r"lines 2 and 3 both rename a{16}"),
        (HEADER + f"file,{A},{C},,,\nfile,{B},{C},,,\n", r"lines 2 and 3 both file c{16}"),
        (HEADER + f"merge,{A},{B},,,\nmerge,{B},{A},,,\n", r"lines 2, 3 merge topics in a circle"),
    ],
)
def test_bad_lines_are_refused_by_number(content: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_topic_decisions(content, "topics.csv")
