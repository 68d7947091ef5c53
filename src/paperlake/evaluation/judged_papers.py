"""Take a sample of a lake's papers and what the data says about them: the questions of a comparison.

Nothing here is judged by people: titles, first sentences, other texts of the same paper, categories, keywords
and authors all came with the dumps.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import PAPER_AUTHORS, PAPER_SOURCES, PAPERS
from paperlake.embedding.protocol import Role
from paperlake.embedding.text import paper_texts, text_to_embed
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.text.display import plural
from paperlake.vectors.arrays import Ints

MIN_PAPERS = 50  # fewer are found among one another by any embedder
MIN_SENTENCE_CHARS = 40  # a shorter beginning is a heading or an abbreviation
MAX_NAME_PAPERS = 20  # in the sample; a name with more is that of several people
SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z0-9\"“(])")

TITLES, SENTENCES, OTHER_TEXTS = "titles", "first_sentences", "other_texts"


@dataclass(frozen=True)
class Questions:
    """Texts for which one paper is the right answer."""

    texts: list[str]
    rows: Ints
    """(texts,) row of the paper that is the answer."""
    role: Role


@dataclass(frozen=True)
class JudgedPapers:
    """A sample of papers in the order of paper_id, and what is known about them."""

    papers: pl.DataFrame
    """Columns paper_id, title, abstract, text, text_hash."""
    questions: dict[str, Questions]
    """Known-item queries by task."""
    category_names: list[str]
    categories: Ints
    """(papers,) number of the first category, -1 where a paper has none."""
    keywords: Any
    """(papers, keywords) sparse, 1 where a paper has the keyword, case folded."""
    authors: Any
    """(papers, names) sparse, 1 where the paper has an author of that family name and initials."""


def read_judged_papers(lake: Lake, sample: int, seed: int) -> JudgedPapers:
    """Read a sample of the lake's papers with all that is known about them.

    Args:
        lake: A lake with papers.
        sample: Number of papers; all papers where the lake has no more.
        seed: Another seed gives another sample.

    Raises:
        UsageError: The lake has too few papers.
        LakeError: The lake has no papers yet.
    """
    ids = lake.scan(PAPERS).select("paper_id").collect()["paper_id"]
    chosen = pl.DataFrame({"paper_id": sample_ids(ids.to_list(), sample, seed)}, {"paper_id": pl.String})
    wanted = chosen.lazy()
    columns = ("paper_id", "title", "abstract", "categories", "keywords")
    papers = lake.scan(PAPERS).select(columns).join(wanted, "paper_id", "semi").collect()
    authors = lake.scan(PAPER_AUTHORS).select("paper_id", "name_key").join(wanted, "paper_id", "semi")
    sources = lake.scan(PAPER_SOURCES).select("paper_id", "entry_id").join(wanted, "paper_id", "semi")
    texts = lake.scan(ENTRIES).select("entry_id", "title", "abstract").unique("entry_id", keep="any")
    others = sources.unique().join(texts, "entry_id").collect()
    return judge_papers(papers, authors.collect(), others)


def sample_ids(paper_ids: Sequence[str], count: int, seed: int) -> list[str]:
    """Return at most `count` ids, ascending: those whose hash with the seed is least."""
    salt = str(seed).encode()

    def rank(paper_id: str) -> bytes:
        return hashlib.blake2b(paper_id.encode(), digest_size=8, salt=salt[:16]).digest()

    return sorted(sorted(paper_ids, key=rank)[:count])


def judge_papers(papers: pl.DataFrame, authors: pl.DataFrame, others: pl.DataFrame) -> JudgedPapers:
    """Build the questions of some papers.

    Args:
        papers: Columns paper_id, title, abstract, categories, keywords.
        authors: Columns paper_id, name_key.
        others: Columns paper_id, entry_id, title, abstract: the entries of these papers.

    Raises:
        UsageError: There are too few papers.
    """
    if papers.height < MIN_PAPERS:
        raise UsageError(
            f"There {'is' if papers.height == 1 else 'are'} {plural(papers.height, 'paper')} to compare "
            f"embedders with; {MIN_PAPERS} are needed. Add dumps, or choose a larger --sample."
        )
    papers = papers.sort("paper_id")
    firsts = papers["categories"].list.get(0, null_on_oob=True).to_list()
    names = sorted({name for name in firsts if name is not None})
    numbers = {name: number for number, name in enumerate(names)}
    categories = np.array([-1 if name is None else numbers[name] for name in firsts], np.int64)
    texts = paper_texts(papers)
    kept = papers.select("paper_id", "title", "abstract").with_columns(texts["text"], texts["text_hash"])
    keywords = papers.select("paper_id", pl.col("keywords").alias("term")).explode("term").drop_nulls()
    shared = authors.select("paper_id", pl.col("name_key").alias("term")).unique()
    shared = shared.filter(pl.len().over("term") <= MAX_NAME_PAPERS)
    return JudgedPapers(
        papers=kept,
        questions={
            TITLES: _title_questions(kept),
            SENTENCES: _sentence_questions(kept),
            OTHER_TEXTS: _other_texts(kept, others),
        },
        category_names=names,
        categories=categories,
        keywords=_incidence(kept, keywords.with_columns(pl.col("term").str.to_lowercase().str.strip_chars())),
        authors=_incidence(kept, shared),
    )


def first_sentence(abstract: str) -> str | None:
    """Return the first sentence of an abstract; None where it has only one.

    >>> first_sentence("We count the stars of one galaxy by hand. Then we count them again.")
    'We count the stars of one galaxy by hand.'
    """
    text = " ".join(abstract.split())
    for end in SENTENCE_END.finditer(text):
        if end.end() >= MIN_SENTENCE_CHARS:
            return text[: end.end()]
    return None


def _title_questions(papers: pl.DataFrame) -> Questions:
    """Ask for each paper by its title; without an abstract the title is the whole text, and no question."""
    rows = np.flatnonzero(papers["abstract"].is_not_null().to_numpy())
    return Questions(papers["title"].gather(rows).to_list(), rows.astype(np.int64), "query")


def _sentence_questions(papers: pl.DataFrame) -> Questions:
    found = [(row, first_sentence(text)) for row, text in enumerate(papers["abstract"]) if text]
    kept = [(row, sentence) for row, sentence in found if sentence]
    rows = np.array([row for row, _ in kept], np.int64)
    return Questions([sentence for _, sentence in kept], rows, "query")


def _other_texts(papers: pl.DataFrame, others: pl.DataFrame) -> Questions:
    """Ask for each paper by one text of its entries that differs from its own in more than white space."""
    own = {paper_id: (row, text) for row, (paper_id, text) in enumerate(papers["paper_id", "text"].rows())}
    texts: dict[int, str] = {}
    for paper_id, _, title, abstract in (
        others.select("paper_id", "entry_id", "title", "abstract").sort("paper_id", "entry_id").iter_rows()
    ):
        text = text_to_embed(title, abstract)
        row, known = own[paper_id]
        if row not in texts and _folded(text) != _folded(known):
            texts[row] = text
    return Questions(list(texts.values()), np.array(list(texts), np.int64), "paper")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _incidence(papers: pl.DataFrame, terms: pl.DataFrame) -> Any:  # noqa: ANN401  # scipy is untyped
    """Return the sparse (papers, terms) matrix of pairs paper_id, term, without terms of one paper."""
    rows = papers.select("paper_id").with_row_index("row")
    pairs = terms.unique().filter(pl.len().over("term") > 1).join(rows, "paper_id").sort("term", "row")
    columns = pairs["term"].rank("dense").to_numpy().astype(np.int64) - 1
    shape = papers.height, int(columns.max()) + 1 if len(columns) else 0
    ones = np.ones(len(columns), np.float32)
    return sp.csr_array((ones, (pairs["row"].to_numpy().astype(np.int64), columns)), shape=shape)
