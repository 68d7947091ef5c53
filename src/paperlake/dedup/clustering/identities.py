"""Add to each source the identities that tell works apart: its identifiers, and heading by first author.

Entries that are a bare heading, such as `Introduction` or `Editorial` without an abstract, have equal texts
and are different works. Where no identifier tells them apart, the first author does.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import WordLists, text_weights
from paperlake.dedup.blocking.signatures import word_sets
from paperlake.dedup.clustering.identifiers import (
    ARXIV,
    ARXIV_DOI,
    DOI,
    HEADING,
    NO_IDENTIFIERS,
    Identifiers,
    doi_identity,
    plain_identifier,
)
from paperlake.dedup.matching.authors import first_surname
from paperlake.dedup.matching.model import MIN_TITLE_INFORMATION
from paperlake.dedup.text.hashing import word_hashes
from paperlake.dedup.text.normalize import matching_titles

IDENTITY_COLUMNS = ("arxiv_identity", "doi_identity", "other_identity", "heading_identity")
SEPARATOR = " "  # between the identifiers of a node; none of them contains white space


def add_identities(sources: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of `IDENTITY_COLUMNS`, and `identities`, to entries.

    A DOI that arXiv gave is an arXiv id, in `identifiers` as well. `other_identity` is the first of those.
    `identities` joins all of them as `scheme:value` with `SEPARATOR`; NULL if there are none.
    """
    doi = pl.col("doi").str.to_lowercase()
    others = _plain_identifiers(sources["identifiers"])
    named = sources.with_columns(
        arxiv_identity=pl.coalesce("arxiv_id", doi.str.extract(ARXIV_DOI)),
        doi_identity=pl.when(~doi.str.contains(ARXIV_DOI)).then(doi),
        other_identity=others.list.first(),
    )
    named = _with_plain_dois(_add_heading_identity(named))
    parts = (
        pl.lit(f"{ARXIV}:") + pl.col("arxiv_identity"),
        pl.lit(f"{DOI}:") + pl.col("doi_identity"),
        others.list.join(SEPARATOR),
        pl.lit(f"{HEADING}:") + pl.col("heading_identity").str.replace_all(SEPARATOR, "/", literal=True),
    )
    joined = pl.concat_str(parts, separator=SEPARATOR, ignore_nulls=True)
    return named.with_columns(identities=pl.when(joined != "").then(joined))


def _plain_identifiers(identifiers: pl.Series) -> pl.Series:
    """Return the lists of identifiers as they are compared, each identifier once, sorted."""
    dois = identifiers.explode().drop_nulls().unique()
    dois = dois.filter(dois.str.starts_with(f"{DOI}:"))
    plain = {doi: found for doi in dois if (found := plain_identifier(doi)) != doi}
    known = identifiers.list.drop_nulls()
    if plain:
        known = known.list.eval(pl.element().replace(plain))
    return known.list.unique().list.sort()


def _with_plain_dois(sources: pl.DataFrame) -> pl.DataFrame:
    """Leave the version out of the DOIs that have one."""
    dois = sources["doi_identity"].unique().drop_nulls()
    plain = {doi: found for doi in dois if (found := doi_identity(doi)) != doi}
    return sources.with_columns(pl.col("doi_identity").replace(plain)) if plain else sources


def _add_heading_identity(sources: pl.DataFrame) -> pl.DataFrame:
    """Add heading_identity: NULL but for headings by known authors that have no other identity.

    It contains the entry_id, so that it tells equal texts apart and never links two different ones.
    """
    bare = pl.col("abstract").is_null() & (pl.col("authors").list.len() > 0)
    unidentified = pl.all_horizontal(pl.col(IDENTITY_COLUMNS[:-1]).is_null())
    numbered = sources.with_row_index("source")
    headings = numbered.filter(bare & unidentified).select("source", "entry_id", "title", "authors")
    words = WordLists.of(word_sets(word_hashes(matching_titles(headings["title"]))))
    information = text_weights(words, np.arange(headings.height))
    headings = headings.filter(pl.Series(information < MIN_TITLE_INFORMATION, dtype=pl.Boolean))
    surnames = pl.Series(
        [first_surname(authors) for authors in headings["authors"].to_list()], dtype=pl.String
    )
    identities = headings.select(
        "source", heading_identity=pl.lit("heading ") + pl.col("entry_id") + " by " + surnames
    )
    return numbered.join(identities, on="source", how="left", maintain_order="left").drop("source")


def identifiers_of(identities: str | None) -> Identifiers:
    """Return the identifiers of a node by the text of its column `identities`."""
    return Identifiers.of(identities.split(SEPARATOR)) if identities else NO_IDENTIFIERS
