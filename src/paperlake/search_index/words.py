"""Words of a text, split and stemmed equally for the index and for queries.

A word is a run of letters and digits, folded (case, accents, compatibility forms) and stemmed; stop words are
left out. Chinese, Japanese and Korean, which have no blanks between words, are split into pairs of
characters. Papers in other languages than English also have the stems of their language, marked with its
code. Storing them is in `word_index.py`, using them in queries in `search`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from paperlake.languages.scripts import UNSPACED, with_pairs
from paperlake.languages.supported import language_stems

MARK = ":"  # between the code of a language and a stem; no word holds it
WORD = r"[\pL\pN]+"
BETWEEN_WORDS = r"[^\pL\pN]+"
_MARKS = r"[\pM--[\u{0306}\u{3099}\u{309A}]]"
_BREVE = r"([^иИ])\u{0306}+"
# Words of nearly every abstract: they distinguish no papers, and would have the longest lists of postings.
STOP_WORDS = frozenset(
    "a about also an and are as at be been between both but by can for from had has have how in into is it "  # noqa: SIM905
    "its of on or our s such that the their then there these they this those to used using via was we were "
    "what when where which while who with".split()
)


def folded(texts: pl.Series) -> pl.Series:
    """Return texts in lower case, without accents and compatibility forms (like full-width letters).

    The Russian "й" and voiced kana are letters of their own. Texts in ASCII, the majority, are only lowered:
    decomposing costs five times as much.
    """
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return texts.str.to_lowercase()
    decomposed = texts.filter(foreign).str.normalize("NFKD").str.replace_all(_MARKS, "")
    kept = decomposed.str.replace_all(_BREVE, "${1}").str.normalize("NFC")
    return texts.scatter(foreign.arg_true(), kept).str.to_lowercase()


def plain(texts: pl.Series) -> pl.Series:
    """Return folded texts with one blank between words and no punctuation, to compare phrases and titles.

    Runs of Chinese, Japanese or Korean are overlapping pairs of characters.
    """
    words = folded(texts).str.replace_all(BETWEEN_WORDS, " ").str.strip_chars(" ")
    unspaced = words.str.contains(UNSPACED).arg_true()
    if not len(unspaced):
        return words
    return words.scatter(unspaced, [with_pairs(text) for text in words.gather(unspaced)])


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


def marked_stems(words: list[str], language: str) -> list[str]:
    """Return the stems of plain words by the rules of a language, marked with its code: `de:netz`."""
    return [f"{language}{MARK}{stem}" for stem in language_stems(words, language)]
