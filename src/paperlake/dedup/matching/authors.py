"""Compare the authors of two texts: the evidence that is not in the texts.

Two names are equal if family name and first initial are, for sources abbreviate given names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from paperlake.text.names import name_key

AUTHOR_COLUMNS: dict[str, pl.DataType] = {"author_jaccard": pl.Float64(), "shared_author_count": pl.Int64()}
"""Share of the names of both lists that are in both, and their number. Both are NULL if a list is unknown, or
if no name is equal though a word of the names is, as where a source turns the names round."""


def first_surname(authors: list[str] | None) -> str | None:
    """Return the surname of the first author that has one: the last word, or the part before the comma."""
    return next((found for found in map(_surname, authors or ()) if found), None)


def _surname(name: str) -> str | None:
    surname = name.split(",", maxsplit=1)[0] if "," in name else name
    parts = surname.casefold().replace(".", " ").replace("-", " ").split()
    return parts[-1] if parts else None


def author_overlap(authors: pl.Series, first: pl.Series, second: pl.Series) -> pl.DataFrame:
    """Compare the authors of pairs of texts.

    Args:
        authors: The list of names of each text.
        first: Row of the first text of each pair.
        second: Row of the second.

    Returns:
        `AUTHOR_COLUMNS`, one row per pair.
    """
    rows = pl.concat([first, second]).unique()
    lists = authors.gather(rows).to_list()
    spellings = {name: _spelling(name) for name in {name for names in lists for name in names or ()}}
    people = {
        row: _People(frozenset(spellings[name] for name in names) - {""}, names)
        for row, names in zip(rows, lists, strict=True)
        if names
    }
    overlaps = [
        _overlap(people.get(one), people.get(other)) for one, other in zip(first, second, strict=True)
    ]
    return pl.DataFrame(overlaps, schema=AUTHOR_COLUMNS, orient="row")


class _People(NamedTuple):
    """The authors of one text."""

    spellings: frozenset[str]
    names: Sequence[str]


def _spelling(name: str) -> str:
    """Return the last word of the family name and the first initial; an empty text without letters.

    Particles are left out, for sources do (`T. Vu`, `Tan Van Vu`).
    """
    family, _, initials = (name_key(name) or "").rpartition(" ")
    return f"{family.split()[-1]} {initials[:1]}" if family else initials


def _overlap(one: _People | None, other: _People | None) -> tuple[float | None, int | None]:
    if one is None or other is None or not one.spellings or not other.spellings:
        return None, None
    shared = len(one.spellings & other.spellings)
    if not shared and not _words(one.names).isdisjoint(_words(other.names)):
        return None, None
    return shared / len(one.spellings | other.spellings), shared


def _words(names: Iterable[str]) -> set[str]:
    """Return the words of names, folded, without initials."""
    keys = (name_key(word) for name in names for word in name.replace("-", " ").split())
    return {key for key in keys if key and len(key) > 1}
