"""The asset `topics`."""

import dagster as dg
import polars as pl

from paperlake.lake import Lake
from paperlake.topics.stage import make_topics
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.metadata import picture, preview
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


@stage_asset("topics", deps=["paper_embeddings"], kinds={"scikitlearn", "parquet"})
def topics(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """Labelled topics and subtopics, each paper's place among them, their trends by month, and a map."""
    held = lake.get()
    yield from report(
        lambda: make_topics(held, settings.get(), progress.get(context)),
        lambda _result: {
            "preview": preview(_largest_first(held), ["label", "level", "paper_count", "keywords"]),
            "map": picture(held.topic_map),
        },
    )


def _largest_first(lake: Lake) -> pl.DataFrame:
    return lake.read_table("topics").sort("level", "paper_count", "label", descending=[False, True, False])
