"""How many authors two entries share, by surname: the one thing in the decision that is not in the texts."""

from __future__ import annotations

import polars as pl


def surnames(authors: list[str] | None) -> frozenset[str]:
    """The surnames of authors, in lower case."""
    return frozenset(found for found in map(_surname, authors or ()) if found)


def first_surname(authors: list[str] | None) -> str | None:
    """The surname of the first author that has one."""
    return next((found for found in map(_surname, authors or ()) if found), None)


def _surname(name: str) -> str | None:
    """The last word of a name; names as `Surname, First` give the surname too."""
    surname = name.split(",", maxsplit=1)[0] if "," in name else name
    parts = surname.casefold().replace(".", " ").replace("-", " ").split()
    return parts[-1] if parts else None


def shared_authors(authors: pl.Series, first: pl.Series, second: pl.Series) -> pl.Series:
    """The part of the shorter list of authors that stands in the other; NULL if a list is unknown.

    Args:
        authors: The list of names of each text.
        first: Row of the first text of each pair.
        second: Row of the second.
    """
    one, other = authors.gather(first).to_list(), authors.gather(second).to_list()
    shares = [
        _shared(surnames(mine), surnames(yours)) if mine and yours else None
        for mine, yours in zip(one, other, strict=True)
    ]
    return pl.Series("shared_authors", shares, dtype=pl.Float64)


def _shared(one: frozenset[str], other: frozenset[str]) -> float | None:
    return len(one & other) / min(len(one), len(other)) if one and other else None
