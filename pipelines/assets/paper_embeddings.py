"""The asset `paper_embeddings`."""

import dagster as dg

from paperlake.embedding.stage import make_paper_embeddings
from pipelines.assets.stage import Events, report, stage_asset
from pipelines.resources import EmbedderResource, LakeResource, ProgressResource, SettingsResource


@stage_asset("paper_embeddings", deps=["papers"], kinds={"pytorch", "parquet"})
def paper_embeddings(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    settings: SettingsResource,
    embedder: EmbedderResource,
    progress: ProgressResource,
) -> Events:
    """A vector for every paper; only texts that the store does not hold yet are embedded."""
    chosen = settings.get()
    yield from report(
        lambda: make_paper_embeddings(lake.get(), chosen, embedder.get(chosen), progress.get(context))
    )
