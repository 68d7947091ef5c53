"""Surnames: a wrong one would call equal authors different, which rules a merge out."""

import polars as pl
import pytest

from paperlake.dedup.matching.authors import author_overlap, first_surname


@pytest.mark.parametrize(
    ("name", "surname"),
    [("Ada Alm", "alm"), ("Alm, Ada", "alm"), ("A. Alm", "alm"), ("Bo Berg-Dorn", "dorn"), ("ALM", "alm")],
)
def test_surname(name, surname):
    assert first_surname([name]) == surname


def test_names_without_letters_are_skipped():
    assert first_surname(["...", "Ada Alm"]) == "alm"
    assert first_surname([]) is first_surname(None) is None


def overlap(one, other):
    lists = pl.Series([one, other], dtype=pl.List(pl.String))
    return author_overlap(lists, pl.Series([0]), pl.Series([1])).row(0)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (["A. Alm", "B. Berg"], ["Ada Alm", "C. Cole", "D. Dorn"], (0.25, 1)),
        (["Ada Alm"], ["Alm, Ada", "Bo Berg"], (0.5, 1)),
        (["Ada Maria Alm", "Jürgen Müller"], ["A. Alm", "J. Muller"], (1.0, 2)),
        (["Ada Alm"], ["Cai Cole"], (0.0, 0)),
        (["Tan Van Vu", "Bo da Rocha"], ["T. Vu", "B. Rocha"], (1.0, 2)),
        (["Wei Zhang"], ["Zhang Wei"], (None, None)),
        (["Ada Alm"], ["Alm"], (None, None)),
        (["Ada Alm"], None, (None, None)),
        ([], ["Ada Alm"], (None, None)),
        (["..."], ["Ada Alm"], (None, None)),
    ],
)
def test_overlap_of_authors(one, other, expected):
    assert overlap(one, other) == overlap(other, one) == expected
