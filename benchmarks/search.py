"""Measure known-item search over all dumps of the real data: the rank of the wanted paper.

Needs PAPERLAKE_REAL_DATA. Builds a lake of all dumps and of the new texts of the version pairs in
data_lake/bench/search (its vectors stay there: the first time takes 15 minutes), and searches it with three
kinds of questions: old titles where the title changed, the first sentence of old abstracts, and sets of
keywords. Questions are halved by a hash. The weights of `ranking.py` are those of the greatest mean MRR
over the three kinds on the half `tune`, among the grid below; the half `test` is reported.

    python benchmarks/search.py [maximum questions per kind, default 1000]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.lake.files import write_bytes
from paperlake.search.query import parse_query
from paperlake.search.ranking import MEANING_WEIGHT, ORDER_WEIGHT, best, fuse
from paperlake.search.retrieval import MAX_REORDERED, Hits, pair_shares, retrieve
from paperlake.search.searcher import Searcher
from paperlake.search_index.words import plain_text
from paperlake.settings import Settings
from paperlake.stages.runner import run_stages
from paperlake.warehouse.reading import query
from paperlake.warehouse.stage import WAREHOUSE_STAGE

REAL_DATA = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
BENCH_LAKE = Path("data_lake/bench/search")
EMBEDDER = os.environ.get("BENCH_EMBEDDER", "openvino")
RRF_CONSTANT = 60  # Cormack, Clarke and Buettcher, SIGIR 2009
MAX_RANK = 100  # ranks beyond count 0 for the mean reciprocal rank
MEANING_WEIGHTS = [step / 10 for step in range(1, 10)]
ORDER_WEIGHTS = [step / 10 for step in range(8)]
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """A text, and the arXiv id of the wanted paper."""

    kind: str
    text: str
    arxiv_id: str


@dataclass(frozen=True)
class Answer:
    """The candidates of one question, with every score."""

    question: Question
    hits: Hits
    pair_shares: Scores
    """For each candidate, the share of the pairs of adjacent words of the question that it contains."""
    meant: int
    """Number of the wanted paper."""

    @property
    def half(self) -> str:
        """`tune` or `test`."""
        return "test" if zlib.crc32(self.question.text.encode()) % 2 else "tune"


def main() -> None:
    """Choose the weights on one half; print recall at 1 and 10 and MRR of each ranking on both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("most", type=int, nargs="?", default=1000, help="maximum questions per kind")
    most = parser.parse_args().most
    lake, settings = make_lake()
    numbers = paper_numbers(lake)
    answers = []
    with Searcher(lake, settings) as searcher:
        for questions in grouped(questions_of(REAL_DATA)).values():
            asked = questions[:: -(-len(questions) // most)]
            answers += [answer(searcher, question, numbers[question.arxiv_id]) for question in asked]
    report_weights([answer for answer in answers if answer.half == "tune"])
    for half in ("tune", "test"):
        report(half, [answer for answer in answers if answer.half == half])


def make_lake() -> tuple[Lake, Settings]:
    """Return the lake of all dumps, brought up to date; embedded with OpenVINO if it is installed."""
    lake = Lake.open(BENCH_LAKE)
    copy_dumps(lake)
    settings = Settings(lake=lake.root, embedder=EMBEDDER)
    with lake.lock("benchmarks/search.py"):
        run_stages(stage_list.PIPELINE, stage_list.run_context(lake, settings), WAREHOUSE_STAGE.name)
    return lake, settings


def copy_dumps(lake: Lake) -> None:
    """Copy all dumps, and write the new texts of the version pairs as one more arXiv snapshot."""
    for dump in sorted((REAL_DATA / "dumps").rglob("*")):
        target = lake.raw / dump.relative_to(REAL_DATA / "dumps")
        if dump.is_file() and not target.exists():
            write_bytes(target, dump.read_bytes())
    target = lake.raw / "arxiv/version_pairs_new.jsonl"
    if not target.exists():
        lines = [
            json.dumps(
                {
                    "id": pair["arxiv_id"], "submitter": None, "authors": None, "title": pair["title_new"],
                    "comments": None, "journal-ref": None, "doi": None, "categories": pair["primary_cat"],
                    "abstract": pair["abstract_new"], "update_date": pair["updated_new"],
                }
            )
            for pair in lines_of(REAL_DATA / "pairs/version_pairs.jsonl.gz")
        ]  # fmt: skip
        write_bytes(target, ("\n".join(lines) + "\n").encode())


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of compressed JSON lines."""
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def questions_of(real_data: Path) -> Iterator[Question]:
    """Return all questions; papers whose other version is in a dump are left out."""
    snapshot = lines_of(real_data / "dumps/arxiv/arxiv_snapshot_balanced.jsonl.gz")
    listed = {paper["id"] for paper in snapshot}
    for pair in lines_of(real_data / "pairs/version_pairs.jsonl.gz"):
        if pair["arxiv_id"] in listed:
            continue
        if plain_text(pair["title_old"]) != plain_text(pair["title_new"]):
            yield Question("old title", pair["title_old"], pair["arxiv_id"])
        if pair["abstract_changed"]:
            sentence = _SENTENCE_END.split(" ".join(pair["abstract_old"].split()))[0]
            yield Question("old first sentence", sentence, pair["arxiv_id"])
    for path in sorted((real_data / "dumps/daily_api").glob("*.json")):
        answer = json.loads(path.read_text())
        for item in answer if isinstance(answer, list) else []:
            paper = item.get("paper", item) if isinstance(item, dict) else {}
            if paper.get("ai_keywords"):
                yield Question("keywords", " ".join(paper["ai_keywords"]), paper["id"])


def grouped(questions: Iterator[Question]) -> dict[str, list[Question]]:
    """Return the questions by kind."""
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.kind, []).append(question)
    return groups


def paper_numbers(lake: Lake) -> dict[str, int]:
    """Return the number in the index of the paper of each arXiv id."""
    sql = (
        "SELECT entries.arxiv_id, paper_number FROM entries JOIN paper_sources USING (dump_id, entry_number) "
        "JOIN search.documents USING (paper_id) WHERE arxiv_id IS NOT NULL"
    )
    return {str(arxiv_id): int(number) for arxiv_id, number in query(lake, sql)[1]}


def answer(searcher: Searcher, question: Question, meant: int) -> Answer:
    """Return the candidates for a text, without interpreting quoted phrases or identifiers."""
    asked = replace(parse_query(question.text), phrases=(), identifier=None)
    hits = retrieve(searcher.index, searcher.embedder, asked, "both", None)
    return Answer(question, hits, pair_shares(searcher.index, asked, hits.numbers), meant)


def hybrid(answer: Answer, meaning_weight: float, order_weight: float) -> Scores:
    """Return the scores of `Hits.scores` with other weights."""
    cosines, words = scores_of(answer)
    fused = fuse(cosines, words, meaning_weight)
    first = best(fused, MAX_REORDERED, answer.hits.numbers.astype(np.uint64))
    fused[first] += order_weight * answer.pair_shares[first]
    return fused


def scores_of(answer: Answer) -> tuple[Scores, Scores]:
    """Return the scores by meaning and by words."""
    if answer.hits.cosines is None or answer.hits.word_scores is None:
        raise SystemExit(f"The bundled model is not at hand: {answer.hits.notices}")
    return answer.hits.cosines, answer.hits.word_scores


def ways(answer: Answer) -> dict[str, Scores]:
    """Return the scores of the same candidates by each ranking."""
    cosines, words = scores_of(answer)
    reciprocal = 1 / (RRF_CONSTANT + places(cosines)) + (words > 0) / (RRF_CONSTANT + places(words))
    return {
        "meaning": cosines,
        "words": words,
        "both by rank (RRF)": reciprocal,
        "both by score": fuse(cosines, words),
        "both, and order of words": answer.hits.scores(),
    }


def places(scores: Scores) -> npt.NDArray[np.int64]:
    """Return the ranks of scores; 1 for the greatest."""
    return np.searchsorted(np.sort(-scores), -scores) + 1


def rank_of(answer: Answer, scores: Scores) -> int:
    """Return the rank of the wanted paper; beyond every depth if it is no candidate."""
    numbers = answer.hits.numbers
    at = np.flatnonzero(numbers == answer.meant)
    if not len(at) or scores[at[0]] <= 0:
        return MAX_RANK * MAX_RANK
    own = scores[at[0]]
    return 1 + int((scores > own).sum() + ((scores == own) & (numbers < answer.meant)).sum())


def reciprocal_rank(ranks: npt.NDArray[np.int64]) -> float:
    """Return the mean reciprocal rank."""
    return float(np.where(ranks <= MAX_RANK, 1 / ranks, 0).mean())


def mean_over_kinds(answers: list[Answer], meaning_weight: float, order_weight: float) -> float:
    """Return the MRR of both rankings together, averaged over the kinds of questions."""
    ranks: dict[str, list[int]] = {}
    for one in answers:
        rank = rank_of(one, hybrid(one, meaning_weight, order_weight))
        ranks.setdefault(one.question.kind, []).append(rank)
    return float(np.mean([reciprocal_rank(np.array(found)) for found in ranks.values()]))


def report_weights(answers: list[Answer]) -> None:
    """Print the MRR of each pair of weights, and the pair that `ranking.py` should have."""
    grid = {(m, o): mean_over_kinds(answers, m, o) for m in MEANING_WEIGHTS for o in ORDER_WEIGHTS}
    print(f"MRR on the half `tune`, mean over the kinds, {len(answers)} questions\n")
    print("| meaning \\ order | " + " | ".join(map(str, ORDER_WEIGHTS)) + " |")
    print("|---" * (len(ORDER_WEIGHTS) + 1) + "|")
    for meaning in MEANING_WEIGHTS:
        print(f"| {meaning} | " + " | ".join(f"{grid[meaning, order]:.4f}" for order in ORDER_WEIGHTS) + " |")
    chosen = max(grid, key=lambda pair: (round(grid[pair], 4), -pair[1], -pair[0]))
    print(f"\nbest: {chosen}; in use: {(MEANING_WEIGHT, ORDER_WEIGHT)}")


def report(half: str, answers: list[Answer]) -> None:
    """Print recalls and MRR of each ranking as a Markdown table."""
    ranks: dict[tuple[str, str], list[int]] = {}
    for one in answers:
        for way, scores in ways(one).items():
            ranks.setdefault((one.question.kind, way), []).append(rank_of(one, scores))
    print(f"\n{half}\n\n| question | way | count | R@1 | R@10 | MRR |\n|---|---|---|---|---|---|")
    for (kind, way), found in ranks.items():
        rank = np.array(found)
        recalls = " | ".join(f"{(rank <= depth).mean():.4f}" for depth in (1, 10))
        print(f"| {kind} | {way} | {len(rank)} | {recalls} | {reciprocal_rank(rank):.4f} |")


if __name__ == "__main__":
    main()
