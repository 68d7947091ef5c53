"""Whether two texts are the same paper: a small model over the evidence of a pair, and the decision.

The model is a logistic regression over named features, its weights constants below. The evidence comes from
`evidence.py`; what follows from the decisions is in `grouping.py`.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import Floats

# Overlaps are taken as logarithms of the share and of what is missing to all, both from this on: one word of
# fifty.
MIN_SHARE = 0.02

# Fitted by `benchmarks/dedup.py --fit` on one half of its pairs (by a hash of the arXiv id): 2,300 true pairs
# among 46,559 texts, and the pairs of different papers that became candidates.
INTERCEPT = 3.81
WEIGHTS: dict[str, float] = {
    "share of words": 2.94,
    "words near all": -1.08,
    "share of lesser text": 3.46,
    "share of title": 0.09,
    "title near all": 0.85,
    "lesser title near all": 0.41,
    "title letters near all": 0.64,
    "length ratio": 1.77,
    "numbers differ": -3.29,
}

# From the first score on, a pair is the same paper: there the curve of benchmarks/dedup.py has a precision of
# 0.999, for a wrong merge is worse than a missed one. Down to the second a person should look; down to the
# third the pair is told apart, but came near enough to be recorded.
SAME_SCORE = 0.983
UNSURE_SCORE = 0.5
NEAR_SCORE = 0.1

# What names of authors add to the logit. Sequels have the same authors too, so sharing them says little;
# those who share none are told apart whatever the words say.
SHARED_AUTHORS = 1.0
NO_SHARED_AUTHOR = -6.0

# An abstract that is equal word for word decides, whatever the titles, unless it is a phrase.
EQUAL_ABSTRACT_SCORE = 0.99
MIN_EQUAL_ABSTRACT = 200  # letters

# Titles alone, where an abstract is missing: the weight of a title is the information in its words (natural
# logarithms); `Introduction` has 4, a title of five common words 20.
TELLING_TITLE = 25.0
TITLE_ONLY_SCORE = 0.985


def features_of(pairs: pl.DataFrame) -> dict[str, Floats]:
    """The features of the model, by the names that `WEIGHTS` uses, for pairs as `evidence.py` has them."""

    def share(name: str) -> Floats:
        values: Floats = np.log(np.clip(pairs[name].fill_null(0).to_numpy(), MIN_SHARE, 1))
        return values

    def nearness(name: str) -> Floats:
        values: Floats = -np.log(np.clip(1 - pairs[name].fill_null(0).to_numpy(), MIN_SHARE, 1))
        return values

    return {
        "share of words": share("words_jaccard"),
        "words near all": nearness("words_jaccard"),
        "share of lesser text": share("words_containment"),
        "share of title": share("title_jaccard"),
        "title near all": nearness("title_jaccard"),
        "lesser title near all": nearness("title_containment"),
        "title letters near all": nearness("title_similarity"),
        "length ratio": pairs["length_ratio"].to_numpy(),
        "numbers differ": pairs["numbers_differ"].to_numpy(),
    }


def logit(pairs: pl.DataFrame) -> Floats:
    """How sure the model is, from the words of both texts alone."""
    features = features_of(pairs)
    total: Floats = np.full(pairs.height, INTERCEPT)
    for name, weight in WEIGHTS.items():
        total = total + weight * features[name]
    return total


def could_be_near(pairs: pl.DataFrame) -> pl.Series:
    """Whether pairs of known words and title likeness may come near, whatever else is found."""
    hopeful = pl.Series("hopeful", logit(pairs.with_columns(numbers_differ=pl.lit(0.0))))
    least = pairs.select(_least_score()).to_series()
    return (hopeful >= math.log(NEAR_SCORE / (1 - NEAR_SCORE)) - SHARED_AUTHORS) | (least >= NEAR_SCORE)


def text_scores(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add what the texts alone say.

    Returns:
        The pairs with `logit`, NULL if one text has no abstract, and `least_score`, the score whatever the
        authors.
    """
    with_abstracts = pl.col("least_length") > 0
    return pairs.with_columns(
        logit=pl.when(with_abstracts).then(pl.Series(logit(pairs), dtype=pl.Float64)),
        least_score=_least_score(),
    )


def _least_score() -> pl.Expr:
    """Equal abstracts decide by themselves; of titles alone only an equal and telling one does."""
    equal = pl.col("equal_abstract") & (pl.col("least_length") >= MIN_EQUAL_ABSTRACT)
    telling = pl.col("equal_title") & (pl.col("title_weight") >= TELLING_TITLE)
    by_title = (
        pl.when(telling)
        .then(TITLE_ONLY_SCORE)
        .when("equal_title")
        .then((UNSURE_SCORE + SAME_SCORE) / 2)
        .otherwise(pl.col("title_similarity") * UNSURE_SCORE)
    )
    by_abstract = pl.when(equal).then(EQUAL_ABSTRACT_SCORE).otherwise(0.0)
    return pl.when(pl.col("least_length") > 0).then(by_abstract).otherwise(by_title)


def decide(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add score, method and decision to evidence.

    Args:
        pairs: `evidence.EVIDENCE_COLUMNS` and shared_authors (NULL if a list is unknown).
    """
    authors = pl.col("shared_authors")
    by_authors = pl.when(authors >= 0.5).then(SHARED_AUTHORS).when(authors == 0).then(NO_SHARED_AUTHOR)
    by_texts = 1 / (1 + (-(pl.col("logit") + by_authors.otherwise(0.0))).exp())
    scored = pairs.with_columns(
        score=pl.max_horizontal(by_texts, "least_score"),
        method=pl.when("equal_title").then(pl.lit("same_title")).otherwise(pl.lit("near_duplicate")),
    )
    decision = (
        pl.when(pl.col("reason").is_not_null() | (authors == 0).fill_null(False))
        .then(pl.lit("different"))
        .when(pl.col("score") >= SAME_SCORE)
        .then(pl.lit("same"))
        .when(pl.col("score") >= UNSURE_SCORE)
        .then(pl.lit("unsure"))
        .otherwise(pl.lit("different"))
    )
    return scored.with_columns(decision=decision)
