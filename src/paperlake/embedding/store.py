"""The vector store: vectors by text hash, one folder a model, in parts of bounded size.

Parts are written whole as vectors come and never changed (`part.py` says what is in one). A part that is
damaged is named, moved aside and computed again. Which texts matter is up to `stage.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from paperlake.embedding.part import DamagedPartError, Part, read_hashes, read_part
from paperlake.embedding.protocol import EmbeddingFacts, Vectors
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.lake.files import write_arrow

MODEL_ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")  # safe as the name of a folder anywhere
PART_SUFFIX = ".parquet"
ASIDE_SUFFIX = ".corrupt"


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

    def aside(self) -> list[Path]:
        """The damaged files that were moved aside."""
        return sorted(self.folder.glob(f"*{ASIDE_SUFFIX}"))

    def heal(self) -> list[str]:
        """Read and verify every part, and move damaged ones aside.

        Returns:
            One message a damaged part, which names it.
        """
        self._forget_index()
        messages = []
        for path in self.parts():
            try:
                self.read_part(path)
            except DamagedPartError as error:
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
        made_by = {
            "model_id": self.model_id,
            "device": facts.device,
            "dtype": facts.dtype,
            "library": facts.library,
        }
        return self.write_part(Part.of(hashes, vectors, made_by))

    def write_part(self, part: Part) -> Path:
        """Write a part under a name made of its content."""
        self._forget_index()
        path = self.folder / f"{part.digest[:16]}{PART_SUFFIX}"
        write_arrow(path, part.to_arrow())
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
        """One part, all of it verified.

        Raises:
            DamagedPartError: It was moved aside, so that the next run computes its vectors again.
        """
        try:
            return read_part(path, self.dimension)
        except DamagedPartError as error:
            raise self._set_aside(path, error) from error

    @cached_property
    def _index(self) -> pl.DataFrame:
        """Where each text's vector lies: text_hash, part, row; each text once."""
        frames = [pl.DataFrame(schema={"text_hash": pl.String, "part": pl.String, "row": pl.UInt32})]
        for path in self.parts():
            try:
                hashes = read_hashes(path, self.dimension)
            except DamagedPartError as error:
                raise self._set_aside(path, error) from error
            frames.append(
                pl.DataFrame({"text_hash": hashes}, {"text_hash": pl.String})
                .with_columns(part=pl.lit(path.name))
                .with_row_index("row")
                .select("text_hash", "part", "row")
            )
        return pl.concat(frames).unique("text_hash", keep="first", maintain_order=True)

    def _forget_index(self) -> None:
        self.__dict__.pop("_index", None)

    def _set_aside(self, path: Path, found: DamagedPartError) -> DamagedPartError:
        """Move a damaged part out of the way, so that its vectors are missing rather than wrong."""
        path.replace(path.with_name(path.name + ASIDE_SUFFIX))
        self._forget_index()
        return DamagedPartError(
            f"{found} It was moved to {path.name}{ASIDE_SUFFIX}; run `paperlake run` to compute it again."
        )
