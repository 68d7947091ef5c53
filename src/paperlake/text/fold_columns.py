"""The folding of `folding.py` for whole polars columns, in Rust.

Patterns are written for the Rust regex engine; tests compare the results with the functions for single texts.
"""

from __future__ import annotations

import polars as pl

from paperlake.text.folding import PARAGRAPH_BREAK

# What Python and Unicode call white space, and NUL.
_SPACE = r"\s\x00\x1c-\x1f"
_BLANK_LINE = rf"\n[{_SPACE}--\n]*\n|\x{{2029}}"


def fold_expression(texts: pl.Expr) -> pl.Expr:
    """Return what `folding.fold` returns, except that an empty text stays an empty text."""
    return texts.str.replace_all(rf"[{_SPACE}--\x20][{_SPACE}]*| [{_SPACE}]+", " ").str.strip_chars(" ")


def fold_paragraphs_column(texts: pl.Series) -> pl.Series:
    """Return what `folding.fold_paragraphs` returns for each text of a column of strings."""
    if texts.str.contains(_BLANK_LINE).any():
        texts = texts.str.replace_all(rf"[{_SPACE}]*(?:{_BLANK_LINE})[{_SPACE}]*", "\u2029")
    # Other white space first: most texts then hold no two blanks, and the slow search for them is skipped.
    texts = texts.str.replace_all(rf"[{_SPACE}--\x{{2029}}\x20][{_SPACE}--\x{{2029}}]*", " ")
    texts = texts.str.strip_chars(" \u2029")
    if texts.str.contains("  ", literal=True).any():
        texts = texts.str.replace_all(" {2,}", " ")
    return texts.str.replace_all("\u2029", PARAGRAPH_BREAK, literal=True).replace("", None)
