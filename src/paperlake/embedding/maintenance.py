"""Looking after the vector store: list the models that have vectors, compact them, drop one.

Behind `paperlake embeddings`. Each function holds the lake while it changes anything, and can be killed at
any moment: a vector is written anew before its old part goes.
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
    """Rows of all parts; a text that an interrupted compaction left in two counts twice."""
    part_count: int
    damaged_part_count: int
    """Parts that were moved aside."""
    byte_size: int
    made_by: tuple[str, ...]
    """Device, dtype and library of the parts, each combination once."""
    in_use: bool
    """Whether the lake's embeddings are of this model."""


@dataclass(frozen=True)
class Compaction:
    """What compacting did."""

    model_id: str
    kept_vector_count: int
    removed_vector_count: int
    """Vectors of papers that are gone."""
    part_count_before: int
    part_count_after: int


def list_models(lake: Lake) -> list[StoredModel]:
    """The models that vectors are kept of, in order of id; reads only the ends of the files."""
    used = _model_in_use(lake)
    return [_describe(lake, model_id, used) for model_id in lake.embedded_models()]


def compact_vectors(lake: Lake, settings: Settings, model_id: str) -> Compaction:
    """Keep only the vectors of papers that are in the lake, in as few parts as the part size allows.

    Parts that different devices, dtypes or libraries made are not mixed. Damaged parts that were moved aside
    are deleted.

    Raises:
        UsageError: The lake keeps no vectors of that model.
        LakeError: There are no papers yet, or a part is damaged (it is then moved aside).
        LakeBusyError: Another run holds the lake.
    """
    with lake.lock("paperlake embeddings compact"):
        store = _open(lake, model_id)
        wanted = set(paper_texts(lake.read(PAPERS))["text_hash"])
        before = store.parts()
        parts = [store.read_part(path) for path in before]
        compacted = list(_compacted(parts, wanted, settings.embedder_part_rows))
        written = {store.write_part(part) for part in compacted}
        for path in [*before, *store.aside()]:
            if path not in written:
                path.unlink()
    kept = sum(len(part.hashes) for part in compacted)
    return Compaction(
        model_id=model_id,
        kept_vector_count=kept,
        removed_vector_count=sum(len(part.hashes) for part in parts) - kept,
        part_count_before=len(before),
        part_count_after=len(written),
    )


def drop_vectors(lake: Lake, model_id: str) -> int:
    """Delete all vectors of a model that the lake does not use; give how many files went.

    Raises:
        UsageError: The lake keeps no vectors of that model, or its embeddings are of it.
        LakeBusyError: Another run holds the lake.
    """
    with lake.lock("paperlake embeddings drop"):
        if model_id not in lake.embedded_models():
            raise _unknown(lake, model_id)
        if model_id == _model_in_use(lake):
            raise UsageError(
                f"The embeddings of {lake.root} are of {model_id}, so its vectors stay. "
                "Run `paperlake run` with another embedder first."
            )
        folder = lake.vectors(model_id)
        files = [path for path in folder.iterdir() if path.is_file()]
        for path in files:
            path.unlink()
        folder.rmdir()
    return len(files)


def _compacted(parts: list[Part], wanted: set[str], rows: int) -> Iterator[Part]:
    """The wanted vectors, each once, in full parts by what made them, in order of text hash."""
    groups: dict[tuple[tuple[str, str], ...], list[Part]] = defaultdict(list)
    for part in parts:
        made_by = {name: value for name, value in part.metadata.items() if name != DIGEST}
        groups[tuple(sorted(made_by.items()))].append(part)
    left = set(wanted)
    for made_by_items, group in sorted(groups.items()):
        hashes = [text_hash for part in group for text_hash in part.hashes]
        vectors = np.concatenate([part.vectors for part in group])
        places = {text_hash: place for place, text_hash in enumerate(hashes) if text_hash in left}
        left -= places.keys()
        order = sorted(places)
        for start in range(0, len(order), rows):
            chosen = order[start : start + rows]
            yield Part.of(chosen, vectors[[places[name] for name in chosen]], dict(made_by_items))


def _describe(lake: Lake, model_id: str, used: str | None) -> StoredModel:
    store = VectorStore(lake, model_id, 0)
    paths = store.parts()
    dimension, vector_count, made_by = None, 0, set()
    for path in paths:
        try:
            with pq.ParquetFile(path) as parquet:
                schema, count = parquet.schema_arrow, parquet.metadata.num_rows
        except (OSError, pa.ArrowException):
            continue  # the next run names it and moves it aside
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
        damaged_part_count=len(store.aside()),
        byte_size=sum(path.stat().st_size for path in [*paths, *store.aside()]),
        made_by=tuple(sorted(made_by)),
        in_use=model_id == used,
    )


def _open(lake: Lake, model_id: str) -> VectorStore:
    """The store of a model, of the dimension that its parts have."""
    if model_id not in lake.embedded_models():
        raise _unknown(lake, model_id)
    dimension = _describe(lake, model_id, None).dimension
    if dimension is None:
        raise LakeError(f"No part of {lake.vectors(model_id)} can be read. Drop it, or run `paperlake run`.")
    return VectorStore(lake, model_id, dimension)


def _unknown(lake: Lake, model_id: str) -> UsageError:
    known = ", ".join(lake.embedded_models()) or "none"
    return UsageError(f"{lake.root} keeps no vectors of {model_id!r}. Models with vectors: {known}.")


def _model_in_use(lake: Lake) -> str | None:
    try:
        return current_model(lake).model_id
    except LakeError:
        return None
