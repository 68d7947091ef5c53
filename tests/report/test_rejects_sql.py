"""The rejects of the report: counted by reason code, with the most common sentence of each."""

from pathlib import Path

import duckdb
import polars as pl

import paperlake.report
from paperlake.catalogue.vocabulary import RejectCode

SQL = Path(paperlake.report.__file__).parent / "sql" / "rejects.sql"


def test_rejects_are_grouped_by_code_and_dump() -> None:
    """Without it each sentence with a number in it would be a group of its own."""
    dumps = pl.DataFrame({"dump_id": ["a", "b"], "path": ["a.json", "b.txt"]})
    rejects = pl.DataFrame(
        [
            ("a", 9, None, None, RejectCode.MALFORMED, "Broken at character 7.", "nine"),
            ("a", 2, None, None, RejectCode.MALFORMED, "Broken at character 5.", "two"),
            ("a", 4, None, None, RejectCode.MALFORMED, "Broken at character 7.", "four"),
            ("a", 5, None, None, RejectCode.MISSING_FIELD, "The paper has no title.", None),
            ("b", None, 3, 4, RejectCode.MALFORMED, "Broken at character 9.", "three"),
        ],
        schema=["dump_id", "entry_number", "line_start", "line_end", "reason_code", "reason", "text"],
        orient="row",
    )
    with duckdb.connect() as connection:
        connection.register("dumps", dumps)
        connection.register("rejects", rejects)
        found = connection.execute(SQL.read_text(encoding="utf-8"), [10]).pl()
    assert found.rows() == [
        ("malformed", "Broken at character 7.", "a.json", 3, "object 2", "two", 3),
        ("missing_field", "The paper has no title.", "a.json", 1, "object 5", "", 3),
        ("malformed", "Broken at character 9.", "b.txt", 1, "lines 3-4", "three", 3),
    ]
