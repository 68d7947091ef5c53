"""Words of a text, split and stemmed equally for the index and for queries.

A word is a run of letters and digits, folded (case, accents, compatibility forms) and stemmed; stop words are
left out. Storing them is in `word_index.py`, using them in queries in `search`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

WORD = r"[\pL\pN]+"
BETWEEN_WORDS = r"[^\pL\pN]+"
# Words of nearly every abstract: they distinguish no papers, and would have the longest lists of postings.
STOP_WORDS = frozenset(
    "a about also an and are as at be been between both but by can for from had has have how in into is it "  # noqa: SIM905
    "its of on or our s such that the their then there these they this those to used using via was we were "
    "what when where which while who with".split()
)


def folded(texts: pl.Series) -> pl.Series:
    """Return texts in lower case, without accents and compatibility forms (like full-width letters).

    Texts in ASCII, the majority, are only lowered: decomposing costs five times as much.
    """
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return texts.str.to_lowercase()
    decomposed = texts.filter(foreign).str.normalize("NFKD").str.replace_all(r"\pM", "")
    return texts.scatter(foreign.arg_true(), decomposed).str.to_lowercase()


def plain(texts: pl.Series) -> pl.Series:
    """Return folded texts with one blank between words and no punctuation, to compare phrases and titles."""
    return folded(texts).str.replace_all(BETWEEN_WORDS, " ").str.strip_chars(" ")


def plain_text(text: str) -> str:
    """Return what `plain` returns, for one text."""
    return str(plain(pl.Series([text], dtype=pl.String))[0])


def remove_stop_words(words: Iterable[str]) -> list[str]:
    """Return plain words without stop words, in their order."""
    return [word for word in words if word not in STOP_WORDS]


def stems(words: list[str]) -> list[str]:
    """Return the stem of each plain word by Snowball's English rules: `network` for `networks`."""
    import Stemmer  # noqa: PLC0415

    return list(Stemmer.Stemmer("english").stemWords(words))
