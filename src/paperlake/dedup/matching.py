"""Whether two texts are the same paper: the evidence of a pair, a small model over it, and the decision.

The model is a logistic regression over named features, its weights constants below. Which pairs are looked at
is decided in `candidates.py`; what follows from the decisions in `grouping.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from paperlake.dedup.candidates import Ints, WordLists
from paperlake.dedup.marks import contradiction, marks_of_titles, numbers_differ
from paperlake.dedup.normalize import matching_abstract, matching_title
from paperlake.dedup.rarity import rarities
from paperlake.dedup.signatures import WORD_BITS
from paperlake.progress import Progress, Silent

Floats = np.ndarray[Any, np.dtype[np.float64]]

# A pair goes on to the slower comparison if it shares this much. On the true pairs of the benchmark this
# loses 2 of 4,586 and sheds two thirds of the candidates.
LEAST_WORD_OVERLAP = 0.08
LEAST_TITLE_OVERLAP = 0.5
PAIRS_AT_ONCE = 20_000  # about 100 MB of sparse rows

# Overlaps are taken as logarithms of the share and of what is missing to all, both from this on: one word of
# fifty.
LEAST_SHARE = 0.02

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
LEAST_EQUAL_ABSTRACT = 200  # letters

# Titles alone, where an abstract is missing: the weight of a title is the information in its words (natural
# logarithms); `Introduction` has 4, a title of five common words 20.
TELLING_TITLE = 25.0
TITLE_ONLY_SCORE = 0.985


@dataclass(frozen=True)
class Overlap:
    """How much two texts share of their words, each word weighing its rarity."""

    jaccard: Floats
    containment: Floats
    """The shared part of the lesser text."""
    least_weight: Floats
    """The weight of the lesser text."""


def word_overlap(lists: WordLists, first: Ints, second: Ints) -> Overlap:
    """Overlap of word sets, each word weighing its rarity, for each pair of texts."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # 0.2 s at import

    texts = len(lists.offsets) - 1
    weights = rarities()[lists.flat]
    rows = csr_matrix(
        (np.sqrt(weights), lists.flat.astype(np.int32), lists.offsets), shape=(texts, 1 << WORD_BITS)
    )
    sums = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    total = sums[lists.offsets[1:]] - sums[lists.offsets[:-1]]
    shared = np.zeros(len(first))
    for begin in range(0, len(first), PAIRS_AT_ONCE):
        part = slice(begin, begin + PAIRS_AT_ONCE)
        shared[part] = np.asarray(rows[first[part]].multiply(rows[second[part]]).sum(axis=1)).ravel()
    tiny = 1e-9
    least = np.minimum(total[first], total[second])
    union = total[first] + total[second] - shared
    return Overlap(
        jaccard=np.clip(shared / np.maximum(union, tiny), 0, 1),
        containment=np.clip(shared / np.maximum(least, tiny), 0, 1),
        least_weight=least,
    )


def compare(
    texts: pl.DataFrame,
    signatures: pl.DataFrame,
    first: Ints,
    second: Ints,
    progress: Progress | None = None,
    every_pair: bool = False,
) -> pl.DataFrame:
    """Compare pairs of texts.

    Args:
        texts: Columns title, abstract, authors; one row a text.
        signatures: Their signatures, row by row.
        first: Row of the first text of each pair.
        second: Row of the second.
        progress: Hears of the pairs compared.
        every_pair: Leave out the first look, and describe all pairs.

    Returns:
        One row for each pair that passed the first look: first, second, what the features are made of,
        title_similarity, abstract_similarity, score, method, reason (why they are two works whatever the
        score; or NULL) and decision.
    """
    words = word_overlap(WordLists.of(signatures["words"]), first, second)
    titles = word_overlap(WordLists.of(signatures["title_words"]), first, second)
    title_hash = signatures["title_hash"].to_numpy()
    equal_title = (title_hash[first] == title_hash[second]) & (title_hash[first] != 0)
    promising = (words.jaccard >= LEAST_WORD_OVERLAP) | (titles.jaccard >= LEAST_TITLE_OVERLAP) | equal_title
    promising |= every_pair
    abstract_hash = signatures["abstract_hash"].fill_null(0).to_numpy()
    equal_abstract = (abstract_hash[first] == abstract_hash[second]) & (abstract_hash[first] != 0)
    kept = np.flatnonzero(promising)
    with (progress or Silent()).task("Comparing", len(kept), "pairs") as advance:
        pairs = pl.DataFrame(
            {
                "first": first[kept],
                "second": second[kept],
                "equal_title": equal_title[kept],
                "equal_abstract": equal_abstract[kept],
                "words_jaccard": words.jaccard[kept],
                "words_containment": words.containment[kept],
                "title_jaccard": titles.jaccard[kept],
                "title_containment": titles.containment[kept],
                "title_weight": titles.least_weight[kept],
            }
        )
        pairs = _read_texts(texts, pairs)
        advance(len(kept))
    return _decide(pairs)


