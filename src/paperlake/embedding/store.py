"""Store vectors by text hash: one folder per model, in parts of bounded size.

Parts are written whole as vectors are computed and never changed (`part.py` describes one). A damaged part is
reported, renamed and computed again. Which texts need vectors is up to `stage.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from paperlake.embedding.index import VectorIndex
from paperlake.embedding.part import DamagedPartError, Part, read_hashes, read_part
from paperlake.embedding.protocol import EmbeddingFacts
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.lake.files import write_arrow
from paperlake.vectors.arrays import Vectors

MODEL_ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")  # a valid name of a folder on every system
PART_SUFFIX = ".parquet"
DAMAGED_SUFFIX = ".corrupt"


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
        self._index: VectorIndex | None = None

    def parts(self) -> list[Path]:
        """Return the files of the store, in order of name."""
        return sorted(self.folder.glob(f"*{PART_SUFFIX}"))

    def damaged_parts(self) -> list[Path]:
        """Return the damaged files that were renamed, in order of name."""
        return sorted(self.folder.glob(f"*{DAMAGED_SUFFIX}"))

    def set_aside_damaged_parts(self) -> list[str]:
        """Read and verify every part, and rename damaged ones, so that their vectors are missing.

        Returns:
            One message per damaged part, which names it.
        """
        self._index = None  # parts may have changed since it was built
        messages = []
        for path in self.parts():
            try:
                self.read_part(path)
            except DamagedPartError as error:
                messages.append(str(error))
        return messages

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Return those of `hashes` that have no vector yet, each once, in their order.

        Raises:
            DamagedPartError: The hashes of a part cannot be read; it was renamed.
        """
        return self._current_index().missing(hashes)

    def add(self, hashes: Sequence[str], vectors: Vectors, facts: EmbeddingFacts) -> Path:
        """Write one part, whole or not at all.

        Args:
            hashes: Text hashes, each once.
            vectors: Their vectors, float32 of shape (len(hashes), dimension).
            facts: Of the call that computed them.
        """
        if vectors.shape != (len(hashes), self.dimension) or vectors.dtype != np.float32:
            raise LakeError(
                f"{self.model_id}: cannot store vectors of shape {vectors.shape} and type {vectors.dtype} "
                f"for {len(hashes)} texts of dimension {self.dimension}."
            )
        origin = {
            "model_id": self.model_id,
            "device": facts.device,
            "dtype": facts.dtype,
            "library": facts.library,
        }
        return self.write_part(Part.of(hashes, vectors, origin))

    def write_part(self, part: Part) -> Path:
        """Write a part under a name derived from its content."""
        self._index = None
        path = self.folder / f"{part.digest[:16]}{PART_SUFFIX}"
        write_arrow(path, part.to_arrow())
        return path

    def read(self, hashes: Sequence[str]) -> Vectors:
        """Read the vectors of `hashes`, in their order: float32 of shape (len(hashes), dimension).

        Raises:
            LakeError: A text has no vector, or a part is damaged (it is then renamed).
        """
        found = self._current_index().locate(hashes)
        if found.height != len(hashes):
            lacking = len(hashes) - found.height
            raise LakeError(
                f"{self.folder} lacks the vectors of {lacking:,} of {len(hashes):,} texts. "
                "Run `paperlake run` to compute them."
            )
        vectors = np.empty((len(hashes), self.dimension), np.float32)
        for (name,), rows in found.partition_by("part", as_dict=True).items():
            part = self.read_part(self.folder / str(name))
            vectors[rows["place"].to_numpy()] = part.vectors[rows["row"].to_numpy()]
        return vectors

    def read_part(self, path: Path) -> Part:
        """Read one part and verify all of it.

        Raises:
            DamagedPartError: It was renamed, so that the next run computes its vectors again.
        """
        try:
            return read_part(path, self.dimension)
        except DamagedPartError as error:
            raise self._set_aside(path, error) from error

    def _current_index(self) -> VectorIndex:
        """Return the index of the parts, built now if they changed since it was last built."""
        if self._index is None:
            self._index = VectorIndex.build(self._part_hashes())
        return self._index

    def _part_hashes(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the name and the text hashes of each part, in order of name."""
        for path in self.parts():
            try:
                yield path.name, read_hashes(path, self.dimension)
            except DamagedPartError as error:
                raise self._set_aside(path, error) from error

    def _set_aside(self, path: Path, found: DamagedPartError) -> DamagedPartError:
        """Rename a damaged part, so that its vectors are missing rather than wrong."""
        path.replace(path.with_name(path.name + DAMAGED_SUFFIX))
        self._index = None
        return DamagedPartError(
            f"{found} It was renamed to {path.name}{DAMAGED_SUFFIX}; run `paperlake run` to compute it again."
        )
