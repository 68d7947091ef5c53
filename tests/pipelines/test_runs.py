"""Runs of the whole job: what is recorded, what a failing check stops, both executors."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from paperlake.stages.OLD import STAGES, last_result

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from pipelines.checks import check_names
from pipelines.definitions import build_definitions
from pipelines.instance import open_instance
from pipelines.runs import run_everything

PROJECT = Path(__file__).resolve().parents[2]


def execute(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def("everything").execute_in_process(
        instance=instance, raise_on_error=False
    )


def test_one_run_fills_the_lake_and_reports_everything(
    sample_lake: Lake, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    result = execute(definitions, instance)
    assert result.success
    events = result.get_asset_materialization_events()
    assert [event.asset_key.to_user_string() for event in events] == list(STAGES)
    evaluations = {
        (check.asset_key.to_user_string(), check.check_name) for check in result.get_asset_check_evaluations()
    }
    assert evaluations == {(stage, name) for stage in STAGES for name in check_names(stage)}
    for event in events:
        assert "dagster/row_count" in event.materialization.metadata
    topics = next(event for event in events if event.asset_key == dg.AssetKey("topics"))
    assert topics.materialization.metadata["map"].md_str.startswith("![topic_map](data:image/png;base64,")
    (count,) = query(sample_lake, "SELECT count(*) FROM papers")[1][0]
    assert count == sample_lake.read(PAPERS).height > 80


def test_a_second_run_reuses_every_stage_and_still_emits_every_check(
    sample_lake: Lake, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    execute(definitions, instance)
    before = {stage: last_result(sample_lake, stage) for stage in STAGES}
    result = execute(definitions, instance)
    for event in result.get_asset_materialization_events():
        assert event.materialization.metadata["reused"].value is True, event.asset_key
    assert len(result.get_asset_check_evaluations()) == sum(len(check_names(stage)) for stage in STAGES)
    assert {stage: last_result(sample_lake, stage) for stage in STAGES} == before


def test_a_failing_check_blocks_what_follows_and_keeps_the_old_table(
    sample_lake: Lake,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert execute(definitions, instance).success
    old = sample_lake.read(PAPERS)
    (sample_lake.raw / "saved_page_june.txt").unlink()
    make = sys.modules["pipelines.assets.papers"].make_papers

    def broken(lake: Lake, settings: Settings, progress: object):
        from paperlake import stages

        real = stages.check_table

        def fail_papers(table, frame: pl.DataFrame):
            if table.name == "papers":
                frame = frame.with_columns(pl.lit("").alias("title"))
            return real(table, frame)

        monkeypatch.setattr(stages, "check_table", fail_papers)
        return make(lake, settings, progress)

    monkeypatch.setattr(sys.modules["pipelines.assets.papers"], "make_papers", broken)
    result = execute(definitions, instance)
    assert not result.success
    materialized = [event.asset_key.to_user_string() for event in result.get_asset_materialization_events()]
    assert materialized == ["raw_dumps", "parsed_entries"]
    failed = [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]
    assert failed == ["papers_schema"]
    assert sample_lake.read(PAPERS).equals(old)


def test_a_run_until_a_stage_stops_there(sample_lake: Lake, settings: Settings) -> None:
    outcome = run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="papers")
    assert outcome.succeeded
    assert outcome.finished_stages == ["raw_dumps", "parsed_entries", "papers"]
    assert not sample_lake.warehouse.exists()


def test_a_run_can_force_a_refit(sample_lake: Lake, settings: Settings) -> None:
    for refit, fit_number in ((False, 1), (False, 1), (True, 2)):
        done = run_everything(
            sample_lake, settings, Silent(), lambda _stage: None, until="topics", refit=refit
        )
        assert done.succeeded
        assert last_result(sample_lake, "topics").facts["fit_number"] == fit_number


def test_a_run_from_the_command_line_stands_in_the_history_of_the_ui(
    sample_lake: Lake, settings: Settings
) -> None:
    run_everything(sample_lake, settings, Silent(), lambda _stage: None)
    with open_instance(sample_lake) as instance:
        (run,) = instance.get_runs()
        assert run.job_name == "everything"
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert instance.get_latest_materialization_event(dg.AssetKey("warehouse")) is not None


def test_an_empty_lake_fails_with_the_exit_code_for_nothing_to_read(lake: Lake, settings: Settings) -> None:
    outcome = run_everything(lake, settings, Silent(), lambda _stage: None)
    assert (outcome.succeeded, outcome.failed_stage, outcome.exit_code) == (False, "raw_dumps", 3)
    assert str(lake.raw) in outcome.message


@pytest.mark.slow
def test_the_multiprocess_executor_gives_the_same_tables(
    sample_lake: Lake, tmp_path: Path, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """A process a step: nothing may live in memory between two steps."""
    assert execute(definitions, instance).success
    tables = {name: sample_lake.read_table(name) for name in ("papers", "matches", "topics", "paper_topics")}
    other = Lake.open(tmp_path / "other")
    for dump in sample_lake.raw.iterdir():
        (other.raw / dump.name).write_bytes(dump.read_bytes())
    code = (
        "import dagster as dg\n"
        "from pipelines.definitions import build_definitions\n"
        "def job(): return build_definitions().resolve_job_def('everything')\n"
        "if __name__ == '__main__':\n"
        "    with dg.instance_for_test() as instance:\n"
        "        result = dg.execute_job(dg.reconstructable(job), instance=instance)\n"
        "        assert result.success\n"
        "        assert len(result.get_step_success_events()) == 7\n"
    )
    script = tmp_path / "multiprocess_run.py"
    script.write_text(code)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}",
        "PAPERLAKE_LAKE": str(other.root),
        "PAPERLAKE_EMBEDDER": "hashing",
        "PAPERLAKE_EXECUTOR": "multiprocess",
    }
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for name, table in tables.items():
        assert other.read_table(name).equals(table), name


def test_swapped_resources_are_used(
    sample_lake: Lake, settings: Settings, instance: dg.DagsterInstance
) -> None:
    """A resource of the caller's takes the place of ours: here an embedder that must not be asked."""
    from pipelines.resources import EmbedderResource

    class Forbidden(EmbedderResource):
        def get(self, settings: Settings):
            raise AssertionError("asked")

    swapped = build_definitions(settings, {"embedder": Forbidden()})
    result = execute(swapped, instance)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_key == "paper_embeddings"
