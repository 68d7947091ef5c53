"""How many authors two entries share, by surname: the one thing in the decision that is not in the texts."""

from __future__ import annotations

import polars as pl


def surnames(authors: list[str] | None) -> frozenset[str]:
    """Last words of the authors' names, in lower case; names as `Surname, First` give the surname too."""
    found = set()
    for name in authors or ():
        surname = name.split(",")[0] if "," in name else name
        parts = surname.casefold().replace(".", " ").replace("-", " ").split()
        if parts:
            found.add(parts[-1])
    return frozenset(found)


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
