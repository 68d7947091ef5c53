"""File papers of some partitions under the published topics: what an engine computes for one item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.catalogue.table import Table
from paperlake.catalogue.topic_tables import PAPER_TOPICS
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.text.display import plural
from paperlake.topics.continuity.assignment import file_papers
from paperlake.topics.curated.published import PublishedTopics
from paperlake.topics.tables import paper_topics_table
from paperlake.vectors.arrays import Vectors

MAX_SHOWN_IDS = 5  # ids named in an error


@dataclass(frozen=True)
class NewPapers:
    """Papers that are to be filed, and the partitions that have their vectors."""

    partitions: tuple[str, ...]
    paper_ids: pl.Series
    """Ascending."""


class PartitionReader(Protocol):
    """Reads partitions of tables."""

    def read_partitions(self, table: Table, partitions: Collection[str]) -> pl.DataFrame:
        """Read some partitions."""
        ...


def file_new_papers(new: NewPapers, lake: Lake, published: PublishedTopics) -> pl.DataFrame:
    """Return the rows of paper_topics of new papers."""
    if new.paper_ids.is_empty():
        return PAPER_TOPICS.empty()
    vectors = vectors_of(lake, new.partitions, new.paper_ids)
    assigned = file_papers(published.base, new.paper_ids.to_list(), vectors)
    return paper_topics_table(published.model, published.file(assigned, vectors))


def vectors_of(lake: PartitionReader, names: Collection[str], paper_ids: pl.Series) -> Vectors:
    """Return the vectors of papers in some partitions, float32 of shape (papers, dimension), in their order.

    Raises:
        LakeError: A paper has no vector.
    """
    embeddings = lake.read_partitions(EMBEDDINGS, names).select("paper_id", "embedding")
    wanted = pl.DataFrame({"paper_id": paper_ids})
    ordered = wanted.join(embeddings, on="paper_id", how="left", maintain_order="left")
    missing = ordered.filter(pl.col("embedding").is_null())["paper_id"].to_list()
    if missing:
        raise LakeError(
            f"{plural(len(missing), 'paper')} without a vector ({', '.join(missing[:MAX_SHOWN_IDS])}). "
            f"Run `paperlake run --until {EMBEDDINGS.stage}` first."
        )
    return ordered["embedding"].to_numpy()
