"""Compare precision and recall of deduplication with alternatives, on true pairs among 36,876 arXiv papers.

Needs `pairs/` and `dumps/arxiv/` of the real data (`PAPERLAKE_REAL_DATA`) and datasketch. Truth is equality
of arXiv id; every method uses title and abstract only, but for the curves that say so. The weights and the
threshold were fitted on one half of the pairs (`--fit` fits them again); the figures are of the other half.
"""

import argparse
import gzip
import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.deduplicate import deduplicate, read_texts
from paperlake.dedup.matching.authors import AUTHOR_COLUMNS, author_overlap
from paperlake.dedup.matching.features import (
    PASSES_OVERLAP_PREFILTER,
    add_text_features,
    add_title_similarity,
    overlap_features,
)
from paperlake.dedup.matching.model import SAME_THRESHOLD, WEIGHTS, author_features, score_pairs
from paperlake.dedup.text.normalize import matching_titles, title_key
from paperlake.dumps.identity import content_id, entry_ids
from paperlake.settings import Settings
from paperlake.text.names import split_names

REAL_DATA = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
SAMPLES = ("dumps/arxiv/arxiv_snapshot_sample.jsonl.gz", "dumps/arxiv/arxiv_snapshot_balanced.jsonl.gz")
TUNED_HALF, REPORTED_HALF = 0, 1
PRECISIONS = (0.999, 0.998, 0.995, 0.99, 0.98)
SHOWN_MISSES = 20
UNKNOWN_AUTHORS = [pl.lit(None, dtype).alias(name) for name, dtype in AUTHOR_COLUMNS.items()]

# One work with two arXiv ids: the same title or abstract, submitted twice. They count as wrong pairs in all
# figures except the last, the curve without them.
SAME_WORK = (
    ("1009.2204", "1009.2205"),  # MiBoard: one abstract word for word
    ("2508.11904", "2604.03941"),  # SafeCtrl: one system, one title but for a word
    ("1402.2144", "1402.2611"),  # self-adaptive software: nine words of ten of the abstract
    (
        "2508.14218",
        "2508.14958",
    ),  # graph networks for image classification: one method, one abstract reworded
)
# Read by hand: the wrong pairs above the threshold where authors are known. The first are one work, posted
# twice; the others are two works of the same authors.
ONE_WORK_OF_THE_SAME_AUTHORS = (
    ("1802.07865", "1907.07256"),  # super Mumford form: one result, submitted twice
    ("2604.16480", "2605.08213"),  # stereo vision for pine branches: one data set, one pipeline
)
TWO_WORKS_OF_THE_SAME_AUTHORS = (
    ("1805.09920", "1811.01928"),  # stress elements on simplicial and on quadrilateral grids
    ("1810.03130", "1812.00993"),  # filters of attitude and of pose
    ("1807.06983", "1808.02795"),  # two models of the statistics of many-body localization
    ("1111.3041", "1211.3666"),  # one channel and many channels
    ("1601.05380", "1709.03132"),  # tensor square and tensor product
    ("1604.00851", "1607.03452"),  # ergodic theorems in symmetric spaces and in von Neumann algebras
)
PERMUTATIONS = 128
TITLE_BLOCK = 1000  # titles compared with all others at once


def read_lines(path: str) -> pl.DataFrame:
    return pl.read_ndjson(gzip.open(REAL_DATA / path).read(), infer_schema_length=None)


def mixed_texts() -> pl.DataFrame:
    """Read samples, version pairs and cross-source pairs as texts: arxiv_id, title, abstract, origin."""
    frames = [
        read_lines(path).select(arxiv_id="id", title="title", abstract="abstract", origin=pl.lit("sea"))
        for path in SAMPLES
    ]
    for path, ends, origin in (
        ("pairs/version_pairs.jsonl.gz", ("old", "new"), "version"),
        ("pairs/cross_source_pairs.jsonl.gz", ("hf", "arxiv"), "cross_source"),
    ):
        pairs = read_lines(path)
        frames += [
            pairs.select("arxiv_id", title=f"title_{end}", abstract=f"abstract_{end}", origin=pl.lit(origin))
            for end in ends
        ]
    folded = [pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars() for name in ("title", "abstract")]
    texts = pl.concat(frames).with_columns(folded)
    ids = entry_ids(texts["title"], texts["abstract"])
    return texts.with_columns(entry_id=pl.Series(ids)).unique(["arxiv_id", "entry_id"], maintain_order=True)


