"""Read and write one part of the vector store: a Parquet file of text_hash and embedding with a digest.

Pages have checksums, but headers and footers have none, so the metadata also has a digest of the content,
beside the device, dtype and library that computed the vectors. Numbers are float32 or, on request, float16.
The list of parts is up to `store.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.embedding.index import is_text_hash
from paperlake.errors import LakeError
from paperlake.vectors.arrays import Vectors

StoredVectors = Vectors | npt.NDArray[np.float16]
METADATA_PREFIX = "paperlake."
DIGEST = "digest"


class DamagedPartError(LakeError):
    """A part differs from what was written."""


@dataclass(frozen=True)
class Part:
    """The content of one part, verified."""

    hashes: list[str]
    vectors: StoredVectors
    metadata: dict[str, str]
    """Origin of the vectors (model_id, device, dtype, library), and the digest."""

    @classmethod
    def of(cls, hashes: Sequence[str], vectors: StoredVectors, origin: dict[str, str]) -> Part:
        """Build a part with its digest."""
        return cls(list(hashes), vectors, {**origin, DIGEST: _digest(hashes, vectors)})

    @property
    def digest(self) -> str:
        """Return the SHA-256 of hashes and vectors, in hexadecimal."""
        return self.metadata[DIGEST]

    def to_arrow(self) -> pa.Table:
        """Return the table that is written."""
        dimension = self.vectors.shape[1]
        column = pa.FixedSizeListArray.from_arrays(pa.array(self.vectors.reshape(-1)), dimension)
        table = pa.table({"text_hash": pa.array(self.hashes, pa.string()), "embedding": column})
        metadata = {f"{METADATA_PREFIX}{name}": value for name, value in self.metadata.items()}
        return table.replace_schema_metadata(metadata)


def read_part(path: Path, dimension: int) -> Part:
    """Read one part and verify all of it.

    Raises:
        DamagedPartError: It differs from what was written; the message names it.
        LakeError: The operating system refuses to read it.
    """
    table, metadata = _read(path, ["text_hash", "embedding"], dimension)
    hashes = _hashes(path, table)
    flat: StoredVectors = table.column("embedding").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    if len(flat) != len(hashes) * dimension:
        raise DamagedPartError(f"The vector part {path} is damaged (vectors are missing).")
    vectors = flat.reshape(-1, dimension)
    if metadata.get(DIGEST) != _digest(hashes, vectors):
        raise DamagedPartError(f"The vector part {path} is damaged (its content does not match its digest).")
    return Part(hashes, vectors, metadata)


def read_hashes(path: Path, dimension: int) -> list[str]:
    """Read only the text hashes of a part, in order; its vectors are not verified.

    Raises:
        DamagedPartError: It differs from what was written; the message names it.
        LakeError: The operating system refuses to read it.
    """
    table, _ = _read(path, ["text_hash"], dimension)
    return _hashes(path, table)


def read_dimension(path: Path) -> int:
    """Return the dimension of the vectors of a part.

    Raises:
        DamagedPartError: It cannot be read.
        LakeError: The operating system refuses to read it.
    """
    try:
        return int(pq.read_schema(path).field("embedding").type.list_size)
    except (OSError, ValueError, KeyError, AttributeError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise LakeError(f"Cannot read the vector part {path}: {error.strerror}.") from error
        raise DamagedPartError(f"The vector part {path} is damaged (its schema cannot be read).") from error


def _hashes(path: Path, table: pa.Table) -> list[str]:
    """Return the text hashes of a table; raise DamagedPartError if one is missing or no text."""
    try:
        hashes: list[str | None] = table.column("text_hash").to_pylist()
    except UnicodeDecodeError as error:
        raise DamagedPartError(f"The vector part {path} is damaged (a text hash is no text).") from error
    found = [name for name in hashes if name is not None]
    if len(found) != len(hashes):
        raise DamagedPartError(f"The vector part {path} is damaged (text hashes are missing).")
    if not all(is_text_hash(name) for name in found):
        raise DamagedPartError(f"The vector part {path} is damaged (a text hash is none).")
    return found


def _read(path: Path, columns: list[str], dimension: int) -> tuple[pa.Table, dict[str, str]]:
    """Read columns of a part and its metadata, with page checksums verified."""
    vectors = [pa.list_(number, dimension) for number in (pa.float32(), pa.float16())]
    expected = {"text_hash": [pa.string()], "embedding": vectors}
    try:
        with path.open("rb") as file, pq.ParquetFile(file, page_checksum_verification=True) as parquet:
            table = parquet.read(columns, use_threads=False)
        metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        found = {field.name: field.type for field in table.schema}
        if found.keys() != set(columns) or any(found[name] not in expected[name] for name in columns):
            raise DamagedPartError(
                f"The vector part {path} is damaged (its columns are not those of vectors)."
            )
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise LakeError(f"Cannot read the vector part {path}: {error.strerror}.") from error
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise DamagedPartError(f"The vector part {path} is damaged ({reason}).") from error
    named = {name.removeprefix(METADATA_PREFIX): value for name, value in metadata.items()}
    return table, named


def _digest(hashes: Sequence[str], vectors: StoredVectors) -> str:
    digest = hashlib.sha256("\n".join(hashes).encode())
    digest.update(np.ascontiguousarray(vectors).tobytes())
    return digest.hexdigest()
