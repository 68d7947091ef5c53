"""Score a candidate pair and decide whether it is one paper.

The match score is a logistic regression over named features, its weights constants below. Each feature's
contribution to the logit is kept, so that a score can be taken apart. The features are computed in
`features.py`; how decisions become groups is in `clustering/`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import reduce

import numpy as np
import polars as pl

from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod
from paperlake.vectors.arrays import Floats

# Overlaps enter as log(share) and log(1 - share), both clipped below at this: one word of fifty.
MIN_SHARE = 0.02

# Fitted by `benchmarks/dedup.py --fit` on one half of its pairs (by a hash of the arXiv id): 2,300 true pairs
# among 46,559 texts, and the candidate pairs of different papers.
INTERCEPT = 3.81
WEIGHTS: dict[str, float] = {
    "log_jaccard": 2.94,
    "log1m_jaccard": 1.08,
    "log_containment": 3.46,
    "log_title_jaccard": 0.09,
    "log1m_title_jaccard": -0.85,
    "log1m_title_containment": -0.41,
    "log1m_title_similarity": -0.64,
    "length_ratio": 1.77,
    "numbers_differ": -3.29,
}

# Score thresholds. From the first on a pair is the same paper: there the curve of benchmarks/dedup.py has a
# precision of 0.999, for a wrong merge is worse than a missed one. From the second on a person should look;
# from the third on a pair is recorded in `matches`.
SAME_THRESHOLD = 0.983
UNSURE_THRESHOLD = 0.5
RECORDED_THRESHOLD = 0.1

# The weights where the authors of both texts are known, fitted on the same pairs with their authors: each
# list once as it is, and once damaged (cut, without a name, or with one misspelt).
INTERCEPT_WITH_AUTHORS = -0.73
WEIGHTS_WITH_AUTHORS: dict[str, float] = {
    "log_jaccard": 1.95,
    "log1m_jaccard": 0.18,
    "log_containment": 2.39,
    "log_title_jaccard": -0.03,
    "log1m_title_jaccard": -0.69,
    "log1m_title_containment": -0.30,
    "log1m_title_similarity": -0.55,
    "length_ratio": 0.55,
    "numbers_differ": -1.81,
    "log1m_author_jaccard": -0.59,
    "shared_authors": 1.82,
}
MAX_SHARED_AUTHORS = 5  # more of them count as many

# An abstract that is equal word for word decides, whatever the titles, unless it is a phrase.
EQUAL_ABSTRACT_SCORE = 0.99
MIN_EQUAL_ABSTRACT = 200  # letters

# For titles alone, where an abstract is missing: the information in the words of a title, in nats.
# `Introduction` has 4, a title of five common words 20.
MIN_TITLE_INFORMATION = 25.0
EQUAL_TITLE_SCORE = 0.985
# A title of less information is enough where the authors are the same people.
MIN_TITLE_INFORMATION_WITH_AUTHORS = 12.0
MIN_TITLE_INFORMATION_WITH_SEVERAL_AUTHORS = 8.0
MIN_SEVERAL_AUTHORS = 3  # that are in both lists
MIN_EQUAL_AUTHORS = 0.5  # Jaccard of the names

INTERCEPT_NAME = "intercept"
AUTHOR_FEATURES = ("log1m_author_jaccard", "shared_authors")
CONTRIBUTION_NAMES = (INTERCEPT_NAME, *WEIGHTS, *AUTHOR_FEATURES)
"""The terms of the logit, in the order in which they are added."""


def contribution_column(name: str) -> str:
    """Return the column of `matches` that keeps a term of the logit."""
    return f"contribution_{name}"


def model_features(pairs: pl.DataFrame) -> dict[str, Floats]:
    """Compute the features that `WEIGHTS` names, for pairs with overlaps and title_similarity."""

    def log(name: str) -> Floats:
        values: Floats = np.log(np.clip(pairs[name].fill_null(0).to_numpy(), MIN_SHARE, 1))
        return values

    def log1m(name: str) -> Floats:
        values: Floats = np.log(np.clip(1 - pairs[name].fill_null(0).to_numpy(), MIN_SHARE, 1))
        return values

    return {
        "log_jaccard": log("words_jaccard"),
        "log1m_jaccard": log1m("words_jaccard"),
        "log_containment": log("words_containment"),
        "log_title_jaccard": log("title_jaccard"),
        "log1m_title_jaccard": log1m("title_jaccard"),
        "log1m_title_containment": log1m("title_containment"),
        "log1m_title_similarity": log1m("title_similarity"),
        "length_ratio": pairs["length_ratio"].to_numpy(),
        "numbers_differ": pairs["numbers_differ"].to_numpy(),
    }


def author_features(pairs: pl.DataFrame) -> dict[str, Floats]:
    """Compute the features of `AUTHOR_FEATURES` for pairs with `AUTHOR_COLUMNS`, 0 where they are NULL."""
    jaccard = pairs["author_jaccard"].fill_null(0).to_numpy()
    shared = pairs["shared_author_count"].fill_null(0).to_numpy()
    return dict(
        zip(
            AUTHOR_FEATURES,
            (
                np.log(np.clip(1 - jaccard, MIN_SHARE, 1)),
                np.log1p(np.minimum(shared, MAX_SHARED_AUTHORS)),
            ),
            strict=True,
        )
    )


def _logit(intercept: float, weights: Mapping[str, float], features: Mapping[str, Floats]) -> Floats:
    """Compute the sum of the terms of one model."""
    terms = (weight * features[name] for name, weight in weights.items())
    return reduce(operator.add, terms, np.full(len(features["length_ratio"]), intercept))


def text_logit(features: Mapping[str, Floats]) -> Floats:
    """Compute the logit of the match score from the texts alone, without the authors."""
    return _logit(INTERCEPT, WEIGHTS, features)


def upper_bound_logit(pairs: pl.DataFrame) -> Floats:
    """Compute the highest logit that pairs can reach once numbers and authors are known."""
    features = model_features(pairs.with_columns(numbers_differ=pl.lit(0.0)))
    best = pairs.select(author_jaccard=pl.lit(1.0), shared_author_count=pl.lit(MAX_SHARED_AUTHORS))
    authors = {name: np.full(pairs.height, values[0]) for name, values in author_features(best).items()}
    with_authors = _logit(INTERCEPT_WITH_AUTHORS, WEIGHTS_WITH_AUTHORS, {**features, **authors})
    return np.maximum(text_logit(features), with_authors) if pairs.height else with_authors


def passes_prefilter(pairs: pl.DataFrame) -> pl.Series:
    """Tell for each pair with overlaps and title_similarity if it can reach the recorded threshold."""
    needed = math.log(RECORDED_THRESHOLD / (1 - RECORDED_THRESHOLD))
    by_rule = pairs.select(rule_score()).to_series() >= RECORDED_THRESHOLD
    return pl.Series("passes", upper_bound_logit(pairs) >= needed) | by_rule


def rule_score() -> pl.Expr:
    """Return the score that rules give without the model, 0 where none applies.

    Equal abstracts of some length decide by themselves. Where an abstract is missing, the titles alone
    score: an equal one of much information is the same, any other at most unsure.
    """
    equal_abstract = pl.col("equal_abstract") & (pl.col("min_length") >= MIN_EQUAL_ABSTRACT)
    informative = pl.col("equal_title") & (pl.col("title_information") >= MIN_TITLE_INFORMATION)
    by_title = (
        pl.when(informative)
        .then(EQUAL_TITLE_SCORE)
        .when("equal_title")
        .then((UNSURE_THRESHOLD + SAME_THRESHOLD) / 2)
        .otherwise(pl.col("title_similarity") * UNSURE_THRESHOLD)
    )
    by_abstract = pl.when(equal_abstract).then(EQUAL_ABSTRACT_SCORE).otherwise(0.0)
    return pl.when(pl.col("min_length") > 0).then(by_abstract).otherwise(by_title)


def score_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add score, method, decision and contributions to pairs.

    Args:
        pairs: `features.FEATURE_COLUMNS` and `authors.AUTHOR_COLUMNS`.

    Returns:
        The pairs with match score, method, decision, and a column per term of the logit. The terms are NULL
        where a rule gives the score: where a text has no abstract, and where the rule's score is higher.
    """
    known = pl.col("author_jaccard").is_not_null()
    pairs = pairs.with_columns(pl.Series(name, values) for name, values in author_features(pairs).items())
    intercept = pl.when(known).then(INTERCEPT_WITH_AUTHORS).otherwise(INTERCEPT)
    weights = {
        name: pl.when(known).then(weight).otherwise(WEIGHTS.get(name, 0.0))
        for name, weight in WEIGHTS_WITH_AUTHORS.items()
    }
    terms = {INTERCEPT_NAME: intercept} | {name: weight * pl.col(name) for name, weight in weights.items()}
    by_model = 1 / (1 + (-reduce(operator.add, terms.values())).exp())
    scored = pairs.with_columns(
        model_score=by_model, **{contribution_column(name): term for name, term in terms.items()}
    ).with_columns(
        rule_score=pl.when(_equal_title_and_authors())
        .then(pl.max_horizontal("rule_score", pl.lit(EQUAL_TITLE_SCORE)))
        .otherwise("rule_score")
    )
    scored = scored.with_columns(
        score=pl.max_horizontal("model_score", "rule_score"),
        method=pl.when("equal_title")
        .then(pl.lit(MatchMethod.SAME_TITLE))
        .otherwise(pl.lit(MatchMethod.NEAR_DUPLICATE)),
    )
    by_rule = (pl.col("rule_score") > pl.col("model_score")).fill_null(True)
    columns = [contribution_column(name) for name in CONTRIBUTION_NAMES]
    return scored.with_columns(
        pl.when(~by_rule).then(pl.col(columns)).name.keep(), decision=_decision()
    ).drop("model_score", *WEIGHTS_WITH_AUTHORS)


