"""The stage paper_embeddings: every paper has a vector, and only new texts are computed.

Reads the papers table, fills the vector store, and writes the embeddings table. Which model a lake uses is a
fact of the stage, so that later stages read vectors without loading a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.partitioning import batches
from paperlake.embedding.choosing.model_change import model_change, remembered_facts
from paperlake.embedding.part import DamagedPartError
from paperlake.embedding.protocol import Embedder, EmbeddingFacts
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import TEXT_VERSION, paper_texts
from paperlake.errors import LakeError, ModelError, UsageError
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.stages.changed_keys import KeptRows
from paperlake.stages.checks import Found, TableReader, check, check_table
from paperlake.stages.run import StageRun
from paperlake.stages.runner import CheckFailedError
from paperlake.stages.stage import RunContext, Stage
from paperlake.text.display import plural
from paperlake.vectors.arrays import Vectors

MAX_BATCH_PAPERS = 65_536  # whose texts and vectors are in memory at a time: 200 MB


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


def _embedder(context: RunContext) -> Embedder:
    embedder: Embedder = context.make_embedder()
    return embedder


def _inputs(context: RunContext) -> list[str | int]:
    embedder = _embedder(context)
    return [embedder.model_id, embedder.dimension, TEXT_VERSION]


def _build(run: StageRun) -> Facts:
    """Give every paper a vector: in the partitions of papers that changed, or in all.

    A paper whose text is as before keeps its vector. Only texts that the store lacks are embedded, in parts
    of `settings.embedder_part_rows`, each written as it comes. A damaged part is set aside when it is read,
    and computed again. Vectors of papers that are gone stay in the store, in case they come back;
    `compact_vectors` removes them.

    Raises:
        UsageError: The model is not the lake's, and the settings do not allow to embed all papers again.
        ModelError: The model could not be loaded, or gave something other than it promised.
        CheckFailedError: A vector is not finite or not of unit length; the message names the paper.
    """
    embedder = _embedder(run.context)
    change = model_change(run.lake, embedder)
    if change and not run.settings.reembed:
        raise UsageError(change.refusal())
    changed = _changed_partitions(run, embedder)
    present = run.row_counts(PAPERS)
    to_read = {name: rows for name, rows in present.items() if changed is None or name in changed}
    work = _Work(VectorStore(run.lake, embedder.model_id, embedder.dimension), embedder, run.settings)
    run.begin(EMBEDDINGS, changed)
    with run.progress.task("Embedding", sum(to_read.values()), "papers") as advance:
        for names in batches(to_read, MAX_BATCH_PAPERS):
            before = run.read_partitions(EMBEDDINGS, names) if changed is not None else None
            new, kept = _divided(run, names, before)
            if kept is not None and kept.height:
                work.keep(kept, new)
                advance(kept.height)
            frame = _embeddings_frame(new, embedder.model_id, work.vectors_of(new, before, advance))
            if kept is not None and not kept.height:
                kept = frame.clear()  # a partition that is new has no vectors, and so no width of them
            found = frame if kept is None else pl.concat([kept.select("paper_id"), frame.select("paper_id")])
            ids = run.read_columns(PAPERS, ["paper_id"], names)
            run.report("embeddings_every_paper_once", ids.height, _not_once(ids, found))
            run.add(EMBEDDINGS, frame, _kept_of(before, kept))
    kept_count = sum(present.values()) - sum(to_read.values())
    run.report("embeddings_every_paper_once", kept_count, _partitions_differ(run))
    return _facts(embedder, work, kept_count) | remembered_facts(run.settings, embedder)


def _divided(
    run: StageRun, names: Sequence[str], before: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return the texts of papers of some partitions that get a new row, and the rows of the others.

    Args:
        run: The build of the stage.
        names: The partitions.
        before: Their rows as last committed; None where all are to be written again.
    """
    if before is None:
        return paper_texts(run.read_partitions(PAPERS, names)), None
    by_key = run.changed_keys(PAPERS)
    if all(name in by_key for name in names):
        keys = [key for name in names for key in by_key[name]]
        texts = paper_texts(run.read_keys(PAPERS, ["paper_id", "title", "abstract"], names, keys))
        as_before = ~pl.col("paper_id").is_in(pl.Series(keys, dtype=pl.String).implode())
    else:
        texts = paper_texts(run.read_partitions(PAPERS, names))
        as_before = pl.lit(value=False)
    same_text = before.join(texts, on=["paper_id", "text_hash"], how="semi")
    kept = pl.concat([before.filter(as_before), same_text])
    return texts.join(kept, on="paper_id", how="anti"), kept


def _kept_of(before: pl.DataFrame | None, kept: pl.DataFrame | None) -> KeptRows | None:
    """Return the rows that stay, with the papers of those before that do not."""
    if before is None or kept is None:
        return None
    is_kept = before["paper_id"].is_in(kept["paper_id"].implode())
    return KeptRows(kept, before["paper_id"].filter(~is_kept))


def _changed_partitions(run: StageRun, embedder: Embedder) -> frozenset[str] | None:
    """Return the partitions of papers that changed; None where all vectors are to be looked up."""
    facts = run.previous.facts if run.previous else {}
    if (facts.get("model_id"), facts.get("dimension")) != (embedder.model_id, embedder.dimension):
        return None
    return run.changed_partitions(PAPERS)


def _partitions_differ(run: StageRun) -> list[str]:
    """Return one line per partition in which papers and vectors are not equally many."""
    papers, vectors = run.row_counts(PAPERS), run.row_counts(EMBEDDINGS)
    return [
        f"partition {name or 'of all papers'}: {plural(papers.get(name, 0), 'paper')}, "
        f"{plural(vectors.get(name, 0), 'vector')}"
        for name in sorted(papers.keys() | vectors.keys())
        if papers.get(name, 0) != vectors.get(name, 0)
    ]


