"""Any text survives Parquet and JSON lines, and none can do harm from a CSV."""

import csv
import io
import json
import tempfile
import unicodedata
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.export.formats import FORMATS, Source
from tests.support.storm import size

TEXTS = st.lists(st.none() | st.text(), min_size=1, max_size=8)
HOSTILE = [
    "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", 'a";=1', "a;=1", "a,=1",
    "\x1b[31mred", "a\u202eb", "a\x9bb", "nul\x00byte", "line\u2028end", "<script>", "'", "",
]  # fmt: skip


def written(file_format: str, texts: list[str | None]) -> bytes:
    """The one file that comes of a table of texts."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.register("given", pa.table({"text": pa.array(texts, pa.string())}))
        source = Source.of(connection, "query", "SELECT text FROM given")
        (path,) = FORMATS[file_format](connection, source, Path(folder), lambda _count: None)
        return path.read_bytes()


@settings(max_examples=size(40, 400), deadline=None)
@given(TEXTS)
def test_parquet_holds_any_text(texts: list[str | None]) -> None:
    assert pq.read_table(io.BytesIO(written("parquet", texts)))["text"].to_pylist() == texts


@settings(max_examples=size(40, 400), deadline=None)
@given(TEXTS)
def test_json_lines_hold_any_text_and_nothing_that_steers_a_terminal(texts: list[str | None]) -> None:
    content = written("jsonl", texts).decode()
    assert [json.loads(line)["text"] for line in content.split("\n")[:-1]] == texts
    assert not [char for char in content if unicodedata.category(char) == "Cc" and char != "\n"]
    assert not {"\u202e", "\u2066"} & set(content)


@settings(max_examples=size(40, 400), deadline=None)
@given(TEXTS | st.just([*HOSTILE]))
def test_no_cell_of_a_csv_is_a_formula_or_steers_a_terminal(texts: list[str | None]) -> None:
    content = written("csv", texts).decode()
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO(content, newline=""))][1:]
    assert len(cells) == len(texts)
    for cell, text in zip(cells, texts, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
        assert not [char for char in cell if unicodedata.category(char) == "Cc" and char not in "\t\r\n"]
        assert not {"\u202e", "\u2066"} & set(cell)
        if text and text.isalnum():
            assert cell == text


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_text_cannot_break_into_cells_where_another_separator_is_usual(separator: str) -> None:
    """Spreadsheets of many countries split at semicolons: texts stand in quotes."""
    content = written("csv", [f"a{separator}=1+1"]).decode()
    rows = [*csv.reader(io.StringIO(content), delimiter=separator)]
    assert rows[1] == [f"a{separator}=1+1"]


def test_times_days_lists_and_what_json_cannot_say() -> None:
    query = (
        "SELECT TIMESTAMPTZ '2025-01-02 03:04:05.5+00' AS seen, DATE '2025-01-02' AS day, ['ä', NULL] AS names, "
        "'nan'::DOUBLE AS unknown, 0.1::FLOAT AS tenth, true AS flag, NULL AS nothing"
    )
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("SET TimeZone = 'America/New_York'")  # ours or not, times are UTC
        source = Source.of(connection, "query", query)
        (path,) = FORMATS["jsonl"](connection, source, Path(folder), lambda _count: None)
        found = json.loads(path.read_text())
        (path,) = FORMATS["csv"](connection, source, Path(folder), lambda _count: None)
        cells = [*csv.reader(io.StringIO(path.read_text()))][1]
    assert found == {
        "seen": "2025-01-02T03:04:05.500000Z", "day": "2025-01-02", "names": ["ä", None], "unknown": None,
        "tenth": pytest.approx(0.1), "flag": True, "nothing": None,
    }  # fmt: skip
    assert cells[:3] == ["2025-01-02T03:04:05.500000Z", "2025-01-02", '["ä",null]']
