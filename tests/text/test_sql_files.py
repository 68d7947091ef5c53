"""SQL files: comments contain no placeholder, and pasted text has a place."""

import re
from pathlib import Path

import pytest

import paperlake
from paperlake.text.sql_files import quoted, read_sql

SQL_FILES = sorted(Path(paperlake.__file__).parent.rglob("*.sql"))
PLACEHOLDER = re.compile(r"\{\w+\}|\$\w+")


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: f"{file.parent.parent.name}/{file.stem}")
def test_comments_have_no_placeholder(file: Path) -> None:
    """Text pasted into a comment is sent for nothing, and a line break in it would end the comment."""
    comments = re.findall(r"--.*", file.read_text())
    assert comments, "say in the first line what the file does"
    assert not [comment for comment in comments if PLACEHOLDER.search(comment)]


def test_every_sql_file_is_found() -> None:
    assert {file.parent.parent.name for file in SQL_FILES} >= {
        "search",
        "search_index",
        "warehouse",
        "report",
    }


def test_pasted_text_replaces_every_placeholder() -> None:
    sql = read_sql("paperlake.search", "papers", ids="'a', 'b'")
    assert sql.count("IN ('a', 'b')") == 2
    assert "{ids}" not in sql


def test_pasted_text_without_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="has no placeholder"):
        read_sql("paperlake.search", "model", ids="1")


def test_a_quote_in_a_literal_is_doubled() -> None:
    assert quoted("a'); DROP TABLE papers; --") == "'a''); DROP TABLE papers; --'"
