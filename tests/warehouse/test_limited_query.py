"""SQL of strangers reads tables and nothing else. What it answers, and limits of the process: tests/serve/test_mcp.py."""

import pytest

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries.open_builds.limited_sql import MAX_RESULT_CHARS, MAX_SQL_CHARS, SqlResult, run_sql
from paperlake.warehouse.limited_query import Request, run
from tests.support.pages import make_warehouse


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("limited") / "lake")
    make_warehouse(lake)
    return lake


def request(lake: Lake, sql: str) -> Request:
    return Request(str(lake.warehouse), sql, 10, MAX_RESULT_CHARS, 10, 2000)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("SELECT * FROM read_text('/etc/passwd')", "disabled by configuration"),
        ("SELECT * FROM read_blob('/etc/passwd')", "disabled by configuration"),
        ("SELECT * FROM glob('/*')", "disabled by configuration"),
        ("FROM '/etc/passwd'", "does not exist"),
        ("EXPLAIN ANALYZE COPY papers TO '/tmp/paperlake-test.csv'", "disabled by configuration"),
        ("ATTACH '/tmp/paperlake-test.duckdb'", "ATTACH is not allowed"),
        ("DETACH warehouse", "DETACH is not allowed"),
        ("INSTALL httpfs", "LOAD is not allowed"),
        ("LOAD json", "LOAD is not allowed"),
        ("COPY papers TO '/tmp/paperlake-test.csv'", "COPY is not allowed"),
        ("EXPORT DATABASE '/tmp/paperlake-test'", "EXPORT is not allowed"),
        ("CREATE TABLE x (a INT)", "CREATE is not allowed"),
        ("CREATE TEMP TABLE x (a INT)", "CREATE is not allowed"),
        ("DELETE FROM papers", "DELETE is not allowed"),
        ("EXPLAIN ANALYZE DELETE FROM papers", "read-only"),
        ("UPDATE papers SET title = ''", "UPDATE is not allowed"),
        ("SET threads = 1", "SET is not allowed"),
        ("PRAGMA enable_profiling", "PRAGMA is not allowed"),
        ("PRAGMA threads = 1", "SET is not allowed"),
        ("CALL enable_logging()", "CALL is not allowed"),
        ("SELECT 1; SELECT 2", "got 2 statements"),
        ("-- nothing", "got 0 statements"),
        ("SELEC 1", "syntax error"),
        ("SELECT repeat('x', 300000)", "more than 200,000 characters"),
        ("SELECT * FROM local", "does not exist"),
    ],
)
def test_what_does_not_read_tables_is_refused(filled: Lake, sql: str, told: str) -> None:
    import polars as pl

    local = pl.DataFrame({"a": [1]})  # DuckDB would read it by its name
    assert len(local)
    with pytest.raises(UsageError) as refused:
        run(request(filled, sql))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    ["FROM papers", "WITH a AS (FROM papers) FROM a", "VALUES (1)", "DESCRIBE papers", "SHOW TABLES", "SUMMARIZE topics",
     "EXPLAIN FROM papers", "FROM topic_tree"],
)  # fmt: skip
def test_what_reads_tables_is_run(filled: Lake, sql: str) -> None:
    assert SqlResult(**run(request(filled, sql))).columns


def test_nothing_is_kept_between_queries(filled: Lake) -> None:
    run(request(filled, "FROM enable_logging()"))
    answer = run(request(filled, "SELECT count(*) FROM duckdb_logs"))
    assert answer["rows"] == [[0]]


def test_a_query_must_not_be_long(filled: Lake) -> None:
    from types import SimpleNamespace

    with pytest.raises(UsageError, match="at most 20,000 are allowed"):
        run_sql(SimpleNamespace(path=filled.warehouse), "SELECT 1 --" + "x" * MAX_SQL_CHARS)
