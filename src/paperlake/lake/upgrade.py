"""Conversion of a lake of format 1: vectors, topic model and curated/ are kept, the rest is rebuilt."""

from __future__ import annotations

import shutil
from pathlib import Path

from paperlake.catalogue.files import TOPIC_MODEL
from paperlake.lake.files import hash_file
from paperlake.lake.lake import FORMAT_VERSION, Lake
from paperlake.lake.manifest import FileEntry, Manifest

OLD_FOLDERS = ("dumps", "entries", "rejects", "papers", "stages")  # of format 1, rebuilt from raw/


def upgrade(lake: Lake) -> str | None:
    """Convert a lake to the present format; hold the lock. A second call after an interruption goes on.

    Returns:
        One line for the user; None where there was nothing to convert.
    """
    if lake.format_version() == str(FORMAT_VERSION):
        return None
    old_vectors, new_vectors = lake.root / "embeddings", lake.vectors("any").parent
    if old_vectors.is_dir() and not new_vectors.exists():
        old_vectors.replace(new_vectors)
    _keep_topic_model(lake, lake.root / "topics" / "model.npz")
    for name in OLD_FOLDERS:
        shutil.rmtree(lake.root / name, ignore_errors=True)
    lake.write_format_version()
    return (
        f"The lake {lake.root} had format 1: its vectors, topic model and curated/ are kept, "
        "everything else is rebuilt by this run."
    )


def _keep_topic_model(lake: Lake, old: Path) -> None:
    """Commit the topic model of format 1 as the only output of a stage that must be built again."""
    if not old.exists():
        return
    digest = hash_file(old)
    kept = lake.folder_of(TOPIC_MODEL) / f"{digest[:16]}{TOPIC_MODEL.suffix}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(old, kept)
    entry = FileEntry("", kept.relative_to(lake.root).as_posix(), None, kept.stat().st_size, digest)
    lake.write_manifest(Manifest(TOPIC_MODEL.stage, 0, "", {TOPIC_MODEL.name: (entry,)}))
    old.unlink()
    for table in (old.parent).glob("*.parquet"):
        table.unlink()
