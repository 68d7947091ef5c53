"""Compare candidate pairs: the features of pairs that a prefilter passes are kept in the lake.

The features of a pair depend on its two texts alone and are kept under the keys of both. Authors may differ
from dump to dump and are added on every run. The features are defined in `features.py`.

A large lake has ten and more candidate pairs for each text, of which nearly all are left out by the
prefilters: their features are not kept, and never all in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import polars as pl
import rapidfuzz

from paperlake.dedup.blocking.cache import RowCache
from paperlake.dedup.matching import model
from paperlake.dedup.matching.authors import author_overlap
from paperlake.dedup.matching.features import FEATURE_COLUMNS, compute_features
from paperlake.dedup.text.normalize import NORMALIZATION_VERSION
from paperlake.engine.protocol import Engine
from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.vectors.arrays import Ints

# Raise when the features of a pair change: a feature is added or defined otherwise, a title rule or a
# prefilter changes, word numbers or word frequencies change. A test pins the features of some pairs.
# The weights and NORMALIZATION_VERSION are part of the digest by themselves.
FEATURES_VERSION = 3

COMPARISON_COLUMNS: dict[str, pl.DataType] = {
    "key_a": pl.UInt64(),
    "key_b": pl.UInt64(),
    **FEATURE_COLUMNS,
}

LOOKED_UP_PAIRS = 4_000_000  # at a time: 64 MB of keys

FeaturesOf = Callable[[pl.DataFrame, pl.DataFrame, Ints, Ints], pl.DataFrame]
"""Return the features of pairs of texts, as `compute_features` does."""


def compare(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Score and decide pairs whose features are known.

    Args:
        texts: Column authors; one row per text.
        pairs: first, second (rows of `texts`) and `FEATURE_COLUMNS`.

    Returns:
        The pairs with score, method, decision and contributions.
    """
    return model.score_pairs(pairs.hstack(author_overlap(texts["authors"], pairs["first"], pairs["second"])))


def features_digest() -> str:
    """Return the digest of all that the kept features depend on besides the texts."""
    # The prefilter depends on the weights: pairs that it leaves out are not kept.
    prefilter = (
        model.INTERCEPT, sorted(model.WEIGHTS.items()), model.INTERCEPT_WITH_AUTHORS,
        sorted(model.WEIGHTS_WITH_AUTHORS.items()), model.MAX_SHARED_AUTHORS, model.RECORDED_THRESHOLD,
    )  # fmt: skip
    versions = (FEATURES_VERSION, NORMALIZATION_VERSION, pl.__version__, rapidfuzz.__version__)
    return hashlib.sha256(repr((versions, prefilter)).encode()).hexdigest()[:12]


class ComparisonStore:
    """Features in the lake, those of each pair computed once while its texts remain."""

    def __init__(self, lake: Lake, progress: Progress | None = None, engine: Engine | None = None) -> None:
        self._cache = RowCache(
            lake, lake.comparisons(), features_digest(), COMPARISON_COLUMNS, ["key_a", "key_b"]
        )
        self._progress = progress
        self._engine = engine
        self.compared_count = 0
        """Pairs whose features were not kept, over the life of this object."""

    def __call__(
        self, texts: pl.DataFrame, signatures: pl.DataFrame, first: Ints, second: Ints
    ) -> pl.DataFrame:
        """Return the features of pairs, as `compute_features` does, stored or computed and then stored."""
        keys = signatures["text_key"]
        stored = self._cache.read()
        place = _places_of(stored, keys, first, second)
        is_stored = place >= 0
        known = stored[place[is_stored]].hstack(_ends(first[is_stored], second[is_stored]))
        if len(known):
            first, second = first[~is_stored], second[~is_stored]
        del place, is_stored
        computed = compute_features(texts, signatures, first, second, self._progress, engine=self._engine)
        new = computed.with_columns(
            key_a=keys.gather(computed["first"]), key_b=keys.gather(computed["second"])
        )
        self.compared_count += len(first)
        self._cache.keep(known.select(*COMPARISON_COLUMNS), new.select(*COMPARISON_COLUMNS), stored.height)
        return pl.concat([known.select(computed.columns), computed]).sort("first", "second")


def _places_of(stored: pl.DataFrame, keys: pl.Series, first: Ints, second: Ints) -> Ints:
    """Return the row of each pair among the stored ones, -1 where there is none."""
    place: Ints = np.full(len(first), -1, np.int64)
    places = stored.select("key_a", "key_b").with_row_index("place")
    for at in range(0, len(first) if stored.height else 0, LOOKED_UP_PAIRS):
        part = slice(at, at + LOOKED_UP_PAIRS)
        wanted = pl.DataFrame({"key_a": keys.gather(first[part]), "key_b": keys.gather(second[part])})
        found = wanted.join(places, on=["key_a", "key_b"], how="left", maintain_order="left")["place"]
        place[part] = found.cast(pl.Int64).fill_null(-1).to_numpy()
    return place


def _ends(first: Ints, second: Ints) -> list[pl.Series]:
    return [pl.Series("first", first), pl.Series("second", second)]
