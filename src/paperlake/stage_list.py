"""The one list of stages, from which command line, Dagster, checks, docs, export and status follow."""

from __future__ import annotations

from paperlake.dedup.stage import PAPERS_STAGE
from paperlake.dumps.inventory import RAW_DUMPS
from paperlake.dumps.stage import PARSED_ENTRIES
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.stage import PAPER_EMBEDDINGS
from paperlake.engine.choosing import make_engine
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.report.stage import REPORT_STAGE
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.stage import RunContext
from paperlake.topics.stage import TOPICS_STAGE
from paperlake.topics.taxonomy.stage import TAXONOMY_STAGE
from paperlake.warehouse.stage import WAREHOUSE_STAGE

PIPELINE = Pipeline(
    (
        RAW_DUMPS,
        PARSED_ENTRIES,
        PAPERS_STAGE,
        PAPER_EMBEDDINGS,
        TOPICS_STAGE,
        TAXONOMY_STAGE,
        WAREHOUSE_STAGE,
        REPORT_STAGE,
    )
)


def run_context(
    lake: Lake,
    settings: Settings,
    progress: Progress | None = None,
    refit: bool = False,
    rebuild: bool = False,
) -> RunContext:
    """Return what every stage of a run shares, with the embedder that the settings choose."""
    return RunContext(
        lake,
        settings,
        lambda: make_embedder(settings),
        progress or Silent(),
        refit,
        rebuild,
        make_engine(settings, lake.root),
    )
