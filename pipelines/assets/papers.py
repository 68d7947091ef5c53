"""The asset `papers`."""

import dagster as dg

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.dedup.stage import make_papers
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.metadata import preview
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


@stage_asset("papers", deps=["parsed_entries"], kinds={"polars", "parquet"})
def papers(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """One row a paper, put together from all entries about it, with the matches that joined them."""
    held = lake.get()
    shown = ["paper_id", "title", "published_date", "author_count", "source_count"]
    yield from report(
        lambda: make_papers(held, settings.get(), progress.get(context)),
        lambda _result: {"preview": preview(held.read(PAPERS), shown)},
    )
