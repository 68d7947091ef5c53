"""Binary codes of the papers' vectors (SimHash): 768 bits each, to find the few vectors to compare exactly.

A bit says on which side of a random hyperplane a vector is, so that the Hamming distance of two codes
estimates the angle between the vectors (Charikar, Similarity Estimation Techniques from Rounding
Algorithms, STOC 2002). 500,000 papers take 48 MB instead of 768, and a look at all of them 15 ms.

Of the papers with the nearest codes, a second estimate keeps a few: it weighs each bit by how far the query
is from the hyperplane, which its own code leaves out (Dong, Charikar and Li, Asymmetric Distance Estimation
with Sketches for Similarity Search in High-Dimensional Spaces, SIGIR 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from paperlake.text.sql_files import read_sql
from paperlake.vectors.arrays import Hashes, Vectors

if TYPE_CHECKING:
    import duckdb
    import polars as pl

CODE_BITS = 768  # 99 of the 100 nearest of 500,000 are among 5,000 candidates, the 10 nearest among 500
WORD_BITS = 64
HYPERPLANE_SEED = 7
WEIGHT_STEPS = 4095  # sums of 768 integers up to this one are exact in float32, in any order
COMPARED_ROWS = 65_536  # codes compared at a time: one word of each takes 0.5 MB, which a cache holds

WORD_COLUMNS = [f"bits_{number:02d}" for number in range(CODE_BITS // WORD_BITS)]


def make_hyperplanes(dimension: int) -> Vectors:
    """Return the normals of the hyperplanes, (CODE_BITS, dimension); those of one block are orthogonal."""
    generator = np.random.default_rng(HYPERPLANE_SEED)
    blocks = [
        np.linalg.qr(generator.standard_normal((dimension, dimension)))[0].T
        for _ in range(-(-CODE_BITS // dimension))
    ]
    return np.concatenate(blocks)[:CODE_BITS].astype(np.float32)


def binary_codes(vectors: Vectors, hyperplanes: Vectors) -> Hashes:
    """Compute the codes of vectors (n, dimension): (n, 12) words of 64 bits."""
    signs = vectors @ hyperplanes.T > 0
    return np.ascontiguousarray(np.packbits(signs, axis=1)).view(np.uint64)


def hamming_distances(words: Sequence[Hashes], query: Hashes) -> npt.NDArray[np.uint16]:
    """Compute the number of bits in which each code differs from one code.

    Args:
        words: The 12 words of the codes, each (n,).
        query: The words of one code, (12,).

    Returns:
        Distances, (n,).
    """
    distances = np.zeros(len(words[0]), dtype=np.uint16)
    for start in range(0, len(distances), COMPARED_ROWS):
        part = slice(start, start + COMPARED_ROWS)
        for column, word in zip(words, query, strict=True):
            distances[part] += np.bitwise_count(column[part] ^ word)
    return distances


def greatest_of_least(distances: npt.NDArray[np.uint16], count: int) -> int:
    """Return the greatest of the `count` least distances, of at most CODE_BITS each.

    >>> greatest_of_least(np.array([5, 2, 9, 2], dtype=np.uint16), 3)
    5
    """
    reached = np.cumsum(np.bincount(distances, minlength=CODE_BITS + 1))
    return int(np.searchsorted(reached, min(count, len(distances))))


def estimated_similarities(codes: Hashes, query: Vectors, hyperplanes: Vectors) -> Vectors:
    """Estimate how near vectors are to one vector.

    The estimate adds up the products of the one with the normals where the code of the other has a 1. The
    products are rounded to integers, so that the sum is exact and the order of codes makes no difference.

    Args:
        codes: Of the vectors, (n, 12).
        query: (dimension,).
        hyperplanes: (CODE_BITS, dimension).

    Returns:
        Greater for nearer vectors; no cosines, (n,).
    """
    products = hyperplanes @ query
    weights = np.round(products * (WEIGHT_STEPS / max(float(np.abs(products).max()), 1e-12)))
    bits = np.unpackbits(codes.view(np.uint8), axis=1).astype(np.float32)
    estimates: Vectors = bits @ weights.astype(np.float32)
    return estimates


class BinaryCodes:
    """Adds papers to search.codes, with the hyperplanes that the codes in it were computed with."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        normals = connection.execute(read_sql(__package__, "hyperplanes")).fetchall()
        self._hyperplanes = np.array([normal for (normal,) in normals], dtype=np.float32)

    def add(self, papers: pl.DataFrame) -> None:
        """Add papers: paper_number, paper_id and embedding; those without a vector are left out."""
        papers = papers.drop_nulls("embedding")
        if not papers.height:
            return
        vectors = papers["embedding"].to_numpy()
        if not len(self._hyperplanes):
            self._write_hyperplanes(vectors.shape[1])
        codes = binary_codes(vectors, self._hyperplanes)
        rows = papers.select("paper_number", "paper_id").to_arrow()
        for number, column in enumerate(WORD_COLUMNS):
            rows = rows.append_column(column, pa.array(codes[:, number]))
        self._insert("search.codes", rows)

    def finish(self) -> None:
        """Do nothing: every paper is written when it is added."""

    def _write_hyperplanes(self, dimension: int) -> None:
        self._hyperplanes = make_hyperplanes(dimension)
        flat = pa.FixedSizeListArray.from_arrays(pa.array(self._hyperplanes.ravel()), dimension)
        bits = pa.array(np.arange(CODE_BITS, dtype=np.int32))
        self._insert("search.hyperplanes", pa.table({"bit_number": bits, "normal": flat}))

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._connection.register("incoming", rows)
        self._connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
        self._connection.unregister("incoming")
