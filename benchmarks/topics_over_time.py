"""Topics over time: what a user sees change when papers come, against finding topics from scratch each time.

Needs PAPERLAKE_REAL_DATA; vectors are those of `topics.py`, kept in data_lake/bench. Papers are added in a
fixed random order. "Kept" is the share of papers that kept their topic id.

    python benchmarks/topics_over_time.py DATA PART [papers, default all]

DATA is listing or balanced, PART one of these:

growth: one refit after 10 percent more papers. rounds: five of them, each time also a fit without any before.
between: new papers filed without a fit, and the drift of papers of known and of unknown fields.
sampled: a fit to a quarter and to a half of the papers that files the rest, against a fit to all.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import adjusted_mutual_info_score
from topic_methods import read_papers, texts_of, vectors_of
from topics import Scorer

from paperlake.settings import Settings
from paperlake.topics.continuity.assignment import file_papers
from paperlake.topics.continuity.drift import measure_drift
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.fit import FitSource, fit_model

GROWTH = 1.1
ROUNDS = 5
SAMPLE_PARTS = (4, 2)  # a quarter and a half of the papers are fitted
UNKNOWN_FIELDS = 12  # of the 60 categories of the balanced sample: all their papers are added after the fit
LEVELS = (1, 2)

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Data:
    """Papers in the order of paper_id, and the order in which they are added."""

    papers: pl.DataFrame
    vectors: npt.NDArray[np.float32]
    texts: list[str]
    coming: Rows

    def first(self, count: int) -> Rows:
        """Return the rows of the papers that are added first."""
        return np.sort(self.coming[:count])

    def fit(
        self,
        rows: Rows,
        previous: TopicModel | None = None,
        from_scratch: bool = False,
        lake_count: int | None = None,
    ) -> TopicModel:
        """A fit of some papers, or of a sample of `lake_count`."""
        source = FitSource(model_id="the same")
        papers, vectors = self.papers[rows], self.vectors[rows]
        return fit_model(papers, vectors, Settings(), previous, source, from_scratch, lake_count)

    def fields(self, rows: Rows) -> list[str]:
        """Return the first category of each paper."""
        return self.papers["categories"].list.first().fill_null("").gather(rows).to_list()


def main() -> None:
    parts = {"growth": growth, "rounds": rounds, "between": between, "sampled": sampled}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=("listing", "balanced"))
    parser.add_argument("part", choices=tuple(parts))
    parser.add_argument("papers", type=int, nargs="?", help="default all")
    options = parser.parse_args()
    name = options.name
    papers = read_papers(name)
    coming = np.random.default_rng(1).permutation(papers.height)[: options.papers]
    data = Data(papers, vectors_of(name, papers), texts_of(papers), coming)
    print(f"## {name}: {len(coming):,} papers")
    parts[options.part](data)


def growth(data: Data) -> None:
    """One refit after 10 percent more papers: warm start, from scratch, and the same papers again."""
    count = round(len(data.coming) / GROWTH)
    everything = data.first(len(data.coming))
    before = data.fit(data.first(count))
    print(f"\n### {count:,} papers, then {len(everything):,}\n")
    kept = "kept, topics | kept, subtopics | labels kept"
    print(f"| refit | topics | subtopics | {kept} | events | moved | AMI | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for refit, from_scratch in (("warm start", False), ("from scratch (`--refit`)", True)):
        started = time.perf_counter()
        after = data.fit(everything, before, from_scratch)
        seconds = f"{time.perf_counter() - started:.1f}"
        again = data.fit(everything, after)
        tell_change(refit, before, after, f"{agreement(data, everything, after)} | {seconds}")
        tell_change("the same papers again", after, again, f"{agreement(data, everything, again)} |")


def agreement(data: Data, rows: Rows, model: TopicModel) -> str:
    """Return the AMI of the subtopics against the first category of each paper; empty without categories."""
    fields = data.fields(rows)
    return f"{adjusted_mutual_info_score(fields, model.papers.subtopics.groups):.3f}" if any(fields) else ""


def tell_change(refit: str, before: TopicModel, after: TopicModel, rest: str) -> None:
    """One line: what was kept from one fit to the next."""
    kept = [f"{share_kept(before, after, level):.3f}" for level in LEVELS]
    labels = {topic.topic_id: topic.label for topic in (*before.topics, *before.subtopics)}
    lived = [topic for topic in (*after.topics, *after.subtopics) if topic.topic_id in labels]
    same = sum(labels[topic.topic_id] == topic.label for topic in lived)
    events = len(after.events) - len(before.events)
    then = dict(zip(before.papers.paper_ids, before.papers.places, strict=True))
    now = dict(zip(after.papers.paper_ids, after.papers.places, strict=True))
    moved = np.median([np.linalg.norm(now[paper] - place) for paper, place in then.items()])
    width = np.ptp(before.papers.places[:, 0])
    print(
        f"| {refit} | {len(after.topics)} | {len(after.subtopics)} | {kept[0]} | {kept[1]} | "
        f"{same} of {len(lived)} | {events} | {moved / width:.2%} | {rest} |",
        flush=True,
    )


def rounds(data: Data) -> None:
    """Measure five refits of 10 percent more papers each, against a fit without a previous one."""
    print(f"\n### {ROUNDS} rounds of 10 percent\n")
    print("| papers | subtopics | fresh | kept | since the first | AMI | fresh | NPMI | fresh |")
    print("|---|---|---|---|---|---|---|---|---|")
    first = model = TopicModel.empty()
    for left in range(ROUNDS, -1, -1):
        rows = data.first(round(len(data.coming) / GROWTH**left))
        before, model = model, data.fit(rows, model)
        fresh = data.fit(rows)
        first = first if first.fit_number else model
        kept = [share_kept(one, model, 2) if one.fit_number else 1.0 for one in (before, first)]
        scores = [score for fit in (model, fresh) for score in quality(data, rows, fit)]
        print(
            f"| {len(rows):,} | {len(model.subtopics)} | {len(fresh.subtopics)} | {kept[0]:.3f} | "
            f"{kept[1]:.3f} | {scores[0]:.3f} | {scores[2]:.3f} | {scores[1]:.3f} | {scores[3]:.3f} |",
            flush=True,
        )


def quality(data: Data, rows: Rows, model: TopicModel) -> tuple[float, float]:
    """Of the subtopics: AMI against the first category, and NPMI coherence."""
    labels = model.papers.subtopics.groups
    fields = data.fields(rows)
    npmi, _ = Scorer([data.texts[row] for row in rows], fields).coherence(labels)
    return float(adjusted_mutual_info_score(fields, labels)), npmi


def between(data: Data) -> None:
    """New papers assigned without a fit, and how far they have drifted from it."""
    fields = np.array(data.fields(np.arange(data.papers.height)))
    if not fields.astype(bool).any():
        return  # papers of a listing have no categories
    unknown = np.isin(fields, np.unique(fields)[-UNKNOWN_FIELDS:])
    known = data.coming[~unknown[data.coming]]
    fitted, later = np.sort(known[: round(len(known) / GROWTH)]), known[round(len(known) / GROWTH) :]
    strange = data.coming[unknown[data.coming]][: len(later)]
    model = data.fit(fitted)
    print(f"\n### Assigned between fits: {len(fitted):,} papers fitted, as many new ones of each kind\n")
    print("| new papers | assigned | as a refit would | outliers | less similar | drift | s |")
    print("|---|---|---|---|---|---|---|")
    for kind, new in (("of known fields", later), ("of fields never seen", strange)):
        rows = np.sort(np.concatenate([fitted, new]))
        started = time.perf_counter()
        filed = file_papers(model, data.papers["paper_id"].gather(rows).to_list(), data.vectors[rows])
        seconds = time.perf_counter() - started
        is_new = np.isin(rows, new)
        columns = {
            "paper_id": filed.paper_ids,
            "is_outlier": filed.is_outlier,
            "centrality": filed.subtopics.centrality,
        }
        drift = measure_drift(model, pl.DataFrame(columns))
        refit = data.fit(rows, model)
        ids = [
            np.array([fit.subtopics[number].topic_id for number in papers.subtopics.groups])
            for fit, papers in ((model, filed), (refit, refit.papers))
        ]
        alike = float((ids[0] == ids[1])[is_new].mean())
        print(
            f"| {kind} | {drift.new_count:,} | {alike:.3f} | "
            f"{filed.is_outlier[is_new].mean():.3f} | {drift.similarity_loss:.3f} | "
            f"{drift.degree:.2f} | {seconds:.1f} |",
            flush=True,
        )


def sampled(data: Data) -> None:
    """A fit to a part of the papers that files the rest, against a fit to all of them."""
    rows = data.first(len(data.coming))
    fields = data.fields(rows)
    started = time.perf_counter()
    full = data.fit(rows)
    seconds = time.perf_counter() - started
    print(f"\n### {len(rows):,} papers, of which some are fitted and the rest is filed\n")
    print(
        "| fitted | subtopics | AMI with the full fit | of those filed | AMI with categories | outliers | s |"
    )
    print("|---|---|---|---|---|---|---|")
    labels = full.papers.subtopics.groups
    outliers = full.papers.is_outlier.mean()
    print(
        f"| all | {len(full.subtopics)} | | | {_ami(fields, labels)} | {outliers:.3f} | {seconds:.1f} |",
        flush=True,
    )
    for part in SAMPLE_PARTS:
        count = len(rows) // part
        started = time.perf_counter()
        model = data.fit(rows[:count], lake_count=len(rows))
        filed = file_papers(model, data.papers["paper_id"].gather(rows).to_list(), data.vectors[rows])
        seconds = time.perf_counter() - started
        found = filed.subtopics.groups
        print(
            f"| {count:,} | {len(model.subtopics)} | {_ami(labels, found)} | "
            f"{_ami(labels[count:], found[count:])} | {_ami(fields, found)} | "
            f"{filed.is_outlier.mean():.3f} | {seconds:.1f} |",
            flush=True,
        )


def _ami(one: object, other: object) -> str:
    return f"{adjusted_mutual_info_score(one, other):.3f}"


def share_kept(before: TopicModel, after: TopicModel, level: int) -> float:
    """Return the share of the papers of both fits that kept their topic id."""
    then, now = (topic_ids(model, level) for model in (before, after))
    return float(np.mean([now[paper] == topic for paper, topic in then.items() if paper in now]))


def topic_ids(model: TopicModel, level: int) -> dict[str, str]:
    """The topic of each paper."""
    topics, papers = model.levels[level - 1], model.papers.levels[level - 1]
    numbers = papers.groups.tolist()
    return {
        paper: topics[number].topic_id for paper, number in zip(model.papers.paper_ids, numbers, strict=True)
    }


if __name__ == "__main__":
    main()
