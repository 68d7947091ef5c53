"""Try features that the model does not use: would they tell sequels from versions?

Needs the data of `dedup.py` and scikit-learn. Features are added in forward selection, each time the one with
the largest gain in five folds of the tuned half; the other half is reported. Gradient boosting over all of
them shows the gain from interactions. The measure is the mean recall over 3 to 25 wrong pairs.

    python benchmarks/dedup_features.py            # features in words
    python benchmarks/dedup_features.py --vectors  # cosines of the embedding model instead (minutes)
"""

import sys
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from dedup import PRECISIONS, REPORTED_HALF, TUNED_HALF, Truth, mixed_texts, scored_candidates
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from paperlake.dedup.blocking.rarity import word_information
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.matching.model import WEIGHTS
from paperlake.dedup.text.hashing import word_hashes
from paperlake.dedup.text.normalize import matching_abstracts, matching_titles
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.text import text_to_embed
from paperlake.settings import Settings

MIN_SCORE = 0.02  # pairs below it do not change sides with another feature
KEY_RARITY = 2.0  # a word in less than one text of seven may be a key term
MIN_SHARE = 0.02
MIN_DISTANCE = 0.005  # of vectors; texts nearer than this are one text
MIN_WRONG, MAX_WRONG = 3, 25
ENDINGS = ("ization", "ities", "ment", "ing", "ity", "ies", "ed", "es", "al", "ic", "ly", "s", "e", "y")


def stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@dataclass
class Text:
    """One text, prepared for the features."""

    title: list[str]
    abstract: list[str]
    sentences: list[str]
    rarity: dict[str, float]

    @cached_property
    def counts(self) -> Counter[str]:
        """Return the stems, those of the title twice."""
        return Counter(map(stem, self.abstract)) + Counter([stem(word) for word in self.title] * 2)

    @cached_property
    def weights(self) -> dict[str, float]:
        """Return the rarity of each stem."""
        return {stem(word): self.rarity[word] for word in (*self.title, *self.abstract)}

    def runs(self, width: int) -> set[tuple[str, ...]]:
        """Return every run of a number of words."""
        return set(zip(*(self.abstract[at:] for at in range(width)), strict=False))

    @cached_property
    def numbers(self) -> set[str]:
        """Return the words that begin with a digit."""
        return {word for word in self.abstract if word[0].isdigit()}


def texts_of(truth: Truth, used: np.ndarray) -> dict[int, Text]:
    chosen = truth.texts[used]
    titles, abstracts = (
        matching_titles(chosen["title"]).to_list(),
        matching_abstracts(chosen["abstract"]).to_list(),
    )
    words = pl.Series(sorted({word for text in (*titles, *abstracts) for word in text.split()}))
    numbers = (word_hashes(words)[0] >> np.uint64(64 - WORD_BITS)).astype(np.int64)
    rarity = dict(zip(words.to_list(), word_information()[numbers].tolist(), strict=True))
    sentences = [(text or "").lower().split(". ") for text in chosen["abstract"].to_list()]
    return {
        int(row): Text(title.split(), abstract.split(), lines, rarity)
        for row, title, abstract, lines in zip(used, titles, abstracts, sentences, strict=True)
    }


def missing_key(one: Text, other: Text) -> tuple[float, float]:
    """Return the largest weight of a key term that the other text lacks: in the text, in the title."""
    lacking = {word for word in one.counts if word not in other.counts and one.weights[word] > KEY_RARITY}
    often = max((one.weights[w] * min(one.counts[w], 4) for w in lacking if one.counts[w] > 1), default=0.0)
    titled = max((one.weights[w] for w in map(stem, one.title) if w in lacking), default=0.0)
    return often, titled


def title_within(one: Text, other: Text) -> float:
    """Return the share of the weight of a title whose words are in the other text."""
    words = [stem(word) for word in one.title]
    total = sum(one.weights[word] for word in words)
    return sum(one.weights[word] for word in words if word in other.counts) / max(total, 1e-9)


