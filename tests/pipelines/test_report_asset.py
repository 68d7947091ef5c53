"""The report in the UI: a page that nobody finds is not read."""

import dagster as dg

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from pipelines.instance import open_instance
from pipelines.runs import run_everything


def test_the_asset_says_where_the_page_lies_how_large_it_is_and_what_is_in_it(
    sample_lake: Lake, settings: Settings
) -> None:
    assert run_everything(sample_lake, settings, Silent(), lambda _stage: None).succeeded
    with open_instance(sample_lake) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("report"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["path"].value == str(sample_lake.report)
    assert metadata["bytes"].value == sample_lake.report.stat().st_size
    assert "paper_count" in str(metadata["preview"].value)
    assert metadata["rows/papers"].value == sample_lake.read(PAPERS).height
