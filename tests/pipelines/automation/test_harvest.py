"""Assets that fetch dumps: off by default, one run for many days, tested against a real server on loopback."""

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from paperlake.catalogue.dump_tables import DUMPS
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.definitions import build_definitions
from tests.support.harvest_server import OaiPages
from tests.support.http_server import Reply, Request, serve

GONE = "2025-03-02"


def respond(request: Request) -> Reply:
    """One paper named after the day, except for a day that the server does not have."""
    day = request.query["date"]
    paper = {"id": "2503.00001", "title": f"On the day {day}", "summary": "A pond." * 30}
    return Reply.of_json([{"paper": paper}], 404 if day == GONE else 200)


@pytest.fixture
def server():
    with serve(respond) as running:
        yield f"{running.url}/daily?limit=100"


@pytest.fixture
def enabled(settings: Settings, server: str) -> Settings:
    changes = {"daily_listing": True, "daily_api_url": server, "daily_interval_seconds": 0.0}
    return Settings(**{**settings.model_dump(exclude_unset=True), "daily_retry_seconds": 0, **changes})


def fetch(
    settings: Settings, start: str, end: str, instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    job = build_definitions(settings).resolve_job_def("fetch_daily_listing")
    tags = {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def test_they_are_off_by_default(definitions: dg.Definitions) -> None:
    names = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert not names & {"daily_listing", "arxiv_harvest", "openalex_harvest"}


def test_the_inventory_comes_after_it(enabled: Settings) -> None:
    graph = build_definitions(enabled).resolve_asset_graph()
    assert graph.get(dg.AssetKey("inventory")).parent_keys == {dg.AssetKey("daily_listing")}


def test_a_failed_day_does_not_fail_the_others(
    enabled: Settings, lake: Lake, instance: dg.DagsterInstance
) -> None:
    result = fetch(enabled, "2025-03-01", "2025-03-03", instance)
    assert result.success
    landed = {path.parent.name for path in lake.raw.glob("daily_api/*/*.json")}
    assert landed == {"2025-03-01", "2025-03-03"}
    metadata = result.get_asset_materialization_events()[0].materialization.metadata
    assert (metadata["stored"].value, metadata["failed"].value) == (2, 1)


def test_a_run_of_failed_days_only_fails(enabled: Settings, instance: dg.DagsterInstance) -> None:
    job = build_definitions(enabled).resolve_job_def("fetch_daily_listing")
    result = job.execute_in_process(instance=instance, partition_key=GONE, raise_on_error=False)
    assert not result.success


def test_what_was_landed_is_read_by_the_next_run(
    enabled: Settings, lake: Lake, instance: dg.DagsterInstance
) -> None:
    fetch(enabled, "2025-03-03", "2025-03-03", instance)
    job = build_definitions(enabled).resolve_job_def("everything")
    assert job.execute_in_process(instance=instance).success
    assert lake.read(PAPERS)["title"].to_list() == ["On the day 2025-03-03"]
    assert lake.read(DUMPS)["listed_date"].to_list()[0].isoformat() == "2025-03-03"


def test_the_landing_schedule_asks_for_the_last_days(enabled: Settings, instance: dg.DagsterInstance) -> None:
    schedule = build_definitions(enabled).resolve_schedule_def("daily_landing")
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=datetime(2025, 3, 10, 5, 30, tzinfo=UTC)
    )
    (request,) = schedule.evaluate_tick(context).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2025-03-08"
    assert request.tags["dagster/asset_partition_range_end"] == "2025-03-10"


def test_sources_in_pages_are_assets_too(
    settings: Settings, lake: Lake, instance: dg.DagsterInstance
) -> None:
    with serve() as server:
        server.respond = pages = OaiPages(server)
        pages.give(date(2025, 3, 3), 4)
        changes = {
            "harvest_arxiv": True,
            "harvest_openalex": True,
            "harvest_arxiv_url": f"{server.url}/oai",
            "harvest_arxiv_interval_seconds": 0.0,
        }
        chosen = Settings(**{**settings.model_dump(exclude_unset=True), **changes})
        definitions = build_definitions(chosen)
        parents = definitions.resolve_asset_graph().get(dg.AssetKey("inventory")).parent_keys
        assert parents == {dg.AssetKey("arxiv_harvest"), dg.AssetKey("openalex_harvest")}
        job = definitions.resolve_job_def("fetch_arxiv_harvest")
        result = job.execute_in_process(instance=instance, partition_key="2025-03-03")
        assert result.success
        metadata = result.get_asset_materialization_events()[0].materialization.metadata
        assert (metadata["stored"].value, metadata["dumps"].value) == (1, 2)
    assert len(list(lake.raw.glob("harvest/arxiv/cs.arXiv/2025-03-03/*/*.xml"))) == 2
    schedule = definitions.resolve_schedule_def("arxiv_landing")
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=datetime(2025, 3, 10, 4, 30, tzinfo=UTC)
    )
    (request,) = schedule.evaluate_tick(context).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2025-03-03"
    assert request.tags["dagster/asset_partition_range_end"] == "2025-03-09"
