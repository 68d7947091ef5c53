"""What in two titles says outright that they are two works: names, parts, years, comments and errata.

Reads titles alone. How much a mark weighs against alike abstracts is decided in `matching.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz

from paperlake.dedup.text.normalize import matching_titles, title_name

NAME_WORDS = 3  # `ERNIE 3.0 Titan`; longer, and what stands before the colon is a topic, which authors reword
MIN_NAME = 3  # letters; one or two stand in many words
LONG_NAME = 10  # letters; of two long names that differ in a letter or two, one is a spelling of the other
SPELLING_RATIO = 87.0

_NUMERALS = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
_ORDINALS = ("first one 1", "second two 2", "third three 3", "fourth four 4", "fifth five 5", "sixth six 6")
_NUMBER_WORDS = {numeral: number for number, numeral in enumerate(_NUMERALS, start=1)} | {
    word: number for number, words in enumerate(_ORDINALS, start=1) for word in words.split()
}

# Works about another work, whose title repeats that work's title.
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
class Marks:
    """What a title says of its place among other works."""

    about: str
    """`erratum`, `reply` and so on; empty for an ordinary work."""
    part: int
    """Number of the part in a series; 0 if the title names none."""
    numbers: frozenset[str]
    """All numbers in the title, as written."""
    years: frozenset[str]
    ordinals: frozenset[str]
    """`first`, `2nd` and so on: which of a row of challenges or workshops."""
    negated: frozenset[str]
    """Words under a `non`."""
    words: tuple[str, ...]
    """The words of the title but for its numbers."""
    name: str
    """What stands before the colon if it is short, such as `ernie 3.0`; empty for other titles."""


def marks_of_titles(titles: pl.Series) -> list[Marks]:
    """The marks of titles as they are written."""
    names = titles.to_frame("title").select(title_name(pl.col("title")).fill_null("")).to_series()
    normal = zip(matching_titles(titles), matching_titles(names), strict=True)
    return [marks_of(title, name) for title, name in normal]


def marks_of(title: str, name: str) -> Marks:
    """The marks of a title and the name before its colon, both in their matching form."""
    about = _ABOUT.search(title)
    numbered = _DIGIT.search(title) is not None
    negated = _NEGATED.findall(title) if "non" in title else ()
    return Marks(
        about=next((kind for kind in about.groups() if kind), "") if about else "",
        part=_part(title),
        numbers=frozenset(_NUMBER.findall(title)) if numbered else _NONE,
        years=frozenset(_YEAR.findall(title)) if numbered else _NONE,
        ordinals=frozenset(_ORDINAL.findall(title)),
        negated=frozenset(plain or joined for plain, joined in negated),
        words=tuple((_NUMBER.sub(" ", title) if numbered else title).split()),
        name=name if len(name.split()) <= NAME_WORDS and " and " not in name else "",
    )


def _part(title: str) -> int:
    found = _PART.search(title) or _NUMERAL.search(title)
    if found is None:
        return 0
    number = found["number"]
    return int(number) if number.isdigit() else _NUMBER_WORDS.get(number, 0)


def contradiction(one: Marks, other: Marks) -> str | None:
    """Why two titles name two works, in a few words; None if nothing says so."""
    found = (rule(one, other) for rule in (_kinds, _parts, _years, _numbers_alone, _negation, _names))
    return next((reason for reason in found if reason), None)


def _kinds(one: Marks, other: Marks) -> str | None:
    return f"{one.about or 'the work'} and {other.about or 'the work'}" if one.about != other.about else None


def _parts(one: Marks, other: Marks) -> str | None:
    """A first part may have been published before it was called one; a second part never is the first."""
    parts = max(one.part, 1), max(other.part, 1)
    return f"part {parts[0]} and part {parts[1]}" if parts[0] != parts[1] else None


def _years(one: Marks, other: Marks) -> str | None:
    for mine, yours in ((one.years, other.years), (one.ordinals, other.ordinals)):
        if mine and yours and mine.isdisjoint(yours):
            return f"{min(mine)} and {min(yours)}"
    return None


def _numbers_alone(one: Marks, other: Marks) -> str | None:
    """Titles that differ in a number alone, as the reports on a model and on its version 1.5."""
    if one.words != other.words or one.numbers == other.numbers:
        return None
    return f"the same words, with and without {min(one.numbers ^ other.numbers)}"


def _negation(one: Marks, other: Marks) -> str | None:
    """Orientable manifolds in one title, and only non-orientable ones in the other."""
    for mine, yours in ((one, other), (other, one)):
        opposed = (mine.negated - yours.negated) & set(yours.words)
        if opposed:
            return f"{min(opposed)} and non-{min(opposed)}"
    return None


def _names(one: Marks, other: Marks) -> str | None:
    return f"{one.name} and {other.name}" if _names_vary(one.name, other.name) else None


def _names_vary(one: str, other: str) -> bool:
    """Whether two names are of kin but not the same: one within the other, or only the endings differ.

    Names that have nothing in common say nothing: many a paper gives its system another name in version 2.
    """
    first, second = one.replace(" ", ""), other.replace(" ", "")
    if first == second or not first or not second:
        return False
    if min(len(first), len(second)) >= LONG_NAME and fuzz.ratio(first, second) >= SPELLING_RATIO:
        return False
    if min(len(first), len(second)) >= MIN_NAME and (first in second or second in first):
        return True
    return one.split(maxsplit=1)[0] == other.split(maxsplit=1)[0]


def numbers_differ(one: Marks, other: Marks) -> bool:
    """Whether each title has a number that the other lacks, as in `2.0` and `3.0`."""
    return bool(one.numbers - other.numbers) and bool(other.numbers - one.numbers)
