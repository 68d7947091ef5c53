"""Maintain the vector store: list the models that have vectors, compact them, delete one.

Used by `paperlake embeddings`. Each function holds the lake's lock while it changes anything, and can be
killed at any moment: a vector is written to its new part before its old part is deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.embedding.part import DIGEST, METADATA_PREFIX, Part
from paperlake.embedding.stage import current_model
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import paper_texts
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings


@dataclass(frozen=True)
class StoredModel:
    """The vectors that the lake keeps of one model."""

    model_id: str
    dimension: int | None
    """None if no part can be read."""
    vector_count: int
    """Rows of all parts; a text that an interrupted compaction left in two parts counts twice."""
    part_count: int
    damaged_part_count: int
    """Parts that were renamed because they are damaged."""
    byte_size: int
    made_by: tuple[str, ...]
    """Device, dtype and library that computed the vectors, each combination once."""
    in_use: bool
    """True if the lake's embeddings table is of this model."""


@dataclass(frozen=True)
class Compaction:
    """The counts of one compaction."""

    model_id: str
    kept_vector_count: int
    removed_vector_count: int
    """Vectors of papers that are no longer in the lake."""
    part_count_before: int
    part_count_after: int


def list_models(lake: Lake) -> list[StoredModel]:
    """Describe the models that have vectors, in order of id, from the metadata of their files."""
    used = _model_in_use(lake)
    return [_describe(lake, model_id, used) for model_id in lake.embedded_models()]


def compact_vectors(lake: Lake, settings: Settings, model_id: str) -> Compaction:
    """Keep only the vectors of papers that are in the lake, in as few parts as the part size allows.

    Vectors of different devices, dtypes or libraries are not mixed in one part. Damaged parts that were
    renamed are deleted.

    Raises:
        UsageError: The lake keeps no vectors of that model.
        LakeError: There are no papers yet, or a part is damaged (it is then renamed).
        LakeBusyError: Another run holds the lake.
    """
    with lake.lock("paperlake embeddings compact"):
        store = _open(lake, model_id)
        wanted = set(paper_texts(lake.read(PAPERS))["text_hash"])
        before = store.parts()
        parts = [store.read_part(path) for path in before]
        compacted = list(_compacted(parts, wanted, settings.embedder_part_rows))
        written = {store.write_part(part) for part in compacted}
        for path in [*before, *store.damaged_parts()]:
            if path not in written:
                lake.delete_vectors(path)
    kept = sum(len(part.hashes) for part in compacted)
    return Compaction(
        model_id=model_id,
        kept_vector_count=kept,
        removed_vector_count=sum(len(part.hashes) for part in parts) - kept,
        part_count_before=len(before),
        part_count_after=len(written),
    )


def drop_vectors(lake: Lake, model_id: str) -> int:
    """Delete all vectors of a model that the lake does not use, and return the number of files.

    Raises:
        UsageError: The lake keeps no vectors of that model, or its embeddings are of it.
        LakeBusyError: Another run holds the lake.
    """
    with lake.lock("paperlake embeddings drop"):
        if model_id not in lake.embedded_models():
            raise _unknown(lake, model_id)
        if model_id == _model_in_use(lake):
            raise UsageError(
                f"The embeddings of {lake.root} are of {model_id}, so its vectors are kept. "
                "Choose another embedder and run `paperlake run --reembed`; then drop them."
            )
        folder = lake.vectors(model_id)
        files = [path for path in folder.iterdir() if path.is_file()]
        for path in files:
            lake.delete_vectors(path)
        folder.rmdir()
    return len(files)


def _compacted(parts: list[Part], wanted: set[str], rows: int) -> Iterator[Part]:
    """Yield the wanted vectors, each once, in full parts by their origin, in order of text hash."""
    groups: dict[tuple[tuple[str, str], ...], list[Part]] = defaultdict(list)
    for part in parts:
        origin = {name: value for name, value in part.metadata.items() if name != DIGEST}
        groups[tuple(sorted(origin.items()))].append(part)
    left = set(wanted)
    for origin_items, group in sorted(groups.items()):
        hashes = [text_hash for part in group for text_hash in part.hashes]
        vectors = np.concatenate([part.vectors for part in group])
        places = {text_hash: place for place, text_hash in enumerate(hashes) if text_hash in left}
        left -= places.keys()
        order = sorted(places)
        for start in range(0, len(order), rows):
            chosen = order[start : start + rows]
            yield Part.of(chosen, vectors[[places[name] for name in chosen]], dict(origin_items))


def _describe(lake: Lake, model_id: str, used: str | None) -> StoredModel:
    store = VectorStore(lake, model_id, 0)
    paths = store.parts()
    dimension, vector_count, made_by = None, 0, set()
    for path in paths:
        try:
            with pq.ParquetFile(path) as parquet:
                schema, count = parquet.schema_arrow, parquet.metadata.num_rows
        except (OSError, pa.ArrowException):
            continue  # the next run reports and renames it
        vector_count += count
        dimension = schema.field("embedding").type.list_size
        metadata = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        made_by.add(
            ", ".join(
                metadata.get(f"{METADATA_PREFIX}{name}", "?") for name in ("device", "dtype", "library")
            )
        )
    return StoredModel(
        model_id=model_id,
        dimension=dimension,
        vector_count=vector_count,
        part_count=len(paths),
        damaged_part_count=len(store.damaged_parts()),
        byte_size=sum(path.stat().st_size for path in [*paths, *store.damaged_parts()]),
        made_by=tuple(sorted(made_by)),
        in_use=model_id == used,
    )


def _open(lake: Lake, model_id: str) -> VectorStore:
    """Open the store of a model, with the dimension that its parts have."""
    if model_id not in lake.embedded_models():
        raise _unknown(lake, model_id)
    dimension = _describe(lake, model_id, None).dimension
    if dimension is None:
        raise LakeError(
            f"No part of the vectors of {model_id} can be read. Delete the folder {lake.vectors(model_id)}; "
            "the next run with new papers embeds again what it needs, and nothing is lost."
        )
    return VectorStore(lake, model_id, dimension)


def _unknown(lake: Lake, model_id: str) -> UsageError:
    known = ", ".join(lake.embedded_models()) or "none"
    return UsageError(f"{lake.root} keeps no vectors of {model_id!r}. Models with vectors: {known}.")


def _model_in_use(lake: Lake) -> str | None:
    try:
        return current_model(lake).model_id
    except LakeError:
        return None
