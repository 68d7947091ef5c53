"""The asset `parsed_entries`."""

import dagster as dg

from paperlake.catalogue.dump_tables import DUMPS
from paperlake.dumps.stage import make_parsed_entries
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.metadata import preview
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


@stage_asset("parsed_entries", deps=["raw_dumps"], kinds={"polars", "parquet"})
def parsed_entries(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """Entries and rejects of every dump; a dump that was read before is not read again."""
    held = lake.get()
    shown = ["path", "format", "layout", "snapshot_date", "entry_count", "reject_count"]
    yield from report(
        lambda: make_parsed_entries(held, settings.get(), progress.get(context)),
        lambda _result: {"preview": preview(held.read(DUMPS), shown)},
    )
