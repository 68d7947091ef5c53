"""Tell whether papers that are only near in meaning are a match at all.

The nearest papers of any text can be listed, those of nonsense too. How near these are depends on the model
and on the papers, so it is measured: texts of random letters are embedded like queries, and what is found
must be clearly nearer to the query than papers are to them. The measurement behind it is in docs/search.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from paperlake.embedding.query import QueryEmbedder
from paperlake.search.open_index import OpenIndex
from paperlake.search.retrieval import Hits, Mode
from paperlake.vectors.arrays import Flags, Vectors

NONSENSE = (
    "wwulweum",
    "uchcvsbzz",
    "tqqvbawpui",
    "vnqmrlhzz",
    "sifhb",
    "kwkyw",
    "fybjs",
    "bquhcizt",
    "dsamm",
    "oletdqdkfh",
    "hxfkwqczf",
    "apvkbfq",
    "pjlym",
    "dkqifpseq",
    "fywpkcbzg",
    "kkxmnyzdmq",
    "phxfaglbe nzcdlit pdaaxszaq",
    "bidbljby suxjrxwkuw arjabcdgk",
    "ktplvct icayc rmxjdpnti",
    "mgkgqutf jpidmv syhel",
    "yvjnrsv lbawbsoiu qketg",
    "uzccnq yrfmeam afuoynzews",
    "cysdlq jowuy izcwuydg",
    "zznuixwj aikhx vbueiu",
)  # drawn once from the letters a to z: no words of any language
MAX_COMPARED = 100  # papers whose vectors are compared exactly with one of these texts
NO_GOOD_MATCH = "No good match"  # the beginning of the notice
BY_MEANING_ADVICE = "`--by meaning` lists the nearest all the same."
DEVIATIONS = 2.0  # of a query from the mean of these texts, in standard deviations


class Relevance:
    """Judges the candidates of searches in one index; embeds its texts for the first search that needs it."""

    def __init__(self, index: OpenIndex, embedder: QueryEmbedder) -> None:
        self._index, self._embedder = index, embedder

    def judge(self, hits: Hits, mode: Mode, allowed: Flags | None) -> Hits:
        """Remove all candidates, with a notice, if no word matches and none is near in meaning.

        Where meaning alone was asked for, they stay, and the notice says what they are worth.

        Args:
            hits: The candidates.
            mode: The rankings that were asked for.
            allowed: Whether each paper may be found, (numbers,); None for all.

        Raises:
            ModelError: The embedder failed.
        """
        if hits.cosines is None or not len(hits.numbers) or hits.has_exact_title.any():
            return hits
        if hits.word_scores is not None and hits.word_scores.any():
            return hits
        nearest, level = float(hits.cosines.max()), self.least_similarity(allowed)
        if nearest >= level:
            return hits
        found = f"the nearest has similarity {nearest:.2f}, and less than {level:.2f} may be chance"
        if mode == "meaning":
            return replace(hits, notices=(*hits.notices, f"{NO_GOOD_MATCH} in meaning: {found}."))
        none = np.zeros(0, dtype=np.int64)
        notice = (
            f"{NO_GOOD_MATCH}: no paper contains a word of the query, and none is near in meaning ({found}). "
            + BY_MEANING_ADVICE
        )
        return Hits(none, hits.cosines[none], None, hits.has_exact_title[none], None, (notice,))

    def least_similarity(self, allowed: Flags | None) -> float:
        """Compute the similarity that texts of random letters hardly ever reach, among the allowed papers.

        Mean and `DEVIATIONS` standard deviations of the similarity of each to its nearest paper.
        """
        return self._least_of_all if allowed is None else self._measure(allowed)

    @cached_property
    def _least_of_all(self) -> float:
        return self._measure(None)

    def _measure(self, allowed: Flags | None) -> float:
        nearest = []
        for vector in self._vectors:
            numbers = self._index.near(vector, allowed, MAX_COMPARED)
            nearest.append(float(self._index.cosines(vector, numbers).max()))
        return float(np.mean(nearest) + DEVIATIONS * np.std(nearest, ddof=1))

    @cached_property
    def _vectors(self) -> Vectors:
        return self._embedder.embed_all(list(NONSENSE), *self._index.model)
