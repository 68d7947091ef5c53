"""Choose the papers whose abstract, authors and nearest papers are on the page, and pack them.

Abstracts of all papers drawn would take 40 MB, so the papers that the page lists come first, then those with
most votes, up to a limit. A paper without details is shown with its title, date, votes, topic and link.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from paperlake.report.links import is_web_address, paper_link
from paperlake.text.display import excerpt

MAX_DETAILED_PAPERS = 1000  # 0.7 MB of the page
MAX_ABSTRACT_CHARS = 1200
MAX_AUTHORS = 12  # named; the rest are counted
MAX_SIMILAR = 5
MAX_NAME_CHARS = 80
MAX_TITLE_CHARS = 200

Row = dict[str, Any]


def detailed_ids(papers: pl.DataFrame, listed: Sequence[str]) -> list[str]:
    """Return the ids of the papers that get details.

    Args:
        papers: The papers drawn: rows of `sql/papers.sql`.
        listed: Ids of the papers that the page lists, which come first.
    """
    ordered = papers.select("paper_id", "upvote_count", "published_date").sort(
        [~pl.col("paper_id").is_in(list(listed)), "upvote_count", "published_date", "paper_id"],
        descending=[False, True, True, False],
        nulls_last=True,
    )
    return ordered["paper_id"].head(MAX_DETAILED_PAPERS).to_list()


def packed_details(details: Sequence[Row], number_of: Mapping[str, int]) -> bytes:
    """Return details as JSON: one list per paper, of its number on the map and what `papers.js` names.

    Args:
        details: Rows of `sql/details.sql`.
        number_of: The number of each paper drawn.
    """
    packed = [
        [
            number_of[row["paper_id"]],
            excerpt(row["abstract"] or "", MAX_ABSTRACT_CHARS),
            [excerpt(name, MAX_NAME_CHARS) for name in row["authors"]],
            max(row["author_count"] or 0, len(row["authors"])),
            excerpt(row["organization"] or "", MAX_NAME_CHARS),
            row["code_url"] if row["code_url"] and is_web_address(row["code_url"]) else "",
            [_similar(near, number_of) for near in row["similar"]],
        ]
        for row in details
        if row["paper_id"] in number_of
    ]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode()


def _similar(near: Row, number_of: Mapping[str, int]) -> list[object]:
    """Return similarity in percent, and the number of a paper drawn, else its title and link."""
    percent = round(100 * near["similarity"])
    if near["paper_id"] in number_of:
        return [percent, number_of[near["paper_id"]]]
    link = paper_link(near["url"], near["arxiv_id"], near["doi"]) or ""
    return [percent, excerpt(near["title"], MAX_TITLE_CHARS), link]
