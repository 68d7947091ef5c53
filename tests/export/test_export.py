"""What would go wrong: rows or values lost on the way out, half an export, somebody's folder deleted."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pyarrow.dataset as ds
import pytest
from polars.testing import assert_frame_equal

from paperlake.errors import ExportError, LakeBusyError, LakeError, UsageError
from paperlake.export import exporting
from paperlake.export.exporting import export
from paperlake.export.folder import whole_folder
from paperlake.lake import Lake
from paperlake.warehouse.reading import connect
from tests.support.lakes import TABLES
from tests.support.templates import Templates


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of two sample dumps, one without dates; read it, do not change it."""
    root = tmp_path_factory.mktemp("export") / "lake"
    return templates.filled(root, "listing/saved_page_june.txt", "listing/search_results.txt")


def of_warehouse(lake: Lake, table: str) -> pl.DataFrame:
    with connect(lake) as connection:
        return pl.DataFrame(connection.execute(f'SELECT * FROM "{table}"').to_arrow_table())


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(
        [name for name, dtype in frame.schema.items() if not dtype.is_nested()], nulls_last=True
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_parquet_reads_back_equal_to_every_table(filled: Lake, tmp_path: Path) -> None:
    export(filled, tmp_path / "out")
    for table in TABLES:
        dataset = ds.dataset(tmp_path / "out" / table, format="parquet", partitioning="hive")
        back = pl.DataFrame(dataset.to_table()).drop("year", "month", strict=False)
        if table == "topic_trends":  # has a month of its own and is not partitioned
            back = pl.DataFrame(dataset.to_table())
        assert_frame_equal(in_order(back), in_order(of_warehouse(filled, table)), check_dtypes=True)


def test_partitions_are_years_and_months_and_papers_without_a_date_have_theirs(
    filled: Lake, tmp_path: Path
) -> None:
    export(filled, tmp_path / "out", tables=["papers"])
    papers = of_warehouse(filled, "papers")
    expected = {
        "year=__HIVE_DEFAULT_PARTITION__/month=__HIVE_DEFAULT_PARTITION__"
        if day is None
        else f"year={day.year}/month={day.month}"
        for day in papers["published_date"]
    }
    found = {
        path.parent.relative_to(tmp_path / "out/papers").as_posix()
        for path in (tmp_path / "out/papers").rglob("*.parquet")
    }
    assert found == expected
    assert any("__HIVE_DEFAULT_PARTITION__" in name for name in found)
    assert len(found) > 3
    back = pl.scan_parquet(tmp_path / "out/papers/**/*.parquet", hive_partitioning=True)
    months = back.filter(pl.col("year") == 2024).select("published_date", "month").collect()
    assert months.height
    assert (months["published_date"].dt.month() == months["month"].cast(pl.Int8)).all()


def test_json_lines_read_back_equal_to_every_table(filled: Lake, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", "jsonl")
    for table in TABLES:
        expected = of_warehouse(filled, table)
        lines = (tmp_path / "out" / f"{table}.jsonl").read_text().splitlines()
        texts = {
            name: pl.String() if dtype.is_temporal() else dtype for name, dtype in expected.schema.items()
        }
        back = pl.DataFrame([json.loads(line) for line in lines], schema=texts)
        back = back.with_columns(
            pl.col(name).str.to_datetime(time_zone="UTC").cast(dtype)
            if dtype == pl.Datetime
            else pl.col(name).str.to_date()
            for name, dtype in expected.schema.items()
            if dtype.is_temporal()
        )
        assert_frame_equal(back, expected)


def test_csv_holds_every_row_and_keeps_numbers_as_numbers(filled: Lake, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", "csv", query="SELECT -5 AS votes, '-5' AS text, 1.5::DECIMAL(4, 2) AS d")
    assert (tmp_path / "out/query.csv").read_text() == 'votes,text,d\n-5,"\'-5",1.5\n'
    export(filled, tmp_path / "all", "csv", tables=["papers"])
    back = pl.read_csv(tmp_path / "all/papers.csv", infer_schema_length=None)
    assert back.height == of_warehouse(filled, "papers").height
    assert back["source_count"].dtype == pl.Int64


def test_the_manifest_names_every_file_with_its_hash(filled: Lake, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", tables=["papers", "topics"])
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    told = {file["path"]: file["sha256"] for table in manifest["tables"] for file in table["files"]}
    found = files_of(tmp_path / "out")
    del found["manifest.json"]
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    assert [table["row_count"] for table in manifest["tables"]] == [
        of_warehouse(filled, name).height for name in ("papers", "topics")
    ]
    assert [column["name"] for column in manifest["tables"][0]["columns"]] == list(TABLES["papers"].dtypes)


def test_a_query_that_has_a_year_of_its_own_is_not_partitioned_by_another(
    filled: Lake, tmp_path: Path
) -> None:
    export(filled, tmp_path / "out", query="SELECT published_date, 1 AS year FROM papers;  ")
    assert [*files_of(tmp_path / "out")] in (
        ["manifest.json", "query/part-0.parquet"],
        ["query/part-0.parquet", "manifest.json"],
    )


def test_an_export_is_replaced_only_when_asked(filled: Lake, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", tables=["papers"])
    before = files_of(tmp_path / "out")
    with pytest.raises(UsageError, match="--force"):
        export(filled, tmp_path / "out", tables=["topics"])
    assert files_of(tmp_path / "out") == before
    export(filled, tmp_path / "out", tables=["topics"], force=True)
    assert set(files_of(tmp_path / "out")) == {"manifest.json", "topics/part-0.parquet"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("force", [False, True], ids=["asked politely", "forced"])
def test_what_is_no_export_is_never_replaced(filled: Lake, tmp_path: Path, force: bool) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="never replaced"):
        export(filled, tmp_path / "home", force=force)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="never replaced"):
        export(filled, tmp_path / "file", force=force)
    assert (tmp_path / "home/thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("inside", ["raw/out", ".", "..", "out"])
def test_an_export_into_the_lake_would_be_read_as_dumps(filled: Lake, inside: str) -> None:
    with pytest.raises(UsageError, match="is inside the lake"):
        export(filled, filled.root / inside, force=True)


def test_a_failure_midway_leaves_what_was_there(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(filled, tmp_path / "out", tables=["papers"])
    before = files_of(tmp_path / "out")

    def full(*_arguments: object) -> list[Path]:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exporting.WRITERS, "csv", full)
    with pytest.raises(ExportError, match="No space left"):
        export(filled, tmp_path / "out", "csv", force=True)
    assert files_of(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_leftovers_of_a_killed_export_do_no_harm(filled: Lake, tmp_path: Path) -> None:
    (tmp_path / ".out.partial/papers").mkdir(parents=True)
    (tmp_path / ".out.partial/papers/half.parquet").write_text("half")
    export(filled, tmp_path / "out", tables=["topics"])
    assert set(files_of(tmp_path / "out")) == {"manifest.json", "topics/part-0.parquet"}
    # killed between the two renames: the old export stands aside and is put back
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    with pytest.raises(UsageError, match="query failed"):
        export(filled, tmp_path / "out", query="SELECT no_such_column FROM papers")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out", lambda _: None):
        raise RuntimeError
    assert set(files_of(tmp_path / "out")) == {"manifest.json", "topics/part-0.parquet"}


def test_two_exports_to_one_folder_do_not_mix(filled: Lake, tmp_path: Path) -> None:
    with (
        whole_folder(tmp_path / "out", lambda _: None),
        pytest.raises(LakeBusyError, match="Another process"),
    ):
        export(filled, tmp_path / "out", tables=["papers"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tables": ["paper"]}, "no public table 'paper'"),
        ({"query": "SELEC 1"}, "query failed"),
        ({"query": "  "}, "no query"),
        ({"query": "DROP TABLE papers"}, "query failed"),
        ({"query": "SELECT * FROM read_text('/etc/hostname')"}, "query failed"),
        ({"query": "SELECT CAST(title AS INTEGER) FROM papers"}, "query failed"),
        ({"file_format": "xml"}, "no export format 'xml'"),
    ],
    ids=["table", "syntax", "empty", "write", "file", "while running", "format"],
)
def test_wrong_usage_is_told_and_leaves_nothing(
    filled: Lake, tmp_path: Path, options: dict, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        export(filled, tmp_path / "out", **options)
    assert not [*tmp_path.iterdir()]


def test_without_a_warehouse_it_says_so(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no warehouse"):
        export(lake, tmp_path / "out")
