"""Words of a text, split and stemmed equally for the index and for queries.

A word is a run of letters and digits, folded (case, accents, compatibility forms) and stemmed; stop words are
left out. Chinese, Japanese and Korean, which have no blanks between words, are split into pairs of
characters. Papers in other languages than English also have the stems of their language, marked with its
code. Storing them is in `word_index.py`, using them in queries in `search`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from paperlake.languages.scripts import UNSPACED, with_pairs
from paperlake.languages.supported import language_stems

if TYPE_CHECKING:
    import Stemmer

MARK = ":"  # between the code of a language and a stem; no word holds it
WORD = r"[\pL\pN]+"
BETWEEN_WORDS = r"[^\pL\pN]+"
_MARKS = r"[\pM--[\u{0306}\u{3099}\u{309A}]]"
_BREVE = r"([^иИ])\u{0306}+"
_LATIN = re.compile(r"[\x00-\u036f\u2010-\u2026]*")
_LATIN_WORDS = re.compile(r"[^\W_]+")
MAX_IDLE_STEMMERS = 4
# A stemmer remembers 10,000 stems and serves one thread at a time, so threads take one and give it back.
_idle_stemmers: deque[Stemmer.Stemmer] = deque()
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]+")
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


def plain_texts(texts: Sequence[str]) -> list[str]:
    """Return what `plain` returns, for some texts: 50 abstracts take 2 ms in place of 7.

    Characters beyond Latin ones go through `plain`, as Python's tables may be of another version of Unicode.
    """
    found = [_plain_latin(text) if _LATIN.fullmatch(text) else None for text in texts]
    others = [text for text, words in zip(texts, found, strict=True) if words is None]
    read = iter(plain(pl.Series(others, dtype=pl.String)).to_list() if others else ())
    return [next(read) if words is None else words for words in found]


def plain_text(text: str) -> str:
    """Return what `plain` returns, for one text."""
    return plain_texts([text])[0]


def _plain_latin(text: str) -> str:
    if not text.isascii():
        text = _LATIN_MARKS.sub("", unicodedata.normalize("NFKD", text))
    return " ".join(_LATIN_WORDS.findall(text.lower()))


def remove_stop_words(words: Iterable[str]) -> list[str]:
    """Return plain words without stop words, in their order."""
    return [word for word in words if word not in STOP_WORDS]


def stems(words: list[str]) -> list[str]:
    """Return the stem of each plain word by Snowball's English rules: `network` for `networks`."""
    try:
        stemmer = _idle_stemmers.pop()
    except IndexError:
        stemmer = _new_stemmer()
    found = list(stemmer.stemWords(words))
    if len(_idle_stemmers) < MAX_IDLE_STEMMERS:
        _idle_stemmers.append(stemmer)
    return found


def _new_stemmer() -> Stemmer.Stemmer:
    import Stemmer  # noqa: PLC0415

    return Stemmer.Stemmer("english")


def stems_of_words(texts: Iterable[str]) -> dict[str, str]:
    """Return the stem of each different word of plain texts; of 15,000 words of abstracts, 3,000 differ."""
    different: set[str] = set()
    for text in texts:
        different.update(text.split())
    words = list(different)
    return dict(zip(words, stems(words), strict=True))


def stemmed(texts: Sequence[str]) -> list[str]:
    """Return plain texts without stop words, each word as its stem."""
    stem_of = stems_of_words(texts)
    return [" ".join([stem_of[word] for word in remove_stop_words(text.split())]) for text in texts]


def marked_stems(words: list[str], language: str) -> list[str]:
    """Return the stems of plain words by the rules of a language, marked with its code: `de:netz`."""
    return [f"{language}{MARK}{stem}" for stem in language_stems(words, language)]
