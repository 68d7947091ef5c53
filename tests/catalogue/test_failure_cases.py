"""The failures of a schema, as the checks of tables and the reading of dumps use them."""

import polars as pl

from paperlake.catalogue.dump_tables import REJECTS
from paperlake.catalogue.failure_cases import MAX_VALUE_CHARS, FailureCase, failure_cases

GOOD = {
    "dump_id": "0" * 16,
    "line_start": 1,
    "line_end": 2,
    "reason_code": "truncated",
    "reason": "The text breaks off.",
}


def test_valid_rows_have_no_failures() -> None:
    assert failure_cases(REJECTS.schema, REJECTS.frame([GOOD])) == []


def test_failures_name_row_column_value_and_rule() -> None:
    frame = REJECTS.frame([GOOD, {**GOOD, "line_start": 0}, {**GOOD, "reason_code": "z" * 200}])
    found = failure_cases(REJECTS.schema, frame)
    assert FailureCase(1, "line_start", "0", "greater_than_or_equal_to(1)") in found
    (code,) = [case for case in found if case.column == "reason_code"]
    assert (code.row, code.value) == (2, "z" * MAX_VALUE_CHARS)
    assert code.rule.startswith("isin(")


def test_failure_of_the_whole_table_has_no_row() -> None:
    found = failure_cases(REJECTS.schema, pl.DataFrame({"dump_id": ["0" * 16]}))
    assert found
    assert all(case.row is None for case in found)
