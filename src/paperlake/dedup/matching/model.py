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

# Contributions of the authors to the logit. Sequels have the same authors too, so shared authors weigh
# little; pairs without a shared author are different, whatever the words say.
SHARED_AUTHORS_WEIGHT = 1.0
NO_SHARED_AUTHOR_WEIGHT = -6.0
MIN_SHARED_AUTHORS = 0.5  # share of the shorter list of authors from which they count as shared

# An abstract that is equal word for word decides, whatever the titles, unless it is a phrase.
EQUAL_ABSTRACT_SCORE = 0.99
MIN_EQUAL_ABSTRACT = 200  # letters

# For titles alone, where an abstract is missing: the information in the words of a title, in nats.
# `Introduction` has 4, a title of five common words 20.
MIN_TITLE_INFORMATION = 25.0
EQUAL_TITLE_SCORE = 0.985

INTERCEPT_NAME = "intercept"
AUTHORS_NAME = "shared_authors"
CONTRIBUTION_NAMES = (INTERCEPT_NAME, *WEIGHTS, AUTHORS_NAME)
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


def text_logit(features: Mapping[str, Floats]) -> Floats:
    """Compute the logit of the match score from the texts alone, without the authors."""
    terms = (weight * features[name] for name, weight in WEIGHTS.items())
    return reduce(operator.add, terms, np.full(len(features["length_ratio"]), INTERCEPT))


def upper_bound_logit(pairs: pl.DataFrame) -> Floats:
    """Compute the highest logit that pairs can reach once numbers and authors are known."""
    return text_logit(model_features(pairs.with_columns(numbers_differ=pl.lit(0.0)))) + SHARED_AUTHORS_WEIGHT


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
        pairs: `features.FEATURE_COLUMNS` and shared_authors, the share of the shorter list of authors that is
            in the other (NULL if a list is unknown).

    Returns:
        The pairs with match score, method, decision, and a column per term of the logit. The terms are NULL
        where a rule gives the score: where a text has no abstract, and where the rule's score is higher.
    """
    authors = pl.col("shared_authors")
    by_authors = (
        pl.when(authors >= MIN_SHARED_AUTHORS)
        .then(SHARED_AUTHORS_WEIGHT)
        .when(authors == 0)
        .then(NO_SHARED_AUTHOR_WEIGHT)
        .otherwise(0.0)
    )
    terms = {
        INTERCEPT_NAME: pl.lit(INTERCEPT),
        **{name: pl.lit(weight) * pl.col(name) for name, weight in WEIGHTS.items()},
        AUTHORS_NAME: by_authors,
    }
    by_model = 1 / (1 + (-reduce(operator.add, terms.values())).exp())
    scored = pairs.with_columns(
        model_score=by_model, **{contribution_column(name): term for name, term in terms.items()}
    ).with_columns(
        score=pl.max_horizontal("model_score", "rule_score"),
        method=pl.when("equal_title")
        .then(pl.lit(MatchMethod.SAME_TITLE))
        .otherwise(pl.lit(MatchMethod.NEAR_DUPLICATE)),
    )
    by_rule = (pl.col("rule_score") > pl.col("model_score")).fill_null(True)
    columns = [contribution_column(name) for name in CONTRIBUTION_NAMES]
    return scored.with_columns(
        pl.when(~by_rule).then(pl.col(columns)).name.keep(), decision=_decision()
    ).drop("model_score", *WEIGHTS)


def _decision() -> pl.Expr:
    """Decide by the thresholds, after the rules that no score outweighs."""
    cannot_link = pl.col("cannot_link_reason").is_not_null() | (pl.col("shared_authors") == 0).fill_null(
        False
    )
    return (
        pl.when(cannot_link)
        .then(pl.lit(MatchDecision.DIFFERENT))
        .when(pl.col("score") >= SAME_THRESHOLD)
        .then(pl.lit(MatchDecision.SAME))
        .when(pl.col("score") >= UNSURE_THRESHOLD)
        .then(pl.lit(MatchDecision.UNSURE))
        .otherwise(pl.lit(MatchDecision.DIFFERENT))
    )
