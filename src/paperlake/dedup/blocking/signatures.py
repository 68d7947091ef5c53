"""What is kept of each text so that candidates are found without reading it again.

A signature is a function of one text and the parameters alone: hashes of title and abstract, the set of
words, and MinHash bands over the abstract's word shingles. Stored as Parquet parts in the lake.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import rensa

from paperlake.dedup.blocking.cache import Parts
from paperlake.dedup.text.hashing import Hashes, Offsets, mix, shingle_hashes, text_hashes, word_hashes
from paperlake.dedup.text.normalize import (
    NORMALIZATION_VERSION,
    matching_abstracts,
    matching_titles,
    title_key,
)
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

SHINGLE_WORDS = 3  # words; unrelated abstracts share under 0.3 percent of them, but 2 percent of word pairs
ROWS = 3  # MinHash values in one band: the steepness of the threshold curve
RECALL_AT_THRESHOLD = 0.99  # pairs found of those whose shingle overlap is just the setting's
MAX_BANDS = 128
MINHASH_SEED = 20
# Texts hashed at once: their running sums (8 bytes a letter, 10 MB) stay in reused memory. 4,000 take twice
# the time, most of it in getting fresh pages.
CHUNK_TEXTS = 1000
THREADS = min(4, os.cpu_count() or 1)  # Arrow, NumPy, polars and rensa free the GIL

# The number of distinct word hashes. 24 bits keep a million texts' words at 4 bytes each, and make two of a
# million different words collide in 3 percent of cases, which only makes a rare word look less rare.
WORD_BITS = 24

SIGNATURE_COLUMNS: dict[str, pl.DataType] = {
    "text_key": pl.UInt64(),
    "title_hash": pl.UInt64(),
    "abstract_hash": pl.UInt64(),
    "abstract_length": pl.UInt32(),
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
    titles, abstracts = matching_titles(texts["title"]), matching_abstracts(texts["abstract"])
    title_words, title_offsets = word_hashes(titles)
    key_words, key_offsets = word_hashes(titles.to_frame("t").select(title_key(pl.col("t"))).to_series())
    words, offsets = word_hashes(abstracts)
    return pl.DataFrame(
        {
            "text_key": text_keys(texts),
            "title_hash": text_hashes(key_words, key_offsets),
            "abstract_hash": pl.Series(text_hashes(words, offsets)).replace(0, None),
            "abstract_length": abstracts.str.len_chars(),
            "title_words": word_sets((title_words, title_offsets)),
            "words": word_sets((title_words, title_offsets), (words, offsets)),
            "bands": _bands(words, offsets, parameters.bands),
        },
        schema=SIGNATURE_COLUMNS,
    )


def word_sets(*parts: tuple[Hashes, Offsets]) -> pl.Series:
    """The distinct words of each text, in any of its parts, as sorted `WORD_BITS`-bit numbers."""
    texts = len(parts[0][1]) - 1
    coded = []
    for words, offsets in parts:
        text = np.repeat(np.arange(texts, dtype=np.uint64) << np.uint64(32), np.diff(offsets))
        coded.append(text | (words >> np.uint64(64 - WORD_BITS)))
    keys = np.sort(np.concatenate(coded))
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    sizes = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=texts)
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
        self._parts = Parts(
            lake, lake.signatures(), Parameters.of(settings).digest, SIGNATURE_COLUMNS, ["text_key"]
        )
        self._settings = settings
        self._progress = progress
        self.computed_count = 0
        """Texts whose signature had to be computed, over the life of this object."""

    def __call__(self, texts: pl.DataFrame) -> pl.DataFrame:
        """The signatures of `texts`, row by row, from the store or computed and stored."""
        wanted = texts.select("title", "abstract").with_columns(text_keys(texts))
        stored = self._parts.read()
        new_texts = wanted.join(stored.select("text_key"), on="text_key", how="anti", maintain_order="left")
        new = compute_signatures(
            new_texts.unique("text_key", keep="first", maintain_order=True), self._settings, self._progress
        )
        self.computed_count += new.height
        used = stored.select("text_key").join(wanted, on="text_key", how="semi").height
        kept = stored if used == stored.height else stored.join(wanted, on="text_key", how="semi")
        self._parts.keep(kept, new, stored.height)
        return _in_order(pl.concat([kept, new]) if kept.height else new, wanted["text_key"])


def _in_order(signatures: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """The signature of each key."""
    if signatures["text_key"].equals(keys):
        return signatures
    places = signatures.select("text_key").with_row_index("place")
    place = keys.to_frame().join(places, on="text_key", how="left", maintain_order="left")["place"]
    return signatures[place]
