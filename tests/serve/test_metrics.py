"""Times of stages and numbers of rows for Prometheus, read back by its own parser."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from paperlake import stage_list
from paperlake.catalogue.dump_tables import REJECTS
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from tests.serve.conftest import client_of


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return the values by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_times_and_rows_are_those_of_the_last_commits(served: Lake) -> None:
    with client_of(served, serve_metrics=True) as client:
        response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert response.headers["cache-control"] == "no-store"
    found = samples(response.text)
    for stage in stage_list.PIPELINE.stages:
        manifest = served.manifest(stage.name)
        assert found["paperlake_stage_seconds", stage.name] == manifest.seconds
        finished = found["paperlake_stage_finished_timestamp_seconds", stage.name]
        assert finished == manifest.finished_at.timestamp()
    for table in (PAPERS, REJECTS):
        assert found["paperlake_table_rows", table.stage, table.name] == served.read(table).height


def test_there_are_none_unless_asked_for(served: Lake) -> None:
    with client_of(served) as client:
        assert client.get("/metrics").status_code == 404


def test_the_token_is_asked_for(served: Lake) -> None:
    with client_of(served, serve_metrics=True, serve_token="s3cret") as client:
        assert client.get("/metrics").status_code == 401


def test_a_new_commit_is_seen_and_a_lake_of_few_stages_is_enough(
    lake: Lake, settings, tmp_path: Path
) -> None:
    from tests.support.lakes import fill
    from tests.support.listing_writer import write_small_listing

    with client_of(lake, serve_metrics=True) as client:
        assert samples(client.get("/metrics").text) == {}
        write_small_listing(lake.raw / "a.txt", 1)
        fill(lake, settings, "parsed_entries")
        first = samples(client.get("/metrics").text)
        write_small_listing(lake.raw / "b.txt", 2)
        fill(lake, settings, "parsed_entries")
        second = samples(client.get("/metrics").text)
    entries = ("paperlake_table_rows", "parsed_entries", "entries")
    assert second[entries] > first[entries] > 0
    assert ("paperlake_stage_seconds", "papers") not in second
