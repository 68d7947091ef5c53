"""The evidence on a pair of texts: what they share, how alike they are, what in their titles parts them.

Depends on the two texts alone, so that it can be stored (`comparisons.py`). Which pairs are looked at is
decided in `candidates.py`, what the evidence amounts to in `matching.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from paperlake.dedup.blocking.overlap import Floats, Ints, WordLists, word_overlap
from paperlake.dedup.matching.model import could_be_near, text_scores
from paperlake.dedup.matching.title_rules import Marks, contradiction, marks_of_titles, numbers_differ
from paperlake.dedup.text.hashing import distinct
from paperlake.dedup.text.normalize import matching_abstracts, matching_titles
from paperlake.progress import Progress, Silent

# A pair goes on to the slower comparison if it shares this much. On the true pairs of the benchmark this
# loses 2 of 4,586 and sheds two thirds of the candidates.
MIN_WORD_OVERLAP = 0.08
MIN_TITLE_OVERLAP = 0.5
PROMISING = (
    (pl.col("words_jaccard") >= MIN_WORD_OVERLAP)
    | (pl.col("title_jaccard") >= MIN_TITLE_OVERLAP)
    | pl.col("equal_title")
)
PAIRS_AT_ONCE = 50_000  # pairs whose texts are read at once: 150 MB of abstracts

EVIDENCE_COLUMNS: dict[str, pl.DataType] = {
    "equal_title": pl.Boolean(),
    "title_similarity": pl.Float64(),
    "abstract_similarity": pl.Float64(),
    "logit": pl.Float64(),
    "least_score": pl.Float64(),
    "reason": pl.String(),
}
"""What is kept of a pair; all NULL for a pair that did not come near."""


def evidence_on(
    texts: pl.DataFrame,
    signatures: pl.DataFrame,
    first: Ints,
    second: Ints,
    progress: Progress | None = None,
    every_pair: bool = False,
) -> pl.DataFrame:
    """The evidence on pairs of texts.

    Args:
        texts: Columns title, abstract; one row a text.
        signatures: Their signatures, row by row.
        first: Row of the first text of each pair.
        second: Row of the second.
        progress: Hears of the pairs compared.
        every_pair: Describe all pairs, however far apart.

    Returns:
        `EVIDENCE_COLUMNS`, a row a pair; NULLs for pairs that no authors could bring near.
    """
    shared = share(signatures, first, second).with_row_index("pair")
    promising = shared if every_pair else shared.filter(PROMISING)
    parts = [pl.DataFrame(schema={"pair": pl.UInt32(), **EVIDENCE_COLUMNS})]
    with (progress or Silent()).task("Comparing", promising.height, "pairs") as advance:
        for some in promising.iter_slices(PAIRS_AT_ONCE):
            likened = liken_titles(texts, some)
            near = likened if every_pair else likened.filter(could_be_near(likened))
            parts.append(describe(texts, near).select("pair", *EVIDENCE_COLUMNS))
            advance(some.height)
    found = pl.concat(parts)
    pairs = pl.DataFrame({"pair": np.arange(len(first), dtype=np.uint32)})
    return pairs.join(found, on="pair", how="left", maintain_order="left").drop("pair")


def share(signatures: pl.DataFrame, first: Ints, second: Ints) -> pl.DataFrame:
    """What the signatures alone say of pairs."""
    words = word_overlap(WordLists.of(signatures["words"]), first, second)
    titles = word_overlap(WordLists.of(signatures["title_words"]), first, second)
    columns = signatures.select(
        "title_hash", "abstract_hash", length=pl.col("abstract_length").cast(pl.Float64)
    )
    one, other = columns[first], columns[second]
    least, most = np.minimum(one["length"], other["length"]), np.maximum(one["length"], other["length"])
    return pl.DataFrame(
        {
            "first": first,
            "second": second,
            "equal_title": (one["title_hash"] == other["title_hash"]) & (one["title_hash"] != 0),
            "equal_abstract": (one["abstract_hash"] == other["abstract_hash"]).fill_null(False),
            "words_jaccard": words.jaccard,
            "words_containment": words.containment,
            "title_jaccard": titles.jaccard,
            "title_containment": titles.containment,
            "title_weight": titles.least_weight,
            "least_length": least,
            "length_ratio": least / most.clip(1, None),
        }
    )


def liken_titles(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add how alike the titles are letter by letter."""
    used, first, second = _ends(pairs)
    titles = matching_titles(texts["title"].gather(used)).to_list()
    return pairs.with_columns(title_similarity=pl.Series(_ratio(titles, first, second)))


def describe(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add what needs the whole texts: marks in the titles, likeness of abstracts; and the text's scores."""
    used, first, second = _ends(pairs)
    marks = marks_of_titles(texts["title"].gather(used))
    abstracts = matching_abstracts(texts["abstract"].gather(used)).to_list()
    ends = list(zip(first.tolist(), second.tolist(), strict=True))
    described = pairs.with_columns(
        abstract_similarity=pl.when(pl.col("least_length") > 0).then(
            pl.Series(_ratio(abstracts, first, second), dtype=pl.Float64)
        ),
        numbers_differ=_numbers_differ(marks, ends),
        reason=pl.Series([contradiction(marks[a], marks[b]) for a, b in ends], dtype=pl.String),
    )
    return text_scores(described)


def _numbers_differ(marks: list[Marks], ends: list[tuple[int, int]]) -> pl.Series:
    return pl.Series([float(numbers_differ(marks[a], marks[b])) for a, b in ends], dtype=pl.Float64)


def _ends(pairs: pl.DataFrame) -> tuple[Ints, Ints, Ints]:
    """The rows of all texts of the pairs, and the places there of each pair's two."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    both: Ints = np.concatenate([first, second])
    used = distinct(both)
    return used, np.searchsorted(used, first), np.searchsorted(used, second)


def _ratio(texts: list[str], first: Ints, second: Ints) -> Floats:
    """Normalised indel similarity of each pair, 0 to 1."""
    ones, others = [texts[row] for row in first], [texts[row] for row in second]
    scores: Floats = process.cpdist(ones, others, scorer=fuzz.ratio, workers=-1, dtype=np.float64) / 100
    return scores
