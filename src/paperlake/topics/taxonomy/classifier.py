"""Filing papers under given labels: nearest prototypes, with calibrated scores and "none".

A label is the centroid of its example papers and of the vector of its name and description. Certainty is
learnt from the examples alone, each left out of its label once: how often the nearest label is then the right
one, and how near papers of the taxonomy are to their nearest label. So a score is a function of the taxonomy
and of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.exact import (
    UNIT,
    cosine_blocks,
    group_sums,
    mean_vector,
    subtract_mean,
    to_fixed_point,
)
from paperlake.vectors.arrays import Floats, Ints, Vectors

TEXT_WEIGHT = 1.0  # of the name and description, in example papers; benchmarks/taxonomy.py tries others
MIN_LEARNT = 30  # examples that can be left out; fewer say too little about certainty
NONE_SHARE = 0.1  # of the examples, left out, that are further from all labels than a paper of none
# Of taxonomies without enough examples: as learnt from 60 labels with five examples each.
DEFAULT_CURVE = (-1.8, 2.2, 12.1)
DEFAULT_LIMIT = 0.1  # a text is further from papers than papers are from one another
COSINE_DECIMALS = 6  # compared: last bits decide nothing
CURVE_DECIMALS = 3
DECIMALS = 2  # of published scores


@dataclass(frozen=True)
class Filed:
    """Papers under the labels of a taxonomy."""

    nearest: Ints
    """(papers,) number of the nearest label."""
    is_none: Ints
    """(papers,) whether the paper is of none of the labels: 1 or 0."""
    score: Floats
    """(papers,) probability that the nearest label is right; of a paper of none, that it is not."""


@dataclass(frozen=True)
class Classifier:
    """The prototypes of labels, and how certain a paper can be."""

    mean: Floats
    centers: Floats
    """(labels, dimensions) fixed-point vectors."""
    curve: tuple[float, float, float]
    """Log odds that the nearest label is right: base, growth with its cosine and with the margin."""
    limit: float
    """Cosine to the nearest label under which a paper is of none."""

    def file(self, vectors: Vectors) -> Filed:
        """File papers under the nearest label or none; each by itself.

        Args:
            vectors: (papers, dimensions) of the model that embedded the examples.
        """
        rows = subtract_mean(to_fixed_point(vectors), self.mean)
        nearest, features = np.zeros(len(rows), dtype=np.int64), np.zeros((len(rows), 2))
        for block, cosines in cosine_blocks(rows, self.centers):
            nearest[block] = cosines.argmax(axis=1)
            features[block] = _features(cosines)
        right = 1.0 / (1.0 + np.exp(-(self.curve[0] + features @ np.array(self.curve[1:]))))
        is_none = features[:, 0] < self.limit
        score = np.round(np.where(is_none, 1.0 - right, right), DECIMALS)
        return Filed(nearest, is_none.astype(np.int64), score)


def _features(cosines: Floats) -> Floats:
    """Return (papers, 2) the cosine to the nearest label, and how much the second is further away."""
    if cosines.shape[1] == 1:
        single: Floats = np.repeat(cosines, 2, axis=1).round(COSINE_DECIMALS)
        return single
    second, best = np.partition(cosines, -2, axis=1)[:, -2:].T
    features: Floats = np.round(np.stack([best, best - second], axis=1), COSINE_DECIMALS)
    return features


def fit_classifier(
    examples: Vectors, labels: Ints, texts: Vectors, text_weight: float = TEXT_WEIGHT
) -> Classifier:
    """Learn the labels of a taxonomy.

    Args:
        examples: (examples, dimensions) vectors of example papers.
        labels: (examples,) the label of each.
        texts: (labels, dimensions) vectors of the name and description of each label.
        text_weight: What a text weighs in the centroid of a label with examples, in example papers.
    """
    count = len(texts)
    fixed_texts, fixed = to_fixed_point(texts), to_fixed_point(examples)
    has_examples = np.bincount(labels, minlength=count) > 0
    weights = np.where(has_examples, text_weight, 1.0)[:, None]
    sums = group_sums(fixed, labels, count) + np.rint(fixed_texts * weights)
    mean = mean_vector(to_fixed_point(sums))
    if count == 1:
        mean = np.zeros(0)
    centers = subtract_mean(to_fixed_point(sums), mean)
    curve, limit = DEFAULT_CURVE, DEFAULT_LIMIT
    can_leave = np.flatnonzero(np.bincount(labels, minlength=count)[labels] > 1)
    if len(can_leave) >= MIN_LEARNT and count > 1:
        rows = subtract_mean(fixed[can_leave], mean)
        cosines = rows @ centers.T / (UNIT * UNIT)
        own = subtract_mean(to_fixed_point(sums[labels[can_leave]] - fixed[can_leave]), mean)
        cosines[np.arange(len(rows)), labels[can_leave]] = (rows * own).sum(axis=1) / (UNIT * UNIT)
        curve, limit = _learn(cosines, labels[can_leave])
    return Classifier(mean, centers, curve, limit)


def _learn(cosines: Floats, labels: Ints) -> tuple[tuple[float, float, float], float]:
    """Learn how certain the nearest label is, and how near one must be.

    Args:
        cosines: (examples, labels) without the example itself in its own label.
        labels: (examples,) the label of each.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    features, is_right = _features(cosines), cosines.argmax(axis=1) == labels
    limit = float(np.quantile(features[:, 0], NONE_SHARE))
    if is_right.all() or not is_right.any():
        return DEFAULT_CURVE, limit
    learnt = LogisticRegression(C=100.0).fit(features, is_right)
    base, *growth = np.round([learnt.intercept_[0], *learnt.coef_[0]], CURVE_DECIMALS).tolist()
    return (base, *growth), limit


def label_texts(names: Sequence[str], descriptions: Sequence[str | None]) -> list[str]:
    """Return what is embedded of each label: its name and description, as title and abstract of a paper."""
    return [
        f"{name}\n{description}" if description else name
        for name, description in zip(names, descriptions, strict=True)
    ]
