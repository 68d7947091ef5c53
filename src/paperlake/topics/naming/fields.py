"""Names of fields of research as labels, and which papers are evidence for each.

A paper is evidence for a field by its first category, where papers have one, of several archives, and the
field is one of arXiv's, and else by cues: phrases that papers of the field hold. In a lake of machine
learning nearly every paper is of cs.LG, cs.CL or cs.CV: there a group of papers on molecules would be
"Machine learning". Names, categories and cues are in `data/fields.csv`. Only labels are chosen by them;
groups are found from vectors alone.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from paperlake.topics.naming.languages.english import singular
from paperlake.topics.naming.phrases import MAX_ABSTRACT_CHARS
from paperlake.vectors.arrays import Flags, Floats, Ints

MAX_CUE_WORDS = 3
MIN_CATEGORY_SHARE = 0.5  # of the papers have a category: else they say nothing about a group
MAX_ARCHIVE_SHARE = 0.75  # of them are of one archive, the part before the point: else they are too broad
MIN_SHARE = 0.5  # of a group's papers, that are evidence for a field which names it
MIN_JOINT_SHARE = 0.4  # ... where its papers have no name else but one of two phrases
MIN_SIBLING_RATIO = 1.0  # of its share to that in any sibling: it names the one that has most of it
MIN_BROAD_RECALL = 0.4  # of the evidence for it in all papers, where a field names a topic of subtopics
MIN_RECALL = 0.15  # of the evidence for it in all papers: else it is a wider field than the group
MIN_RATIO = 2.0  # of that share to the share of all other papers
SMOOTHING = 0.02  # added to the share of the other papers: none at all is no infinite evidence
_WORDS = re.compile(r"[^\W_]+")
_COMMENT = "#"


@dataclass(frozen=True)
class Field:
    """A field of research."""

    name: str
    categories: frozenset[str]
    cues: tuple[tuple[str, ...], ...]
    """Words of each, singular and in lower case."""


@cache
def all_fields() -> tuple[Field, ...]:
    """Read the fields of `data/fields.csv`, narrow ones first."""
    text = files(__package__).joinpath("data", "fields.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith(_COMMENT))
    return tuple(
        Field(
            row["name"],
            frozenset(row["categories"].split()),
            tuple(text_words(cue) for cue in row["cues"].split(",") if cue.strip()),
        )
        for row in rows
    )


def text_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case and singular, split at hyphens."""
    return tuple(singular(word) for word in _WORDS.findall(text.casefold()))


class FieldEvidence:
    """Which papers are evidence for which field."""

    def __init__(self, holds: Flags) -> None:
        self.holds = holds
        """(papers, fields)"""
        self._columns = {field.name: column for column, field in enumerate(all_fields())}

    @classmethod
    def of_papers(
        cls,
        titles: Sequence[str],
        abstracts: Sequence[str | None],
        categories: Sequence[str | None],
    ) -> FieldEvidence:
        """Look for the fields of papers.

        Args:
            titles: One per paper.
            abstracts: One per paper; None where there is none.
            categories: The first category of each paper; None where it has none.
        """
        archives = Counter(category.partition(".")[0] for category in categories if category is not None)
        known, largest = archives.total(), max(archives.values(), default=0)
        is_known = known >= MIN_CATEGORY_SHARE * max(1, len(categories))
        if is_known and largest <= MAX_ARCHIVE_SHARE * known:
            has_categories = np.array([bool(field.categories) for field in all_fields()])
            return cls(np.where(has_categories, _by_category(categories), _by_cues(titles, abstracts)))
        return cls(_by_cues(titles, abstracts))

    def column(self, name: str) -> int | None:
        """Return the column of a field; None where the name is of none."""
        return self._columns.get(name)

    def share(self, name: str, members: Ints) -> float:
        """Return the share of some papers that are evidence for a field."""
        return float(self.holds[members, self._columns[name]].mean())

    @classmethod
    def none(cls, paper_count: int) -> FieldEvidence:
        """Return the evidence of papers of which no field is known."""
        return cls(np.zeros((paper_count, len(all_fields())), dtype=np.bool_))

    def names_of(
        self,
        members: Ints,
        parts: Sequence[Ints],
        siblings: Sequence[Ints] = (),
        min_share: float = MIN_SHARE,
    ) -> list[str]:
        """Return the fields that can name a group, the best first.

        A field needs the evidence of half of the papers, and of half as many in each larger part. Other
        papers have it half as often at most, each sibling less often, and enough of its evidence is in the
        group.

        Args:
            members: Rows of the papers of the group.
            parts: Rows of the papers of its subtopics; none for a subtopic.
            siblings: Rows of the papers of each other group with the same parent.
            min_share: Of the papers, that are evidence for a field.
        """
        if not len(members):
            return []
        inside = self.holds[members].mean(axis=0)
        others = len(self.holds) - len(members)
        outside = (self.holds.sum(axis=0) - self.holds[members].sum(axis=0)) / max(1, others)
        ratio: Floats = inside / (outside + SMOOTHING)
        recall = self.holds[members].sum(axis=0) / np.maximum(1, self.holds.sum(axis=0))
        fits = (
            (inside >= min_share)
            & (ratio >= MIN_RATIO)
            & (recall >= (MIN_BROAD_RECALL if len(parts) else MIN_RECALL))
        )
        for part in parts:
            if len(part) >= len(members) / (2 * len(parts)):
                fits &= self.holds[part].mean(axis=0) >= min_share / 2
        for sibling in siblings:
            if len(sibling):
                fits &= inside >= MIN_SIBLING_RATIO * self.holds[sibling].mean(axis=0)
        worth = np.round(inside * np.log(np.maximum(ratio, 1.0)), 6)
        order = np.argsort(-worth, kind="stable")
        return [all_fields()[column].name for column in order.tolist() if fits[column]]


def _by_category(categories: Sequence[str | None]) -> Flags:
    holds = np.zeros((len(categories), len(all_fields())), dtype=np.bool_)
    for column, field in enumerate(all_fields()):
        holds[:, column] = [category in field.categories for category in categories]
    return holds


def _by_cues(titles: Sequence[str], abstracts: Sequence[str | None]) -> Flags:
    columns: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for column, field in enumerate(all_fields()):
        for cue in field.cues:
            columns[cue].append(column)
    starts = {cue[0] for cue in columns}
    holds = np.zeros((len(titles), len(all_fields())), dtype=np.bool_)
    for row, (title, abstract) in enumerate(zip(titles, abstracts, strict=True)):
        words = text_words(f"{title} . {(abstract or '')[:MAX_ABSTRACT_CHARS]}")
        for start, word in enumerate(words):
            if word in starts:
                for length in range(1, MAX_CUE_WORDS + 1):
                    holds[row, columns.get(words[start : start + length], [])] = True
    return holds
