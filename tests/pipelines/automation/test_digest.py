"""The weekly digest: off by default, files in report/digests/, sent where addresses are set."""

import json
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.automation.digest import JOB, NAME, DigestConfig
from pipelines.definitions import build_definitions
from tests.support.http_server import Reply, serve
from tests.support.templates import Templates

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
MONDAY = "2025-06-16"


@pytest.fixture(scope="module")
def digest_lake(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return templates.filled(tmp_path_factory.mktemp("digest") / "lake", "listing/saved_page_june.txt")


def enabled(lake: Lake) -> Settings:
    return Settings(lake=lake.root, embedder="hashing", digest_weekly=True)


def write(lake: Lake, instance: dg.DagsterInstance, day: str) -> dg.ExecuteInProcessResult:
    job = build_definitions(enabled(lake)).resolve_job_def(JOB)
    config = dg.RunConfig(ops={NAME: DigestConfig(day=day)})
    return job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)


def test_it_is_off_by_default(definitions: dg.Definitions) -> None:
    assert dg.AssetKey(NAME) not in definitions.resolve_asset_graph().get_all_asset_keys()


def test_it_comes_after_the_warehouse(digest_lake: Lake) -> None:
    graph = build_definitions(enabled(digest_lake)).resolve_asset_graph()
    assert [key.to_user_string() for key in graph.get(dg.AssetKey(NAME)).parent_keys] == ["warehouse"]


def test_the_week_of_the_dump_is_written_in_three_forms(
    digest_lake: Lake, instance: dg.DagsterInstance
) -> None:
    result = write(digest_lake, instance, MONDAY)
    assert result.success
    folder = digest_lake.root / "report" / "digests"
    assert {path.name for path in folder.iterdir()} == {f"{MONDAY}.{end}" for end in ("md", "html", "json")}
    content = json.loads((folder / f"{MONDAY}.json").read_text())
    assert (content["since"], content["until"]) == ("2025-06-09", "2025-06-15")
    assert content["sections"][0]["total"] > 0
    metadata = result.get_asset_materialization_events()[0].materialization.metadata
    assert metadata["papers"].value == len(content["sections"][0]["rows"])
    assert metadata["sent_to"].value == 0


def test_it_is_sent_and_a_refusal_fails_the_run_without_the_address(
    digest_lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(lambda _request: Reply(b"{}")) as server:
        address = f"{server.url.replace('http://', 'json://user:planted@')}/hook"
        monkeypatch.setenv("PAPERLAKE_DIGEST_ADDRESSES", address)
        assert write(digest_lake, instance, MONDAY).success
        assert len(server.requests) == 1
        server.respond = lambda _request: Reply(b"", 500)
        failed = write(digest_lake, instance, MONDAY)
    assert not failed.success
    told = str([event.event_specific_data for event in failed.all_events if event.is_step_failure])
    assert "was not taken by 1 address" in told
    assert "planted" not in told


def test_each_tick_asks_for_the_week_before_it(digest_lake: Lake) -> None:
    schedule = build_definitions(enabled(digest_lake)).resolve_schedule_def(NAME)
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2025, 6, 16, 8, tzinfo=UTC))
    (request,) = schedule.evaluate_tick(context).run_requests or ()
    assert request.run_key == MONDAY
    assert request.run_config["ops"][NAME]["config"]["day"] == date(2025, 6, 16).isoformat()
