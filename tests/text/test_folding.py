"""Folding of white space: single texts and whole columns give the same results."""

import doctest
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.text import display, folding
from paperlake.text.fold_columns import fold_expression, fold_paragraphs_column
from paperlake.text.folding import fold, fold_paragraphs, fold_printed_line

TEXTS = st.lists(
    st.sampled_from(
        ["\n", "\n\n", " \n \n ", " ", "  ", "\t", "\u2029", "\x00", "\x1c", "\xa0", "\r\n", "x", "y."]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("module", [display, folding], ids=lambda module: module.__name__)
def test_examples_of_docstrings_run(module: ModuleType) -> None:
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_columns_fold_like_single_texts(texts: list[str]) -> None:
    """Without it the abstracts of two formats could differ in their paragraphs."""
    column = pl.Series("text", texts, dtype=pl.String)
    assert fold_paragraphs_column(column).to_list() == [fold_paragraphs(text) for text in texts]
    folded = pl.DataFrame(column).select(fold_expression(pl.col("text"))).to_series().to_list()
    assert folded == [fold(text) or "" for text in texts]


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("  Ponds\tand \u00a0Lakes ", "Ponds and Lakes"),
        ("Po\u200bnds\ufeff", "Ponds"),
        ("Po\u0308nds", "P\u00f6nds"),
        ("\u212b", "\u212b"),
        (" ", ""),
    ],
    ids=["white space", "invisible", "decomposed accent", "compatibility character stays", "blank"],
)
def test_printed_lines_are_folded(line: str, folded: str) -> None:
    assert fold_printed_line(line) == folded


def test_nothing_folds_to_none() -> None:
    assert fold(None) is None
    assert fold(" \x00\n") is None
    assert fold_paragraphs("\n\n \n") is None
