"""Compute and keep the signature of each text, from which candidate pairs are found without the text.

A signature is a function of one text and the parameters alone: hashes of title and abstract, the set of
words, and MinHash bands over the abstract's word shingles.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
import pyarrow as pa
import rensa

from paperlake.dedup.blocking.cache import RowCache
from paperlake.dedup.blocking.packed_keys import WORD_SIZE, PackedKeys, high_bits
from paperlake.dedup.text.hashing import distinct, shingle_hashes, splitmix64, text_hashes, word_hashes
from paperlake.dedup.text.normalize import (
    NORMALIZATION_VERSION,
    matching_abstracts,
    matching_titles,
    title_key,
)
from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine, halves
from paperlake.lake import Lake
from paperlake.memory import return_free_memory
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.vectors.arrays import Hashes, Ints, Words

# Raise when the code here computes other signatures of the same text; the parameters below and
# NORMALIZATION_VERSION are part of the digest by themselves.
SIGNATURES_VERSION = 1

SHINGLE_WORDS = 3  # words; unrelated abstracts share under 0.3 percent of them, but 2 percent of word pairs
BAND_ROWS = 3  # MinHash values per band: the steepness of the threshold curve
RECALL_AT_THRESHOLD = 0.99  # of the pairs whose shingle overlap is exactly the setting's
MAX_BANDS = 128
MINHASH_SEED = 20
# Texts hashed at once: their running sums (8 bytes per letter, 10 MB) stay in reused memory. 4,000 take twice
# the time, most of it spent on fresh pages.
CHUNK_TEXTS = 1000
TASK_TEXTS = 4 * CHUNK_TEXTS  # of one item of the engine: a few tenths of a second, and 10 MB to send
TASK_BYTES = 128 << 20

# The number of distinct word hashes. 24 bits keep a million texts' words at 4 bytes each, and make two of a
# million different words collide in 3 percent of cases, which only makes a rare word look less rare.
WORD_BITS = 24

_TEXT_WORDS = PackedKeys(text=WORD_SIZE // 2, word=WORD_BITS)

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
"""Return the signatures of texts (columns title, abstract), row by row."""


@dataclass(frozen=True)
class Parameters:
    """The parameters of a signature besides its text."""

    bands: int

    @classmethod
    def of(cls, settings: Settings) -> Parameters:
        """Choose as many bands as find `RECALL_AT_THRESHOLD` of the pairs at the setting's overlap.

        A pair of overlap J becomes a candidate with probability 1 - (1 - J^rows)^bands (Leskovec, Rajaraman,
        Ullman: Mining of Massive Datasets, 3.4).
        """
        missed = math.log(1 - settings.near_duplicate_jaccard**BAND_ROWS)
        return cls(bands=min(MAX_BANDS, math.ceil(math.log(1 - RECALL_AT_THRESHOLD) / missed)))

    @property
    def digest(self) -> str:
        """Return the digest that names the files of signatures computed with these parameters."""
        parameters = (SHINGLE_WORDS, BAND_ROWS, self.bands, MINHASH_SEED, WORD_BITS)
        # The normalisation uses regular expressions and Unicode tables of polars.
        versions = (
            SIGNATURES_VERSION, NORMALIZATION_VERSION, pl.__version__, rensa.RMinHash.ALGORITHM_VERSION,
        )  # fmt: skip
        return hashlib.sha256(repr((parameters, versions)).encode()).hexdigest()[:12]


def text_keys(texts: pl.DataFrame) -> pl.Series:
    """Compute a 64-bit key of each exact title and abstract, under which its rows are kept.

    The first 8 bytes of SHA-256 over the title's length, the title and the abstract: equal in every version
    of every library, and a missing abstract differs from an empty one. 100,000 texts take 0.3 to 0.4 s.
    """
    rows = texts.select("title", "abstract").iter_rows()
    digests = b"".join(_text_digest(title, abstract) for title, abstract in rows)
    return pl.Series("text_key", np.frombuffer(digests, np.dtype("<u8")))


def _text_digest(title: str, abstract: str | None) -> bytes:
    text = f"{len(title)} {title}" if abstract is None else f"{len(title)} {title}\n{abstract}"
    return hashlib.sha256(text.encode()).digest()[:8]


def compute_signatures(
    texts: pl.DataFrame, settings: Settings, progress: Progress | None = None, engine: Engine | None = None
) -> pl.DataFrame:
    """Compute the signatures of texts, row by row.

    Args:
        texts: Columns title and abstract (may be NULL).
        settings: `near_duplicate_jaccard` decides the number of bands.
        progress: Is told the number of texts done.
        engine: Computes them; that of this machine if not given.

    Returns:
        A frame of `SIGNATURE_COLUMNS`, in the order of `texts`.
    """
    if texts.height == 0:
        return pl.DataFrame(schema=SIGNATURE_COLUMNS)
    compute = partial(_signatures_of, parameters=Parameters.of(settings))
    items = texts.select("title", "abstract").iter_slices(TASK_TEXTS)
    with (progress or Silent()).task("Computing signatures", texts.height, "texts") as advance:
        parts = []
        for part in (engine or LocalEngine()).map(compute, items, memory=TASK_BYTES, split=halves):
            parts.append(part)
            advance(part.height)
    return_free_memory()
    return pl.concat(parts, rechunk=True)


def _signatures_of(texts: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Compute the signatures of one item of the engine."""
    chunks = texts.iter_slices(CHUNK_TEXTS)
    return pl.concat([_signatures_of_chunk(chunk, parameters) for chunk in chunks])


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


