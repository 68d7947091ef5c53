"""The words of a text, for the word index and for queries alike.

A word is a run of letters and digits, folded (case, accents, compatibility forms) and stemmed; words that
every text holds are left out. Where words are kept is in `word_index.py`, how queries use them in `search`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

WORD = r"[\pL\pN]+"
BETWEEN_WORDS = r"[^\pL\pN]+"
# Words that nearly every abstract holds: they tell no papers apart, and their lists would be the longest.
STOP_WORDS = frozenset(
    "a about also an and are as at be been between both but by can for from had has have how in into is it "  # noqa: SIM905
    "its of on or our s such that the their then there these they this those to used using via was we were "
    "what when where which while who with".split()
)


def folded(texts: pl.Series) -> pl.Series:
    """Texts in lower case, accents off, compatibility forms (like full-width letters) as ordinary ones.

    ASCII, which most texts are, is only lowered: decomposing costs five times as much.
    """
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return texts.str.to_lowercase()
    decomposed = texts.filter(foreign).str.normalize("NFKD").str.replace_all(r"\pM", "")
    return texts.scatter(foreign.arg_true(), decomposed).str.to_lowercase()


def plain(texts: pl.Series) -> pl.Series:
    """Folded texts with one blank between words and nothing else: what phrases and titles are compared in."""
    return folded(texts).str.replace_all(BETWEEN_WORDS, " ").str.strip_chars(" ")


def plain_text(text: str) -> str:
    """`plain` of one text."""
    return str(plain(pl.Series([text], dtype=pl.String))[0])


def telling(words: Iterable[str]) -> list[str]:
    """Those of some plain words that can tell papers apart."""
    return [word for word in words if word not in STOP_WORDS]


def stems(words: list[str]) -> list[str]:
    """The stem of each plain word, by Snowball's English rules: `networks` and `network` are one."""
    import Stemmer  # noqa: PLC0415

    return list(Stemmer.Stemmer("english").stemWords(words))
