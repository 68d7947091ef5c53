"""Store vectors by text hash: one folder per model, in parts of bounded size.

Parts are written whole as vectors are computed and never changed (`part.py` describes one). A part is
verified when it is read; a damaged one is reported, renamed and computed again. Which texts need vectors is
up to `stage.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from paperlake.embedding.index import INDEX_FILE, VectorIndex
from paperlake.embedding.part import DamagedPartError, Part, StoredVectors, read_hashes, read_part
from paperlake.embedding.protocol import EmbeddingFacts
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.lake.files import write_arrow
from paperlake.vectors.arrays import Ints, Vectors

MODEL_ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")  # a valid name of a folder on every system
PART_SUFFIX = ".parquet"
DAMAGED_SUFFIX = ".corrupt"
MAX_UNINDEXED_PARTS = 32  # read for a look-up, 2 ms each, before the index is saved again


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
        self._indexes: tuple[VectorIndex, VectorIndex] | None = None

    def parts(self) -> list[Path]:
        """Return the files of the store, in order of name."""
        return sorted(self.folder.glob(f"*{PART_SUFFIX}"))

    def damaged_parts(self) -> list[Path]:
        """Return the damaged files that were renamed, in order of name."""
        return sorted(self.folder.glob(f"*{DAMAGED_SUFFIX}"))

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Return those of `hashes` that have no vector yet, each once, in their order.

        Raises:
            DamagedPartError: The hashes of a part cannot be read; it was renamed.
        """
        wanted = list(dict.fromkeys(hashes))
        numbers, _, _ = self._find(wanted)
        return [wanted[place] for place in np.flatnonzero(numbers < 0).tolist()]

    def add(
        self,
        hashes: Sequence[str],
        vectors: Vectors,
        facts: EmbeddingFacts,
        stored: Literal["float32", "float16"] = "float32",
    ) -> Path:
        """Write one part, whole or not at all.

        Args:
            hashes: Text hashes, each once.
            vectors: Their vectors, float32 of shape (len(hashes), dimension).
            facts: Of the call that computed them.
            stored: The type of the numbers in the part; float16 rounds each to 11 binary digits.
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
        if stored == "float16":
            rounded = vectors.astype(np.float16)
            return self.write_part(Part.of(hashes, rounded, origin | {"stored": stored}))
        return self.write_part(Part.of(hashes, vectors, origin))

    def write_part(self, part: Part) -> Path:
        """Write a part under a name derived from its content."""
        path = self.folder / f"{part.digest[:16]}{PART_SUFFIX}"
        write_arrow(path, part.to_arrow())
        if self._indexes is not None:
            saved, recent = self._indexes
            if path.name not in saved.names and path.name not in recent.names:
                self._indexes = saved, recent.extended(VectorIndex.build([(path.name, part.hashes)]))
        return path

    def read(self, hashes: Sequence[str]) -> Vectors:
        """Read the vectors of `hashes`, in their order: float32 of shape (len(hashes), dimension).

        Those that are stored in float16 are scaled to unit length again.

        Raises:
            LakeError: A text has no vector, or a part is damaged (it is then renamed).
        """
        numbers, rows, names = self._find(hashes)
        lacking = int((numbers < 0).sum())
        if lacking:
            raise LakeError(
                f"{self.folder} lacks the vectors of {lacking:,} of {len(hashes):,} texts. "
                "Run `paperlake run` to compute them."
            )
        vectors = np.empty((len(hashes), self.dimension), np.float32)
        for number in np.unique(numbers).tolist():
            places = np.flatnonzero(numbers == number)
            path = self.folder / names[number]
            part = self.read_part(path)
            if not _has(part, rows[places].tolist(), [hashes[place] for place in places.tolist()]):
                self.forget_index()
                raise DamagedPartError(f"The index of {self.folder} is damaged. It was deleted.")
            vectors[places] = _exact(part.vectors[rows[places]])
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

    def save_index(self) -> None:
        """Save the index if it lacks many parts: looking up hashes then reads few. Hold the lake's lock."""
        saved, recent = self._current_indexes()
        if len(recent.names) > MAX_UNINDEXED_PARTS:
            saved.extended(recent).save(self.folder)
            self._indexes = None

    def forget_index(self) -> None:
        """Delete the saved index; it is built again from the parts."""
        (self.folder / INDEX_FILE).unlink(missing_ok=True)
        self._indexes = None

    def _find(self, hashes: Sequence[str]) -> tuple[Ints, Ints, list[str]]:
        """Return the number of the part (-1 for none) and the row of each hash, and the names of parts."""
        saved, recent = self._current_indexes()
        numbers, rows = saved.find(hashes)
        left = np.flatnonzero(numbers < 0)
        if left.size and recent.names:
            found, found_rows = recent.find([hashes[place] for place in left.tolist()])
            numbers[left] = np.where(found < 0, -1, found + len(saved.names))
            rows[left] = found_rows
        return numbers, rows, saved.names + recent.names

    def _current_indexes(self) -> tuple[VectorIndex, VectorIndex]:
        """Return the saved index, and one of the parts that it lacks."""
        if self._indexes is None:
            present = [path.name for path in self.parts()]
            saved = VectorIndex.load(self.folder)
            if saved is None or not set(saved.names) <= set(present):
                saved = VectorIndex.build([])
            covered = set(saved.names)
            recent = VectorIndex.build(self._part_hashes(name for name in present if name not in covered))
            self._indexes = saved, recent
        return self._indexes

    def _part_hashes(self, names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield the name and the text hashes of each of some parts."""
        for name in names:
            path = self.folder / name
            try:
                yield name, read_hashes(path, self.dimension)
            except DamagedPartError as error:
                raise self._set_aside(path, error) from error

    def _set_aside(self, path: Path, found: DamagedPartError) -> DamagedPartError:
        """Rename a damaged part, so that its vectors are missing rather than wrong."""
        path.replace(path.with_name(path.name + DAMAGED_SUFFIX))
        self._indexes = None
        return DamagedPartError(
            f"{found} It was renamed to {path.name}{DAMAGED_SUFFIX}; run `paperlake run` to compute it again."
        )


def _exact(stored: StoredVectors) -> Vectors:
    """Return stored vectors as float32; rounded ones are scaled to unit length again."""
    vectors: Vectors = stored.astype(np.float32, copy=False)
    if stored.dtype != np.float16:
        return vectors
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit


def _has(part: Part, rows: list[int], hashes: list[str]) -> bool:
    """Return whether a part has these hashes in these rows."""
    count = len(part.hashes)
    return all(row < count and part.hashes[row] == text for row, text in zip(rows, hashes, strict=True))
