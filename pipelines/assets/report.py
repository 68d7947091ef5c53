"""The asset `report`."""

import dagster as dg

from paperlake.lake import Lake
from paperlake.report.stage import make_report
from paperlake.warehouse.reading import query
from pipelines.assets.stage import Events, stage_asset
from pipelines.assets.stage import report as report_stage
from pipelines.metadata import markdown_table
from pipelines.resources import LakeResource, ProgressResource, SettingsResource

_LARGEST = (
    "SELECT label, paper_count, keywords FROM topics WHERE level = 1 ORDER BY paper_count DESC, label LIMIT 5"
)


@stage_asset("report", deps=["warehouse"], kinds={"html"})
def report(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """One self-contained page about the lake: topic map, trends, what is new, what emerges, data quality."""
    held = lake.get()
    yield from report_stage(
        lambda: make_report(held, settings.get(), progress.get(context)),
        lambda _result: _about(held),
    )


def _about(lake: Lake) -> dict[str, dg.MetadataValue]:
    """Where the page lies, how large it is, and what stands at its top."""
    columns, rows = query(lake, _LARGEST)
    return {
        "dagster/uri": dg.MetadataValue.text(str(lake.report)),
        "path": dg.MetadataValue.path(str(lake.report)),
        "bytes": dg.MetadataValue.int(lake.report.stat().st_size),
        "preview": markdown_table(columns, rows),
    }
