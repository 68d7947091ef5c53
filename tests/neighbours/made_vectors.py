"""Vectors and tables of neighbours for tests."""

from typing import Any

import numpy as np
import polars as pl

from paperlake.engine.local import LocalEngine
from paperlake.neighbours.blocks import ArrayBlocks
from paperlake.neighbours.full_build import Work
from paperlake.neighbours.index import NeighbourIndex
from paperlake.neighbours.update import NeighbourUpdate, update_neighbours
from paperlake.neighbours.workers import workers


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(count)]


def in_groups(count: int, groups: int = 40, dimension: int = 24, seed: int = 4) -> np.ndarray:
    """Return vectors that come in groups, as papers come in topics."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(groups, dimension))
    return unit(
        centres[generator.integers(0, groups, count)] + 0.6 * generator.normal(size=(count, dimension))
    )


class Papers:
    """A changing set of papers with vectors."""

    def __init__(self, vectors: dict[str, np.ndarray], block_rows: int = 1000) -> None:
        self.vectors = dict(vectors)
        self.block_rows = block_rows

    @classmethod
    def of(cls, vectors: np.ndarray, block_rows: int = 1000) -> "Papers":
        return cls(dict(zip(ids(len(vectors)), vectors, strict=True)), block_rows)

    def blocks(self, model_id: str = "model") -> ArrayBlocks:
        names = sorted(self.vectors)
        rows = [self.vectors[name] for name in names]
        fingerprints = [f"{abs(hash(row.tobytes())):016x}"[:16] for row in rows]
        papers = pl.DataFrame(
            {"paper_id": names, "fingerprint": fingerprints},
            {"paper_id": pl.String, "fingerprint": pl.String},
        )
        vectors = np.stack(rows) if rows else np.empty((0, 4), np.float32)
        return ArrayBlocks(papers, vectors, model_id, self.block_rows)


def build(
    papers: Papers, count: int = 5, threads: int = 2, work: dict[str, Any] | None = None
) -> NeighbourUpdate:
    return update(papers, None, count, threads, work)


def update(
    papers: Papers,
    index: NeighbourIndex | None,
    count: int = 5,
    threads: int = 2,
    work: dict[str, Any] | None = None,
) -> NeighbourUpdate:
    options = {"engine": LocalEngine(thread_count=threads), **(work or {})}
    with workers(threads) as pool:
        return update_neighbours(index, papers.blocks(), count, Work(pool, **options))


def applied(table: pl.DataFrame, change: NeighbourUpdate) -> pl.DataFrame:
    """Return the table with the changed lists in place of the old ones; the state must have the same."""
    if change.is_complete:
        found = change.frame()
    else:
        touched = pl.concat([change.paper_ids.gather(change.changed), change.gone])
        kept = table.filter(~pl.col("paper_id").is_in(touched.implode()))
        found = pl.concat([kept, change.frame()]).sort("paper_id", "rank")
    assert change.frame(np.arange(len(change.paper_ids))).equals(found)
    return found


def exact_lists(papers: Papers, count: int, chosen: list[str]) -> dict[str, list[str]]:
    """Return the nearest papers of some papers, by a plain sort of all cosines."""
    names = np.array(sorted(papers.vectors))
    vectors = np.stack([papers.vectors[name] for name in names]).astype(np.float64)
    lists = {}
    for name in chosen:
        cosines = np.round(vectors @ papers.vectors[name].astype(np.float64), 6)
        cosines[names == name] = -2
        lists[name] = names[np.argsort(-cosines, kind="stable")[:count]].tolist()
    return lists


def recall(papers: Papers, table: pl.DataFrame, count: int, chosen: list[str]) -> float:
    """Return the share of the nearest papers of some papers that are in their lists."""
    names = np.array(sorted(papers.vectors))
    vectors = np.stack([papers.vectors[name] for name in names])
    own = np.searchsorted(names, chosen)
    cosines = vectors[own] @ vectors.T
    cosines[np.arange(len(own)), own] = -2
    nearest = np.argpartition(-cosines, count, axis=1)[:, :count]
    exact = {name: set(names[row].tolist()) for name, row in zip(chosen, nearest, strict=True)}
    rows = table.filter(pl.col("paper_id").is_in(chosen)).group_by("paper_id").agg("similar_paper_id")
    found = {name: set(neighbours) for name, neighbours in rows.iter_rows()}
    return sum(len(exact[name] & found[name]) for name in chosen) / (count * len(chosen))
