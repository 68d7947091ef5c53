"""The asset `topics`."""

import dagster as dg

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
            "preview": preview(held.read_table("topics"), ["label", "level", "paper_count", "keywords"]),
            "map": picture(held.topic_map),
        },
    )
