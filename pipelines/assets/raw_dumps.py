"""The asset `raw_dumps`."""

import dagster as dg

from paperlake.catalogue.dump_tables import INVENTORY
from paperlake.dumps.inventory import make_raw_dumps
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.metadata import preview
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


@stage_asset("raw_dumps", deps=[], kinds={"file"})
def raw_dumps(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """The inventory of raw/: every file that arrived, its hash and its size."""
    held = lake.get()
    yield from report(
        lambda: make_raw_dumps(held, settings.get(), progress.get(context)),
        lambda _result: {"preview": preview(held.read(INVENTORY), ["path", "byte_size", "sha256"])},
    )