def word_sets(*parts: tuple[Hashes, Ints]) -> pl.Series:
    """Return the distinct words of each text, in any of its parts, as sorted `WORD_BITS`-bit numbers.

    Args:
        parts: Word hashes and offsets of the texts, as `word_hashes` returns them.
    """
    text_count = len(parts[0][1]) - 1
    packed = [
        _TEXT_WORDS.pack(
            text=np.repeat(np.arange(text_count, dtype=np.uint64), np.diff(offsets)),
            word=high_bits(words, WORD_BITS),
        )
        for words, offsets in parts
    ]
    keys = distinct(np.concatenate(packed))
    sizes = np.bincount(_TEXT_WORDS.unpack(keys, "text").astype(np.int64), minlength=text_count)
    return _list_series(_TEXT_WORDS.unpack(keys, "word").astype(np.uint32), sizes)


def _list_series(flat: Words, sizes: Ints) -> pl.Series:
    """Return a series of lists from their values end to end and their sizes."""
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    array = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pa.array(flat, pa.uint32()))
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)  # noqa: S101  # one array is one series
    return series


def _bands(words: Hashes, offsets: Ints, bands: int) -> pl.Series:
    """Return one 32-bit hash per MinHash band; none for a text with fewer words than a shingle."""
    shingles, shingle_offsets = shingle_hashes(words, offsets, SHINGLE_WORDS)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        shingles, shingle_offsets.astype(np.uint64), bands * BAND_ROWS, MINHASH_SEED
    )
    minima = np.array(matrix.to_rows(), np.uint64).reshape(len(offsets) - 1, bands, BAND_ROWS)
    keys = np.zeros(minima.shape[:2], np.uint64)
    for row in range(BAND_ROWS):
        keys = splitmix64(keys * np.uint64(3) + minima[:, :, row])
    filled = np.diff(shingle_offsets) > 0
    return _list_series((keys[filled] >> np.uint64(32)).astype(np.uint32).ravel(), np.where(filled, bands, 0))


class SignatureStore:
    """Signatures in the lake, each computed once while its text remains."""

    def __init__(
        self,
        lake: Lake,
        settings: Settings,
        progress: Progress | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._cache = RowCache(
            lake, lake.signatures(), Parameters.of(settings).digest, SIGNATURE_COLUMNS, ["text_key"]
        )
        self._settings = settings
        self._progress = progress
        self._engine = engine
        self.computed_count = 0
        """Texts whose signature had to be computed, over the life of this object."""

    def __call__(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Return the signatures of `texts`, row by row, stored or computed and then stored."""
        keys = text_keys(texts)
        wanted, stored = keys.to_frame(), self._cache.read()
        rows = wanted.with_row_index("row").join(stored.select("text_key"), on="text_key", how="anti")
        rows = rows.unique("text_key", keep="first").sort("row")
        missing = texts if rows.height == texts.height else texts[rows["row"]]
        new = compute_signatures(missing, self._settings, self._progress, self._engine)
        del missing
        self.computed_count += new.height
        used_count = stored.select("text_key").join(wanted, on="text_key", how="semi").height
        used = stored if used_count == stored.height else stored.join(wanted, on="text_key", how="semi")
        self._cache.keep(used, new, stored.height)
        return _in_order_of(keys, pl.concat([used, new]) if used.height else new)


def _in_order_of(keys: pl.Series, signatures: pl.DataFrame) -> pl.DataFrame:
    """Return the signature of each key, in the order of the keys."""
    if signatures["text_key"].equals(keys):
        return signatures
    places = signatures.select("text_key").with_row_index("place")
    place = keys.to_frame().join(places, on="text_key", how="left", maintain_order="left")["place"]
    return signatures[place]
