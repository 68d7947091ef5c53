"""Conversion of a lake of format 1: vectors, ids of topics and curated/ are kept, the rest is rebuilt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq

from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.lake.files import hash_file
from paperlake.lake.lake import FORMAT_VERSION, Lake
from paperlake.lake.manifest import FileEntry, Manifest

OLD_FOLDERS = ("dumps", "entries", "rejects", "papers", "stages")  # of format 1, rebuilt from raw/
KEPT_TABLES = (TOPICS, PAPER_TOPICS, TOPIC_EVENTS)  # from which the next fit takes the ids


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
    _keep_topics(lake, lake.root / "topics")
    for name in OLD_FOLDERS:
        shutil.rmtree(lake.root / name, ignore_errors=True)
    lake.write_format_version()
    return (
        f"The lake {lake.root} had format 1: its vectors, topic ids and curated/ are kept, "
        "everything else is rebuilt by this run."
    )


def _keep_topics(lake: Lake, old: Path) -> None:
    """Commit the tables of topics of format 1 as what a stage has built that must be built again.

    The topic model of format 1 cannot be read: without one, a fit takes the ids from the tables.
    """
    found = {table: old / f"{table.name}.parquet" for table in KEPT_TABLES}
    if not all(path.exists() for path in found.values()):
        return
    entries: dict[str, tuple[FileEntry, ...]] = {}
    for table, path in found.items():
        digest = hash_file(path)
        kept = lake.folder_of(table) / f"{digest[:16]}.parquet"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
        row_count = pq.read_metadata(kept).num_rows
        place = kept.relative_to(lake.root).as_posix()
        entries[table.name] = (FileEntry("", place, row_count, kept.stat().st_size, digest),)
    lake.write_manifest(Manifest(TOPICS.stage, 0, "", entries))
    for path in (old / "model.npz", *old.glob("*.parquet")):
        path.unlink(missing_ok=True)
