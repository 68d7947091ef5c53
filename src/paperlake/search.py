"""Finding papers: by meaning (vectors) and by words (BM25), fused; and the neighbours of one paper.

Reads the warehouse only. The query is embedded by the model that the warehouse was built with; where that
is not to be had, words alone are searched and the answer says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from paperlake.embedding.query import embed_query
from paperlake.errors import ModelError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import named_query

CANDIDATES = 100  # papers that each way of searching puts forward
RANK_CONSTANT = 60  # reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009
BM25_K1 = 1.2  # Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009
BM25_B = 0.75
TITLE_WEIGHT = 3.0  # a word in the title counts as this many in the abstract
MAX_QUERY_WORDS = 32
_WORD = re.compile(r"[^\W_]+")
# Words that every abstract holds: they would find everything.
_STOP_WORDS = frozenset(
    "a an and are as at be by for from in is it of on or that the this to was we with using via".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Found:
    """What a search gave, and what it could not do."""

    rows: list[dict[str, Any]]
    notice: str | None = None


def search(lake: Lake, settings: Settings, text: str, limit: int = 10, mode: str = "both") -> Found:
    """Papers that fit a text, best first.

    Args:
        lake: The lake; its warehouse must have been built.
        settings: Which embedder to use for the query.
        text: What to look for.
        limit: Rows to give back.
        mode: `both`, `meaning` or `words`.

    Raises:
        UsageError: The text holds nothing to look for.
        ModelError: Mode is `meaning` and the warehouse's model is not available.
    """
    if not text.strip():
        raise UsageError("There is nothing to look for: the text is empty.")
    notice = None
    ranked: dict[str, dict[str, Any]] = {}
    if mode in ("both", "meaning"):
        try:
            _merge(ranked, _by_meaning(lake, settings, text), "similarity")
        except ModelError as error:
            if mode == "meaning":
                raise
            notice = f"Searched by words only. {error}"
    if mode in ("both", "words"):
        _merge(ranked, _by_words(lake, text), "word_score")
    asked = _WORD.findall(text.casefold())

    def order(row: dict[str, Any]) -> tuple[bool, float, str]:
        """A paper whose title was asked for comes first."""
        return _WORD.findall(row["title"].casefold()) != asked, -row["score"], row["paper_id"]

    rows = sorted(ranked.values(), key=order)[:limit]
    return Found(rows, notice)


def _merge(ranked: dict[str, dict[str, Any]], found: list[dict[str, Any]], evidence: str) -> None:
    """Add one way's findings: reciprocal rank fusion needs no scale common to both."""
    for rank, row in enumerate(found, start=1):
        merged = ranked.setdefault(
            row["paper_id"],
            {
                "score": 0.0,
                "paper_id": row["paper_id"],
                "title": row["title"],
                "published_date": row["published_date"],
                "topic": row["topic"],
                "similarity": None,
                "word_score": None,
            },
        )
        merged["score"] += 1.0 / (RANK_CONSTANT + rank)
        merged[evidence] = row["score"]


def _by_meaning(lake: Lake, settings: Settings, text: str) -> list[dict[str, Any]]:
    vector = embed_query(lake, settings, text)
    return named_query(lake, "search_meaning", [vector.tolist(), CANDIDATES])


def _by_words(lake: Lake, text: str) -> list[dict[str, Any]]:
    words = query_words(text)
    if not words:
        return []
    parameters = [words, TITLE_WEIGHT, BM25_K1, BM25_B, CANDIDATES]
    return named_query(lake, "search_words", parameters)


def query_words(text: str) -> list[str]:
    """The words of a query that can tell papers apart, lower case, each once."""
    words = dict.fromkeys(word for word in _WORD.findall(text.casefold()))
    telling = [word for word in words if word not in _STOP_WORDS]
    return (telling or list(words))[:MAX_QUERY_WORDS]


def similar(lake: Lake, paper_id: str, limit: int = 10) -> list[dict[str, Any]]:
    """The papers nearest to one paper, nearest first.

    Raises:
        UsageError: No paper has this id.
    """
    return named_query(lake, "similar_to", [resolve(lake, paper_id), limit])


def resolve(lake: Lake, paper_id: str) -> str:
    """The id that a paper has now, from any id it was ever published under.

    Raises:
        UsageError: No paper has this id.
    """
    known = named_query(lake, "resolve_id", [paper_id])
    if not known:
        raise UsageError(
            f"No paper has the id {paper_id!r}. `paperlake search TEXT` finds papers and shows their ids."
        )
    return str(known[0]["paper_id"])
