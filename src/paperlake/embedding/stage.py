"""The stage paper_embeddings: every paper has a vector, and only new texts are computed.

Reads the papers table, fills the vector store, checks the embeddings table as a whole, and leaves a stamp
that tells later stages which model the lake uses, so that they read vectors without loading a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from paperlake.checks import check_table
from paperlake.embedding.protocol import Embedder, EmbeddingFacts
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import TEXT_VERSION, paper_texts
from paperlake.errors import LakeError, ModelError
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.schemas import embeddings_table
from paperlake.settings import Settings
from paperlake.stages import (
    CheckFailedError,
    Facts,
    Made,
    StageResult,
    fingerprint,
    run_stage,
    upstream,
)
from paperlake.vectors.arrays import Vectors

STAGE = "paper_embeddings"


@dataclass(frozen=True)
class CurrentModel:
    """The model whose vectors the lake's embeddings table holds."""

    model_id: str
    dimension: int
    kind: str
    """The kind of embedder that ran last; others with the same model_id give the same vectors."""


def make_paper_embeddings(
    lake: Lake, settings: Settings, embedder: Embedder, progress: Progress | None = None
) -> StageResult:
    """Give every paper a vector, unless nothing changed since they were last made.

    Only texts that the store lacks are embedded, in parts of `settings.embedder_part_rows`, each written as
    it comes. Damaged parts are moved aside and computed again. Vectors of papers that are gone stay in the
    store, in case they come back; `compact_vectors` removes them.

    Raises:
        ModelError: The model could not be loaded, or answered with something else than it promised.
        CheckFailedError: A vector is not finite or not of unit length; the message names the paper.
    """
    made_from = fingerprint(
        STAGE, settings, upstream(lake, "papers"), embedder.model_id, embedder.dimension, TEXT_VERSION
    )
    return run_stage(lake, STAGE, made_from, lambda: _make(lake, settings, embedder, progress or Silent()))


def current_model(lake: Lake) -> CurrentModel:
    """The model that the lake's embeddings were made with, without loading it.

    Raises:
        LakeError: There are no embeddings yet.
    """
    stamp = lake.read_json(lake.stamp(STAGE))
    if stamp is None:
        raise LakeError(
            f"The lake {lake.root} has no complete embeddings. Run `paperlake run --until {STAGE}`."
        )
    facts = stamp["facts"]
    return CurrentModel(str(facts["model_id"]), int(facts["dimension"] or 0), str(facts["embedder"]))


def read_embeddings(lake: Lake) -> pl.DataFrame:
    """The embeddings table: paper_id, model_id, text_hash, embedding; papers in the order of `papers`.

    Raises:
        LakeError: There are no embeddings yet, or a part of the store is damaged.
    """
    model = current_model(lake)
    texts = paper_texts(lake.read_table("papers"))
    store = VectorStore(lake, model.model_id, model.dimension)
    return _embeddings_frame(texts, model.model_id, store.read(texts["text_hash"].to_list()))


def read_vectors(lake: Lake) -> tuple[list[str], Vectors]:
    """The paper ids in the order of `papers`, and their vectors, float32 of shape (papers, dimension).

    Raises:
        LakeError: There are no embeddings yet, or a part of the store is damaged.
    """
    model = current_model(lake)
    texts = paper_texts(lake.read_table("papers"))
    store = VectorStore(lake, model.model_id, model.dimension)
    return texts["paper_id"].to_list(), store.read(texts["text_hash"].to_list())


def _make(lake: Lake, settings: Settings, embedder: Embedder, progress: Progress) -> Made:
    texts = paper_texts(lake.read_table("papers"))
    store = VectorStore(lake, embedder.model_id, embedder.dimension)
    damaged = store.set_aside_damaged_parts()
    missing = store.missing(texts["text_hash"].to_list())
    distinct = texts.unique("text_hash", keep="first", maintain_order=True)
    work = distinct.join(pl.DataFrame({"text_hash": missing}, {"text_hash": pl.String}), "text_hash", "semi")
    facts = EmbeddingFacts()
    with progress.task("Embedding", work.height, "texts") as advance:
        for part in _parts(work, settings.embedder_part_rows):
            vectors, part_facts = embedder.embed(part["text"].to_list(), advance)
            _check_part(embedder, part, vectors)
            store.add(part["text_hash"].to_list(), vectors, part_facts)
            facts = facts.plus(part_facts)
    frame = _embeddings_frame(texts, embedder.model_id, store.read(texts["text_hash"].to_list()))
    return Made(
        checks=[check_table(embeddings_table(embedder.dimension), frame)],
        facts=_facts(embedder, texts, work, facts, damaged),
        row_counts={"embeddings": frame.height},
        written=store.parts(),
    )


def _parts(work: pl.DataFrame, rows: int) -> Iterator[pl.DataFrame]:
    for start in range(0, work.height, rows):
        yield work.slice(start, rows)


def _check_part(embedder: Embedder, part: pl.DataFrame, vectors: Vectors) -> None:
    """Refuse vectors that break the rules before they reach the store, where they would stay."""
    expected = (part.height, embedder.dimension)
    if vectors.shape != expected:
        raise ModelError(
            f"{embedder.model_id} ({embedder.kind}) returned vectors of shape {vectors.shape} "
            f"where {expected} was expected."
        )
    frame = _embeddings_frame(part, embedder.model_id, vectors)
    result = check_table(embeddings_table(embedder.dimension), frame)
    if not result.passed:
        raise CheckFailedError(STAGE, [result])


def _embeddings_frame(texts: pl.DataFrame, model_id: str, vectors: Vectors) -> pl.DataFrame:
    values: Vectors | list[Vectors] = vectors if len(vectors) else []
    return texts.select(
        "paper_id",
        pl.lit(model_id).alias("model_id"),
        "text_hash",
        pl.Series("embedding", values, dtype=pl.Array(pl.Float32, vectors.shape[1])),
    )


def _facts(
    embedder: Embedder, texts: pl.DataFrame, work: pl.DataFrame, facts: EmbeddingFacts, damaged: list[str]
) -> Facts:
    """What to tell of the stage; what was not done this time is None."""
    done = facts.text_count > 0
    return {
        "model_id": embedder.model_id,
        "dimension": embedder.dimension,
        "embedder": embedder.kind,
        "max_tokens": embedder.max_tokens,
        "embedded_text_count": work.height,
        "known_text_count": texts["text_hash"].n_unique() - work.height,
        "texts_per_second": _ratio(facts.text_count, facts.seconds),
        "tokens_per_second": _ratio(facts.token_count or None, facts.seconds),
        "truncated_share": _ratio(facts.truncated_count, facts.text_count),
        "padding_share": facts.padding_share if done else None,
        "device": facts.device if done else None,
        "dtype": facts.dtype if done else None,
        "library": facts.library if done else None,
        "damaged_part_count": len(damaged),
        "damaged_parts": " ".join(damaged) or None,
    }


def _ratio(part: int | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole
