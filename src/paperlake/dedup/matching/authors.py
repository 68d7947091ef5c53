"""Compare the authors of two texts by surname: the one feature that is not in the texts."""

from __future__ import annotations

import polars as pl


def surnames(authors: list[str] | None) -> frozenset[str]:
    """Return the surnames of authors, in lower case."""
    return frozenset(found for found in map(_surname, authors or ()) if found)


def first_surname(authors: list[str] | None) -> str | None:
    """Return the surname of the first author that has one."""
    return next((found for found in map(_surname, authors or ()) if found), None)


def _surname(name: str) -> str | None:
    """Return the last word of a name, or of the part before the comma in `Surname, First`."""
    surname = name.split(",", maxsplit=1)[0] if "," in name else name
    parts = surname.casefold().replace(".", " ").replace("-", " ").split()
    return parts[-1] if parts else None


def shared_authors(authors: pl.Series, first: pl.Series, second: pl.Series) -> pl.Series:
    """Compute the share of the shorter list of surnames that is in the other; NULL if a list is unknown.

    Args:
        authors: The list of names of each text.
        first: Row of the first text of each pair.
        second: Row of the second.
    """
    one, other = authors.gather(first).to_list(), authors.gather(second).to_list()
    shares = [
        _shared_part(surnames(ones), surnames(others)) if ones and others else None
        for ones, others in zip(one, other, strict=True)
    ]
    return pl.Series("shared_authors", shares, dtype=pl.Float64)


def _shared_part(one: frozenset[str], other: frozenset[str]) -> float | None:
    return len(one & other) / min(len(one), len(other)) if one and other else None
