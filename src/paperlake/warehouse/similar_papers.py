"""Write the table similar_papers: only partitions with a list that changed are written."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from paperlake.catalogue.files import NEIGHBOUR_INDEX
from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.catalogue.partitioning import bits_of, partition_of
from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.embedding.stage import current_model
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts, FileEntry
from paperlake.neighbours.full_build import Work
from paperlake.neighbours.index import NeighbourIndex, read_index
from paperlake.neighbours.inverted.calibration import MIN_RECALL
from paperlake.neighbours.update import NeighbourUpdate, update_neighbours
from paperlake.neighbours.workers import workers
from paperlake.stages.changed_keys import KeptRows
from paperlake.stages.checks import check_table, schema_check
from paperlake.stages.run import StageRun
from paperlake.vectors.arrays import Vectors

_log = logging.getLogger(__name__)

FINGERPRINT_CHARS = 16  # of the hash of the embedded text
RECALL = "neighbour_recall"  # the fact of the stage
KEPT_BYTES = 768 << 20  # of vectors: half a million of 384 numbers
WRITTEN_PAPERS = 50_000  # papers whose rows are in memory at a time when all are written


@dataclass(frozen=True)
class EmbeddingBlocks:
    """The table embeddings as a source of vectors: a block is a partition."""

    lake: Lake
    entries: tuple[FileEntry, ...]
    model_id: str
    dimension: int
    _kept: dict[int, Vectors] = field(default_factory=dict, repr=False, compare=False)

    def __reduce__(self) -> tuple[type[EmbeddingBlocks], tuple[Lake, tuple[FileEntry, ...], str, int]]:
        """Return what is needed elsewhere: not the list of papers."""
        return EmbeddingBlocks, (self.lake, self.entries, self.model_id, self.dimension)

    @classmethod
    def of(cls, lake: Lake) -> EmbeddingBlocks:
        """Return the vectors of the last commit."""
        model = current_model(lake)
        return cls(lake, lake.entries_of(EMBEDDINGS), model.model_id, model.dimension)

    @cached_property
    def papers(self) -> pl.DataFrame:
        """The papers in the order of the partitions, with the beginning of the hash of the embedded text."""
        fingerprint = pl.col("text_hash").str.head(FINGERPRINT_CHARS).alias("fingerprint")
        papers = self.lake.scan(EMBEDDINGS).select("paper_id", fingerprint).collect()
        if not papers["paper_id"].is_sorted():
            raise LakeError(
                f"The rows of {EMBEDDINGS.name} are not in the order of paper_id. "
                f"Run `paperlake run --rebuild --until {EMBEDDINGS.stage}`."
            )
        return papers

    @cached_property
    def sizes(self) -> Sequence[int]:
        """The number of papers of each partition."""
        return [entry.row_count or 0 for entry in self.entries]

    def block(self, number: int) -> Vectors:
        """Read one partition, verified; the first ones stay in memory, for they are read several times."""
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        vectors: Vectors = self.lake.read_entry(self.entries[number])["embedding"].to_numpy()
        if number < self._kept_count:
            self._kept[number] = vectors
        return vectors

    @cached_property
    def _kept_count(self) -> int:
        """The number of first blocks that are kept."""
        number_bytes = np.dtype(np.float32).itemsize
        ends = np.cumsum(np.asarray(self.sizes, np.int64)) * self.dimension * number_bytes
        return int(np.searchsorted(ends, KEPT_BYTES, side="right"))


def write_similar_papers(run: StageRun) -> Facts:
    """Bring similar_papers up to date with the vectors, and write the state for the next time.

    Returns:
        The recall of the lists on a sample, when they were last built from nothing; 1 where they are exact.
    """
    changed = run.changed_partitions(EMBEDDINGS)
    state = run.previous_file(NEIGHBOUR_INDEX) if changed is not None else None
    if state is not None and not changed and bits_of(run.row_counts(SIMILAR_PAPERS)):
        run.replace(SIMILAR_PAPERS, SIMILAR_PAPERS.empty(), ())
        run.adopt(NEIGHBOUR_INDEX, state)
        return {RECALL: run.previous.facts.get(RECALL) if run.previous else None}
    index = read_index(state) if state is not None else None
    previous = run.scan(SIMILAR_PAPERS) if index is not None else None
    update = _update(run, index, previous)
    if update.is_complete:
        _write_all(run, update)
    else:
        _write_changed(run, update)
    run.write_file(NEIGHBOUR_INDEX, update.index.to_bytes())
    recall = update.index.probes.recall if update.index.probes else 1.0
    if update.is_complete and recall < MIN_RECALL:
        _log.warning(
            "similar_papers has %.0f %% of the nearest papers: vectors of %s form few groups.",
            100 * recall, update.index.model_id,
        )  # fmt: skip
    return {RECALL: recall}


def _update(run: StageRun, index: NeighbourIndex | None, previous: pl.LazyFrame | None) -> NeighbourUpdate:
    vectors = EmbeddingBlocks.of(run.lake)
    scratch = run.lake.folder_of(NEIGHBOUR_INDEX)
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        run.progress.task("Finding neighbours", vectors.papers.height, "papers") as advance,
        workers() as pool,
    ):
        work = Work(pool, advance, scratch, run.engine)
        return update_neighbours(index, previous, vectors, run.settings.similar_count, work)


def _write_all(run: StageRun, update: NeighbourUpdate) -> None:
    """Check and write all partitions, some at a time."""
    name = schema_check(SIMILAR_PAPERS).name
    for first, last in _ranges(run, update.paper_ids):
        rows = update.frame(first, last)
        result = check_table(SIMILAR_PAPERS, rows)
        run.report(name, rows.height, result.failures)
        if result.passed:
            run.write_parts(SIMILAR_PAPERS, _parts(rows, run.prefix_bits(SIMILAR_PAPERS)))


def _parts(rows: pl.DataFrame, bits: int) -> list[tuple[str, pl.DataFrame]]:
    """Return the rows by partition, in order."""
    if not bits:
        return [("", rows)]
    named = rows.with_columns(partition_of("paper_id", bits).alias("partition"))
    parts = named.partition_by("partition", as_dict=True, include_key=False, maintain_order=True)
    return [(str(name), part) for (name,), part in parts.items()]


def _ranges(run: StageRun, paper_ids: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield ranges of row numbers of whole partitions; one empty range where there are no papers."""
    ids = paper_ids.to_frame("paper_id")
    bits = run.prefix_bits(SIMILAR_PAPERS)
    lengths = ids.select(partition_of("paper_id", bits).rle().struct.field("len")).to_series().to_list()
    stops = np.cumsum(lengths).tolist() if bits and lengths else [ids.height]
    first = 0
    for stop in stops:
        if stop - first >= WRITTEN_PAPERS or stop == stops[-1]:
            yield first, stop
            first = stop


def _write_changed(run: StageRun, update: NeighbourUpdate) -> None:
    """Write the partitions in which a list changed."""
    rows = update.frame()
    bits = run.prefix_bits(SIMILAR_PAPERS)
    is_divided_alike = bits == bits_of(run.row_counts(SIMILAR_PAPERS))
    touched = pl.concat([update.paper_ids.gather(update.changed), update.gone]).to_frame("paper_id")
    partitions = touched.select(partition_of("paper_id", bits)).to_series().unique().to_list()
    if bits and is_divided_alike:
        kept = run.read_partitions(SIMILAR_PAPERS, partitions)
    else:
        kept = run.read(SIMILAR_PAPERS)
    kept = kept.join(touched, on="paper_id", how="anti")
    if bits and is_divided_alike:
        run.replace(SIMILAR_PAPERS, rows, partitions, KeptRows(kept, touched["paper_id"]))
    else:
        run.write(SIMILAR_PAPERS, pl.concat([kept, rows]))
