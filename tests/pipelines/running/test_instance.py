"""Errors of the instance's storage, and what the asset of a file shows."""

import sqlite3
import sys
from pathlib import Path

import dagster as dg
import pytest

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from pipelines.running.instance import open_instance, storage_errors
from pipelines.running.runs import run_everything


def test_a_full_disk_under_the_history_is_a_message(
    sample_lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.OperationalError as error:
            raise RuntimeError("(sqlite3.OperationalError) in some layer above") from error

    monkeypatch.setattr(dg.DagsterInstance, "create_run_for_job", full)
    with pytest.raises(LakeError, match=r"cannot be written: database or disk is full\. Free space"):
        run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="raw_dumps")


def test_other_errors_are_not_hidden(lake: Lake) -> None:
    with pytest.raises(ZeroDivisionError), storage_errors(lake):
        raise ZeroDivisionError


def test_a_home_that_may_not_be_written_is_a_message(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"dagster\.yaml: Permission denied"), storage_errors(lake):
        raise PermissionError(13, "Permission denied", str(lake.dagster_home / "dagster.yaml"))


@pytest.mark.parametrize(
    ("storage", "words"),
    [
        ("postgres_url: {env: THERE_IS_NO_SUCH_VARIABLE}", "THERE_IS_NO_SUCH_VARIABLE not set"),
        ("postgres_link: x", "unexpected config entry"),
        (
            "postgres_url: 'postgresql://lake:planted@127.0.0.1/runs'",
            r"psycopg is not installed.*psycopg2://",
        ),
    ],
)
def test_a_mistake_in_the_configuration_of_postgres_is_a_message(
    lake: Lake, storage: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # the driver that SQLAlchemy takes by default
    lake.dagster_home.mkdir(exist_ok=True)
    (lake.dagster_home / "dagster.yaml").write_text(f"storage:\n  postgres:\n    {storage}\n")
    with pytest.raises(LakeError, match=words) as caught, storage_errors(lake):
        open_instance(lake)
    assert "planted" not in str(caught.value)


def test_the_warehouse_shows_its_file_and_its_tables(
    sample_lake: Lake, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    result = definitions.resolve_job_def("everything").execute_in_process(instance=instance)
    shown = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    warehouse, report = shown["warehouse"], shown["report"]
    assert Path(warehouse["path"].value) == sample_lake.warehouse
    assert warehouse["bytes"].value == sample_lake.warehouse.stat().st_size
    rows = {record.data["table"]: record.data["rows"] for record in warehouse["contents"].records}
    assert int(rows["papers"]) > 1
    assert {"entries", "similar_papers", "stage_checks"} <= set(rows)
    assert not {"dagster/row_count", "dagster/column_schema"} & set(warehouse)
    assert report["url"].value == sample_lake.report.as_uri()