def further_features(one: Text, other: Text) -> dict[str, float]:
    """Compute the features; shares are before the logarithm."""
    (often, titled), (often_there, titled_there) = missing_key(one, other), missing_key(other, one)
    shared = sum((one.counts & other.counts)[w] * one.weights[w] for w in one.counts if w in other.counts)
    least = min(sum(t.counts[w] * t.weights[w] for w in t.counts) for t in (one, other))
    common = LCSseq.similarity(one.abstract, other.abstract)
    alike = sum(
        any(fuzz.ratio(line, there, score_cutoff=80) for there in other.sentences) for line in one.sentences
    )
    within = title_within(one, other), title_within(other, one)
    found = {
        "key term missing in each": min(often, often_there),
        "key term missing in one": max(often, often_there),
        "title term missing in each": min(titled, titled_there),
        "title term missing in one": max(titled, titled_there),
        "share: title within text, lesser": min(within),
        "share: title within text, greater": max(within),
        "share: words counted": shared / max(least, 1e-9),
        "log: weight shared": np.log1p(shared),
        "share: words in order": common / max(1, min(len(one.abstract), len(other.abstract))),
        "share: sentences": alike / len(one.sentences),
        "log: sentences": np.log1p(alike),
        "share: first sentence": fuzz.ratio(one.sentences[0], other.sentences[0]) / 100,
        "share: last sentence": fuzz.ratio(one.sentences[-1], other.sentences[-1]) / 100,
        "log: numbers shared": np.log1p(len(one.numbers & other.numbers)),
        "log: numbers in one": np.log1p(len(one.numbers ^ other.numbers)),
        "log: words of shorter title": np.log(max(1, min(len(one.title), len(other.title)))),
    }
    for width in (2, 3, 5):
        mine, yours = one.runs(width), other.runs(width)
        found[f"share: runs of {width}"] = len(mine & yours) / max(1, min(len(mine), len(yours)))
    return {name: float(value) for name, value in found.items()}