def _read_texts(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add what needs the texts themselves: likeness letter by letter, lengths, marks, authors."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    used = np.unique(np.concatenate([first, second]))
    chosen = texts[used].select(
        title=matching_title(pl.col("title")),
        abstract=matching_abstract(pl.col("abstract")).fill_null(""),
        authors="authors",
    )
    first, second = np.searchsorted(used, first), np.searchsorted(used, second)
    titles, abstracts = chosen["title"].to_list(), chosen["abstract"].to_list()
    lengths = chosen["abstract"].str.len_chars().to_numpy().astype(np.float64)
    both = (lengths[first] > 0) & (lengths[second] > 0)
    similarity = _ratio(abstracts, first, second)
    marks = marks_of_titles(texts["title"].gather(used))
    names = [surnames(authors) for authors in chosen["authors"].to_list()]
    ends = list(zip(first.tolist(), second.tolist(), strict=True))
    return pairs.with_columns(
        title_similarity=pl.Series(_ratio(titles, first, second)),
        abstract_similarity=pl.when(pl.Series(both)).then(pl.Series(similarity)),
        least_length=pl.Series(np.minimum(lengths[first], lengths[second])),
        length_ratio=pl.Series(
            np.minimum(lengths[first], lengths[second])
            / np.maximum(np.maximum(lengths[first], lengths[second]), 1)
        ),
        numbers_differ=pl.Series(
            [float(numbers_differ(marks[a], marks[b])) for a, b in ends], dtype=pl.Float64
        ),
        reason=pl.Series([contradiction(marks[a], marks[b]) for a, b in ends], dtype=pl.String),
        shared_authors=pl.Series([_shared(names[a], names[b]) for a, b in ends], dtype=pl.Float64),
    )


def _ratio(texts: list[str], first: Ints, second: Ints) -> Floats:
    """Normalised indel similarity of each pair, 0 to 1."""
    ones, others = [texts[row] for row in first], [texts[row] for row in second]
    scores: Floats = process.cpdist(ones, others, scorer=fuzz.ratio, workers=-1, dtype=np.float64) / 100
    return scores


def surnames(authors: list[str] | None) -> frozenset[str]:
    """Last words of the authors' names, in lower case; names as `Surname, First` give the surname too."""
    found = set()
    for name in authors or ():
        surname = name.split(",")[0] if "," in name else name
        parts = surname.casefold().replace(".", " ").replace("-", " ").split()
        if parts:
            found.add(parts[-1])
    return frozenset(found)


def _shared(one: frozenset[str], other: frozenset[str]) -> float | None:
    """The part of the shorter list of authors that stands in the other; None if a list is unknown."""
    return len(one & other) / min(len(one), len(other)) if one and other else None


def features_of(pairs: pl.DataFrame) -> dict[str, Floats]:
    """The features of the model, by the names that `WEIGHTS` uses, for pairs as `compare` describes them."""

    def share(name: str) -> Floats:
        values: Floats = np.log(np.clip(pairs[name].fill_null(0).to_numpy(), LEAST_SHARE, 1))
        return values

    def nearness(name: str) -> Floats:
        values: Floats = -np.log(np.clip(1 - pairs[name].fill_null(0).to_numpy(), LEAST_SHARE, 1))
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


def _decide(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add score, method and decision."""
    with_abstracts = pl.col("abstract_similarity").is_not_null()
    scored = pairs.with_columns(logit=pl.Series(logit(pairs), dtype=pl.Float64)).with_columns(
        score=pl.when(with_abstracts).then(_score_of_texts()).otherwise(_score_of_titles()),
        method=pl.when("equal_title").then(pl.lit("same_title")).otherwise(pl.lit("near_duplicate")),
    )
    decision = (
        pl.when(pl.col("reason").is_not_null() | (pl.col("shared_authors") == 0).fill_null(False))
        .then(pl.lit("different"))
        .when(pl.col("score") >= SAME_SCORE)
        .then(pl.lit("same"))
        .when(pl.col("score") >= UNSURE_SCORE)
        .then(pl.lit("unsure"))
        .otherwise(pl.lit("different"))
    )
    return scored.with_columns(decision=decision)


def _score_of_texts() -> pl.Expr:
    """The model's score of a pair with abstracts, and what authors and an equal abstract say."""
    authors = pl.col("shared_authors")
    by_authors = pl.when(authors >= 0.5).then(SHARED_AUTHORS).when(authors == 0).then(NO_SHARED_AUTHOR)
    score = 1 / (1 + (-(pl.col("logit") + by_authors.otherwise(0.0))).exp())
    equal = pl.col("equal_abstract") & (pl.col("least_length") >= LEAST_EQUAL_ABSTRACT)
    return pl.when(equal).then(pl.max_horizontal(score, pl.lit(EQUAL_ABSTRACT_SCORE))).otherwise(score)


def _score_of_titles() -> pl.Expr:
    """The score of a pair of which one has no abstract: only an equal and telling title makes it the same."""
    telling = pl.col("equal_title") & (pl.col("title_weight") >= TELLING_TITLE)
    return (
        pl.when(telling)
        .then(TITLE_ONLY_SCORE)
        .when("equal_title")
        .then((UNSURE_SCORE + SAME_SCORE) / 2)
        .otherwise(pl.col("title_similarity") * UNSURE_SCORE)
    )
