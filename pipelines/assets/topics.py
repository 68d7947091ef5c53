"""The asset `topics`."""

import dagster as dg
import polars as pl
from pydantic import Field

from paperlake.catalogue.topic_tables import EMERGING_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.lake import Lake
from paperlake.topics.stage import make_topics
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.metadata import picture, preview
from pipelines.resources import LakeResource, ProgressResource, SettingsResource


class TopicsConfig(dg.Config):
    """What can be chosen for one run, in the launchpad or by `paperlake run --refit`."""

    refit: bool = Field(
        False, description="Find topics anew even if nothing changed; those that live on keep their ids."
    )


@stage_asset("topics", deps=["paper_embeddings"], kinds={"scikitlearn", "parquet"})
def topics(
    context: dg.AssetExecutionContext,
    config: TopicsConfig,
    lake: LakeResource,
    settings: SettingsResource,
    progress: ProgressResource,
) -> Events:
    """Labelled topics and subtopics, each paper's place among them, their trends by month, and a map."""
    held = lake.get()
    yield from report(
        lambda: make_topics(held, settings.get(), progress.get(context), config.refit),
        lambda _result: {
            "preview": preview(_largest_first(held), ["label", "level", "paper_count", "keywords"]),
            "emerging": preview(_emerging(held), ["label", "level", "growth_low", "recent_paper_count"]),
            "events": preview(_last_events(held), ["event", "level", "label", "other_label"]),
            "map": picture(held.topic_map),
        },
    )


def _emerging(lake: Lake) -> pl.DataFrame:
    labels = lake.read(TOPICS).select("topic_id", "label")
    return lake.read(EMERGING_TOPICS).sort("rank", "level").join(labels, on="topic_id")


def _last_events(lake: Lake) -> pl.DataFrame:
    """What the last fit did to topics; nothing of a first fit, at which all are born."""
    events = lake.read(TOPIC_EVENTS).filter(pl.col("fit_number") > 1)
    return events.filter(pl.col("fit_number") == pl.col("fit_number").max())


def _largest_first(lake: Lake) -> pl.DataFrame:
    return lake.read(TOPICS).sort("level", "paper_count", "label", descending=[False, True, False])