@dataclass
class Truth:
    """The texts and the true pairs among them; one row per text, in the order of entry_id."""

    texts: pl.DataFrame
    arxiv_id: np.ndarray
    half: np.ndarray
    pairs: np.ndarray
    """True pairs as first * count + second."""
    version: np.ndarray
    """Which of them are version pairs."""

    @classmethod
    def of(cls, texts: pl.DataFrame) -> "Truth":
        """Order the texts and list the true pairs."""
        texts = texts.sort("entry_id", "arxiv_id").with_row_index("row")
        rows = texts.select("row", "arxiv_id", "origin")
        both = rows.join(rows, on="arxiv_id").filter(pl.col("row") < pl.col("row_right"))
        ids = texts["arxiv_id"].to_numpy()
        half = np.array([hashlib.sha256(name.encode()).digest()[0] & 1 for name in ids])
        codes = both["row"].to_numpy().astype(np.int64) * texts.height + both["row_right"].to_numpy()
        version = ((both["origin"] == "version") | (both["origin_right"] == "version")).to_numpy()
        return cls(texts, ids, half, codes, version)

    def is_true(self, codes: np.ndarray) -> np.ndarray:
        """Return whether the two texts of each pair are the same paper."""
        count = self.texts.height
        return self.arxiv_id[codes // count] == self.arxiv_id[codes % count]

    def half_of(self, codes: np.ndarray) -> np.ndarray:
        """Return the half of each pair, by its smaller arXiv id, so that both halves have wrong pairs."""
        first, second = codes // self.texts.height, codes % self.texts.height
        lesser = np.where(self.arxiv_id[first] <= self.arxiv_id[second], first, second)
        return self.half[lesser]


def measure(truth: Truth, codes: np.ndarray, half: int | None) -> tuple[float, float, float, float]:
    """Precision, recall, F1 and recall on version pairs."""
    wanted, version = truth.pairs, truth.version
    if half is not None:
        codes = codes[truth.half_of(codes) == half]
        chosen = truth.half_of(wanted) == half
        wanted, version = wanted[chosen], version[chosen]
    right = int(truth.is_true(codes).sum())
    precision, recall = right / max(len(codes), 1), right / len(wanted)
    found = np.isin(wanted[version], codes).mean()
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), float(found)


def curve(truth: Truth, codes: np.ndarray, scores: np.ndarray, half: int) -> list[tuple[float, float, float]]:
    """Return for each of `PRECISIONS` the greatest recall at that precision, and the score that gives it."""
    chosen = truth.half_of(codes) == half
    codes, scores = codes[chosen], scores[chosen]
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(truth.is_true(codes[order]))
    precision = right / np.arange(1, len(order) + 1)
    wanted = int((truth.half_of(truth.pairs) == half).sum())
    rows = []
    for least in PRECISIONS:
        reached = np.flatnonzero(precision >= least)
        if len(reached):
            rows.append((least, right[reached[-1]] / wanted, float(scores[order][reached[-1]])))
    return rows


