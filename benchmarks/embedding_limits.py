"""Compare token limits for clustering and search: 128, 256, 512 tokens, and the mean of chunks.

Needs PAPERLAKE_REAL_DATA (the balanced arXiv sample: 60 primary categories, the same number of papers each)
and the openvino extra. Measures, for vectors of each limit: the share of nearest neighbours in the same
primary category; the agreement of k-means with the categories; the rank of a paper when its title (against
abstracts alone) or its last sentence (against whole texts) is the query.

    python benchmarks/embedding_limits.py [papers per category, default 40]
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

from paperlake.dumps.stage import parse_file
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.local import load_tokenizer
from paperlake.embedding.kinds.model_folder import open_model_folder
from paperlake.embedding.text import text_to_embed
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

SAMPLE = "dumps/arxiv/arxiv_snapshot_balanced.jsonl.gz"
CACHE = Path("data_lake")  # where the converted model is kept
CHUNK_TOKENS = 254  # 256 with the two that BERT adds
LIMITS = (128, 256, 512)
NEIGHBOURS = 10
SEEDS = (0, 1, 2)


def main() -> None:
    """Embed the sample with each limit and print one line per limit."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    papers = load(wanted)
    whole = [
        text_to_embed(title, abstract)
        for title, abstract in zip(papers["title"], papers["abstract"], strict=True)
    ]
    ends = [last_sentence(abstract) for abstract in papers["abstract"]]
    tokens = token_counts(whole)
    print(
        f"{len(whole)} papers, {papers['category'].n_unique()} categories; tokens: "
        f"median {np.median(tokens):.0f}, longest {tokens.max()}"
    )
    print("longer than " + ", ".join(f"{limit}: {np.mean(tokens > limit):.1%}" for limit in LIMITS))
    results = []
    for name in (*map(str, LIMITS), "chunks"):
        vectors = embed(whole, name)
        scores = measure(vectors, embed(papers["abstract"].to_list(), name), papers, ends)
        results.append({"limit": name, **{key: round(value, 4) for key, value in scores.items()}})
        print(json.dumps(results[-1]), flush=True)


def load(wanted: int) -> pl.DataFrame:
    """Return `wanted` papers of each primary category, with titles and abstracts."""
    folder = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
    _, entries, _ = parse_file(folder / SAMPLE, Settings())
    return (
        entries.drop_nulls(["abstract", "categories"])
        .with_columns(category=pl.col("categories").list.first())
        .sort("entry_id")
        .group_by("category", maintain_order=True)
        .head(wanted)
    )


def last_sentence(text: str) -> str:
    """Return the last sentence of an abstract that has at least 40 characters."""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", text) if len(part) >= 40]
    return sentences[-1] if sentences else text[-200:]


def token_counts(texts: list[str]) -> np.ndarray:
    """Return the number of tokens of each text, without truncation."""
    tokenizer = load_tokenizer(open_model_folder("bundled", 512))
    tokenizer.no_truncation()
    return np.array([len(encoding.ids) for encoding in tokenizer.encode_batch(texts)])


def embed(texts: list[str], limit: str) -> Vectors:
    """Return the vectors of the bundled model with a limit."""
    limit_tokens = 256 if limit == "chunks" else int(limit)
    embedder = make_embedder(Settings(embedder="openvino", embedder_max_tokens=limit_tokens, lake=CACHE))
    if limit != "chunks":
        return embedder.embed(texts)[0]
    tokenizer = load_tokenizer(open_model_folder("bundled", 512))
    tokenizer.no_truncation()
    chunks, owners, weights = [], [], []
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    for owner, (text, encoding) in enumerate(zip(texts, encodings, strict=True)):
        offsets = encoding.offsets or [(0, len(text))]
        for start in range(0, len(offsets), CHUNK_TOKENS):
            piece = offsets[start : start + CHUNK_TOKENS]
            chunks.append(text[piece[0][0] : piece[-1][1]])
            owners.append(owner)
            weights.append(len(piece))
    summed = np.zeros((len(texts), embedder.dimension), np.float32)
    vectors, _ = embedder.embed(chunks)
    np.add.at(summed, owners, vectors * np.array(weights, np.float32)[:, None])
    return summed / np.linalg.norm(summed, axis=1, keepdims=True)


def measure(vectors: Vectors, abstracts: Vectors, papers: pl.DataFrame, ends: list[str]) -> dict[str, float]:
    """Return the scores of one set of vectors; higher is better."""
    labels = papers["category"].to_numpy()
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -2)
    nearest = np.argsort(-similarity, axis=1)[:, :NEIGHBOURS]
    clusters = [KMeans(len(set(labels)), n_init=3, random_state=seed).fit_predict(vectors) for seed in SEEDS]
    queries = make_embedder(Settings(embedder="openvino", lake=CACHE))
    titles, _ = queries.embed(papers["title"].to_list())
    last_sentences, _ = queries.embed(ends)
    return {
        "neighbours_of_same_category": float((labels[nearest] == labels[:, None]).mean()),
        "kmeans_nmi": float(np.mean([normalized_mutual_info_score(labels, found) for found in clusters])),
        "title_finds_abstract_mrr": reciprocal_rank(titles, abstracts),
        "last_sentence_finds_paper_mrr": reciprocal_rank(last_sentences, vectors),
    }


def reciprocal_rank(queries: Vectors, documents: Vectors) -> float:
    """Return the mean of 1 / rank of document i for query i."""
    scores = queries @ documents.T
    ranks = (scores > np.diagonal(scores)[:, None]).sum(axis=1) + 1
    return float((1.0 / ranks).mean())


if __name__ == "__main__":
    main()
