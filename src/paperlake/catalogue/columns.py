"""Column kinds: the few ways in which a column of a table is typed and checked.

Each function returns a Pandera column with its description. Which columns a table has is declared in the
files `*_tables.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandera.polars as pa
import polars as pl

from paperlake.catalogue.vocabulary import ARXIV_ID_PATTERN, ID_PATTERN, IDENTIFIER_PATTERN, SHA256_PATTERN


def column(
    dtype: pl.DataType, description: str, *checks: pa.Check, null: bool = False, unique: bool = False
) -> pa.Column:
    """Return a column of any type."""
    return pa.Column(dtype, checks=list(checks), nullable=null, unique=unique, description=description)


def text(description: str, *checks: pa.Check, null: bool = False, unique: bool = False) -> pa.Column:
    """Return a column of texts, none of them empty."""
    return column(
        pl.String(), description, pa.Check.str_length(min_value=1), *checks, null=null, unique=unique
    )


def one_of(description: str, values: Sequence[str], null: bool = False) -> pa.Column:
    """Return a column of texts of a closed vocabulary."""
    return text(description, pa.Check.isin([str(value) for value in values]), null=null)


def identifier(description: str, null: bool = False, unique: bool = False) -> pa.Column:
    """Return a column of paperlake's own ids, 16 hexadecimal digits."""
    return column(pl.String(), description, pa.Check.str_matches(ID_PATTERN), null=null, unique=unique)


def arxiv_id(description: str, null: bool = True) -> pa.Column:
    """Return a column of arXiv ids without version."""
    return text(description, pa.Check.str_matches(ARXIV_ID_PATTERN), null=null)


def sha256(description: str) -> pa.Column:
    """Return a column of SHA-256 digests in hexadecimal."""
    return text(description, pa.Check.str_matches(SHA256_PATTERN))


def integer(description: str, *checks: pa.Check, null: bool = False) -> pa.Column:
    """Return a column of 64-bit integers."""
    return column(pl.Int64(), description, *checks, null=null)


def count(description: str, null: bool = False, minimum: int = 0) -> pa.Column:
    """Return a column of integers that are at least `minimum`."""
    return integer(description, pa.Check.ge(minimum), null=null)


def score(description: str, null: bool = False, minimum: float = 0.0) -> pa.Column:
    """Return a column of floats from `minimum` to 1."""
    return number(description, pa.Check.in_range(minimum, 1.0), null=null)


def number(description: str, *checks: pa.Check, null: bool = False) -> pa.Column:
    """Return a column of 64-bit floats."""
    return column(pl.Float64(), description, *checks, null=null)


def date(description: str, null: bool = False) -> pa.Column:
    """Return a column of dates."""
    return column(pl.Date(), description, null=null)


def flag(description: str) -> pa.Column:
    """Return a column of booleans."""
    return column(pl.Boolean(), description)


def texts(description: str, null: bool = False) -> pa.Column:
    """Return a column of lists of texts."""
    return column(pl.List(pl.String()), description, null=null)


def identifiers(description: str) -> pa.Column:
    """Return a column of lists of identifiers, each `scheme:value`."""
    return column(
        pl.List(pl.String()),
        description,
        pa.Check(_are_identifiers, name="each is scheme:value"),
        null=True,
    )


def _are_identifiers(data: pa.PolarsData) -> pl.LazyFrame:
    matches = pl.col(str(data.key)).list.eval(pl.element().str.contains(IDENTIFIER_PATTERN))
    return data.lazyframe.select(matches.list.all())
