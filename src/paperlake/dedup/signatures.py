"""What is kept of each text so that candidates are found without reading it again.

A signature is a function of one text and the parameters alone: hashes of title and abstract, the set of
words, and MinHash bands over the abstract's word shingles. Stored as Parquet parts in the lake.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import rensa

from paperlake.dedup.hashing import Hashes, Offsets, mix, shingle_hashes, text_hashes, word_hashes
from paperlake.dedup.normalize import NORMALIZATION_VERSION, matching_abstract, matching_title, title_key
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

SHINGLE_WORDS = 3  # words; unrelated abstracts share under 0.3 percent of them, but 2 percent of word pairs
ROWS = 3  # MinHash values in one band: the steepness of the threshold curve
RECALL_AT_THRESHOLD = 0.99  # pairs found of those whose shingle overlap is just the setting's
MAX_BANDS = 128
MINHASH_SEED = 20
CHUNK_TEXTS = 4000  # texts hashed at once: about 5 MB of abstracts and 150 MB of running sums
THREADS = min(
    4, os.cpu_count() or 1
)  # each holds a chunk's running sums; Arrow, NumPy and rensa free the GIL
MAX_PARTS = 16  # more files than this are written into one

# The number of distinct word hashes. 24 bits keep a million texts' words at 4 bytes each, and make two of a
# million different words collide in 3 percent of cases, which only makes a rare word look less rare.
WORD_BITS = 24

SIGNATURE_COLUMNS: dict[str, pl.DataType] = {
    "text_key": pl.UInt64(),
    "title_hash": pl.UInt64(),
    "abstract_hash": pl.UInt64(),
    "title_words": pl.List(pl.UInt32()),
    "words": pl.List(pl.UInt32()),
    "bands": pl.List(pl.UInt32()),
}

SignaturesOf = Callable[[pl.DataFrame], pl.DataFrame]
"""Gives the signatures of texts (columns title, abstract), row by row."""


@dataclass(frozen=True)
class Parameters:
    """What a signature depends on besides its text."""

    bands: int

    @classmethod
    def of(cls, settings: Settings) -> Parameters:
        """As many bands as find `RECALL_AT_THRESHOLD` of the pairs at the setting's overlap.

        A pair of overlap J becomes a candidate with probability 1 - (1 - J^rows)^bands (Leskovec, Rajaraman,
        Ullman: Mining of Massive Datasets, 3.4).
        """
        missed = math.log(1 - settings.near_duplicate_jaccard**ROWS)
        return cls(bands=min(MAX_BANDS, math.ceil(math.log(1 - RECALL_AT_THRESHOLD) / missed)))

    @property
    def digest(self) -> str:
        """Names the files of signatures that were made with these parameters."""
        parts = (NORMALIZATION_VERSION, SHINGLE_WORDS, ROWS, self.bands, MINHASH_SEED, WORD_BITS)
        versions = (pl.__version__, rensa.RMinHash.ALGORITHM_VERSION)
        return hashlib.sha256(repr((parts, versions)).encode()).hexdigest()[:12]


def text_keys(texts: pl.DataFrame) -> pl.Series:
    """A 64-bit key of each exact title and abstract, under which its signature is stored."""
    return texts.select(
        pl.struct(pl.col("title"), pl.col("abstract")).hash(seed=1).alias("text_key")
    ).to_series()


def compute_signatures(
    texts: pl.DataFrame, settings: Settings, progress: Progress | None = None
) -> pl.DataFrame:
    """Signatures of texts, row by row.

    Args:
        texts: Columns title and abstract (may be NULL).
        settings: `near_duplicate_jaccard` decides the number of bands.
        progress: Hears of the texts done.

    Returns:
        A frame of `SIGNATURE_COLUMNS`, in the order of `texts`.
    """
    parameters = Parameters.of(settings)
    if texts.height == 0:
        return pl.DataFrame(schema=SIGNATURE_COLUMNS)
    chunks = texts.select("title", "abstract").iter_slices(CHUNK_TEXTS)
    with (progress or Silent()).task("Signing texts", texts.height, "texts") as advance:
        parts = []
        with ThreadPoolExecutor(max_workers=THREADS) as threads:
            for part in threads.map(partial(_signatures_of_chunk, parameters=parameters), chunks):
                parts.append(part)
                advance(part.height)
    return pl.concat(parts, rechunk=True)


def _signatures_of_chunk(texts: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    normal = texts.select(
        title=matching_title(pl.col("title")),
        abstract=matching_abstract(pl.col("abstract")).fill_null(""),
    )
    title_words, title_offsets = word_hashes(normal["title"])
    key_words, key_offsets = word_hashes(normal.select(title_key(pl.col("title"))).to_series())
    words, offsets = word_hashes(normal["abstract"])
    both_words, both_offsets = word_hashes(
        normal.select((pl.col("title") + " " + pl.col("abstract")).str.strip_chars()).to_series()
    )
    abstract_hash = pl.Series("abstract_hash", text_hashes(words, offsets))
    return pl.DataFrame(
        {
            "text_key": text_keys(texts),
            "title_hash": text_hashes(key_words, key_offsets),
            "abstract_hash": abstract_hash,
            "title_words": _word_sets(title_words, title_offsets),
            "words": _word_sets(both_words, both_offsets),
            "bands": _bands(words, offsets, parameters.bands),
        },
        schema=SIGNATURE_COLUMNS,
    ).with_columns(pl.when(pl.col("abstract_hash") != 0).then("abstract_hash"))


def _word_sets(words: Hashes, offsets: Offsets) -> pl.Series:
    """The distinct words of each text as sorted `WORD_BITS`-bit numbers."""
    short = (words >> np.uint64(64 - WORD_BITS)).astype(np.uint64)
    text = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
    keys = np.sort((text << np.uint64(32)) | short)
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    sizes = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=len(offsets) - 1)
    return _lists((keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), sizes)


def _lists(flat: np.ndarray[Any, np.dtype[np.uint32]], sizes: np.ndarray[Any, Any]) -> pl.Series:
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    array = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pa.array(flat, pa.uint32()))
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)  # noqa: S101  # one array is one series
    return series


def _bands(words: Hashes, offsets: Offsets, bands: int) -> pl.Series:
    """One 32-bit hash for each band of the MinHash; none for a text of fewer words than a shingle."""
    shingles, shingle_offsets = shingle_hashes(words, offsets, SHINGLE_WORDS)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        shingles, shingle_offsets.astype(np.uint64), bands * ROWS, MINHASH_SEED
    )
    minima = np.array(matrix.to_rows(), np.uint64).reshape(len(offsets) - 1, bands, ROWS)
    keys = np.zeros(minima.shape[:2], np.uint64)
    for row in range(ROWS):
        keys = mix(keys * np.uint64(3) + minima[:, :, row])
    filled = np.diff(shingle_offsets) > 0
    return _lists((keys[filled] >> np.uint64(32)).astype(np.uint32).ravel(), np.where(filled, bands, 0))


class SignatureStore:
    """Signatures in the lake: each computed once for as long as its text stays; a bad file is made again."""

    def __init__(self, lake: Lake, settings: Settings, progress: Progress | None = None) -> None:
        self._lake = lake
        self._settings = settings
        self._progress = progress
        self._prefix = f"{Parameters.of(settings).digest}-"
        self.computed_count = 0
        """Texts whose signature had to be computed, over the life of this object."""

    def __call__(self, texts: pl.DataFrame) -> pl.DataFrame:
        """The signatures of `texts`, row by row, from the store or computed and stored."""
        wanted = texts.with_columns(text_keys(texts)).with_row_index("row")
        stored, part_count = self._read()
        known = stored.join(wanted.select("text_key"), on="text_key", how="semi")
        new_texts = wanted.join(known.select("text_key"), on="text_key", how="anti").unique("text_key")
        new = compute_signatures(
            new_texts.sort("row").select("title", "abstract"), self._settings, self._progress
        )
        self.computed_count += new.height
        everything = pl.concat([known, new])
        if part_count >= MAX_PARTS or known.height * 2 < stored.height:
            self._replace(everything)
        elif new.height:
            self._write(new)
        return (
            wanted.select("row", "text_key")
            .join(everything, on="text_key", how="left", maintain_order="left")
            .drop("row")
        )

    def _parts(self) -> Iterator[Any]:
        folder = self._lake.signatures()
        return iter(sorted(folder.glob("*.parquet"))) if folder.is_dir() else iter(())

    def _read(self) -> tuple[pl.DataFrame, int]:
        """All stored signatures of these parameters; files of others, and broken ones, are deleted."""
        frames = [pl.DataFrame(schema=SIGNATURE_COLUMNS)]
        for path in self._parts():
            try:
                frame = self._lake.read_parquet(path) if path.name.startswith(self._prefix) else None
            except LakeError:
                frame = None
            if frame is None or dict(frame.schema) != SIGNATURE_COLUMNS:
                path.unlink(missing_ok=True)
                continue
            frames.append(frame)
        return pl.concat(frames).unique("text_key"), len(frames) - 1

    def _write(self, signatures: pl.DataFrame) -> None:
        keys = signatures["text_key"].sort().to_numpy().tobytes()
        name = f"{self._prefix}{hashlib.sha256(keys).hexdigest()[:16]}.parquet"
        self._lake.write_parquet(self._lake.signatures() / name, signatures)

    def _replace(self, signatures: pl.DataFrame) -> None:
        old = list(self._parts())
        self._write(signatures)
        keep = max(self._parts(), key=lambda path: path.stat().st_mtime_ns, default=None)
        for path in old:
            if path != keep:
                path.unlink(missing_ok=True)
