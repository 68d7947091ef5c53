"""Sketches of the papers' vectors: 768 bits each, by which a search finds the few to compare exactly.

A bit says on which side of a random plane a vector lies, so that the bits in which two sketches differ
estimate the angle between the vectors (Charikar, Similarity Estimation Techniques from Rounding
Algorithms, STOC 2002). 500,000 papers take 48 MB instead of 768, and a look at all of them 15 ms.
"""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

SKETCH_BITS = 768  # 99 of the 100 nearest of 500,000 are among 5,000 candidates, the 10 nearest among 500
WORD_BITS = 64
PLANE_SEED = 7
BLOCK_ROWS = 50_000  # 50,000 x 768 signs in float32 are 150 MB

COLUMNS = [f"bits_{number:02d}" for number in range(SKETCH_BITS // WORD_BITS)]

Sketches = npt.NDArray[np.uint64]
Planes = npt.NDArray[np.float32]


def make_planes(dimension: int) -> Planes:
    """Normals of the planes, float32 (SKETCH_BITS, dimension); those of one block are at right angles."""
    generator = np.random.default_rng(PLANE_SEED)
    blocks = [
        np.linalg.qr(generator.standard_normal((dimension, dimension)))[0].T
        for _ in range(-(-SKETCH_BITS // dimension))
    ]
    return np.concatenate(blocks)[:SKETCH_BITS].astype(np.float32)


def sketch(vectors: npt.NDArray[np.float32], planes: Planes) -> Sketches:
    """The sketches of some vectors: uint64 (n, 12)."""
    signs = vectors @ planes.T > 0
    return np.ascontiguousarray(np.packbits(signs, axis=1)).view(np.uint64)


def differing_bits(sketches: Sketches, query: Sketches) -> npt.NDArray[np.uint16]:
    """In how many bits each sketch differs from one: (n,)."""
    counted: npt.NDArray[np.uint16] = np.bitwise_count(sketches ^ query).sum(axis=1, dtype=np.uint16)
    return counted


def write_sketches(connection: duckdb.DuckDBPyConnection, vectors: npt.NDArray[np.float32]) -> None:
    """Write search.planes and search.sketches; `vectors` in ascending order of paper_id."""
    planes = make_planes(vectors.shape[1])
    columns = ", ".join(f"{column} UBIGINT NOT NULL" for column in COLUMNS)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(planes.ravel()), planes.shape[1])
    connection.register("incoming", pa.table({"plane": flat}))
    connection.execute(
        f"CREATE TABLE search.planes AS SELECT plane::FLOAT[{planes.shape[1]}] AS plane FROM incoming"  # noqa: S608
    )
    connection.unregister("incoming")
    connection.execute(
        "COMMENT ON TABLE search.planes IS 'The planes of the sketches, in order of their bits.'"
    )
    connection.execute(f"CREATE TABLE search.sketches ({columns})")
    connection.execute(
        "COMMENT ON TABLE search.sketches IS 'One row a paper in order of paper_id: its vector in 768 bits.'"
    )
    for start in range(0, len(vectors), BLOCK_ROWS):
        bits = sketch(vectors[start : start + BLOCK_ROWS], planes)
        connection.register("incoming", pa.table({name: bits[:, at] for at, name in enumerate(COLUMNS)}))
        connection.execute("INSERT INTO search.sketches SELECT * FROM incoming")
        connection.unregister("incoming")
