"""Compare embedders: every measure with its interval, and a verdict on each difference."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from paperlake.embedding.maintenance import open_store
from paperlake.evaluation.candidates import Candidate, default_names, find_candidates
from paperlake.evaluation.embedding_texts import Embedded, embed_all
from paperlake.evaluation.judged_papers import JudgedPapers, read_judged_papers
from paperlake.evaluation.measures import MEASURES, QueryValues, query_values
from paperlake.evaluation.statistics import Difference, Estimate, bootstrap, delete_half, holm
from paperlake.evaluation.topic_quality import LEVELS, agreement, missing_categories
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.text.display import plural
from paperlake.vectors.arrays import Floats

DEFAULT_SAMPLE = 1_000
SIGNIFICANCE = 0.05
MAX_TOLD = 3  # differences that a sentence names


@dataclass(frozen=True)
class MeasureResult:
    """One measure of all embedders."""

    name: str
    title: str
    count: int
    """Queries or papers that it is about; 0 where there is no result."""
    reason: str | None
    """Why there is no result."""
    estimates: list[Estimate]
    """By embedder; empty where there is no result."""
    differences: list[Difference]
    """From the first embedder, by embedder but the first."""


@dataclass(frozen=True)
class Verdict:
    """How one embedder compares with the first one, all measures together."""

    name: str
    first: str
    better: list[str]
    """Titles of the measures in which it is better by more than chance, the surest first."""
    worse: list[str]
    p_values: dict[str, float]
    """By name of measure, corrected for the number of measures."""
    sentence: str


@dataclass(frozen=True)
class Evaluation:
    """The result of a comparison."""

    paper_count: int
    seed: int
    embedders: list[Embedded]
    measures: list[MeasureResult]
    verdicts: list[Verdict]


def evaluate(
    lake: Lake, settings: Settings, names: Sequence[str], sample: int, seed: int, progress: Progress
) -> Evaluation:
    """Compare embedders on a sample of the lake's papers.

    Args:
        lake: A lake with papers.
        settings: Of the embedders and of topics.
        names: As `candidates.py` describes; the first is what the others are compared with. None of them:
            `default_names`.
        sample: Number of papers.
        seed: Of the sample and of the resampling.
        progress: Where long work says how far it is.

    Raises:
        UsageError: A name is unknown, or there are too few papers.
        ModelError: A model could not be loaded.
        LakeError: The lake has no papers, or its vectors cannot be read.
    """
    candidates = find_candidates(lake, settings, names or default_names(lake))
    judged = read_judged_papers(lake, sample, seed)
    embedded = embed_all(lake, candidates, judged, progress)
    with progress.step("Comparing embedders"):
        return compare(judged, embedded, settings, seed)


def compare_stored(lake: Lake, settings: Settings, first: str, second: str) -> Evaluation:
    """Compare two models by the vectors that the lake has of them; no model is loaded.

    Raises:
        UsageError: There are too few papers, or the lake lacks vectors of one of the models.
        LakeError: The vectors cannot be read.
    """
    dimensions = {model_id: open_store(lake, model_id).dimension for model_id in (first, second)}
    candidates = [Candidate(name, name, size, size, None) for name, size in dimensions.items()]
    judged = read_judged_papers(lake, DEFAULT_SAMPLE, 0)
    return compare(judged, embed_all(lake, candidates, judged, Silent()), settings, 0)


def compare(judged: JudgedPapers, embedded: Sequence[Embedded], settings: Settings, seed: int) -> Evaluation:
    """Compare vectors of the same papers.

    Args:
        judged: The papers and what is known about them.
        embedded: The vectors of each embedder; the first is what the others are compared with.
        settings: Of topics.
        seed: Of the resampling.
    """
    values = [query_values(judged, one.papers, one.questions) for one in embedded]
    names = [one.name for one in embedded]
    results = [
        _measure(measure.name, measure.title, names, [one[measure.name] for one in values], seed)
        for measure in MEASURES
    ]
    results += _topics(judged, embedded, settings, seed)
    verdicts = [
        _verdict(embedded[0].name, one.name, number, results) for number, one in enumerate(embedded[1:])
    ]
    return Evaluation(judged.papers.height, seed, list(embedded), results, verdicts)


def _measure(
    name: str, title: str, names: Sequence[str], found: list[QueryValues], seed: int
) -> MeasureResult:
    """Estimate one measure, or say why there is none; an embedder without values leaves none for any."""
    values: list[Floats] = [one.values for one in found if one.values is not None]
    if len(values) < len(found):
        reasons = {one.reason or "": embedder for one, embedder in zip(found, names, strict=True)}
        reasons.pop("", None)
        reason, embedder = next(iter(reasons.items()))
        whose = "" if len(reasons) == 1 and not values else f"{embedder}: "
        return MeasureResult(name, title, 0, f"{whose}{reason}", [], [])
    estimates, differences = bootstrap(np.stack(values), _own_seed(seed, name))
    return MeasureResult(name, title, found[0].count, None, _within(estimates), differences)


def _topics(
    judged: JudgedPapers, embedded: Sequence[Embedded], settings: Settings, seed: int
) -> list[MeasureResult]:
    reason = missing_categories(judged)
    titles = {level: f"{level}: AMI" for level in LEVELS}
    if reason:
        return [MeasureResult(f"{level}_ami", titles[level], 0, reason, [], []) for level in LEVELS]
    vectors = [one.papers for one in embedded]
    full, halves = agreement(judged, vectors, settings, _own_seed(seed, "topics"))
    count = int((judged.categories >= 0).sum())
    results = []
    for at, level in enumerate(LEVELS):
        estimates, differences = delete_half(full[at], halves[at])
        name = f"{level}_ami"
        results.append(MeasureResult(name, titles[level], count, None, _within(estimates), differences))
    return results


def _within(estimates: list[Estimate]) -> list[Estimate]:
    """Return estimates whose intervals do not leave 0 to 1, as no measure does but AMI, by a little."""
    return [replace(one, low=max(one.low, min(0.0, one.value)), high=min(one.high, 1.0)) for one in estimates]


def _own_seed(seed: int, name: str) -> int:
    """Return a seed for one measure, so that a further measure does not change the others."""
    return seed * 2**32 + zlib.crc32(name.encode())


def _verdict(first: str, name: str, number: int, results: list[MeasureResult]) -> Verdict:
    """Judge one embedder against the first one.

    Args:
        first: The first embedder.
        name: The other one.
        number: Its place among the differences.
        results: All measures.
    """
    known = [result for result in results if result.differences]
    corrected = holm([result.differences[number].p_value for result in known])
    sure = sorted((p_value, place) for place, p_value in enumerate(corrected) if p_value < SIGNIFICANCE)
    better: list[str] = []
    worse: list[str] = []
    for _, place in sure:
        gap = known[place].differences[number].estimate.value
        told = f"{known[place].title} {gap:+.3f}"
        (better if gap > 0 else worse).append(told)
    p_values = {result.name: value for result, value in zip(known, corrected, strict=True)}
    sentence = _sentence(first, name, better, worse, len(known))
    return Verdict(name, first, better, worse, p_values, sentence)


def _sentence(first: str, name: str, better: list[str], worse: list[str], count: int) -> str:
    """Say whether the difference is more than chance."""
    if not count:
        return f"{name} and {first} cannot be compared: no measure has data."
    if not better and not worse:
        where = "the one measure that has data" if count == 1 else f"any of {count} measures"
        return f"The difference between {name} and {first} is not more than chance in {where}."
    rest = count - len(better) - len(worse)
    others = {0: "", 1: "; none is sure in the other one"}.get(rest, f"; none is sure in the other {rest}")
    measures = plural(count, "measure")
    if better and worse:
        return (
            f"{name} differs from {first} by more than chance: better in {len(better)} of {measures} "
            f"({_named(better)}), worse in {len(worse)} ({_named(worse)}){others}."
        )
    word, told = ("better", better) if better else ("worse", worse)
    return (
        f"{name} is {word} than {first} by more than chance in {len(told)} of {measures} "
        f"({_named(told)}){others}."
    )


def _named(told: list[str]) -> str:
    left = len(told) - MAX_TOLD
    return "; ".join([*told[:MAX_TOLD], *([f"{left} more"] if left > 0 else [])])
