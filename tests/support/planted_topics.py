"""Papers made for the tests of topics: vectors around planted centroids, texts of their fields."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.topics.counts import COUNTED_COLUMNS, Counter, TopicCounts

DIMENSIONS = 48

# Per field: phrases that its papers write about, most frequent first.
FIELDS: dict[str, tuple[str, ...]] = {
    "graph": ("knowledge graph embedding", "link prediction", "relation triples", "entity alignment"),
    "prune": ("BERT pruning", "weight quantization", "attention heads", "knowledge distillation"),
    "speech": ("speech recognition", "acoustic models", "word error rate", "speaker adaptation"),
    "protein": ("protein folding", "amino acid sequences", "molecular dynamics", "binding sites"),
    "drone": ("drone navigation", "obstacle avoidance", "flight controllers", "visual odometry"),
    "weather": ("weather forecasting", "precipitation maps", "satellite imagery", "climate simulation"),
    "law": ("contract review", "legal judgment prediction", "court rulings", "statute retrieval"),
    "music": ("music generation", "symbolic melodies", "audio synthesis", "chord progressions"),
    "fraud": ("fraud detection", "credit card transactions", "money laundering", "anomaly scores"),
    "robot": ("robot grasping", "tactile sensing", "object manipulation", "dexterous hands"),
}


@dataclass(frozen=True)
class Planted:
    """Papers with vectors and the field that each was planted in."""

    papers: pl.DataFrame
    vectors: npt.NDArray[np.float32]
    fields: list[str]


def paper_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unit(rows: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def paper_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    filled = [{"source_count": 1, "dump_count": 1, "abstract": None, **row} for row in rows]
    return PAPERS.frame(filled)


def plant(per_field: int, *, fields: int = len(FIELDS), seed: int = 7, spread: float = 0.55) -> Planted:
    """`per_field` papers in each of the first `fields` fields; `spread` is the noise beside the centroid."""
    random = np.random.default_rng(seed)
    shared = unit(random.normal(size=DIMENSIONS))
    rows: list[dict[str, object]] = []
    vectors, names = [], []
    for field, phrases in list(FIELDS.items())[:fields]:
        centroid = unit(random.normal(size=DIMENSIONS))
        for number in range(per_field):
            first, second = phrases[int(random.integers(0, 2))], phrases[number % len(phrases)]
            title = f"{first.capitalize() if first.islower() else first} in setting {field}-{number}"
            rows.append(
                {
                    "paper_id": paper_id(title),
                    "title": title,
                    "abstract": f"We study {first}. Our novel approach to {second} improves {phrases[0]}. "
                    f"Experiments on {phrases[2]} show state-of-the-art results.",
                    "published_date": date(2024, 1 + number % 6, 3),
                }
            )
            noise = unit(random.normal(size=DIMENSIONS)) * spread
            vectors.append(unit(0.8 * shared + centroid + noise))
            names.append(field)
    return Planted(paper_frame(rows), np.stack(vectors), names)


def count_topics(papers: pl.DataFrame, paper_topics: pl.DataFrame) -> TopicCounts:
    """Count papers as the stage does, in two batches."""
    counter = Counter()
    half = papers["paper_id"].head(papers.height // 2).implode()
    for batch in (pl.col("paper_id").is_in(half), ~pl.col("paper_id").is_in(half)):
        counter.add(papers.filter(batch), paper_topics.filter(batch).select(COUNTED_COLUMNS))
    return counter.total()
