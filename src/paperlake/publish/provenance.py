"""How a data set was built: versions, the settings that decide its content, the checks it passed.

Times, paths, addresses and secrets are left out.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from paperlake import __version__, stage_list
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import Manifest, input_hashes
from paperlake.settings import Settings
from paperlake.stages.pipeline import own_fingerprint
from paperlake.stages.stage import Stage

KIND = "paperlake data set"
WRITING_LIBRARIES = ("duckdb", "polars", "pyarrow")
MODEL_FACTS = ("model_id", "dimension", "max_tokens")
LAST_STAGE = "warehouse"


def manifests(lake: Lake, settings: Settings) -> dict[Stage, Manifest]:
    """Return the commits that the warehouse was built from, its own the last.

    Raises:
        LakeError: There is no warehouse, or a stage before it was built since, with other settings, or by
            another version.
    """
    found: dict[Stage, Manifest] = {}
    for stage in stage_list.PIPELINE.until(LAST_STAGE):
        manifest = lake.manifest(stage.name)
        if manifest is None:
            raise LakeError(f"There is no warehouse in {lake.root} yet. Run `paperlake run` first.")
        is_own = manifest.fingerprint.startswith(f"{own_fingerprint(stage, settings)}-")
        read = {
            output.name: input_hashes(lake.entries_of(output)) for output in stage_list.PIPELINE.reads(stage)
        }
        if not is_own or manifest.inputs != read:
            raise LakeError(
                f"The warehouse in {lake.root} is older than what it is built from, or than the settings "
                f"({stage.name} differs). Run `paperlake run`, then publish."
            )
        found[stage] = manifest
    return found


def provenance(
    commits: dict[Stage, Manifest], settings: Settings, has_abstracts: bool, content_sha256: str
) -> dict[str, Any]:
    """Return the content of provenance.json.

    Args:
        commits: The commits that the warehouse was built from.
        settings: The settings of the lake.
        has_abstracts: Whether abstracts are published.
        content_sha256: A hash of the names and hashes of all Parquet files.
    """
    libraries = {name for stage in commits for name in stage.libraries} | set(WRITING_LIBRARIES)
    embedded = next((one for stage, one in commits.items() if stage.name == "paper_embeddings"), None)
    facts = embedded.facts if embedded else {}
    return {
        "kind": KIND,
        "made_by": f"paperlake {__version__}",
        "has_abstracts": has_abstracts,
        "content_sha256": content_sha256,
        "libraries": {name: version(name) for name in sorted(libraries)},
        "model": {name: facts.get(name) for name in MODEL_FACTS},
        "stages": [_stage(stage, manifest, settings) for stage, manifest in commits.items()],
    }


def _stage(stage: Stage, manifest: Manifest, settings: Settings) -> dict[str, Any]:
    """Return what is published of one commit: not its times, files and failures."""
    public = {table.name for table in stage.tables if table.is_public}
    return {
        "stage": stage.name,
        "description": stage.description,
        "version": manifest.version,
        "settings": {name: getattr(settings, name) for name in stage.settings},
        "row_counts": {name: count for name, count in manifest.row_counts.items() if name in public},
        "checks": [
            {
                "check_name": check.check_name,
                "passed": check.passed,
                "checked_row_count": check.checked_row_count,
                "failed_row_count": check.failed_row_count,
            }
            for check in manifest.checks
        ],
    }
