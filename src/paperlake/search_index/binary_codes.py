"""Binary codes of the papers' vectors (SimHash): 768 bits each, to find the few vectors to compare exactly.

A bit says on which side of a random hyperplane a vector is, so that the Hamming distance of two codes
estimates the angle between the vectors (Charikar, Similarity Estimation Techniques from Rounding
Algorithms, STOC 2002). 500,000 papers take 48 MB instead of 768, and a look at all of them 15 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from paperlake.text.sql_files import read_sql
from paperlake.vectors.arrays import Hashes, Ints, Vectors

if TYPE_CHECKING:
    import duckdb
    import polars as pl

CODE_BITS = 768  # 99 of the 100 nearest of 500,000 are among 5,000 candidates, the 10 nearest among 500
WORD_BITS = 64
HYPERPLANE_SEED = 7
BLOCK_ROWS = 50_000  # 50,000 x 768 signs in float32 are 150 MB

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


def hamming_distances(codes: Hashes, query: Hashes) -> npt.NDArray[np.uint16]:
    """Compute the number of bits in which each code (n, 12) differs from one code (12,): (n,)."""
    distances: npt.NDArray[np.uint16] = np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.uint16)
    return distances


def order_by_number(numbers: Ints, words: Hashes) -> Hashes:
    """Return the codes (n, 12) in order of their paper numbers (n,), which are 0 to n - 1."""
    codes = np.empty_like(words)
    codes[numbers] = words
    return codes


def write_binary_codes(connection: duckdb.DuckDBPyConnection, embeddings: pl.DataFrame) -> None:
    """Write search.hyperplanes and search.codes.

    Args:
        connection: The warehouse being built; it has the tables of `create_tables.sql`.
        embeddings: paper_number, paper_id and embedding.
    """
    vectors = embeddings["embedding"].to_numpy()
    hyperplanes = make_hyperplanes(vectors.shape[1])
    flat = pa.FixedSizeListArray.from_arrays(pa.array(hyperplanes.ravel()), hyperplanes.shape[1])
    bits = pa.array(np.arange(CODE_BITS, dtype=np.int32))
    _insert(connection, "search.hyperplanes", pa.table({"bit_number": bits, "normal": flat}))
    columns = ", ".join(f"{column} UBIGINT NOT NULL" for column in WORD_COLUMNS)
    connection.execute(read_sql(__package__, "create_codes", words=columns))
    keys = embeddings.select("paper_number", "paper_id").to_arrow()
    for start in range(0, len(vectors), BLOCK_ROWS):
        codes = binary_codes(vectors[start : start + BLOCK_ROWS], hyperplanes)
        block = keys.slice(start, BLOCK_ROWS)
        for number, column in enumerate(WORD_COLUMNS):
            block = block.append_column(column, pa.array(codes[:, number]))
        _insert(connection, "search.codes", block)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608  # own names
    connection.unregister("incoming")
