"""Explanations: a score that does not add up would explain nothing."""

import math
from itertools import pairwise

import polars as pl
import pytest

from paperlake.dedup.explain import papers_of_id, waterfall
from paperlake.dedup.matching.model import CONTRIBUTION_NAMES
from paperlake.errors import UsageError
from tests.support.dedup_building import entry, run
from tests.support.hard_pairs import CELL, CELL_REWORDED, TITLE_CELL

ALIKE = [entry(TITLE_CELL, CELL), entry(TITLE_CELL, CELL_REWORDED, number=2)]


def test_the_waterfall_ends_at_the_logit_of_the_score():
    (row,) = run(ALIKE).matches.iter_rows(named=True)
    steps = waterfall(row)
    assert [step.name for step in steps] == list(CONTRIBUTION_NAMES)
    assert steps[0].total == steps[0].contribution
    for before, step in pairwise(steps):
        assert step.total == before.total + step.contribution
    assert 1 / (1 + math.exp(-steps[-1].total)) == pytest.approx(row["score"])


def test_a_score_by_identifier_has_no_waterfall():
    rows = [{**row, "doi": "10.1/x"} for row in ALIKE]
    (row,) = run(rows).matches.iter_rows(named=True)
    assert waterfall(row) == ()


def test_an_entry_of_two_papers_names_both():
    sources = pl.DataFrame({"paper_id": ["p2", "p1", "e"], "entry_id": ["x", "x", "e"]})
    assert papers_of_id(sources, "x") == ["p1", "p2"]
    assert papers_of_id(sources, "e") == ["e"]
    with pytest.raises(UsageError, match="No paper and no entry has the id none"):
        papers_of_id(sources, "none")
