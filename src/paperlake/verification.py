"""Full verification of a lake: every file that paperlake keeps is hashed, for `paperlake status --verify`.

A run hashes what it reads. This reads everything, the warehouse among it, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paperlake import stage_list
from paperlake.catalogue.table import File
from paperlake.dedup.blocking.cache import NAME_CHARS
from paperlake.embedding.part import DamagedPartError, read_dimension, read_part
from paperlake.embedding.store import VectorStore
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file
from paperlake.lake.manifest import FileEntry
from paperlake.lake.verify import is_as_committed

IS_MISSING = "It is missing."
# What `paperlake run` does about a file that a stage committed.
COMMITTED = "; nothing is lost."
TOPIC_MODEL = ": topics are found again, with the ids of the published tables."
PUBLISHED = ": it is linked to the committed file again."
MANIFEST = "Run `paperlake run`: the stage is built again, and nothing is lost."
TOPIC_NAMES = "Delete it; a language model is then asked again about the topics that it had."
VECTORS = "Delete it; the next run with new papers embeds its texts again, and nothing is lost."
CACHE = "Delete it; the next run with new dumps computes its rows again, and nothing is lost."


@dataclass(frozen=True)
class Damage:
    """One file whose content is not what paperlake wrote."""

    path: str
    """Relative to the lake."""
    problem: str
    action: str
    """A sentence: what to do, and what is lost."""


def find_damage(lake: Lake) -> list[Damage]:
    """Return every damaged file of a lake, in order of path.

    Raises:
        LakeError: A file cannot be read for want of a permission.
    """
    found = [*_committed(lake), *_vectors(lake), *_caches(lake)]
    return sorted(found, key=lambda damage: damage.path)


def _committed(lake: Lake) -> Iterator[Damage]:
    """Yield damaged manifests, the damaged files that manifests list, and those that users open."""
    for stage in stage_list.PIPELINE:
        if lake.has_damaged_manifest(stage.name):
            yield _damage(lake, lake.manifest_path(stage.name), "It is not what a run wrote.", MANIFEST)
        manifest = lake.manifest(stage.name)
        for output in stage.writes:
            entries = manifest.outputs.get(output.name, ()) if manifest else ()
            for entry in entries:
                problem = _problem(lake.root / entry.path, entry)
                effect = TOPIC_MODEL if output.name == "topic_model" else COMMITTED
                if problem:
                    yield _damage(lake, lake.root / entry.path, problem, _run(problem, effect))
                elif isinstance(output, File) and output.published_as:
                    yield from _published(lake, lake.root / output.published_as, entry)


def _published(lake: Lake, place: Path, entry: FileEntry) -> Iterator[Damage]:
    """Yield the file that users open, if it is neither the committed one nor a copy of it."""
    if place.exists() and place.samefile(lake.root / entry.path):
        return
    problem = _problem(place, entry)
    if problem:
        yield _damage(lake, place, problem, _run(problem, PUBLISHED))


def _run(problem: str, effect: str) -> str:
    """Return the sentence that tells to run; what is missing need not be deleted before."""
    return f"{'Run' if problem == IS_MISSING else 'Delete it and run'} `paperlake run`{effect}"


def _problem(path: Path, entry: FileEntry) -> str | None:
    try:
        return None if is_as_committed(path, entry) else "Its content is not what was committed."
    except FileNotFoundError:
        return IS_MISSING
    except OSError as error:
        raise LakeError(f"{path} cannot be read: {error.strerror or error}.") from error


def _vectors(lake: Lake) -> Iterator[Damage]:
    for model_id in lake.embedded_models():
        for path in VectorStore(lake, model_id, 0).parts():
            try:
                read_part(path, read_dimension(path))
            except DamagedPartError as error:
                yield _damage(lake, path, str(error), VECTORS)


def _caches(lake: Lake) -> Iterator[Damage]:
    """Yield the files of caches whose content is not that of their name."""
    for folder in (lake.signatures(), lake.comparisons()):
        for path in sorted(folder.glob("*.parquet")):
            if path.stem.rpartition("-")[2] != hash_file(path)[:NAME_CHARS]:
                yield _damage(lake, path, "Its content is not that of its name.", CACHE)
    for path in sorted(lake.topic_names().glob("*.json")):
        if path.stem != hash_file(path)[:NAME_CHARS]:
            yield _damage(lake, path, "Its content is not that of its name.", TOPIC_NAMES)


def _damage(lake: Lake, path: Path, problem: str, action: str) -> Damage:
    return Damage(path.relative_to(lake.root).as_posix(), problem, action)
