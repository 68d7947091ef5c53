"""Final decisions on pairs: what the clusters made of a match must be what the table says."""

import polars as pl

from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.matching.model import CONTRIBUTION_NAMES, contribution_column
from tests.support.dedup_building import entry, run
from tests.support.hard_pairs import (
    CELL,
    CELL_REWORDED,
    GLACIER,
    MARKET,
    TITLE_CELL,
    TITLE_GLACIER,
    TITLE_MARKET,
)

COLUMNS = [contribution_column(name) for name in CONTRIBUTION_NAMES]
ALIKE = [entry(TITLE_CELL, CELL), entry(TITLE_CELL, CELL_REWORDED, number=2)]


def test_a_match_by_score_keeps_its_contributions():
    (row,) = run(ALIKE).matches.iter_rows(named=True)
    assert row["decision"] == "same"
    assert None not in [row[column] for column in COLUMNS]


def test_a_refused_match_keeps_score_and_contributions():
    rows = [{**row, "doi": f"10.1/{number}"} for number, row in enumerate(ALIKE)]
    (row,) = run(rows).matches.iter_rows(named=True)
    assert row["decision"] == "different"
    assert row["score"] > 0.983
    assert row["contribution_intercept"] is not None


def test_identifiers_and_people_leave_no_contributions():
    rows = [{**row, "doi": "10.1/x"} for row in ALIKE]
    others = [entry(TITLE_MARKET, MARKET, number=3), entry(TITLE_GLACIER, GLACIER, number=4)]
    decision = Decision(others[0]["entry_id"], others[1]["entry_id"], False, 2)
    matches = run([*rows, *others], decisions=[decision]).matches.sort("method")
    assert matches.select("method", "score", "decision").rows() == [
        ("decided", 0.0, "different"),
        ("same_identifier", 1.0, "same"),
    ]
    assert matches.select(pl.any_horizontal(pl.col(COLUMNS).is_not_null())).to_series().to_list() == [
        False,
        False,
    ]
