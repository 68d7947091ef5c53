"""`paperlake sql`: every result is shown, and what is wrong is said with its place."""

import json

import pytest

from paperlake.lake import Lake
from tests.support.command import paperlake


def test_a_query_without_rows_shows_its_columns(filled: Lake) -> None:
    done = paperlake("sql", "SELECT title FROM papers WHERE false", "--lake", filled.root)
    assert "title" in done.stdout
    assert "(0 rows)" in done.stdout
    assert paperlake("sql", "SELECT 1 WHERE false", "--lake", filled.root, "--json").stdout == ""


def test_numbers_that_json_lacks_are_null(filled: Lake) -> None:
    query = "SELECT 'nan'::DOUBLE AS a, ['inf'::DOUBLE, 1.5] AS b, {'c': '-inf'::DOUBLE} AS d"
    done = paperlake("sql", query, "--lake", filled.root, "--json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(done.stdout, parse_constant=refuse) == {"a": None, "b": [None, 1.5], "d": {"c": None}}


def test_all_statements_are_shown_in_order(filled: Lake) -> None:
    done = paperlake("sql", "SELECT 1 AS a; SELECT 2 AS b;", "--lake", filled.root, "--json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"a": 1}, {"b": 2}]
    done = paperlake("sql", "SELECT 1 AS a; SELECT nothing FROM papers", "--lake", filled.root, "--json")
    assert json.loads(done.stdout) == {"a": 1}
    assert done.returncode == 2
    assert "Statement 2 of 2 failed" in done.stderr


def test_columns_of_one_name_are_all_shown(filled: Lake) -> None:
    done = paperlake("sql", "SELECT 1 AS a, 2 AS a, 3 AS a_1", "--lake", filled.root, "--json")
    assert list(json.loads(done.stdout).values()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT 1; SELEC 2", "LINE 1: SELECT 1; SELEC 2"),
        ("SELECT\n  nothing\nFROM papers", "LINE 2:   nothing"),
        (".tables", ".tables is a command of DuckDB's own shell"),
        ("-- nothing", "There is no query"),
        ("  ", "There is no query"),
        ("CREATE TABLE x (a INT)", "read-only"),
        ("COPY papers TO '/tmp/x.csv'", "disabled"),
    ],
    ids=["syntax", "name", "dot command", "comment", "blank", "write", "file"],
)
def test_a_wrong_query_exits_2_and_says_where(filled: Lake, query: str, told: str) -> None:
    done = paperlake("sql", "--lake", filled.root, stdin=query)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
