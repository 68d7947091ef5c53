"""The stage paper_embeddings: every paper has a vector, and only new texts are computed.

Reads the papers table, fills the vector store, and writes the embeddings table. Which model a lake uses is a
fact of the stage, so that later stages read vectors without loading a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.embedding.model_change import model_change, remembered_facts
from paperlake.embedding.protocol import Embedder, EmbeddingFacts
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import TEXT_VERSION, paper_texts
from paperlake.errors import LakeError, ModelError, UsageError
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.stages.checks import Found, TableReader, check, check_table
from paperlake.stages.run import StageRun
from paperlake.stages.runner import CheckFailedError
from paperlake.stages.stage import RunContext, Stage
from paperlake.vectors.arrays import Vectors

MAX_SHOWN_IDS = 5  # ids named in an error


@dataclass(frozen=True)
class CurrentModel:
    """The model of the lake's embeddings table."""

    model_id: str
    dimension: int
    kind: str
    """The kind of embedder that ran last; others with the same model_id give the same vectors."""


def current_model(lake: Lake) -> CurrentModel:
    """Return the model that the lake's embeddings were computed with, without loading it.

    Raises:
        LakeError: There are no embeddings yet.
    """
    manifest = lake.manifest(EMBEDDINGS.stage)
    if manifest is None:
        raise LakeError(
            f"The lake {lake.root} has no embeddings yet. Run `paperlake run --until {EMBEDDINGS.stage}`."
        )
    facts = manifest.facts
    return CurrentModel(str(facts["model_id"]), int(facts["dimension"] or 0), str(facts["embedder"]))


def read_vectors(reader: TableReader) -> tuple[list[str], Vectors]:
    """Return the paper ids in the order of `papers`, and their vectors, float32 of shape (papers, dimension).

    Raises:
        LakeError: There are no embeddings yet, or papers and vectors do not belong together.
    """
    papers = reader.read(PAPERS).select("paper_id")
    embeddings = reader.read(EMBEDDINGS).select("paper_id", "embedding")
    unknown = embeddings.join(papers, on="paper_id", how="anti")["paper_id"].to_list()
    ordered = papers.join(embeddings, on="paper_id", how="left", maintain_order="left")
    missing = ordered.filter(pl.col("embedding").is_null())["paper_id"].to_list()
    if missing or unknown:
        raise LakeError(
            f"{len(missing):,} papers have no vector and {len(unknown):,} vectors have no paper "
            f"({', '.join((missing + unknown)[:MAX_SHOWN_IDS])}). "
            f"Run `paperlake run --until {EMBEDDINGS.stage}` first."
        )
    return ordered["paper_id"].to_list(), ordered["embedding"].to_numpy()


def _embedder(context: RunContext) -> Embedder:
    embedder: Embedder = context.make_embedder()
    return embedder


def _inputs(context: RunContext) -> list[str | int]:
    embedder = _embedder(context)
    return [embedder.model_id, embedder.dimension, TEXT_VERSION]


def _build(run: StageRun) -> Facts:
    """Give every paper a vector.

    Only texts that the store lacks are embedded, in parts of `settings.embedder_part_rows`, each written as
    it comes. Damaged parts are set aside and computed again. Vectors of papers that are gone stay in the
    store, in case they come back; `compact_vectors` removes them.

    Raises:
        UsageError: The model is not the lake's, and the settings do not allow to embed all papers again.
        ModelError: The model could not be loaded, or gave something other than it promised.
        CheckFailedError: A vector is not finite or not of unit length; the message names the paper.
    """
    embedder = _embedder(run.context)
    change = model_change(run.lake, embedder)
    if change and not run.settings.reembed:
        raise UsageError(change.refusal())
    texts = paper_texts(run.read(PAPERS))
    store = VectorStore(run.lake, embedder.model_id, embedder.dimension)
    damaged = store.set_aside_damaged_parts()
    missing = store.missing(texts["text_hash"].to_list())
    distinct = texts.unique("text_hash", keep="first", maintain_order=True)
    work = distinct.join(pl.DataFrame({"text_hash": missing}, {"text_hash": pl.String}), "text_hash", "semi")
    facts = EmbeddingFacts()
    with run.progress.task("Embedding", work.height, "texts") as advance:
        for part in _parts(work, run.settings.embedder_part_rows):
            vectors, part_facts = embedder.embed(part["text"].to_list(), advance)
            _check_part(embedder, part, vectors)
            store.add(part["text_hash"].to_list(), vectors, part_facts)
            facts = facts.plus(part_facts)
    vectors = store.read(texts["text_hash"].to_list())
    run.write(EMBEDDINGS, _embeddings_frame(texts, embedder.model_id, vectors))
    return _facts(embedder, texts, work, facts, damaged) | remembered_facts(run.settings, embedder)


def _parts(work: pl.DataFrame, rows: int) -> Iterator[pl.DataFrame]:
    for start in range(0, work.height, rows):
        yield work.slice(start, rows)


def _check_part(embedder: Embedder, part: pl.DataFrame, vectors: Vectors) -> None:
    """Refuse vectors that break the rules before they reach the store, where they would stay."""
    expected = (part.height, embedder.dimension)
    if vectors.shape != expected:
        raise ModelError(
            f"{embedder.model_id} ({embedder.kind}) gave vectors of shape {vectors.shape} "
            f"where {expected} was expected."
        )
    frame = _embeddings_frame(part, embedder.model_id, vectors)
    result = check_table(EMBEDDINGS, frame)
    if not result.passed:
        raise CheckFailedError(EMBEDDINGS.stage, [result])


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
    """Return the facts of the stage; None for what was not done this time."""
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


@check(EMBEDDINGS, "embeddings_every_paper_once")
def every_paper_once(reader: TableReader) -> Found:
    """Every paper has exactly one vector, and every vector a paper."""
    papers = reader.read(PAPERS).select("paper_id")
    found = reader.read(EMBEDDINGS).select("paper_id")
    missing = papers.join(found, on="paper_id", how="anti")["paper_id"]
    unknown = found.join(papers, on="paper_id", how="anti")["paper_id"]
    twice = found.filter(pl.col("paper_id").is_duplicated())["paper_id"].unique()
    failures = [f"paper {paper_id}: no vector" for paper_id in missing]
    failures += [f"vector of {paper_id}: no such paper" for paper_id in unknown]
    failures += [f"paper {paper_id}: more than one vector" for paper_id in twice]
    return papers.height, failures


PAPER_EMBEDDINGS = Stage(
    name="paper_embeddings",
    description="Compute a vector for every paper; only texts that the store lacks are embedded.",
    reads=(PAPERS,),
    writes=(EMBEDDINGS,),
    version=2,
    build=_build,
    inputs=_inputs,
    when_inputs_change="papers or the embedding model have changed",
    checks=(every_paper_once,),
    kinds=frozenset({"parquet"}),
)
