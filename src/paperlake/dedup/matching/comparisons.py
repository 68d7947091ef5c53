"""Compare candidate pairs, each pair once: their features are kept in the lake.

The features of a pair depend on its two texts alone and are kept under the keys of both. Authors may differ
from dump to dump and are added on every run. The features are defined in `features.py`.
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
FEATURES_VERSION = 2

COMPARISON_COLUMNS: dict[str, pl.DataType] = {
    "key_a": pl.UInt64(),
    "key_b": pl.UInt64(),
    **FEATURE_COLUMNS,
}

FeaturesOf = Callable[[pl.DataFrame, pl.DataFrame, Ints, Ints], pl.DataFrame]
"""Return the features of pairs of texts, as `compute_features` does."""


def compare(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Score and decide pairs whose features are known.

    Args:
        texts: Column authors; one row per text.
        pairs: first, second (rows of `texts`) and `FEATURE_COLUMNS`; pairs that did not pass a prefilter are
            not in the result.

    Returns:
        The pairs with score, method, decision and contributions.
    """
    near = pairs.filter(pl.col("rule_score").is_not_null())
    return model.score_pairs(near.hstack(author_overlap(texts["authors"], near["first"], near["second"])))


def features_digest() -> str:
    """Return the digest of all that the kept features depend on besides the texts."""
    # The prefilter depends on the weights: pairs that did not pass have no features.
    prefilter = (
        model.INTERCEPT, sorted(model.WEIGHTS.items()), model.INTERCEPT_WITH_AUTHORS,
        sorted(model.WEIGHTS_WITH_AUTHORS.items()), model.MAX_SHARED_AUTHORS, model.RECORDED_THRESHOLD,
    )  # fmt: skip
    versions = (FEATURES_VERSION, NORMALIZATION_VERSION, pl.__version__, rapidfuzz.__version__)
    return hashlib.sha256(repr((versions, prefilter)).encode()).hexdigest()[:12]


class ComparisonStore:
    """Features in the lake, each pair compared once while its texts remain."""

    def __init__(self, lake: Lake, progress: Progress | None = None, engine: Engine | None = None) -> None:
        self._cache = RowCache(
            lake, lake.comparisons(), features_digest(), COMPARISON_COLUMNS, ["key_a", "key_b"]
        )
        self._progress = progress
        self._engine = engine
        self.compared_count = 0
        """Pairs that had to be compared, over the life of this object."""

    def __call__(
        self, texts: pl.DataFrame, signatures: pl.DataFrame, first: Ints, second: Ints
    ) -> pl.DataFrame:
        """Return the features of pairs, row by row, stored or computed and then stored."""
        keys = signatures["text_key"]
        wanted = pl.DataFrame({"key_a": keys.gather(first), "key_b": keys.gather(second)})
        stored = self._cache.read()
        places = stored.select("key_a", "key_b").with_row_index("place")
        place = wanted.join(places, on=["key_a", "key_b"], how="left", maintain_order="left")["place"]
        missing = place.is_null().arg_true().to_numpy()
        computed = compute_features(
            texts, signatures, first[missing], second[missing], self._progress, engine=self._engine
        )
        new = wanted[missing].hstack(computed)
        self.compared_count += new.height
        self._cache.keep(stored[place.drop_nulls()], new, stored.height)
        if not stored.height:
            return computed
        filled = place.fill_null(0).to_numpy().copy()
        filled[missing] = np.arange(stored.height, stored.height + new.height)
        return pl.concat([stored, new])[filled].select(*FEATURE_COLUMNS)
