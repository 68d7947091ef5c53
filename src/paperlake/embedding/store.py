"""The vector store: vectors by text hash, one folder a model, in parts of bounded size.

A part is one Parquet file of text_hash and embedding; what made it (device, dtype, library) and a digest of
its content stand in the file's metadata. Parts are written whole as vectors come, never changed. A part that
is damaged is named, moved aside and computed again. Which texts matter is up to `stage.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.embedding.protocol import EmbeddingFacts, Vectors
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake

MODEL_ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")  # safe as the name of a folder anywhere
PART_SUFFIX = ".parquet"
ASIDE_SUFFIX = ".corrupt"
METADATA_PREFIX = "paperlake."


@dataclass(frozen=True)
class Part:
    """One file of the store, read and verified."""

    path: Path
    hashes: list[str]
    vectors: Vectors
    metadata: dict[str, str]


class VectorStore:
    """The vectors of one model in one lake."""

    def __init__(self, lake: Lake, model_id: str, dimension: int) -> None:
        if not MODEL_ID_PATTERN.fullmatch(model_id):
            raise UsageError(
                f"The model id {model_id!r} cannot name a folder. Use up to 120 letters, digits, dots, "
                "dashes and underscores, a letter or digit first."
            )
        self.lake = lake
        self.model_id = model_id
        self.dimension = dimension
        self.folder = lake.vectors(model_id)

    def parts(self) -> list[Path]:
        """The files of the store, in order of name."""
        return sorted(self.folder.glob(f"*{PART_SUFFIX}"))

    def heal(self) -> list[str]:
        """Read and verify every part, and move damaged ones aside.

        Returns:
            One message a damaged part, which names it.
        """
        messages = []
        for path in self.parts():
            try:
                self.read_part(path)
            except LakeError as error:
                messages.append(str(error))
        return messages

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Those of `hashes` that have no vector yet, each once, in their order."""
        known = set(self._index.get_column("text_hash"))
        return [text_hash for text_hash in dict.fromkeys(hashes) if text_hash not in known]

    def add(self, hashes: Sequence[str], vectors: Vectors, facts: EmbeddingFacts) -> Path:
        """Write one part, whole or not at all.

        Args:
            hashes: Text hashes, each once.
            vectors: Their vectors, float32 of shape (len(hashes), dimension).
            facts: What made them.
        """
        if vectors.shape != (len(hashes), self.dimension) or vectors.dtype != np.float32:
            raise LakeError(
                f"{self.model_id}: cannot store vectors of shape {vectors.shape} and type {vectors.dtype} "
                f"for {len(hashes)} texts of dimension {self.dimension}."
            )
        self._forget_index()
        digest = _digest(hashes, vectors)
        metadata = {
            "model_id": self.model_id,
            "digest": digest,
            "device": facts.device,
            "dtype": facts.dtype,
            "library": facts.library,
        }
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), self.dimension)
        table = pa.table({"text_hash": pa.array(hashes, pa.string()), "embedding": column})
        named = {f"{METADATA_PREFIX}{name}": value for name, value in metadata.items()}
        path = self.folder / f"{digest[:16]}{PART_SUFFIX}"
        self.lake.write_arrow(path, table.replace_schema_metadata(named))
        return path

    def read(self, hashes: Sequence[str]) -> Vectors:
        """The vectors of `hashes`, in their order: float32 of shape (len(hashes), dimension).

        Raises:
            LakeError: A text has no vector, or a part is damaged (it is then moved aside).
        """
        wanted = pl.DataFrame({"text_hash": pl.Series(hashes, dtype=pl.String)}).with_row_index("place")
        found = wanted.join(self._index, on="text_hash", how="inner")
        if found.height != len(hashes):
            raise LakeError(
                f"{self.folder} lacks {len(hashes) - found.height:,} vectors of {len(hashes):,} texts. "
                "Run `paperlake run` to compute them."
            )
        vectors = np.empty((len(hashes), self.dimension), np.float32)
        for (name,), rows in found.partition_by("part", as_dict=True).items():
            part = self.read_part(self.folder / str(name))
            vectors[rows["place"].to_numpy()] = part.vectors[rows["row"].to_numpy()]
        return vectors

    def read_part(self, path: Path) -> Part:
        """One part, verified by page checksums and by the digest of its content.

        Raises:
            LakeError: The part is damaged; it was moved aside, so that the next run computes it again.
        """
        problem = ""
        try:
            table, metadata = _read_table(path, ["text_hash", "embedding"])
            hashes = table.column("text_hash").to_pylist()
            vectors = _to_matrix(table.column("embedding"), self.dimension)
            if metadata.get("digest") != _digest(hashes, vectors):
                problem = "its content does not match its digest"
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        if problem:
            raise self._set_aside(path, problem)
        return Part(path, hashes, vectors, metadata)

    @cached_property
    def _index(self) -> pl.DataFrame:
        """Where each text's vector lies: text_hash, part, row; each text once."""
        frames = [pl.DataFrame(schema={"text_hash": pl.String, "part": pl.String, "row": pl.UInt32})]
        for path in self.parts():
            try:
                table, _ = _read_table(path, ["text_hash"])
                hashes = table.column("text_hash").to_pylist()
            except (OSError, ValueError, KeyError, pa.ArrowException) as error:
                raise self._set_aside(path, str(error).splitlines()[0]) from error
            frames.append(
                pl.DataFrame({"text_hash": hashes}, {"text_hash": pl.String})
                .with_columns(part=pl.lit(path.name))
                .with_row_index("row")
                .select("text_hash", "part", "row")
            )
        return pl.concat(frames).unique("text_hash", keep="first", maintain_order=True)

    def _forget_index(self) -> None:
        self.__dict__.pop("_index", None)

    def _set_aside(self, path: Path, problem: str) -> LakeError:
        """Move a damaged part out of the way, so that its vectors are missing rather than wrong."""
        path.replace(path.with_name(path.name + ASIDE_SUFFIX))
        self._forget_index()
        return LakeError(
            f"The vector part {path} is damaged ({problem}). It was moved to {path.name}{ASIDE_SUFFIX}; "
            "run `paperlake run` to compute its vectors again."
        )


def _read_table(path: Path, columns: list[str]) -> tuple[pa.Table, dict[str, str]]:
    """Columns of a part and its metadata, page checksums verified."""
    with path.open("rb") as file, pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        raw = parquet.schema_arrow.metadata or {}
        table = parquet.read(columns, use_threads=False)
    metadata = {key.decode(): value.decode() for key, value in raw.items()}
    named = {
        key.removeprefix(METADATA_PREFIX): value
        for key, value in metadata.items()
        if key.startswith(METADATA_PREFIX)
    }
    return table, named


def _to_matrix(column: pa.ChunkedArray, dimension: int) -> Vectors:
    flat: npt.NDArray[np.float32] = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(flat, np.float32).reshape(-1, dimension)


def _digest(hashes: Sequence[str], vectors: Vectors) -> str:
    """SHA-256 over the hashes and the vectors' bytes: footers have no checksum of their own."""
    digest = hashlib.sha256("\n".join(hashes).encode())
    digest.update(np.ascontiguousarray(vectors).tobytes())
    return digest.hexdigest()
