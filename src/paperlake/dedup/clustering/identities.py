"""Entries that are a heading and nothing more, such as `Introduction` or `Editorial` without an abstract.

Equal headings are equal texts and yet different works. Where no identifier says so, the first author does:
here he becomes the identifier. Whether titles tell enough to be compared is decided in `matching.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import WordLists, text_weights
from paperlake.dedup.blocking.signatures import word_sets
from paperlake.dedup.matching.authors import first_surname
from paperlake.dedup.matching.model import TELLING_TITLE
from paperlake.dedup.text.hashing import word_hashes
from paperlake.dedup.text.normalize import matching_titles


def with_heading_identities(sources: pl.DataFrame) -> pl.DataFrame:
    """Give headings by known authors an identity in `doi_identity`, so that those of others contradict it.

    Args:
        sources: Entries with arxiv_identity and doi_identity.

    Returns:
        The sources. The identity of a heading holds its entry_id, so that it never joins two texts.
    """
    bare = pl.col("abstract").is_null() & (pl.col("authors").list.len() > 0)
    unnamed = pl.col("arxiv_identity").is_null() & pl.col("doi_identity").is_null()
    numbered = sources.with_row_index("source")
    headings = numbered.filter(bare & unnamed).select("source", "entry_id", "title", "authors")
    words = WordLists.of(word_sets(word_hashes(matching_titles(headings["title"]))))
    weak = text_weights(words, np.arange(headings.height)) < TELLING_TITLE
    headings = headings.filter(pl.Series(weak))
    if headings.is_empty():
        return sources
    surnames = pl.Series(
        [first_surname(authors) for authors in headings["authors"].to_list()], dtype=pl.String
    )
    named = headings.select(
        "source", heading_identity=pl.lit("heading ") + pl.col("entry_id") + " by " + surnames
    )
    return (
        numbered.join(named, on="source", how="left", maintain_order="left")
        .with_columns(pl.coalesce("doi_identity", "heading_identity").alias("doi_identity"))
        .drop("source", "heading_identity")
    )
