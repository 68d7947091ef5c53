"""Preprints and the records of their journal versions, as Crossref has them: joined, and nothing else is."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from paperlake.text.names import split_names
from tests.support.dedup_building import PaperTables, dump, entry, run

DUMPS = [dump("arxiv", format="arxiv_snapshot"), dump("crossref", format="daily_api")]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]


@pytest.fixture(scope="module")
def versions(real_data) -> list[tuple[dict, dict]]:
    """Return a preprint and a record without abstract, without arXiv id, and with initials, of each work."""
    lists = {row["arxiv_id"]: row for row in lines(real_data / "pairs" / "version_authors.jsonl.gz")}
    works = {row["arxiv_id"]: row for row in lines(real_data / "pairs" / "version_pairs.jsonl.gz")}
    found = []
    for number, (arxiv_id, work) in enumerate(sorted(works.items()), start=1):
        known = lists.get(arxiv_id)
        if not known or not known["doi"]:
            continue
        names = split_names(known["authors"]) or []
        initials = [f"{name[0]}. {name.split()[-1]}" for name in names]
        doi = known["doi"].split()[0].lower()
        preprint = entry(
            work["title_new"], work["abstract_new"], "arxiv", number=number, arxiv_id=arxiv_id, authors=names,
            author_count=len(names), doi=doi if number % 2 else None,
        )  # fmt: skip
        record = entry(
            work["title_new"], None, "crossref", number=number, doi=doi, authors=initials,
            author_count=len(names),
        )  # fmt: skip
        found.append((preprint, record))
    return found


@pytest.mark.real_data
def test_journal_versions_join_their_preprints(versions):
    result: PaperTables = run([row for pair in versions for row in pair], DUMPS)
    sources = result.paper_sources.select("paper_id", "entry_number")
    numbers = sources.group_by("paper_id").agg(pl.col("entry_number").n_unique(), entries=pl.len())
    assert len(versions) > 1000
    assert numbers.filter(pl.col("entry_number") > 1).is_empty()
    alone = numbers.filter(pl.col("entries") < 2).height
    assert alone <= 4  # two works whose titles are too short to decide without DOI and abstract
