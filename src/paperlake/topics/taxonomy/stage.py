"""The taxonomy stage: file papers under the labels of `curated/taxonomy.yaml`, beside their topics.

Only partitions that changed are filed, unless the labels, their examples or the model have changed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl

from paperlake.catalogue.files import TAXONOMY_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.partitioning import batches
from paperlake.catalogue.topic_tables import PAPER_LABELS
from paperlake.embedding.stage import current_model
from paperlake.lake.files import hash_bytes
from paperlake.lake.manifest import Facts
from paperlake.stages.run import StageRun
from paperlake.stages.stage import RunContext, Stage
from paperlake.topics.taxonomy.classifier import Classifier, fit_classifier, label_texts
from paperlake.topics.taxonomy.definition import TaxonomyLabel, as_json, read_taxonomy
from paperlake.vectors.arrays import Ints, Vectors

MAX_BATCH_PAPERS = 32_768  # whose vectors are in memory at a time
MAX_SHOWN_IDS = 5  # ids named in a message


def _labels(context: RunContext) -> list[dict[str, object]]:
    """Return the labels, in an order of their own.

    Raises:
        UsageError: `curated/taxonomy.yaml` is malformed; the message says where.
    """
    return as_json(read_taxonomy(context.lake.taxonomy))


def _build(run: StageRun) -> Facts:
    labels = read_taxonomy(run.lake.taxonomy)
    if not labels:
        run.write(PAPER_LABELS, PAPER_LABELS.empty())
        run.write_file(TAXONOMY_MODEL, b"{}")
        return {"taxonomy_labels": 0}
    before = _previous(run)
    texts = _text_vectors(run, labels, before)
    examples, numbers, missing = _examples(run, labels)
    classifier = fit_classifier(examples, numbers, np.array(texts, dtype=np.float32))
    names = [label.name for label in labels]
    key = hash_bytes(
        json.dumps([names, classifier.curve, classifier.limit]).encode()
        + classifier.centers.tobytes()
        + classifier.mean.tobytes()
    )
    changed = run.changed_partitions(EMBEDDINGS) if before.get("key") == key else None
    rows = run.row_counts(PAPERS)
    run.begin(PAPER_LABELS, changed)
    to_file = {name: count for name, count in rows.items() if changed is None or name in changed}
    with run.progress.task("Filing under labels", sum(to_file.values()), "papers") as advance:
        for partitions in batches(to_file, MAX_BATCH_PAPERS):
            vectors = run.read_partitions(EMBEDDINGS, partitions).select("paper_id", "embedding")
            run.add(PAPER_LABELS, _rows(classifier, names, vectors.sort("paper_id")))
            advance(vectors.height)
    model = {"key": key, "model_id": current_model(run.lake).model_id, "texts": _by_text(labels, texts)}
    run.write_file(TAXONOMY_MODEL, json.dumps(model, sort_keys=True).encode())
    return _facts(run, labels, missing)


def _rows(classifier: Classifier, names: list[str], vectors: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of paper_labels of some papers."""
    filed = classifier.file(vectors["embedding"].to_numpy())
    nearest = [names[number] for number in filed.nearest.tolist()]
    label = [None if none else name for name, none in zip(nearest, filed.is_none.tolist(), strict=True)]
    return pl.DataFrame(
        {
            "paper_id": vectors["paper_id"],
            "label": pl.Series(label, dtype=pl.String),
            "score": filed.score,
            "nearest_label": nearest,
        },
        schema=PAPER_LABELS.dtypes,
    )


def _previous(run: StageRun) -> dict[str, Any]:
    """Return what the last commit left; nothing where it is lost."""
    path = run.previous_file(TAXONOMY_MODEL)
    try:
        found = json.loads(path.read_bytes()) if path else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text_vectors(run: StageRun, labels: list[TaxonomyLabel], before: dict[str, Any]) -> list[list[float]]:
    """Return the vector of each label's text; only texts that are new are embedded."""
    is_same = before.get("model_id") == current_model(run.lake).model_id
    known: dict[str, list[float]] = before.get("texts", {}) if is_same and not run.context.rebuild else {}
    texts = _texts(labels)
    new = [text for text in texts if text not in known]
    if new:
        vectors, _ = run.context.make_embedder().embed(new)
        known |= dict(zip(new, np.asarray(vectors, dtype=np.float64).round(7).tolist(), strict=True))
    return [known[text] for text in texts]


def _texts(labels: list[TaxonomyLabel]) -> list[str]:
    return label_texts([label.name for label in labels], [label.description for label in labels])


def _by_text(labels: list[TaxonomyLabel], vectors: list[list[float]]) -> dict[str, list[float]]:
    return dict(zip(_texts(labels), vectors, strict=True))


def _examples(run: StageRun, labels: list[TaxonomyLabel]) -> tuple[Vectors, Ints, dict[str, list[str]]]:
    """Return vectors and labels of the example papers, and those that are not in the lake, by label."""
    named = {one for label in labels for one in label.examples}
    ids: dict[str, str] = {}
    vectors: dict[str, list[float]] = {}
    for names in batches(run.row_counts(PAPERS), MAX_BATCH_PAPERS):
        papers = run.read_columns(PAPERS, ["paper_id", "arxiv_id"], names)
        papers = papers.filter(pl.col("paper_id").is_in(named) | pl.col("arxiv_id").is_in(named))
        if papers.height:
            found = run.read_partitions(EMBEDDINGS, names).select("paper_id", "embedding")
            vectors |= dict(found.join(papers, on="paper_id", how="semi").iter_rows())
            ids |= {key: row[0] for row in papers.sort("paper_id").iter_rows() for key in row if key in named}
    rows = [
        (number, vectors[ids[one]])
        for number, label in enumerate(labels)
        for one in label.examples
        if one in ids
    ]
    missing = {label.name: [one for one in label.examples if one not in ids] for label in labels}
    dimension = current_model(run.lake).dimension
    examples = np.array([vector for _, vector in rows], dtype=np.float32).reshape(-1, dimension)
    return examples, np.array([number for number, _ in rows], dtype=np.int64), missing


def _facts(run: StageRun, labels: list[TaxonomyLabel], missing: dict[str, list[str]]) -> Facts:
    """Return how many papers are of labels and of none, and which examples are not in the lake."""
    filed = run.read_columns(PAPER_LABELS, ["label"], list(run.row_counts(PAPER_LABELS)))["label"]
    facts: Facts = {"taxonomy_labels": len(labels), "labelled_papers": filed.len() - filed.null_count()}
    facts["papers_of_no_label"] = filed.null_count()
    told = [
        f"taxonomy.yaml, label {name!r}: no paper has the id {', '.join(ids[:MAX_SHOWN_IDS])}."
        for name, ids in missing.items()
        if ids
    ]
    return facts | ({"stale_taxonomy": " ".join(told)} if told else {})


TAXONOMY_STAGE = Stage(
    name="taxonomy",
    description="File papers under the labels of curated/taxonomy.yaml, if there is one, or under none.",
    reads=(PAPERS, EMBEDDINGS),
    writes=(PAPER_LABELS, TAXONOMY_MODEL),
    version=1,
    build=_build,
    inputs=_labels,
    when_inputs_change="papers, vectors or curated/taxonomy.yaml have changed",
    libraries=("scikit-learn",),
    kinds=frozenset({"scikitlearn", "parquet"}),
)
