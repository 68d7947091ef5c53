"""Measure the cut-off of searches that match no word: the similarity to the nearest paper, by kind of text.

For each lake: the cut-off, and for texts of random letters (others than those that the cut-off is computed
from), phrases of everyday life, titles and first sentences of papers of the lake, the greatest similarity to
a paper (for titles and sentences, which a paper contains, that is a wanted one) and how many are below the
cut-off.

    python benchmarks/search_cutoff.py LAKE...
"""

from __future__ import annotations

import random
import string
import sys
from pathlib import Path

import numpy as np

from paperlake.lake import Lake
from paperlake.search import Searcher
from paperlake.setting_sources import load_settings

TEXTS = 100  # of each kind, at most
EVERYDAY = (
    "cheesecake recipe", "plumber near me", "football results saturday", "cheap flights lisbon",
    "medieval french poetry", "how to knit socks", "tax return deadline", "garden tulips in spring",
    "used car dealer", "hotel breakfast", "wedding dress", "horoscope taurus", "dog grooming",
    "stock market crash 1929", "piano lessons kids", "leaking roof repair", "train to Vienna",
    "birthday cake", "second hand bicycle", "sourdough starter", "opera tickets", "cat food", "hiking boots",
    "mortgage rates",
)  # fmt: skip


def nonsense(count: int) -> list[str]:
    """Return texts of one or three words of random letters."""
    letters = random.Random(5)
    words = [
        "".join(letters.choices(string.ascii_lowercase, k=letters.randint(5, 10))) for _ in range(4 * count)
    ]
    return [" ".join(words[4 * place : 4 * place + (1 if place % 2 else 3)]) for place in range(count)]


def main() -> None:
    """Print one row per lake and kind of text."""
    print("| lake | cut-off | texts | least | median | greatest | below the cut-off |")
    print("|---" * 7 + "|")
    for root in sys.argv[1:]:
        lake = Lake.find(Path(root))
        with Searcher(lake, load_settings(lake=lake.root)) as searcher:
            rows = searcher.index.connection.execute(
                "SELECT title, coalesce(split_part(abstract, '. ', 1), title) FROM papers ORDER BY paper_id"
            ).fetchall()
            chosen = rows[:: -(-len(rows) // TEXTS)]
            report(
                searcher,
                f"{lake.root.name}, {len(rows):,} papers",
                {
                    "random letters": nonsense(TEXTS),
                    "everyday phrases": list(EVERYDAY),
                    "titles": [title for title, _ in chosen],
                    "first sentences": [sentence for _, sentence in chosen],
                },
            )


def report(searcher: Searcher, lake: str, texts: dict[str, list[str]]) -> None:
    """Print the rows of one lake."""
    cutoff = searcher.relevance.least_similarity(None)
    every = np.flatnonzero(searcher.index.is_paper)
    for kind, asked in texts.items():
        vectors = searcher.embedder.embed_all(asked, *searcher.index.model)
        nearest = np.array([searcher.index.cosines(vector, every).max() for vector in vectors])
        print(
            f"| {lake} | {cutoff:.2f} | {len(asked)} {kind} | {nearest.min():.2f} "
            f"| {np.median(nearest):.2f} | {nearest.max():.2f} | {(nearest < cutoff).mean():.0%} |"
        )


if __name__ == "__main__":
    main()
