"""A command-line run keeps the databases of its history open; what is recorded is that of any run."""

import os
from collections.abc import Iterator

import dagster as dg
import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Engine, event

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from pipelines.running.instance import open_instance
from pipelines.running.recording import cheap_recording, migrations_read_once
from pipelines.running.runs import run_everything


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The databases that are opened, once for each time."""
    names: list[str] = []

    def count(_dialect: object, _record: object, arguments: list[str], _named: object) -> None:
        names.append(arguments[0])

    event.listen(Engine, "do_connect", count)
    yield names
    event.remove(Engine, "do_connect", count)


def test_a_run_opens_few_connections_and_is_recorded_whole(
    sample_lake: Lake, settings: Settings, opened: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    def on_stage(stage: str) -> None:
        os.write(1, f"{stage}\n".encode())

    outcome = run_everything(sample_lake, settings, Silent(), on_stage, until="papers")
    assert outcome.succeeded
    with open_instance(sample_lake) as instance:
        (run,) = instance.get_runs()
        in_index = [name for name in opened if name.endswith("runs/index.db")]
        of_run = [name for name in opened if name.endswith(f"{run.run_id}.db")]
        assert (len(in_index), len(of_run)) < (20, 20)
        stages = stage_list.PIPELINE.until("papers")
        for output in (output for stage in stages for output in stage.writes):
            record = instance.fetch_materializations(dg.AssetKey(output.name), limit=1).records[0]
            assert record.run_id == run.run_id
        kinds = [entry.dagster_event_type for entry in instance.all_logs(run.run_id)]
    checks = sum(len(stage.all_checks) for stage in stages)
    assert kinds.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION) == checks
    assert kinds.count(dg.DagsterEventType.LOGS_CAPTURED) == 1
    assert capfd.readouterr().out.split() == ["raw_dumps", "parsed_entries", "papers"]
    assert not list(sample_lake.dagster_home.glob("storage/*/compute_logs/*"))


def test_another_process_reads_events_while_the_run_goes_on(sample_lake: Lake) -> None:
    with open_instance(sample_lake) as instance, cheap_recording(instance):
        run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job())
        instance.report_run_failed(run, "ended by the test")
        with open_instance(sample_lake) as other:
            assert [one.status for one in other.get_runs()] == [dg.DagsterRunStatus.FAILURE]
            assert other.all_logs(run.run_id)


def test_the_scripts_of_migrations_are_read_once(sample_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = ScriptDirectory._load_revisions

    def count(self: ScriptDirectory) -> Iterator[Script]:
        read.append(str(self.dir))
        yield from load(self)

    monkeypatch.setattr(ScriptDirectory, "_load_revisions", count)
    with migrations_read_once():
        for _ in range(2):
            with open_instance(sample_lake) as instance:
                assert not instance.get_runs()
    assert len(read) == 1
    with open_instance(sample_lake):
        pass
    assert len(read) > 1


def test_a_history_in_memory_is_recorded_as_it_is(instance: dg.DagsterInstance) -> None:
    before = instance.event_log_storage.index_connection
    with cheap_recording(instance):
        assert instance.event_log_storage.index_connection == before
