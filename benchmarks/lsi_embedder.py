"""Vectors by latent semantic indexing, for benchmarks of large lakes: some 0.1 ms of a text, no model needed.

The words of a text, weighted by how rare they are, are projected on the leading singular vectors of the
samples of arXiv (Deerwester et al., JASIS 1990). Papers of a field lie near each other, as with the vectors
of a language model and unlike those of hashed words. Needs `PAPERLAKE_REAL_DATA`; the projection is computed
once, in ten seconds, and kept in a file. `lsi_command.py` is the command with these vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from paperlake.embedding.protocol import EmbeddingFacts, Role, ignore_advance
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

if TYPE_CHECKING:
    from scipy import sparse

PROJECTION = Path(__file__).parents[1] / "data_lake/bench/lsi.npz"
DIMENSION = 100
WORD = r"[\p{L}\p{N}]{4,}"
MIN_PAPERS = 3  # of a word
BLOCK_TEXTS = 20_000


class LsiEmbedder:
    """Projects the words of a text; see `Embedder`."""

    kind = "hashing"
    model_id = f"lsi-{DIMENSION}"
    dimension = DIMENSION
    max_tokens = 8192

    def embed(
        self,
        texts: Sequence[str],
        advance: Advance = ignore_advance,
        role: Role = "paper",  # noqa: ARG002
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`."""
        words, projection = _read_projection()
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BLOCK_TEXTS):
            block = texts[start : start + BLOCK_TEXTS]
            vectors[start : start + len(block)] = _weighted(block, words) @ projection
            advance(len(block))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[lengths[:, 0] == 0, 0] = 1.0
        vectors /= np.where(lengths == 0, 1.0, lengths)
        facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=0,
            padded_token_count=0,
            device="cpu",
            dtype="float32",
            library="scipy",
        )
        return vectors, facts


def _weighted(texts: Sequence[str], words: pl.DataFrame) -> sparse.csr_matrix:
    """Return the weights of the words of each text, (texts, words)."""
    counted = _counted(pl.Series(texts)).join(words, on="word")
    values = (counted["count"].sqrt() * counted["weight"]).cast(pl.Float32)
    at = (counted["text"].to_numpy(), counted["number"].to_numpy())
    from scipy import sparse  # noqa: PLC0415  # takes half a second

    return sparse.csr_matrix((values.to_numpy(), at), shape=(len(texts), words.height))


def _counted(texts: pl.Series) -> pl.DataFrame:
    frame = texts.str.to_lowercase().str.extract_all(WORD).alias("word").to_frame().with_row_index("text")
    return frame.explode("word").drop_nulls().group_by("text", "word").agg(pl.len().alias("count"))


def make_lsi_embedder(settings: Settings) -> LsiEmbedder:  # noqa: ARG001  # it has no settings
    """Construct the embedder, which reads the projection when it is first needed."""
    return LsiEmbedder()


@cache
def _read_projection() -> tuple[pl.DataFrame, Vectors]:
    """Read the words (word, number, weight) and their vectors, or compute and write them."""
    if not PROJECTION.exists():
        PROJECTION.parent.mkdir(parents=True, exist_ok=True)
        _compute(PROJECTION)
    with np.load(PROJECTION, allow_pickle=False) as arrays:
        words = pl.DataFrame({"word": arrays["words"], "weight": arrays["weights"]}).with_row_index("number")
        return words, arrays["projection"]


def _compute(file: Path) -> None:
    from dedup import SAMPLES, read_lines  # noqa: PLC0415  # takes seconds
    from scipy import sparse  # noqa: PLC0415
    from scipy.sparse.linalg import svds  # noqa: PLC0415

    texts = pl.concat([read_lines(path).select("title", "abstract") for path in SAMPLES])
    texts = texts.select(pl.concat_str("title", "abstract", separator=" ")).to_series()
    counted = _counted(texts)
    words = counted.group_by("word").agg(pl.len().alias("papers")).filter(pl.col("papers") >= MIN_PAPERS)
    words = words.sort("word").with_row_index("number")
    words = words.with_columns((len(texts) / pl.col("papers")).log().alias("weight"))
    weighted = _weighted(texts.to_list(), words)
    weighted = sparse.diags(1 / np.maximum(sparse.linalg.norm(weighted, axis=1), 1e-9)) @ weighted
    _left, _values, right = svds(weighted.astype(np.float32), k=DIMENSION, random_state=0)
    names, weights = words["word"].to_numpy().astype(str), words["weight"].to_numpy()
    np.savez(file, words=names, weights=weights, projection=right.T.copy())
