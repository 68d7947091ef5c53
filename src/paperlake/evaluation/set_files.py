"""Write the questions of a comparison as files for other programs, in the layout of BEIR.

BEIR's and MTEB's loaders read `corpus.jsonl`, `queries.jsonl` and `qrels/TASK.tsv` (Thakur et al. 2021);
labels are in `categories.jsonl`, and `set.json` says what each task is and how many there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from paperlake import __version__
from paperlake.errors import UsageError
from paperlake.evaluation.judged_papers import JudgedPapers
from paperlake.lake.files import write_bytes

TASKS = {
    "titles": "The query is a title; the answer is the paper. The title is part of the paper's text.",
    "first_sentences": "The query is the first sentence of an abstract; the answer is the paper.",
    "other_texts": "The query is another text of the paper, merged into it by deduplication.",
    "common_author": "The query is a paper; relevant are papers by an author of the same family name and "
    "initials, unless more than 20 papers have that name.",
    "common_keyword": "The query is a paper; relevant are papers that share a keyword.",
}
MAX_RELEVANT = 100  # papers for one query: a common keyword has too many to write


def write_set(judged: JudgedPapers, folder: Path, seed: int) -> dict[str, int]:
    """Write the papers, queries and judgements; return the number of judgements by task.

    Args:
        judged: The papers and what is known about them.
        folder: A new or empty folder.
        seed: Stated in `set.json`.

    Raises:
        UsageError: The folder is not empty, or no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder. Name a new one with --write-set.")
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    ids = judged.papers["paper_id"].to_list()
    columns = judged.papers.select("paper_id", "title", "abstract").iter_rows()
    _write_lines(
        folder / "corpus.jsonl",
        ({"_id": paper_id, "title": title, "text": abstract or ""} for paper_id, title, abstract in columns),
    )
    texts = dict(zip(ids, judged.papers["text"], strict=True))
    pairs = {task: list(_known_items(judged, task)) for task in judged.questions}
    for task, incidence in (("common_author", judged.authors), ("common_keyword", judged.keywords)):
        pairs[task] = list(_related(ids, incidence))
    _write_lines(folder / "queries.jsonl", _queries(judged, texts, pairs))
    for task, judgements in pairs.items():
        rows = "".join(f"{query}\t{paper}\t1\n" for query, paper in judgements)
        write_bytes(folder / "qrels" / f"{task}.tsv", f"query-id\tcorpus-id\tscore\n{rows}".encode())
    filed = np.flatnonzero(judged.categories >= 0).tolist()
    _write_lines(
        folder / "categories.jsonl",
        ({"_id": ids[row], "category": judged.category_names[judged.categories[row]]} for row in filed),
    )
    counts = {task: len(judgements) for task, judgements in pairs.items()}
    described = {
        "paperlake": __version__,
        "seed": seed,
        "papers": len(ids),
        "tasks": {task: {"description": TASKS[task], "judgements": count} for task, count in counts.items()},
        "papers_with_a_category": len(filed),
    }
    write_bytes(folder / "set.json", (json.dumps(described, indent=2) + "\n").encode())
    return counts


def _known_items(judged: JudgedPapers, task: str) -> Iterator[tuple[str, str]]:
    """Yield the id of each query of a task with the paper that is its answer."""
    for paper_id in judged.papers["paper_id"].gather(judged.questions[task].rows):
        yield f"{task}:{paper_id}", paper_id


def _related(ids: list[str], incidence: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # scipy is untyped
    """Yield pairs of papers that share a term, at most `MAX_RELEVANT` for each."""
    joint = (incidence @ incidence.T).tocsr()
    joint.sort_indices()
    for row, paper_id in enumerate(ids):
        columns = joint.indices[joint.indptr[row] : joint.indptr[row + 1]]
        for other in columns[columns != row][:MAX_RELEVANT].tolist():
            yield f"paper:{paper_id}", ids[other]


def _queries(
    judged: JudgedPapers, texts: dict[str, str], pairs: dict[str, list[tuple[str, str]]]
) -> Iterator[dict[str, Any]]:
    for task, asked in judged.questions.items():
        for (query, _), text in zip(pairs[task], asked.texts, strict=True):
            yield {"_id": query, "text": text, "metadata": {"task": task}}
    related = {query for task in ("common_author", "common_keyword") for query, _ in pairs[task]}
    for query in sorted(related):
        yield {"_id": query, "text": texts[query.removeprefix("paper:")], "metadata": {"task": "papers"}}


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    write_bytes(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
