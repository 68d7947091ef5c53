"""The failures of a schema, as the checks of tables and the reading of dumps use them."""

import random
from typing import Any

import polars as pl
import pytest
from pandera.errors import SchemaErrors

from paperlake.catalogue.dump_tables import REJECTS
from paperlake.catalogue.failure_cases import (
    MAX_VALUE_CHARS,
    FailureCase,
    failure_cases,
    keeps_all_rules,
)
from paperlake.catalogue.paper_tables import MATCHES
from paperlake.catalogue.table import Table
from paperlake.lake import Lake
from tests.support.lakes import TABLES
from tests.support.templates import Templates

WRONG: dict[object, list[Any]] = {
    pl.String: ["", "Zz Zz", "\u0000", "0" * 64],
    pl.Int64: [-1, 0, 2**62],
    pl.Float64: [float("nan"), float("inf"), -0.5, 1.5],
    pl.List: [[], [None], [""], ["no scheme"]],
}
CHANGES = 15  # of each table
DUMPS = (
    "listing/saved_page_june.txt",
    "listing/browser_copy.txt",
    "daily_api/2024-06-14/2024-06-15T070000Z.json",
)

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


def test_frame_without_its_key_names_the_columns() -> None:
    found = failure_cases(MATCHES.schema, pl.DataFrame({"score": [0.5]}))
    assert [(case.column, case.row) for case in found] == [(name, None) for name in MATCHES.key]


@pytest.fixture(scope="module")
def lake(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with rows in nearly all tables."""
    return templates.filled(tmp_path_factory.mktemp("filled") / "lake", *DUMPS)


@pytest.mark.parametrize("name", TABLES)
def test_all_rules_at_once_are_those_of_pandera(name: str, lake: Lake) -> None:
    """Rows of a lake, and the same with a value, a row or a column changed, are judged as Pandera judges them."""
    table = TABLES[name]
    rows = lake.read(table).head(12)
    schema = table.sized_as(rows)
    assert keeps_all_rules(schema, rows)
    generator = random.Random(name)
    judged = set()
    for _ in range(CHANGES):
        changed = changed_frame(rows, generator)
        broken = breaks_a_rule(table, changed)
        assert keeps_all_rules(schema, changed) is not broken, changed
        judged.add(broken)
    assert True in judged


def changed_frame(rows: pl.DataFrame, generator: random.Random) -> pl.DataFrame:
    """Return the rows with one change; of no rows, other columns."""
    name = generator.choice(rows.columns)
    kind = generator.choice(["value", "value", "value", "null", "twice", "type", "dropped", "order"])
    at = pl.int_range(pl.len()) == generator.randrange(max(1, rows.height))
    dtype = rows.schema[name]
    if kind == "twice" and rows.height:
        return pl.concat([rows, rows.slice(generator.randrange(rows.height), 1)])
    if kind == "type":
        return rows.with_columns(pl.lit(None, dtype=pl.Binary).alias(name))
    if kind == "dropped":
        return rows.drop(name)
    if kind == "order":
        return rows.select(sorted(rows.columns, key=lambda _name: generator.random()))
    wrong = WRONG.get(dtype.base_type(), [None]) if kind == "value" else [None]
    value = pl.lit(pl.Series([generator.choice(wrong)], dtype=dtype)).first()
    return rows.with_columns(pl.when(at).then(value).otherwise(pl.col(name)).alias(name))


def breaks_a_rule(table: Table, rows: pl.DataFrame) -> bool:
    """Return whether Pandera finds a failure; it raises another error where the whole key is missing."""
    if table.key and not set(table.key) & set(rows.columns):
        return True
    try:
        table.sized_as(rows).validate(rows, lazy=True)
    except SchemaErrors:
        return True
    return False
