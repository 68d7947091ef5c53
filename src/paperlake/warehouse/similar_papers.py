"""Write the table similar_papers: only partitions with a list that changed are written."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from paperlake.catalogue.files import NEIGHBOUR_INDEX
from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.catalogue.partitioning import batches, bits_of, partition_of
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
from paperlake.stages.checks import check_table
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
        rows = self.lake.read_entry(self.entries[number], ["embedding"])
        vectors: Vectors = rows["embedding"].to_numpy()
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
    update = _update(run, read_index(state) if state is not None else None)
    bits = run.prefix_bits(SIMILAR_PAPERS)
    if update.is_complete or not bits or bits != bits_of(run.row_counts(SIMILAR_PAPERS)):
        _write_all(run, update, bits)
    else:
        _write_changed(run, update, bits)
    run.write_file(NEIGHBOUR_INDEX, update.index.to_bytes())
    recall = update.index.probes.recall if update.index.probes else 1.0
    if update.is_complete and recall < MIN_RECALL:
        _log.warning(
            "similar_papers has %.0f %% of the nearest papers: vectors of %s form few groups.",
            100 * recall, update.index.model_id,
        )  # fmt: skip
    return {RECALL: recall}


def _update(run: StageRun, index: NeighbourIndex | None) -> NeighbourUpdate:
    vectors = EmbeddingBlocks.of(run.lake)
    scratch = run.lake.folder_of(NEIGHBOUR_INDEX)
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        run.progress.task("Finding neighbours", vectors.papers.height, "papers") as advance,
        workers() as pool,
    ):
        work = Work(pool, advance, scratch, run.engine)
        return update_neighbours(index, vectors, run.settings.similar_count, work)


def _write_all(run: StageRun, update: NeighbourUpdate, bits: int) -> None:
    """Check and write all partitions, some at a time."""
    rows_of = _rows_of_partitions(update.paper_ids, bits)
    for names in batches({name: len(rows) for name, rows in rows_of.items()}, WRITTEN_PAPERS):
        parts = [(name, update.frame(np.asarray(rows_of[name], np.int64))) for name in names]
        if _is_checked(run, pl.concat(part for _name, part in parts)):
            run.write_parts(SIMILAR_PAPERS, parts)


def _write_changed(run: StageRun, update: NeighbourUpdate, bits: int) -> None:
    """Check the lists that changed, and write the partitions that have one."""
    touched = pl.concat([update.paper_ids.gather(update.changed), update.gone])
    names = touched.to_frame("paper_id").select(partition_of("paper_id", bits)).to_series().unique().sort()
    rows_of = _rows_of_partitions(update.paper_ids, bits)
    written = {name: np.asarray(rows_of[name], np.int64) for name in names if name in rows_of}
    parts = ((name, update.frame(rows)) for name, rows in written.items())
    run.begin(SIMILAR_PAPERS, names.to_list())
    changed = update.frame()
    if _is_checked(run, changed, sum(map(update.row_count, written.values()))):
        run.replace_parts(SIMILAR_PAPERS, parts, names.to_list(), touched, changed)


def _is_checked(run: StageRun, rows: pl.DataFrame, row_count: int | None = None) -> bool:
    """Check rows, and report the result for so many: those that stay were checked when they were computed."""
    result = check_table(SIMILAR_PAPERS, rows)
    run.report(result.check_name, row_count or rows.height, result.failures)
    return result.passed


def _rows_of_partitions(paper_ids: pl.Series, bits: int) -> dict[str, range]:
    """Return the row numbers of the papers of each partition, in order."""
    if not bits:
        return {"": range(len(paper_ids))}
    runs = (
        paper_ids.to_frame("paper_id").select(partition_of("paper_id", bits).rle().alias("run")).unnest("run")
    )
    stops = np.cumsum(runs["len"].to_numpy()).tolist()
    return {
        name: range(stop - length, stop)
        for name, length, stop in zip(runs["value"], runs["len"], stops, strict=True)
    }
