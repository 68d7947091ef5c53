"""Runs of the whole job: what is recorded, checks alone, what a failing check stops."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

import dagster as dg
import pytest

from paperlake import stage_list
from paperlake.errors import INTERRUPTED_EXIT_CODE, Interrupted
from paperlake.interruption import raise_on_signals
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from paperlake.stages.checks import check
from paperlake.stages.pipeline import Pipeline
from pipelines.definitions import build_definitions
from pipelines.running.instance import open_instance
from pipelines.running.runs import run_everything
from tests.support.lakes import last
from tests.support.signals import signals_kept


def execute(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str = "everything"
) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)


def versions(result: dg.ExecuteInProcessResult) -> dict[str, str | None]:
    return {
        event.asset_key.to_user_string(): (event.materialization.tags or {}).get("dagster/data_version")
        for event in result.get_asset_materialization_events()
    }


def test_a_reused_stage_has_equal_data_versions(
    sample_lake: Lake, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    one, two = execute(definitions, instance), execute(definitions, instance)
    assert one.success
    assert two.success
    outputs = {output.name for stage in stage_list.PIPELINE for output in stage.writes}
    assert set(versions(one)) == outputs
    assert versions(one) == versions(two)
    assert None not in versions(one).values()
    assert all(e.materialization.metadata["reused"].value for e in two.get_asset_materialization_events())
    count = sum(len(stage.all_checks) for stage in stage_list.PIPELINE)
    assert len(two.get_asset_check_evaluations()) == count + 1  # and that of a change of the model
    assert sample_lake.report.exists()


def test_checks_run_by_themselves(
    sample_lake: Lake, settings: Settings, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    assert run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="papers").succeeded
    before = last(sample_lake, "papers")
    key = dg.AssetCheckKey(dg.AssetKey("papers"), "papers_schema")
    job = dg.define_asset_job("checks", dg.AssetSelection.checks(key))
    result = execute(dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])), instance, "checks")
    assert result.success
    assert [one.check_name for one in result.get_asset_check_evaluations()] == ["papers_schema"]
    assert not result.get_asset_materialization_events()
    assert last(sample_lake, "papers") == before


def test_a_failing_check_blocks_what_follows(
    sample_lake: Lake, settings: Settings, instance: dg.DagsterInstance
) -> None:
    papers = stage_list.PIPELINE.stage("papers")

    @check(papers.tables[0], "never_passes")
    def never_passes(_reader: object) -> tuple[int, list[str]]:
        """Fail."""
        return 1, ["row 1"]

    broken = replace(papers, checks=(*papers.checks, never_passes))
    stages = tuple(broken if stage is papers else stage for stage in stage_list.PIPELINE)
    result = execute(build_definitions(settings, pipeline=Pipeline(stages)), instance)
    assert not result.success
    failed = [one.check_name for one in result.get_asset_check_evaluations() if not one.passed]
    assert failed == ["never_passes"]
    assert not set(versions(result)) & {output.name for output in papers.writes}
    assert sample_lake.manifest("papers") is None


def test_a_run_until_a_stage_is_in_the_history(sample_lake: Lake, settings: Settings) -> None:
    outcome = run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="papers")
    assert outcome.finished_stages == ["raw_dumps", "parsed_entries", "papers"]
    with open_instance(sample_lake) as instance:
        (run,) = instance.get_runs()
        assert (run.job_name, run.status) == ("everything", dg.DagsterRunStatus.SUCCESS)


def test_a_run_can_force_a_refit(sample_lake: Lake, settings: Settings) -> None:
    for refit, fit_number in ((False, 1), (True, 2)):
        run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="topics", refit=refit)
        assert last(sample_lake, "topics").facts["fit_number"] == fit_number


def test_a_run_can_build_every_stage_from_nothing(sample_lake: Lake, settings: Settings) -> None:
    for rebuild in (False, False, True):
        before = sample_lake.manifest("papers")
        run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="papers", rebuild=rebuild)
        assert (last(sample_lake, "papers") == before) == (before is not None and not rebuild)


def test_an_empty_lake_has_nothing_to_read(lake: Lake, settings: Settings) -> None:
    outcome = run_everything(lake, settings, Silent(), lambda _stage: None)
    assert (outcome.succeeded, outcome.failed_stage, outcome.exit_code) == (False, "raw_dumps", 3)
    assert str(lake.raw) in str(outcome.message)


@pytest.fixture
def signals() -> Iterator[None]:
    """Handle signals as the command line does."""
    with signals_kept():
        raise_on_signals()
        yield


def raising_another_error(interrupt: Callable[[], None]) -> None:
    try:
        interrupt()
    except BaseException:  # noqa: BLE001  # as libraries do
        raise OSError("a library's error") from None


def swallowing(interrupt: Callable[[], None]) -> None:
    with contextlib.suppress(BaseException):
        interrupt()


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("number", "during"),
    [
        (signal.SIGINT, lambda interrupt: interrupt()),
        (signal.SIGTERM, raising_another_error),
        (signal.SIGINT, swallowing),
    ],
    ids=["raised", "became another error", "swallowed"],
)
def test_an_interrupted_run_has_its_exit_code_whatever_became_of_the_exception(
    sample_lake: Lake,
    settings: Settings,
    number: signal.Signals,
    during: Callable[[Callable[[], None]], None],
) -> None:
    def on_stage(stage: str) -> None:
        if stage == "raw_dumps":
            during(lambda: os.kill(os.getpid(), number))

    outcome = run_everything(sample_lake, settings, Silent(), on_stage, until="parsed_entries")
    assert (outcome.name, outcome.exit_code) == ("interrupted", INTERRUPTED_EXIT_CODE)
    assert "Interrupted" in str(outcome.message)
    assert "parsed_entries" not in outcome.finished_stages


@pytest.mark.usefixtures("signals")
def test_an_interruption_in_the_storage_of_the_history_is_no_error_of_it(
    sample_lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(*_arguments: object, **_named: object) -> None:
        raising_another_error(lambda: os.kill(os.getpid(), signal.SIGTERM))

    monkeypatch.setattr(dg.DagsterInstance, "handle_new_event", store)
    with pytest.raises(Interrupted):
        run_everything(sample_lake, settings, Silent(), lambda _stage: None, until="raw_dumps")
