"""Surnames: a wrong one would call equal authors different, which rules a merge out."""

import polars as pl
import pytest

from paperlake.dedup.matching.authors import first_surname, shared_authors


@pytest.mark.parametrize(
    ("name", "surname"),
    [("Ada Alm", "alm"), ("Alm, Ada", "alm"), ("A. Alm", "alm"), ("Bo Berg-Dorn", "dorn"), ("ALM", "alm")],
)
def test_surname(name, surname):
    assert first_surname([name]) == surname


def test_names_without_letters_are_skipped():
    assert first_surname(["...", "Ada Alm"]) == "alm"
    assert first_surname([]) is first_surname(None) is None


def test_shared_authors_are_of_the_shorter_list():
    lists = pl.Series([["A. Alm", "B. Berg"], ["Ada Alm", "C. Cole", "D. Dorn"], None, []])
    first, second = pl.Series([0, 0, 0]), pl.Series([1, 2, 3])
    assert shared_authors(lists, first, second).to_list() == [0.5, None, None]