def as_entries(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one dump that lists every text, with identifiers masked unless there is a column work."""
    dump = content_id(hashlib.sha256(b"benchmark").hexdigest())
    shown = ("authors", "arxiv_id", "doi") if "work" in texts.columns else ("authors",)
    given = [name for name in shown if name in texts.columns]
    entries = texts.select(
        "entry_id", "title", "abstract", *given,
        dump_id=pl.lit(dump),
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        year_inferred=pl.lit(False),
    )  # fmt: skip
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in ENTRIES.dtypes.items()
        if name not in entries.columns
    ]
    dumps = DUMPS.frame([{"dump_id": dump, "path": "benchmark", "sha256": "0" * 64}])
    return entries.with_columns(missing).select(*ENTRIES.dtypes), dumps


def pairs_of_groups(rows: pl.DataFrame, group: str, count: int) -> np.ndarray:
    """Return all pairs of rows of one group, as numbers."""
    both = rows.join(rows, on=group).filter(pl.col("row") < pl.col("row_right"))
    return both["row"].to_numpy().astype(np.int64) * count + both["row_right"].to_numpy()


def ours(truth: Truth) -> np.ndarray:
    entries, dumps = as_entries(truth.texts)
    found = deduplicate(entries, dumps, Settings()).decided.sources.sort("entry_number")
    rows = truth.texts.select("row").with_columns(paper=found["paper_id"])
    return pairs_of_groups(rows, "paper", truth.texts.height)


def authors_of(truth: Truth) -> list[list[str] | None]:
    """Return the authors of each text by its arXiv id, from the samples and the lists of the pairs."""
    known: dict[str, str] = {}
    for path, column in (
        *((path, "id") for path in SAMPLES),
        ("pairs/version_authors.jsonl.gz", "arxiv_id"),
        ("pairs/cross_source_pairs.jsonl.gz", "arxiv_id"),
    ):
        frame = read_lines(path)
        name = "authors" if "authors" in frame.columns else "authors_arxiv"
        known = dict(frame.select(column, name).iter_rows()) | known
    return [split_names(known.get(arxiv_id)) for arxiv_id in truth.arxiv_id]


def damaged_names(names: list[str] | None, random: Random) -> list[str] | None:
    """Return a list of authors as another source might have it: cut, without a name, or with one misspelt."""
    if names is None:
        return None
    chance = random.random()
    if chance < 0.10:
        return names[:3]
    if chance < 0.18:
        return names[:1]
    damaged, place = list(names), random.randrange(len(names))
    if chance < 0.28 and len(names) > 2:
        del damaged[max(place, 1)]
    elif 0.28 <= chance < 0.33:
        damaged[place] += "x"
    return damaged


def author_columns(truth: Truth, codes: np.ndarray, *, damage: bool) -> pl.DataFrame:
    """Return the overlap of the authors of each pair, as they are or with every list damaged."""
    names, random = authors_of(truth), Random(5)
    if damage:
        names = [damaged_names(of, random) for of in names]
    first, second = codes // truth.texts.height, codes % truth.texts.height
    return author_overlap(pl.Series(names, dtype=pl.List(pl.String)), pl.Series(first), pl.Series(second))


def scored_candidates(truth: Truth) -> tuple[pl.DataFrame, np.ndarray]:
    """Score every pair that passes the overlap prefilter; return its row and its code."""
    entries, dumps = as_entries(truth.texts)
    texts = read_texts(entries, dumps)
    signatures = compute_signatures(texts, Settings())
    overlaps = overlap_features(signatures, *candidate_pairs(signatures))
    compared = add_title_similarity(texts, overlaps.filter(PASSES_OVERLAP_PREFILTER))
    features = add_text_features(texts, compared)
    pairs = score_pairs(features.with_columns(UNKNOWN_AUTHORS)).hstack(features.select(*WEIGHTS))
    rows = dict(zip(truth.texts["entry_id"], truth.texts["row"], strict=True))
    place = np.array([rows[name] for name in texts["entry_id"]], np.int64)
    first, second = place[pairs["first"].to_numpy()], place[pairs["second"].to_numpy()]
    return pairs, np.minimum(first, second) * truth.texts.height + np.maximum(first, second)


def same_work(truth: Truth, codes: np.ndarray, works: tuple[tuple[str, str], ...] = SAME_WORK) -> np.ndarray:
    """Return whether each pair is in `works`."""
    ids, count = truth.arxiv_id, truth.texts.height
    ends = zip(ids[codes // count], ids[codes % count], strict=True)
    return np.array([(min(pair), max(pair)) in works for pair in ends])


def show_curves_with_authors(truth: Truth, pairs: pl.DataFrame, codes: np.ndarray) -> None:
    """Print the curves with authors hidden, as they are, and damaged; each also as read by hand."""
    adjudicated = ~same_work(truth, codes, SAME_WORK + ONE_WORK_OF_THE_SAME_AUTHORS)
    features = pairs.drop(name for name in pairs.columns if name.startswith("contribution_"))
    features = features.drop("score", "method", "decision", *AUTHOR_COLUMNS)
    print("\n| authors | wrong pairs | recall at " + " | ".join(map(str, PRECISIONS)) + " |")
    print("|---|---" + "|---" * len(PRECISIONS) + "|")
    for name, columns in (
        ("hidden", pairs.select(*AUTHOR_COLUMNS)),
        ("as they are", author_columns(truth, codes, damage=False)),
        ("damaged", author_columns(truth, codes, damage=True)),
    ):
        scored = score_pairs(features.hstack(columns))
        ruled_out = (scored["cannot_link_reason"].is_not_null()) | (scored["shared_author_count"] == 0)
        scores = np.where(ruled_out.fill_null(value=False).to_numpy(), 0.0, scored["score"].to_numpy())
        for label, kept in (("all", np.ones(len(codes), bool)), ("adjudicated", adjudicated)):
            found = {p: r for p, r, _ in curve(truth, codes[kept], scores[kept], REPORTED_HALF)}
            row = " | ".join(f"{found.get(precision, 0):.3f}" for precision in PRECISIONS)
            print(f"| {name} | {label} | {row} |")


def published_versions() -> None:
    """Deduplicate preprints with the records of their journal versions: DOIs, other titles, no abstracts.

    The record has the newest title, the authors with initials, the DOI and no arXiv id, as in Crossref;
    every second preprint states the DOI too.
    """
    lists = read_lines("pairs/version_authors.jsonl.gz").filter(pl.col("doi").is_not_null())
    pairs = (
        read_lines("pairs/version_pairs.jsonl.gz")
        .join(lists, on="arxiv_id")
        .unique("arxiv_id")
        .sort("arxiv_id")
    )
    rows = []
    for place, pair in enumerate(pairs.iter_rows(named=True)):
        names = split_names(pair["authors"]) or []
        initials = [f"{name[0]}. {name.split()[-1]}" for name in names]
        doi = pair["doi"].split()[0].lower()
        rows += [
            {"work": pair["arxiv_id"], "title": pair["title_new"], "abstract": pair["abstract_new"],
             "authors": names, "arxiv_id": pair["arxiv_id"], "doi": doi if place % 2 else None},
            {"work": pair["arxiv_id"], "title": pair["title_new"], "abstract": None, "authors": initials,
             "arxiv_id": None, "doi": doi},
        ]  # fmt: skip
    texts = pl.DataFrame(rows, schema_overrides={"doi": pl.String})
    texts = texts.with_columns(entry_id=pl.Series(entry_ids(texts["title"], texts["abstract"])))
    entries, dumps = as_entries(texts)
    found = deduplicate(entries, dumps, Settings()).decided.sources.sort("entry_number")
    papers = texts.select("work").with_columns(paper=found["paper_id"])
    joined = int((papers.group_by("work").agg(pl.col("paper").n_unique())["paper"] == 1).sum())
    wrong = papers.group_by("paper").agg(pl.col("work").n_unique()).filter(pl.col("work") > 1).height
    print(f"\nPreprints and journal versions: {joined:,} of {pairs.height:,} joined, wrong papers {wrong}")


def exact_title(truth: Truth) -> np.ndarray:
    titles = matching_titles(truth.texts["title"])
    rows = truth.texts.select("row").with_columns(key=titles).with_columns(title_key(pl.col("key")))
    return pairs_of_groups(rows, "key", truth.texts.height)


def minhash(truth: Truth, jaccard: float) -> np.ndarray:
    """Run datasketch as in its documentation: shingles of three words, LSH at the threshold, verified."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    index = MinHashLSH(threshold=jaccard, num_perm=PERMUTATIONS)
    sketches, codes = [], []
    for row, abstract in enumerate(truth.texts["abstract"].fill_null("").to_list()):
        words = re.findall(r"\w+", abstract.lower())
        sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(len(words) - 2, 0))])
        alike = [other for other in index.query(sketch) if sketches[other].jaccard(sketch) >= jaccard]
        codes.extend(other * truth.texts.height + row for other in alike)
        index.insert(row, sketch)
        sketches.append(sketch)
    return np.array(codes, np.int64)


