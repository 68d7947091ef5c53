"""The asset `warehouse`."""

import dagster as dg
from paperlake.warehouse.build import make_warehouse

from pipelines.assets.stage import Events, report, stage_asset
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


@stage_asset("warehouse", deps=["topics"], kinds={"duckdb"})
def warehouse(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """The DuckDB file with every public table: built aside, checked, and swapped in."""
    held = lake.get()
    yield from report(
        lambda: make_warehouse(held, settings.get(), progress.get(context)),
        lambda _result: {"dagster/uri": str(held.warehouse)},
    )