class _Work:
    """Gives vectors of texts, from the last commit, from the store, or computed, and counts them."""

    def __init__(self, store: VectorStore, embedder: Embedder, settings: Settings) -> None:
        self._store = store
        self._embedder = embedder
        self._part_rows = settings.embedder_part_rows
        self._stored = settings.embedder_store
        self.facts = EmbeddingFacts()
        self.embedded_count = 0
        self.known_count = 0
        self.damaged: list[str] = []

    def keep(self, kept: pl.DataFrame, new: pl.DataFrame) -> None:
        """Count the texts of papers that keep their row, but those that a new paper has, too."""
        self.known_count += kept.join(new, on="text_hash", how="anti")["text_hash"].n_unique()

    def vectors_of(self, texts: pl.DataFrame, before: pl.DataFrame | None, advance: Advance) -> Vectors:
        """Return the vectors of texts, float32 of shape (texts, dimension).

        Args:
            texts: As `paper_texts` gives them.
            before: Embeddings of the last commit by the same model, of these papers before they changed.
            advance: Called with the number of papers done.
        """
        distinct = texts.unique("text_hash", keep="first", maintain_order=True)
        vectors = np.empty((distinct.height, self._embedder.dimension), np.float32)
        is_known = np.zeros(distinct.height, dtype=np.bool_)
        if before is not None and before.height:
            rows = before.select("text_hash").with_row_index("row").unique("text_hash", keep="first")
            found = distinct.select("text_hash").join(rows, on="text_hash", how="left", maintain_order="left")
            is_known = found["row"].is_not_null().to_numpy()
            self.known_count += int(is_known.sum())
            vectors[is_known] = before["embedding"].gather(found["row"].drop_nulls()).to_numpy()
        rest = np.flatnonzero(~is_known)
        if rest.size:
            vectors[rest] = self._from_store(distinct[rest], advance)
        places = pl.DataFrame({"text_hash": distinct["text_hash"]}).with_row_index("row")
        order = texts.select("text_hash").join(places, on="text_hash", how="left", maintain_order="left")
        advance(texts.height - rest.size)
        in_order: Vectors = vectors[order["row"].to_numpy()]
        return in_order

    def _from_store(self, distinct: pl.DataFrame, advance: Advance) -> Vectors:
        """Return the vectors of texts, each once; those that the store lacks are computed first."""
        hashes = distinct["text_hash"].to_list()
        computed: set[str] = set()
        while True:
            try:
                missing = self._store.missing(hashes)
                computed |= set(missing)
                wanted = pl.DataFrame({"text_hash": missing}, {"text_hash": pl.String})
                self._embed(distinct.join(wanted, "text_hash", "semi"), advance)
                vectors = self._store.read(hashes)
            except DamagedPartError as error:  # set aside: its texts are missing now
                self.damaged.append(str(error))
                continue
            self._store.save_index()
            self.embedded_count += len(computed)
            self.known_count += len(hashes) - len(computed)
            advance(len(hashes) - len(computed))
            return vectors

    def _embed(self, texts: pl.DataFrame, advance: Advance) -> None:
        """Compute the vectors of texts and store them part by part."""
        for part in texts.iter_slices(self._part_rows):
            vectors, part_facts = self._embedder.embed(part["text"].to_list(), advance)
            _check_part(self._embedder, part, vectors)
            self._store.add(part["text_hash"].to_list(), vectors, part_facts, self._stored)
            self.facts = self.facts.plus(part_facts)


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


def _facts(embedder: Embedder, work: _Work, kept_count: int) -> Facts:
    """Return the facts of the stage; None for what was not done this time."""
    facts = work.facts
    done = facts.text_count > 0
    return {
        "model_id": embedder.model_id,
        "dimension": embedder.dimension,
        "embedder": embedder.kind,
        "max_tokens": embedder.max_tokens,
        "embedded_text_count": work.embedded_count,
        "known_text_count": work.known_count + kept_count,
        "texts_per_second": _ratio(facts.text_count, facts.seconds),
        "tokens_per_second": _ratio(facts.token_count or None, facts.seconds),
        "truncated_share": _ratio(facts.truncated_count, facts.text_count),
        "padding_share": facts.padding_share if done else None,
        "device": facts.device if done else None,
        "dtype": facts.dtype if done else None,
        "library": facts.library if done else None,
        "damaged_part_count": len(work.damaged),
        "damaged_parts": " ".join(work.damaged) or None,
    }


def _ratio(part: int | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


@check(EMBEDDINGS, "embeddings_every_paper_once")
def every_paper_once(reader: TableReader) -> Found:
    """Every paper has exactly one vector, and every vector a paper."""
    papers = reader.scan(PAPERS).select("paper_id").collect()
    found = reader.scan(EMBEDDINGS).select("paper_id").collect()
    return papers.height, _not_once(papers, found)


def _not_once(papers: pl.DataFrame, found: pl.DataFrame) -> list[str]:
    """Return one line per paper that has not one vector, and per vector that has no paper."""
    missing = papers.join(found, on="paper_id", how="anti")["paper_id"]
    unknown = found.join(papers, on="paper_id", how="anti")["paper_id"]
    twice = found.filter(pl.col("paper_id").is_duplicated())["paper_id"].unique()
    failures = [f"paper {paper_id}: no vector" for paper_id in missing]
    failures += [f"vector of {paper_id}: no such paper" for paper_id in unknown]
    return failures + [f"paper {paper_id}: more than one vector" for paper_id in twice]


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
