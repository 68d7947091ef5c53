"""Derive the text of a paper that is embedded, and its hash.

This is the public contract of `text_hash`: a change here makes every vector of every lake missing.
"""

from __future__ import annotations

import hashlib

import polars as pl

TEXT_VERSION = 1  # raised when the rule below changes, so that lakes are embedded again


def text_to_embed(title: str, abstract: str | None) -> str:
    """Return title, line feed and abstract; the title alone where there is no abstract."""
    return f"{title}\n{abstract}" if abstract else title


def text_hash(text: str) -> str:
    """Return the SHA-256 of exactly the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def paper_texts(papers: pl.DataFrame) -> pl.DataFrame:
    """Return the columns paper_id, text and text_hash of all `papers`, in their order."""
    columns = papers.select("title", "abstract").iter_rows()
    texts = [text_to_embed(title, abstract) for title, abstract in columns]
    return pl.DataFrame(
        {
            "paper_id": papers["paper_id"],
            "text": pl.Series(texts, dtype=pl.String),
            "text_hash": pl.Series([text_hash(text) for text in texts], dtype=pl.String),
        }
    )
