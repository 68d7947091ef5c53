"""Pairs that a librarian has to think about: without these, a tuned threshold may drift into merging sequels."""

import pytest

from tests.support.dedup_building import are_one_paper, entry
from tests.support.hard_pairs import HARD_PAIRS, ONE_WORK, TWO_WORKS, HardPair


@pytest.mark.parametrize("pair", HARD_PAIRS, ids=lambda pair: f"{'one' if pair.same else 'two'}: {pair.name}")
def test_hard_pair(pair: HardPair):
    assert are_one_paper(entry(*pair.one), entry(*pair.other)) is pair.same, pair.why


def test_there_are_forty_and_half_of_them_are_two_works():
    assert len(HARD_PAIRS) >= 40
    assert min(len(ONE_WORK), len(TWO_WORKS)) >= 20
