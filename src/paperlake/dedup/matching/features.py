"""Compute the features of candidate pairs: overlaps, similarities, and what the titles rule out.

The features of a pair depend on its two texts alone, so that they can be kept (`comparisons.py`). Candidate
pairs are found in `blocking/candidates.py`; how features become a score is in `model.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from paperlake.dedup.blocking.overlap import WordLists, word_overlap
from paperlake.dedup.matching.model import WEIGHTS, model_features, passes_prefilter, rule_score
from paperlake.dedup.matching.title_rules import (
    TitleFeatures,
    cannot_link_reason,
    numbers_differ,
    title_features,
)
from paperlake.dedup.text.hashing import distinct
from paperlake.dedup.text.normalize import matching_abstracts, matching_titles
from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine, halves
from paperlake.progress import Progress, Silent
from paperlake.vectors.arrays import Floats, Ints

# The first prefilter: a pair must share this much for its texts to be read at all. On the true pairs of the
# benchmark this loses 2 of 4,586 and drops two thirds of the candidates.
MIN_WORD_OVERLAP = 0.08
MIN_TITLE_OVERLAP = 0.5
PASSES_OVERLAP_PREFILTER = (
    (pl.col("words_jaccard") >= MIN_WORD_OVERLAP)
    | (pl.col("title_jaccard") >= MIN_TITLE_OVERLAP)
    | pl.col("equal_title")
)
TASK_PAIRS = 20_000  # of one item of the engine: half of them are dropped before their texts are read
TASK_BYTES = 256 << 20

FEATURE_COLUMNS: dict[str, pl.DataType] = {
    "equal_title": pl.Boolean(),
    "title_similarity": pl.Float64(),
    "title_information": pl.Float64(),
    "abstract_similarity": pl.Float64(),
    **{name: pl.Float64() for name in WEIGHTS},
    "rule_score": pl.Float64(),
    "cannot_link_reason": pl.String(),
}
"""The features of a pair. Those of the model and abstract_similarity are NULL without two abstracts."""


@dataclass(frozen=True)
class PairsOfTexts:
    """Pairs of rows of texts; where they are sent elsewhere, only the rows in a pair go with them."""

    texts: pl.DataFrame
    """Columns title, abstract."""
    signatures: pl.DataFrame
    first: Ints
    second: Ints

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.first)

    def __getitem__(self, part: slice) -> PairsOfTexts:
        """Return some of the pairs."""
        return PairsOfTexts(self.texts, self.signatures, self.first[part], self.second[part])

    def __reduce__(self) -> tuple[type[PairsOfTexts], tuple[pl.DataFrame, pl.DataFrame, Ints, Ints]]:
        """Return what the pairs are built from elsewhere."""
        rows = distinct(np.concatenate([self.first, self.second]))
        first, second = np.searchsorted(rows, self.first), np.searchsorted(rows, self.second)
        texts = self.texts.select("title", "abstract")[rows]
        return PairsOfTexts, (texts, self.signatures.select(USED_SIGNATURES)[rows], first, second)


def compute_features(
    texts: pl.DataFrame,
    signatures: pl.DataFrame,
    first: Ints,
    second: Ints,
    progress: Progress | None = None,
    prefilter: bool = True,
    engine: Engine | None = None,
) -> pl.DataFrame:
    """Compute the features of pairs of texts.

    Args:
        texts: Columns title, abstract; one row per text.
        signatures: Their signatures, row by row.
        first: Row of the first text of each pair.
        second: Row of the second.
        progress: Is told the number of pairs done.
        prefilter: Leave out pairs that cannot reach the recorded threshold: of a large lake nearly all.
        engine: Computes them; that of this machine if not given.

    Returns:
        first, second and `FEATURE_COLUMNS`, one row per pair that is not left out, in their order.
    """
    pairs = PairsOfTexts(texts, signatures, first, second)
    items = (pairs[start : start + TASK_PAIRS] for start in range(0, len(pairs), TASK_PAIRS))
    compute = partial(_features_of, prefilter=prefilter)
    parts = [pl.DataFrame(schema={"pair": pl.Int64(), **FEATURE_COLUMNS})]
    done = 0
    with (progress or Silent()).task("Comparing", len(pairs), "pairs") as advance:
        for count, part in (engine or LocalEngine()).map(compute, items, memory=TASK_BYTES, split=halves):
            parts.append(part.with_columns(pl.col("pair").cast(pl.Int64) + done))
            done += count
            advance(count)
    found = pl.concat(parts, rechunk=True)
    place = found["pair"].to_numpy()
    return found.select(
        pl.Series("first", first[place]), pl.Series("second", second[place]), *FEATURE_COLUMNS
    )


def _features_of(pairs: PairsOfTexts, prefilter: bool) -> tuple[int, pl.DataFrame]:
    """Return how many pairs one item of the engine has, and the features of those that are not left out."""
    overlaps = overlap_features(pairs.signatures, pairs.first, pairs.second).with_row_index("pair")
    passing = overlaps.filter(PASSES_OVERLAP_PREFILTER) if prefilter else overlaps
    compared = add_title_similarity(pairs.texts, passing)
    near = compared.filter(passes_prefilter(compared)) if prefilter else compared
    return overlaps.height, add_text_features(pairs.texts, near).select("pair", *FEATURE_COLUMNS)


USED_SIGNATURES = ("title_hash", "abstract_hash", "abstract_length", "title_words", "words")
"""The columns of signatures that features are computed from."""


def overlap_features(signatures: pl.DataFrame, first: Ints, second: Ints) -> pl.DataFrame:
    """Compute the features that signatures alone give."""
    words = word_overlap(WordLists.of(signatures["words"]), first, second)
    titles = word_overlap(WordLists.of(signatures["title_words"]), first, second)
    columns = signatures.select(
        "title_hash", "abstract_hash", length=pl.col("abstract_length").cast(pl.Float64)
    )
    one, other = columns[first], columns[second]
    shorter, longer = np.minimum(one["length"], other["length"]), np.maximum(one["length"], other["length"])
    return pl.DataFrame(
        {
            "first": first,
            "second": second,
            "equal_title": (one["title_hash"] == other["title_hash"]) & (one["title_hash"] != 0),
            "equal_abstract": (one["abstract_hash"] == other["abstract_hash"]).fill_null(False),
            "words_jaccard": words.jaccard,
            "words_containment": words.containment,
            "title_jaccard": titles.jaccard,
            "title_containment": titles.containment,
            "title_information": titles.min_weight,
            "min_length": shorter,
            "length_ratio": shorter / longer.clip(1, None),
        }
    )


def add_title_similarity(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add title_similarity, the normalised indel similarity of the normalised titles."""
    rows, first, second = _used_texts(pairs)
    titles = matching_titles(texts["title"].gather(rows)).to_list()
    return pairs.with_columns(title_similarity=pl.Series(_similarity(titles, first, second)))


