"""The text of a paper that is embedded, and the hash that stands for it.

The public contract of `text_hash`: changing anything here makes every vector of every lake missing.
"""

from __future__ import annotations

import hashlib

import polars as pl

TEXT_VERSION = 1  # raised when the rule below changes, so that lakes are embedded anew


def text_to_embed(title: str, abstract: str | None) -> str:
    """Title, a line feed, abstract; the title alone where there is no abstract."""
    return f"{title}\n{abstract}" if abstract else title


def text_hash(text: str) -> str:
    """SHA-256 of exactly the text, in UTF-8, as hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def paper_texts(papers: pl.DataFrame) -> pl.DataFrame:
    """The columns paper_id, text and text_hash of all `papers`, in their order."""
    columns = papers.select("title", "abstract").iter_rows()
    texts = [text_to_embed(title, abstract) for title, abstract in columns]
    return pl.DataFrame(
        {
            "paper_id": papers["paper_id"],
            "text": pl.Series(texts, dtype=pl.String),
            "text_hash": pl.Series([text_hash(text) for text in texts], dtype=pl.String),
        }
    )
