"""Comparing pairs of texts, each pair once: the evidence on a pair depends on its two texts alone.

Evidence is stored as Parquet parts in the lake under the keys of the two texts; authors, who may differ from
dump to dump, are added afterwards. What the evidence is stands in `evidence.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import polars as pl
import rapidfuzz

from paperlake.dedup.blocking.cache import Parts
from paperlake.dedup.blocking.overlap import Ints
from paperlake.dedup.matching.authors import shared_authors
from paperlake.dedup.matching.features import EVIDENCE_COLUMNS, evidence_on
from paperlake.dedup.matching.model import decide
from paperlake.lake import Lake
from paperlake.progress import Progress

COMPARISON_COLUMNS: dict[str, pl.DataType] = {
    "key_a": pl.UInt64(),
    "key_b": pl.UInt64(),
    **EVIDENCE_COLUMNS,
}

EvidenceOf = Callable[[pl.DataFrame, pl.DataFrame, Ints, Ints], pl.DataFrame]
"""Gives the evidence on pairs of texts, as `evidence_on` does."""


def compare(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Score and decide pairs whose evidence is known.

    Args:
        texts: Column authors; one row a text.
        pairs: first, second (rows of `texts`) and `EVIDENCE_COLUMNS`; pairs that did not come near are left
            out of the result.

    Returns:
        The pairs with score, method and decision.
    """
    near = pairs.filter(pl.col("least_score").is_not_null())
    authors = texts["authors"]
    return decide(near.with_columns(shared_authors=shared_authors(authors, near["first"], near["second"])))


class ComparisonStore:
    """Evidence in the lake: each pair compared once for as long as its texts stay."""

    def __init__(self, lake: Lake, progress: Progress | None = None) -> None:
        # The keys are hashes of polars, the likeness is rapidfuzz's.
        made_with = (1, pl.__version__, rapidfuzz.__version__)
        digest = hashlib.sha256(repr(made_with).encode()).hexdigest()[:12]
        self._parts = Parts(lake, lake.comparisons(), digest, COMPARISON_COLUMNS, ["key_a", "key_b"])
        self._progress = progress
        self.compared_count = 0
        """Pairs that had to be compared, over the life of this object."""

    def __call__(
        self, texts: pl.DataFrame, signatures: pl.DataFrame, first: Ints, second: Ints
    ) -> pl.DataFrame:
        """The evidence on pairs, from the store or found and stored."""
        keys = signatures["text_key"]
        wanted = pl.DataFrame({"key_a": keys.gather(first), "key_b": keys.gather(second)})
        stored = self._parts.read()
        places = stored.select("key_a", "key_b").with_row_index("place")
        place = wanted.join(places, on=["key_a", "key_b"], how="left", maintain_order="left")["place"]
        missing = place.is_null().arg_true().to_numpy()
        found = evidence_on(texts, signatures, first[missing], second[missing], self._progress)
        new = wanted[missing].hstack(found)
        self.compared_count += new.height
        self._parts.keep(stored[place.drop_nulls()], new, stored.height)
        filled = place.fill_null(0).to_numpy().copy()
        filled[missing] = np.arange(stored.height, stored.height + new.height)
        return pl.concat([stored, new])[filled].select(*EVIDENCE_COLUMNS)
