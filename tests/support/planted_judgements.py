"""Papers of planted categories, with vectors that are near to them as much as a test wants."""

import hashlib

import numpy as np
import polars as pl

from paperlake.evaluation.embedding_texts import Cost, Embedded
from paperlake.evaluation.judged_papers import JudgedPapers, judge_papers
from paperlake.vectors.arrays import Vectors

DIMENSION = 32
CATEGORIES = 6
NO_COST = Cost(None, 0, None, 4 * DIMENSION, None, None)


def papers(count: int, with_categories: bool = True, title: str = "A title of paper") -> pl.DataFrame:
    """Return papers of which each sixth has the same category and keyword."""
    rows = [
        {
            "paper_id": hashlib.sha256(str(number).encode()).hexdigest()[:16],
            "title": f"{title} {number}",
            "abstract": f"This is the first sentence of the abstract number {number}. And this one follows.",
            "categories": [f"cs.{number % CATEGORIES}"] if with_categories else None,
            "keywords": [f"Word {number % CATEGORIES}"] if with_categories else None,
        }
        for number in range(count)
    ]
    schema = {"categories": pl.List(pl.String), "keywords": pl.List(pl.String)}
    return pl.DataFrame(rows, schema_overrides=schema).sort("paper_id")


def judged(count: int, with_categories: bool = True) -> JudgedPapers:
    """Return papers, two by each author, none with another text."""
    found = papers(count, with_categories)
    authors = found.select("paper_id").with_row_index("row")
    authors = authors.select("paper_id", name_key=pl.format("author {}", pl.col("row") // 2))
    others = found.select("paper_id", pl.col("paper_id").alias("entry_id"), "title", "abstract").clear()
    return judge_papers(found, authors, others)


def embedded(judged: JudgedPapers, name: str, noise: float, seed: int = 0, asks: bool = True) -> Embedded:
    """Return vectors around the centres of categories, and questions near to their papers."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(CATEGORIES, DIMENSION)) * (judged.categories.max() >= 0)
    own = random.normal(size=(judged.papers.height, DIMENSION))
    vectors = unit(centres[judged.categories] + noise * own)
    questions = {
        task: unit(vectors[asked.rows] + 0.05 * noise * random.normal(size=(len(asked.rows), DIMENSION)))
        for task, asked in judged.questions.items()
    }
    return Embedded(name, name, vectors, questions if asks else None, NO_COST)


def unit(vectors: np.ndarray) -> Vectors:
    """Return vectors of unit length, float32."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