def title_ratio(truth: Truth, least: float) -> np.ndarray:
    """Compare all pairs of titles by rapidfuzz."""
    titles = matching_titles(truth.texts["title"]).to_list()
    count, codes = len(titles), []
    for begin in range(0, count, TITLE_BLOCK):
        block = titles[begin : begin + TITLE_BLOCK]
        scores = process.cdist(
            block, titles[begin:], scorer=fuzz.ratio, score_cutoff=least, dtype=np.uint8, workers=-1
        )
        first, second = np.nonzero(np.triu(scores, k=1))
        codes.append((first + begin).astype(np.int64) * count + second + begin)
    return np.concatenate(codes)


def report(truth: Truth, name: str, find: Callable[[], np.ndarray]) -> np.ndarray:
    started = time.perf_counter()
    codes = find()
    seconds = time.perf_counter() - started
    precision, recall, f1, version = measure(truth, codes, REPORTED_HALF)
    print(
        f"| {name} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {version:.4f} | {seconds:.1f} |", flush=True
    )
    return codes


def show(truth: Truth, heading: str, codes: np.ndarray) -> None:
    print(f"\n{heading}")
    count = truth.texts.height
    titles = truth.texts["title"]
    for code in codes:
        one, other = int(code // count), int(code % count)
        print(f"- {truth.arxiv_id[one]} / {truth.arxiv_id[other]}: {titles[one]} | {titles[other]}")


def cross_sources_with_authors() -> None:
    """Deduplicate the cross-source pairs alone, with authors: every pair should merge, and no others."""
    pairs = read_lines("pairs/cross_source_pairs.jsonl.gz")
    frames = [
        pairs.select("arxiv_id", title="title_hf", abstract="abstract_hf", authors="authors_hf"),
        pairs.select(
            "arxiv_id", title="title_arxiv", abstract="abstract_arxiv",
            authors=pl.col("authors_arxiv").str.split(", "),
        ),
    ]  # fmt: skip
    texts = pl.concat(frames)
    texts = texts.with_columns(entry_id=pl.Series(entry_ids(texts["title"], texts["abstract"])))
    entries, dumps = as_entries(texts)
    found = deduplicate(entries, dumps, Settings()).decided.sources.sort("entry_number")
    rows = texts.select("arxiv_id").with_columns(paper=found["paper_id"])
    papers = rows.group_by("arxiv_id").agg(pl.col("paper").n_unique(), texts=pl.len())
    merged = int((papers["paper"] == 1).sum())
    wrong = rows.group_by("paper").agg(pl.col("arxiv_id").n_unique()).filter(pl.col("arxiv_id") > 1).height
    print(f"\ncross_source_pairs, authors shown: recall {merged / papers.height:.4f}, wrong papers {wrong}")


def fit(truth: Truth) -> None:
    """Fit the weights of `matching/model.py` on the tuned half and print them."""
    pairs, codes = scored_candidates(truth)
    usable = (pairs["cannot_link_reason"].is_null() & pairs["abstract_similarity"].is_not_null()).to_numpy()
    texts = pairs.select(pl.col(*WEIGHTS).fill_null(0))  # pairs with NULLs are not usable
    fit_model(truth, "", [texts], codes, usable)
    lists = [author_columns(truth, codes, damage=damage) for damage in (False, True)]
    tables = [
        texts.with_columns(pl.Series(name, values) for name, values in author_features(columns).items())
        for columns in lists
    ]
    fit_model(truth, "_WITH_AUTHORS", tables, codes, usable)


def fit_model(
    truth: Truth, suffix: str, tables: list[pl.DataFrame], codes: np.ndarray, usable: np.ndarray
) -> None:
    """Fit one model on the tuned half of the pairs, each pair once per table of features, and print it."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    chosen = usable & (truth.half_of(codes) == TUNED_HALF)
    values = np.concatenate([table.to_numpy()[chosen] for table in tables])
    mean, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(C=1.0, max_iter=5000)
    model.fit((values - mean) / spread, np.tile(truth.is_true(codes[chosen]), len(tables)))
    weights = model.coef_[0] / spread
    print(f"INTERCEPT{suffix} = {float(model.intercept_[0] - weights @ mean):.2f}")
    for name, weight in zip(tables[0].columns, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')
    scores = 1 / (1 + np.exp(-model.decision_function((tables[0].to_numpy() - mean) / spread)))
    for half in (TUNED_HALF, REPORTED_HALF):
        print(
            f"half {half}:",
            [(p, round(r, 4), round(s, 3)) for p, r, s in curve(truth, codes[usable], scores[usable], half)],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the weights again and print them")
    parser.add_argument("--ours", action="store_true", help="leave out what is compared with")
    arguments = parser.parse_args()
    truth = Truth.of(mixed_texts())
    print(
        f"{truth.texts.height:,} texts, {len(truth.pairs):,} true pairs, {truth.version.sum():,} of versions"
    )
    if arguments.fit:
        fit(truth)
        return
    print("\n| method | precision | recall | F1 | recall on versions | seconds |\n|---|---|---|---|---|---|")
    found = report(truth, "paperlake", lambda: ours(truth))
    if not arguments.ours:
        titles = report(truth, "equal normalised title", lambda: exact_title(truth))
        for jaccard in (0.5, 0.7):
            alike = report(
                truth, f"datasketch, J >= {jaccard}", lambda jaccard=jaccard: minhash(truth, jaccard)
            )
            report(
                truth,
                f"datasketch, J >= {jaccard}, or equal title",
                lambda alike=alike: np.union1d(titles, alike),
            )
        for least in (90, 95):
            report(truth, f"rapidfuzz title ratio >= {least}", lambda least=least: title_ratio(truth, least))
    pairs, codes = scored_candidates(truth)
    scores = np.where(pairs["cannot_link_reason"].is_null().to_numpy(), pairs["score"].to_numpy(), 0.0)
    print(
        f"\nCandidates compared: {len(codes):,}; true pairs among them: "
        f"{np.isin(truth.pairs, codes).mean():.4f}"
    )
    print(f"\n| precision | recall | score |\n|---|---|---|   (threshold in use: {SAME_THRESHOLD})")
    for precision, recall, score in curve(truth, codes, scores, REPORTED_HALF):
        print(f"| {precision} | {recall:.4f} | {score:.4f} |")
    others = ~same_work(truth, codes)
    print(f"\nWithout {len(SAME_WORK)} pairs of papers that are one work under two arXiv ids:")
    for precision, recall, score in curve(truth, codes[others], scores[others], REPORTED_HALF):
        print(f"| {precision} | {recall:.4f} | {score:.4f} |")
    show_curves_with_authors(truth, pairs, codes)
    cross_sources_with_authors()
    published_versions()
    show(truth, "Wrong merges (both halves)", found[~truth.is_true(found)])
    missed = np.setdiff1d(truth.pairs, found)
    show(
        truth,
        f"Missed, {SHOWN_MISSES} of {len(missed)}",
        missed[:: max(len(missed) // SHOWN_MISSES, 1)][:SHOWN_MISSES],
    )


if __name__ == "__main__":
    main()