def add_text_features(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the features that need the whole texts, those of the model, and the score by rules."""
    rows, first, second = _used_texts(pairs)
    titles = title_features(texts["title"].gather(rows))
    abstracts = matching_abstracts(texts["abstract"].gather(rows)).to_list()
    title_pairs = [(titles[a], titles[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    has_abstracts = pl.col("min_length") > 0
    compared = pairs.with_columns(
        abstract_similarity=pl.when(has_abstracts).then(
            pl.Series(_similarity(abstracts, first, second), dtype=pl.Float64)
        ),
        numbers_differ=_numbers_differ(title_pairs),
        cannot_link_reason=pl.Series([cannot_link_reason(*pair) for pair in title_pairs], dtype=pl.String),
    )
    features = [pl.Series(name, values) for name, values in model_features(compared).items()]
    return compared.with_columns(rule_score=rule_score()).with_columns(
        pl.when(has_abstracts).then(values).alias(values.name) for values in features
    )


def _numbers_differ(pairs: list[tuple[TitleFeatures, TitleFeatures]]) -> pl.Series:
    return pl.Series([float(numbers_differ(*pair)) for pair in pairs], dtype=pl.Float64)


def _used_texts(pairs: pl.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Return the distinct rows of all texts of the pairs, and the places there of each pair's two."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    both: Ints = np.concatenate([first, second])
    rows = distinct(both)
    return rows, np.searchsorted(rows, first), np.searchsorted(rows, second)


def _similarity(texts: list[str], first: Ints, second: Ints) -> Floats:
    """Compute the normalised indel similarity of each pair of texts, 0 to 1."""
    ones, others = [texts[row] for row in first], [texts[row] for row in second]
    # One thread: the engine computes several items at a time.
    scores: Floats = process.cpdist(ones, others, scorer=fuzz.ratio, workers=1, dtype=np.float64) / 100
    return scores
