"""What a run needs to know of the last one: the lists of all papers, and the inverted file."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from paperlake.neighbours.inverted.calibration import Probes
from paperlake.neighbours.kept_lists import KeptLists
from paperlake.vectors.arrays import Ints, Vectors

FORMAT = 3
KEPT = "kept_"  # before the names of the arrays of `KeptLists`


@dataclass(frozen=True)
class NeighbourIndex:
    """The state between two runs."""

    model_id: str
    count: int
    """Neighbours of a paper."""
    papers: pl.DataFrame
    """paper_id, ascending, and fingerprint of the vector."""
    kept: KeptLists
    """The list of neighbours of each paper."""
    lists: Ints | None = None
    """The list of the inverted file that each paper is in, (papers,); None where all papers were compared."""
    centroids: Vectors | None = None
    """float32 (lists, dimension)."""
    trained_count: int = 0
    """How many papers there were when the centroids were computed."""
    probes: Probes | None = None

    def to_bytes(self) -> bytes:
        """Return the content of a file."""
        arrays: dict[str, np.ndarray] = {
            "format": np.array(FORMAT),
            "model_id": np.array(self.model_id),
            "count": np.array(self.count),
            "paper_id": self.papers["paper_id"].to_numpy().astype("S"),
            "fingerprint": self.papers["fingerprint"].to_numpy().astype("S"),
            **{f"{KEPT}{name}": array for name, array in vars(self.kept).items()},
        }
        if self.lists is not None and self.centroids is not None and self.probes is not None:
            arrays |= {
                "lists": self.lists.astype(np.uint16),
                "centroids": self.centroids,
                "trained_count": np.array(self.trained_count),
                "probes": np.array([self.probes.mutual, self.probes.single]),
                "recall": np.array(self.probes.recall),
            }
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        return file.getvalue()


def read_index(path: Path) -> NeighbourIndex | None:
    """Read the index; None if the file is of another format or cannot be read: lists are built again."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if int(arrays["format"]) != FORMAT:
                return None
            papers = pl.DataFrame({name: _texts(arrays[name]) for name in ("paper_id", "fingerprint")})
            kept = KeptLists(*(arrays[f"{KEPT}{one.name}"] for one in fields(KeptLists)))
            index = NeighbourIndex(str(arrays["model_id"]), int(arrays["count"]), papers, kept)
            if "lists" not in arrays:
                return index
            mutual, single = (int(number) for number in arrays["probes"])
            return replace(
                index,
                lists=arrays["lists"].astype(np.int64),
                centroids=arrays["centroids"],
                trained_count=int(arrays["trained_count"]),
                probes=Probes(mutual, single, float(arrays["recall"])),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _texts(array: np.ndarray) -> pl.Series:
    """Return byte strings as texts; those of one length are not copied one by one."""
    width, characters = array.dtype.itemsize, np.frombuffer(array.tobytes(), np.uint8)
    if not len(characters) or not characters.all():  # shorter ones end with zeros
        return pl.Series(array.astype("U"), dtype=pl.String)
    offsets = np.arange(len(array) + 1, dtype=np.int64) * width
    texts = pa.LargeStringArray.from_buffers(len(array), pa.py_buffer(offsets), pa.py_buffer(characters))
    return pl.Series(texts, dtype=pl.String)
