"""Decide from the manifests that a run has nothing to build.

Reads manifests, the listing of raw/ and what people write in curated/; opens no table and hashes no file.
"""

from __future__ import annotations

from paperlake.errors import PaperlakeError
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.runner import is_current, publish_files
from paperlake.stages.stage import RunContext


def has_nothing_to_build(pipeline: Pipeline, context: RunContext, until: str | None = None) -> bool:
    """Return whether every stage up to `until` is what a build would give now.

    False where that cannot be told, such as where raw/ cannot be listed: the run then says why.
    """
    try:
        for stage in pipeline.until(until):
            manifest = context.lake.manifest(stage.name)
            if manifest is None:
                return False
            if not is_current(context.lake, stage, manifest, pipeline.fingerprint(stage, context)):
                return False
    except PaperlakeError:
        return False
    return True


def publish_all_files(pipeline: Pipeline, context: RunContext, until: str | None = None) -> None:
    """Put the committed files that users open in their places, where they are not there already."""
    for stage in pipeline.until(until):
        manifest = context.lake.manifest(stage.name)
        if manifest is not None:
            publish_files(context.lake, stage, manifest)
