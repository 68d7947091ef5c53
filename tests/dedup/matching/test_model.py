"""The match score: its contributions, its rules, and that the prefilter drops nothing worth recording."""

import math

import numpy as np
import polars as pl
import pytest

from paperlake.catalogue.paper_tables import MATCHES
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.matching.comparisons import compare
from paperlake.dedup.matching.features import compute_features
from paperlake.dedup.matching.model import (
    CONTRIBUTION_NAMES,
    EQUAL_TITLE_SCORE,
    INTERCEPT,
    INTERCEPT_WITH_AUTHORS,
    MIN_SHARE,
    RECORDED_THRESHOLD,
    WEIGHTS,
    WEIGHTS_WITH_AUTHORS,
    contribution_column,
    model_features,
)
from paperlake.settings import Settings
from tests.support.hard_pairs import CELL, CELL_REWORDED, HARD_PAIRS, TITLE_CELL, TITLE_GLACIER

COLUMNS = [contribution_column(name) for name in CONTRIBUTION_NAMES]


def compared(rows: list[tuple], prefilter: bool = False) -> pl.DataFrame:
    """Score the first text with the second, the third with the fourth, and so on."""
    schema = {"title": pl.String, "abstract": pl.String, "authors": pl.List(pl.String)}
    texts = pl.DataFrame([(*row, None)[:3] for row in rows], schema=schema, orient="row")
    first, second = np.arange(texts.height).reshape(-1, 2).T
    signatures = compute_signatures(texts, Settings())
    features = compute_features(texts, signatures, first, second, prefilter=prefilter)
    return compare(texts, features)


ALL_PAIRS = [text for pair in HARD_PAIRS for text in (pair.one, pair.other)]


def test_contributions_sum_to_the_logit_of_the_score():
    rows = compared(ALL_PAIRS).filter(pl.col(COLUMNS[0]).is_not_null())
    assert rows.height > 20
    for row in rows.iter_rows(named=True):
        total = sum(row[column] for column in COLUMNS)
        assert 1 / (1 + math.exp(-total)) == pytest.approx(row["score"], rel=1e-12)


def test_contributions_are_known_all_or_none():
    rows = compared(ALL_PAIRS)
    nulls = rows.select(pl.sum_horizontal(pl.col(COLUMNS).is_null())).to_series()
    assert set(nulls) == {0, len(COLUMNS)}


def test_a_rule_leaves_no_contributions():
    (row,) = compared([(TITLE_GLACIER, None), (TITLE_GLACIER, None)]).iter_rows(named=True)
    assert row["score"] == EQUAL_TITLE_SCORE
    assert [row[column] for column in COLUMNS] == [None] * len(COLUMNS)


@pytest.mark.parametrize(
    ("authors", "intercept", "shared"),
    [
        ((["A. Alm"], ["Ada Alm", "B. Berg"]), INTERCEPT_WITH_AUTHORS, math.log(2)),
        ((["A. Alm"], ["C. Cole"]), INTERCEPT_WITH_AUTHORS, 0.0),
        ((["A. Alm"], None), INTERCEPT, 0.0),
    ],
    ids=["shared", "not shared", "unknown"],
)
def test_authors_contribute(authors, intercept, shared):
    (row,) = compared([(TITLE_CELL, CELL, authors[0]), (TITLE_CELL, CELL_REWORDED, authors[1])]).iter_rows(
        named=True
    )
    assert row["contribution_intercept"] == intercept
    assert row["contribution_shared_authors"] == WEIGHTS_WITH_AUTHORS["shared_authors"] * shared


@pytest.mark.parametrize(
    ("title", "authors", "decision"),
    [
        ("Ponds and their colours", ["Ada Alm", "Bo Berg"], "same"),
        ("Ponds and their colours", None, "unsure"),
        ("Ponds and their colours", ["Cai Cole"], "different"),
        ("Editorial", ["Ada Alm", "Bo Berg"], "unsure"),
    ],
)
def test_without_abstracts_title_and_authors_decide(title, authors, decision):
    (row,) = compared([(title, None, ["A. Alm", "B. Berg"]), (title, CELL, authors)]).iter_rows(named=True)
    assert row["decision"] == decision


def test_the_table_has_a_column_per_term():
    assert [name for name in MATCHES.dtypes if name.startswith("contribution_")] == COLUMNS


def test_features_are_logarithms_clipped_below():
    overlaps = (
        "words_jaccard",
        "words_containment",
        "title_jaccard",
        "title_containment",
        "title_similarity",
    )
    shares = pl.DataFrame(
        {name: [0.0, 0.5, 1.0] for name in overlaps}
        | {"length_ratio": [0.1, 0.5, 1.0], "numbers_differ": [0.0, 1.0, 0.0]}
    )
    features = model_features(shares)
    assert list(features) == list(WEIGHTS)
    least = math.log(MIN_SHARE)
    assert features["log_jaccard"].tolist() == pytest.approx([least, math.log(0.5), 0])
    assert features["log1m_jaccard"].tolist() == pytest.approx([0, math.log(0.5), least])


def test_the_prefilter_drops_no_recorded_candidate():
    texts = pl.DataFrame(ALL_PAIRS, schema=["title", "abstract"], orient="row").unique(maintain_order=True)
    authors = [f"A. {name}" for name in ("Alm", "Berg", "Cole", "Dorn", "Ek", "Fors")]
    texts = texts.with_columns(authors=pl.lit(authors))  # the authors that raise the score most
    signatures = compute_signatures(texts, Settings())
    first, second = candidate_pairs(signatures)
    scores = []
    for prefilter in (True, False):
        pairs = compare(texts, compute_features(texts, signatures, first, second, prefilter=prefilter))
        scores.append(
            set(pairs.filter(pl.col("score") >= RECORDED_THRESHOLD).select("first", "second").rows())
        )
    assert scores[0] == scores[1]