def _equal_title_and_authors() -> pl.Expr:
    """Return whether an abstract is missing, and title and authors are equal."""
    needed = (
        pl.when(pl.col("shared_author_count") >= MIN_SEVERAL_AUTHORS)
        .then(MIN_TITLE_INFORMATION_WITH_SEVERAL_AUTHORS)
        .otherwise(MIN_TITLE_INFORMATION_WITH_AUTHORS)
    )
    return (
        pl.col("abstract_similarity").is_null()
        & pl.col("equal_title")
        & (pl.col("title_information") >= needed)
        & (pl.col("author_jaccard") >= MIN_EQUAL_AUTHORS).fill_null(value=False)
    )


def _decision() -> pl.Expr:
    """Decide by the thresholds, after the rules that no score outweighs."""
    nobody_shared = (pl.col("shared_author_count") == 0).fill_null(value=False)
    cannot_link = pl.col("cannot_link_reason").is_not_null() | nobody_shared
    return (
        pl.when(cannot_link)
        .then(pl.lit(MatchDecision.DIFFERENT))
        .when(pl.col("score") >= SAME_THRESHOLD)
        .then(pl.lit(MatchDecision.SAME))
        .when(pl.col("score") >= UNSURE_THRESHOLD)
        .then(pl.lit(MatchDecision.UNSURE))
        .otherwise(pl.lit(MatchDecision.DIFFERENT))
    )
