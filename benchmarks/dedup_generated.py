"""Generate entries for measuring how deduplication scales: by column, in blocks, into a Parquet file.

A new paper draws runs of six words from some two hundred neighbouring abstracts of 36,876 arXiv papers in the
order of their categories, and its title from the halves of two titles. So generated papers differ like real
ones, have a real distribution of words, and those of one field resemble each other. Every fifth entry
repeats another with a twentieth of its words replaced.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from dedup import SAMPLES, read_lines

DUPLICATE_SHARE = 0.2
EDITED_WORDS = 0.05  # of a duplicate
RUN_WORDS = 6  # words drawn together; shorter than a sentence, or a million papers would share sentences
MIN_RUNS, MAX_RUNS = 18, 36  # of an abstract: 108 to 210 words
FIELD_WORDS = (
    35_000  # of some two hundred abstracts one after the other, from which the runs of a paper are drawn
)
BLOCK = 20_000  # entries generated at once
SEED = 7

Words = np.ndarray


class Drawing:
    """Draw texts, as numbers of words, from the sample."""

    def __init__(self) -> None:
        samples = [read_lines(path).select("title", "abstract", "categories") for path in SAMPLES]
        texts = pl.concat(samples).sort("categories", maintain_order=True)
        titles, abstracts = (texts[name].str.split(" ") for name in ("title", "abstract"))
        self.vocabulary = pl.concat([titles.explode(), abstracts.explode()]).unique(maintain_order=True)
        numbers = pl.DataFrame({"word": self.vocabulary}).with_row_index("number")
        self._abstracts = self._numbered(abstracts, numbers)
        self._titles = self._numbered(titles, numbers)
        sizes = titles.list.len().to_numpy().astype(np.int64)
        self._title_begins = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self._title_halves = (sizes + 1) // 2

    @staticmethod
    def _numbered(words: pl.Series, numbers: pl.DataFrame) -> Words:
        flat = pl.DataFrame({"word": words.explode()})
        return flat.join(numbers, on="word", how="left", maintain_order="left")["number"].to_numpy()

    def abstracts(self, count: int, random: np.random.Generator) -> tuple[Words, Words]:
        """Return the word numbers of `count` abstracts, concatenated, and the number of words of each."""
        runs = random.integers(MIN_RUNS, MAX_RUNS, count)
        fields = random.integers(0, len(self._abstracts) - FIELD_WORDS, count)
        begins = np.repeat(fields, runs) + random.integers(0, FIELD_WORDS - RUN_WORDS, int(runs.sum()))
        return self._abstracts[(begins[:, None] + np.arange(RUN_WORDS)).ravel()], runs * RUN_WORDS

    def titles(self, count: int, random: np.random.Generator) -> tuple[Words, Words]:
        """Return titles of the first halves of two titles: word numbers, concatenated, and sizes."""
        chosen = random.integers(0, len(self._title_begins), (count, 2)).ravel()
        sizes = self._title_halves[chosen]
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        words = self._titles[np.repeat(self._title_begins[chosen], sizes) + place]
        return words, sizes.reshape(-1, 2).sum(axis=1)

    def edited(self, words: Words, random: np.random.Generator) -> Words:
        """Return the words with a share of `EDITED_WORDS` replaced."""
        drawn = random.random(len(words)) < EDITED_WORDS
        words = words.copy()
        words[drawn] = self._abstracts[random.integers(0, len(self._abstracts), int(drawn.sum()))]
        return words

    def spelled(self, words: Words, sizes: Words) -> pl.Series:
        """Return the texts of numbered words."""
        owners = np.repeat(np.arange(len(sizes)), sizes)
        flat = pl.DataFrame({"owner": owners, "word": self.vocabulary.gather(words)})
        return flat.group_by("owner", maintain_order=True).agg(pl.col("word").str.join(" "))["word"]


def blocks(count: int) -> Iterator[pl.DataFrame]:
    """Yield blocks of `count` texts with `paper`, the number of the paper of each; duplicates come last."""
    drawing = Drawing()
    distinct = count - int(count * DUPLICATE_SHARE)
    for begin in range(0, distinct, BLOCK):
        papers = np.arange(begin, min(begin + BLOCK, distinct))
        yield _block(drawing, papers, np.random.default_rng((SEED, begin)), edit=None)
    random = np.random.default_rng(SEED)
    repeated = np.sort(random.integers(0, distinct, count - distinct))
    for begin in range(0, distinct, BLOCK):
        papers = repeated[(repeated >= begin) & (repeated < begin + BLOCK)]
        size = min(BLOCK, distinct - begin)
        whole = (size, papers - begin)
        yield _block(drawing, papers, np.random.default_rng((SEED, begin)), edit=(whole, random))


def _block(drawing: Drawing, papers: Words, drawn: np.random.Generator, edit) -> pl.DataFrame:  # noqa: ANN001
    """Return the papers of a block unchanged, or some of them edited; one seed gives one set of papers."""
    columns = {}
    for name in ("titles", "abstracts"):
        words, sizes = getattr(drawing, name)(edit[0][0] if edit else len(papers), drawn)
        if edit:
            chosen = edit[0][1]
            begins = np.cumsum(sizes) - sizes
            place = np.arange(sizes[chosen].sum())
            place -= np.repeat(np.cumsum(sizes[chosen]) - sizes[chosen], sizes[chosen])
            words = drawing.edited(words[np.repeat(begins[chosen], sizes[chosen]) + place], edit[1])
            sizes = sizes[chosen]
        columns[name[:-1]] = drawing.spelled(words, sizes)
    return pl.DataFrame({**columns, "paper": papers})


def write_generated_texts(count: int, file: Path) -> None:
    """Write `count` generated texts (title, abstract, paper) to a Parquet file, one block at a time."""
    writer = None
    for block in blocks(count):
        table = block.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()
