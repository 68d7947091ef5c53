"""Extract features of titles, and apply the cannot-link rules: titles that name two works.

The rules compare names, parts, years, numbers, negations, and comments or errata. They read titles alone; how
they outweigh the match score is in `model.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz

from paperlake.dedup.text.normalize import matching_titles, title_name

MAX_NAME_WORDS = 3  # `ERNIE 3.0 Titan`; longer text before the colon is a topic, which authors reword
MIN_NAME_LENGTH = 3  # letters; one or two are part of many words
MIN_LONG_NAME = 10  # letters; two long names that differ in a letter or two are spellings of one name
MIN_SPELLING_RATIO = 87.0  # percent

_NUMERALS = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
_ORDINALS = ("first one 1", "second two 2", "third three 3", "fourth four 4", "fifth five 5", "sixth six 6")
_NUMBER_WORDS = {numeral: number for number, numeral in enumerate(_NUMERALS, start=1)} | {
    word: number for number, words in enumerate(_ORDINALS, start=1) for word in words.split()
}

# Works about another work, whose titles repeat that work's title.
_ABOUT = re.compile(
    r"^(?P<begin>comments?|reply|response|rejoinder|discussion|erratum|errata|corrigendum|correction|addendum|"
    r"retraction|supplement|supplementary|supplemental|appendix|remarks?|note)\b(?:\s+(?:material|information))?"
    r"\s+(?:on|to|of|for|about)\b"
    r"|^(?P<label>erratum|errata|corrigendum|addendum|retraction|reply|comment|correction|supplementary)\b"
    r"|\b(?P<end>erratum|errata|corrigendum|addendum|supplementary (?:material|information)|reply|revisited)$"
)
_PART = re.compile(
    r"\b(?:part|parts|paper|volume|vol|chapter|episode|series)\s+"
    r"(?P<number>\d+|[ivx]+|one|two|three|four|five|six|first|second|third)\b"
)
# A roman numeral that ends a title or its name, as in `… of flows II` or `Deep Fields III: …`. A lone I, V or
# X is as often a letter.
_NUMERAL = re.compile(r"\b(?P<number>ii|iii|iv|vi|vii|viii|ix|xi|xii)\b")
_YEAR = re.compile(r"(?<!\d)(?P<number>(?:19|20)\d\d)(?!\d)")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_ORDINAL = re.compile(r"\b(?:first|second|third|fourth|fifth|sixth|\d+(?:st|nd|rd|th))\b")
_NEGATED = re.compile(r"\bnon (?P<word>\w+)|\bnon(?P<joined>\w{4,})")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TitleFeatures:
    """The parts of a title that tell related works apart."""

    about: str
    """`erratum`, `reply` and so on; empty for an ordinary work."""
    part: int
    """Number of the part in a series; 0 if the title names none."""
    numbers: frozenset[str]
    """All numbers in the title, as written."""
    years: frozenset[str]
    ordinals: frozenset[str]
    """`first`, `2nd` and so on: the place in a series of challenges or workshops."""
    negated: frozenset[str]
    """Words after a `non`."""
    words: tuple[str, ...]
    """The words of the title without its numbers."""
    name: str
    """The text before the colon if it is short, such as `ernie 3.0`; empty for other titles."""


def title_features(titles: pl.Series) -> list[TitleFeatures]:
    """Extract the features of titles as they are written."""
    names = titles.to_frame("title").select(title_name(pl.col("title")).fill_null("")).to_series()
    normalised = zip(matching_titles(titles), matching_titles(names), strict=True)
    return [_extract(title, name) for title, name in normalised]


def _extract(title: str, name: str) -> TitleFeatures:
    """Extract the features of a title and the name before its colon, both normalised."""
    about = _ABOUT.search(title)
    numbered = _DIGIT.search(title) is not None
    negated = _NEGATED.findall(title) if "non" in title else ()
    return TitleFeatures(
        about=next((kind for kind in about.groups() if kind), "") if about else "",
        part=_part(title),
        numbers=frozenset(_NUMBER.findall(title)) if numbered else _NONE,
        years=frozenset(_YEAR.findall(title)) if numbered else _NONE,
        ordinals=frozenset(_ORDINAL.findall(title)),
        negated=frozenset(plain or joined for plain, joined in negated),
        words=tuple((_NUMBER.sub(" ", title) if numbered else title).split()),
        name=name if len(name.split()) <= MAX_NAME_WORDS and " and " not in name else "",
    )


def _part(title: str) -> int:
    """Return the number of the part that a title names; 0 if it names none."""
    found = _PART.search(title) or _NUMERAL.search(title)
    if found is None:
        return 0
    number = found["number"]
    return int(number) if number.isdigit() else _NUMBER_WORDS.get(number, 0)


def cannot_link_reason(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Return why two titles name two works, in a few words; None if no rule applies."""
    found = (rule(one, other) for rule in (_kinds, _parts, _years, _numbers_alone, _negation, _names))
    return next((reason for reason in found if reason), None)


def _kinds(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Compare a work with an erratum, a comment or a reply about it."""
    return f"{one.about or 'the work'} and {other.about or 'the work'}" if one.about != other.about else None


def _parts(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Compare part numbers; a title without one may be a first part, published before there was a second."""
    parts = max(one.part, 1), max(other.part, 1)
    return f"part {parts[0]} and part {parts[1]}" if parts[0] != parts[1] else None


def _years(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Compare the years, and the ordinals, of titles that both have some."""
    for ones, others in ((one.years, other.years), (one.ordinals, other.ordinals)):
        if ones and others and ones.isdisjoint(others):
            return f"{min(ones)} and {min(others)}"
    return None


def _numbers_alone(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Compare titles that differ in a number alone, as the reports on a model and on its version 1.5."""
    if one.words != other.words or one.numbers == other.numbers:
        return None
    return f"the same words, with and without {min(one.numbers ^ other.numbers)}"


def _negation(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Find a word of one title that the other has only after a `non`: orientable and non-orientable."""
    for negating, plain in ((one, other), (other, one)):
        opposed = (negating.negated - plain.negated) & set(plain.words)
        if opposed:
            return f"{min(opposed)} and non-{min(opposed)}"
    return None


def _names(one: TitleFeatures, other: TitleFeatures) -> str | None:
    """Compare the names before the colons."""
    return f"{one.name} and {other.name}" if _names_vary(one.name, other.name) else None


def _names_vary(one: str, other: str) -> bool:
    """Tell if two names are variants but not equal: one contains the other, or the first words are equal.

    Names that have nothing in common decide nothing: papers rename their system from version to version.
    """
    first, second = one.replace(" ", ""), other.replace(" ", "")
    if first == second or not first or not second:
        return False
    if min(len(first), len(second)) >= MIN_LONG_NAME and fuzz.ratio(first, second) >= MIN_SPELLING_RATIO:
        return False
    if min(len(first), len(second)) >= MIN_NAME_LENGTH and (first in second or second in first):
        return True
    return one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0]


def numbers_differ(one: TitleFeatures, other: TitleFeatures) -> bool:
    """Tell if each title has a number that the other lacks, as in `2.0` and `3.0`."""
    return bool(one.numbers - other.numbers) and bool(other.numbers - one.numbers)
