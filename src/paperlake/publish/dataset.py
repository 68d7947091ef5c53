"""What is published: tables as they are in the data set, their files, and facts about the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandera.polars as pa
import polars as pl

from paperlake.catalogue.table import Table
from paperlake.publish.publication import Publication

CLOCK_COLUMNS = {"stage_checks": ("checked_at",)}
"""Columns that say when a run was: without them, the same papers give the same bytes."""
# Texts of abstracts, and those that may contain parts of one.
ABSTRACT_COLUMNS = {
    "papers": ("abstract", "summary"),
    "entries": ("abstract", "summary"),
    "rejects": ("text",),
}
LEFT_OUT = "Left out of this data set: NULL in every row."


@dataclass(frozen=True)
class DataFile:
    """One file of the data set."""

    path: str
    """Relative to the folder, with forward slashes."""
    byte_size: int
    sha256: str


@dataclass(frozen=True)
class PublishedTable:
    """One table of the data set, with its files in the order of its rows."""

    table: Table
    """As declared, without clock columns; columns that are left out say so."""
    row_count: int
    files: Sequence[DataFile]

    @property
    def name(self) -> str:
        """The name of the table."""
        return self.table.name


@dataclass(frozen=True)
class TopicFacts:
    """A topic, for the data card."""

    label: str
    paper_count: int
    keywords: Sequence[str]


@dataclass(frozen=True)
class LakeFacts:
    """What the data card says about the lake."""

    topics: Sequence[TopicFacts]
    """The topics of level 1, the largest first."""
    entries_by_format: Sequence[tuple[str, int, int]]
    """Format, number of dumps, number of entries."""
    licenses: Sequence[tuple[str, int]]
    """Licences that papers state, with the number of papers, the most frequent first."""
    published_from: date | None
    published_to: date | None
    example: dict[str, object]
    """The first paper by id; empty if there is none."""


@dataclass(frozen=True)
class Dataset:
    """Everything that the descriptions of a data set are written from."""

    publication: Publication
    tables: Sequence[PublishedTable]
    database: DataFile
    facts: LakeFacts
    has_abstracts: bool
    paperlake_version: str

    @property
    def paper_count(self) -> int:
        """The number of papers."""
        return next(table.row_count for table in self.tables if table.name == "papers")


def published_form(table: Table, dimension: int, has_abstracts: bool) -> Table:
    """Return a table as it is published.

    Args:
        table: The table of the catalogue.
        dimension: Numbers in a vector of this lake.
        has_abstracts: Whether abstracts are published.
    """
    absent = CLOCK_COLUMNS.get(table.name, ())
    empty = left_out(table, has_abstracts)
    columns = {
        name: pa.Column(
            pl.Array(dtype.inner, dimension) if isinstance(dtype, pl.Array) else dtype,
            nullable=table.nullable(name),
            description=f"{table.descriptions[name]} {LEFT_OUT}"
            if name in empty
            else table.descriptions[name],
        )
        for name, dtype in table.dtypes.items()
        if name not in absent
    }
    schema = pa.DataFrameSchema(columns, name=table.name, description=table.description)
    return replace(table, schema=schema)


def left_out(table: Table, has_abstracts: bool) -> Sequence[str]:
    """Return the columns of a table that are NULL in every row."""
    return () if has_abstracts else ABSTRACT_COLUMNS.get(table.name, ())