@dataclass
class Study:
    """The pairs above `MIN_SCORE`, their features, and the evaluation of a score."""

    truth: Truth
    codes: np.ndarray
    base: np.ndarray
    further: dict[str, np.ndarray]

    @classmethod
    def of(cls, truth: Truth) -> "Study":
        """Select the candidates that matter and compute their further features."""
        pairs, codes = scored_candidates(truth)
        kept = pairs.select(
            pl.col("cannot_link_reason").is_null()
            & pl.col("abstract_similarity").is_not_null()
            & ((pl.col("score") > MIN_SCORE) | pl.Series(truth.is_true(codes)))
        ).to_series()
        pairs, codes = pairs.filter(kept), codes[kept.to_numpy()]
        ends = codes // truth.texts.height, codes % truth.texts.height
        texts = texts_of(truth, np.unique(np.concatenate(ends)))
        tried = pl.DataFrame(
            [further_features(texts[a], texts[b]) for a, b in zip(*(e.tolist() for e in ends), strict=True)]
        )
        further = {}
        for name in tried.columns:
            values = tried[name].to_numpy()
            if name.startswith("share"):
                further[f"{name} (log of what is missing)"] = -np.log(np.clip(1 - values, MIN_SHARE, 1))
                values = np.log(np.clip(values, MIN_SHARE, 1))
            further[name] = values
        return cls(truth, codes, pairs.select(WEIGHTS).to_numpy(), further)

    @cached_property
    def right(self) -> np.ndarray:
        """Return whether each pair is true."""
        return self.truth.is_true(self.codes)

    @cached_property
    def half(self) -> np.ndarray:
        """Return the half of each pair."""
        return self.truth.half_of(self.codes)

    @cached_property
    def fold(self) -> np.ndarray:
        """Return one of five folds for each pair, with all texts of a paper in one fold."""
        ids, count = self.truth.arxiv_id, self.truth.texts.height
        names = zip(ids[self.codes // count], ids[self.codes % count], strict=True)
        return np.array([zlib.crc32(min(pair).encode()) % 5 for pair in names])

    def recalls(self, scores: np.ndarray, half: int) -> tuple[float, dict[float, float]]:
        """Return the mean recall over 3 to 25 wrong pairs, and the recall at each precision, in one half."""
        chosen = self.half == half
        order = np.argsort(-scores[chosen], kind="stable")
        right = np.cumsum(self.right[chosen][order])
        wrong = np.arange(1, len(right) + 1) - right
        wanted = int((self.truth.half_of(self.truth.pairs) == half).sum())
        mean = np.mean([right[wrong <= most].max() / wanted for most in range(MIN_WRONG, MAX_WRONG)])
        reached = {least: right[right / (right + wrong) >= least] for least in PRECISIONS}
        return float(mean), {
            p: float(found.max() / wanted) if len(found) else 0.0 for p, found in reached.items()
        }

    def within_tuned(self, table: np.ndarray) -> float:
        """Return the mean recall of a logistic regression in five folds of the tuned half."""
        scores = np.full(len(self.codes), -np.inf)
        tuned = self.half == TUNED_HALF
        for fold in range(5):
            held = tuned & (self.fold == fold)
            scores[held] = logistic(table[tuned & ~held], self.right[tuned & ~held])(table[held])
        return self.recalls(scores, TUNED_HALF)[0]

    def report(self, name: str, table: np.ndarray, fit: Callable) -> None:
        """Fit on the tuned half and print the row of the other."""
        tuned = self.half == TUNED_HALF
        mean, reached = self.recalls(fit(table[tuned], self.right[tuned])(table), REPORTED_HALF)
        row = " | ".join(f"{recall:.4f}" for recall in reached.values())
        print(f"| {name} | {mean:.4f} | {row} |", flush=True)


def logistic(table: np.ndarray, right: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=500).fit((table - mean) / spread, right)
    return lambda others: model.decision_function((others - mean) / spread)


def boosting(table: np.ndarray, right: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    model = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=15, random_state=0
    )
    return model.fit(table, right).decision_function


def cosines(study: Study) -> dict[str, np.ndarray]:
    """Return the similarity of the vectors of titles and of texts, as -log(1 - cosine)."""
    count = study.truth.texts.height
    used = np.unique(np.concatenate([study.codes // count, study.codes % count]))
    first, second = np.searchsorted(used, study.codes // count), np.searchsorted(used, study.codes % count)
    chosen = study.truth.texts[used].select("title", pl.col("abstract").fill_null(""))
    embedder, found = make_embedder(Settings()), {}
    for name, texts in (
        ("titles", chosen["title"].to_list()),
        ("texts", [text_to_embed(*row) for row in chosen.iter_rows()]),
    ):
        vectors, _ = embedder.embed(texts)
        found[name] = -np.log(np.clip(1 - (vectors[first] * vectors[second]).sum(axis=1), MIN_DISTANCE, 2))
    return found


def report_cosines(study: Study) -> None:
    """Measure what cosines add to a logistic regression, and to gradient boosting over all features."""
    near = cosines(study)
    study.report("the model's features", study.base, logistic)
    for name, column in near.items():
        study.report(f"and the cosine of {name}", np.column_stack([study.base, column]), logistic)
    both = np.column_stack([study.base, *near.values()])
    study.report("and both cosines", both, logistic)
    study.report(
        "gradient boosting, all and both cosines", np.column_stack([both, *study.further.values()]), boosting
    )


def main() -> None:
    study = Study.of(Truth.of(mixed_texts()))
    print(f"{len(study.codes):,} pairs, {study.right.sum():,} true; {len(study.further)} features tried\n")
    heads = " | ".join(f"P {precision}" for precision in PRECISIONS)
    print(f"| of the reported half | mean recall | {heads} |\n|{'---|' * (len(PRECISIONS) + 2)}")
    if "--vectors" in sys.argv[1:]:
        report_cosines(study)
        return
    table = study.base
    study.report("the model's features", table, logistic)
    left, best = dict(study.further), study.within_tuned(table)
    within = [best]
    for _ in range(5):
        gains = {name: study.within_tuned(np.column_stack([table, left[name]])) for name in left}
        name = max(gains, key=gains.__getitem__)
        within.append(gains[name])
        table = np.column_stack([table, left.pop(name)])
        study.report(f"and {name}", table, logistic)
    study.report("gradient boosting, the model's features", study.base, boosting)
    everything = np.column_stack([study.base, *study.further.values()])
    study.report("gradient boosting, all", everything, boosting)
    print("\nMean recall in the folds of the tuned half:", ", ".join(f"{value:.4f}" for value in within))


if __name__ == "__main__":
    main()
