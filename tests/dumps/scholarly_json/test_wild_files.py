"""Real files as they were found: without these a reader could fit only the records that were written for it."""

import json
from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.formats import detect
from tests.support.memory_dump import MemoryDump, Read, read

pytestmark = pytest.mark.real_data


def read_wild(real_data: Path, name: str, dump_format: DumpFormat) -> Read:
    dump = MemoryDump.of(real_data / "dumps/wild" / name, "wild")
    reader = detect(dump.head(), dump.path)
    assert reader is not None
    assert reader.format is dump_format
    found = read(reader, dump)
    assert found.reasons == []
    return found


def folded(text: str) -> str:
    return " ".join(text.split())


def test_daily_arxiv_enhanced(real_data: Path) -> None:
    name = "daily_arxiv_enhanced_139.jsonl"
    found = read_wild(real_data, name, DumpFormat.ARXIV_SNAPSHOT)
    papers = [json.loads(one) for one in (real_data / "dumps/wild" / name).read_text().splitlines()]
    assert found.entries.height == len(papers) == 139
    assert found.titles == [folded(paper["title"]) for paper in papers]
    assert [folded(text) for text in found.entries["abstract"]] == [
        folded(paper["summary"]) for paper in papers
    ]
    assert found.entries["authors"].to_list() == [
        [folded(one) for one in paper["authors"]] for paper in papers
    ]
    assert found.entries["categories"].to_list() == [paper["categories"] for paper in papers]
    assert found.entries["arxiv_id"].to_list() == [paper["id"] for paper in papers]
    assert found.warnings == {}


def test_a_list_of_arxiv_metadata(real_data: Path) -> None:
    found = read_wild(real_data, "arxiv_snapshot_array_4.json", DumpFormat.ARXIV_SNAPSHOT)
    counts = found.entries.select(
        "title", "abstract", "authors", "arxiv_id", "categories", "updated_date"
    ).count()
    assert counts.row(0) == (4,) * 6
    assert found.entries["arxiv_id"].to_list() == ["0704.0001", "2305.10429", "1706.03762", "2401.02954"]


def test_papers_of_the_client_of_the_daily_listing(real_data: Path) -> None:
    found = read_wild(real_data, "hf_cli_ls_17.json", DumpFormat.DAILY_API)
    columns = ("title", "abstract", "authors", "arxiv_id", "published_date", "upvote_count", "comment_count")
    assert found.entries.select(columns).count().row(0) == (17,) * 7
    assert found.row()["upvote_count"] == 163


def test_cv_arxiv_daily(real_data: Path) -> None:
    found = read_wild(real_data, "cv_arxiv_daily_2022-10.json", DumpFormat.CV_ARXIV_DAILY)
    columns = ("title", "authors", "arxiv_id", "published_date", "url", "categories")
    assert found.entries.select(columns).count().row(0) == (83,) * 6
    assert {len(authors) for authors in found.entries["authors"]} == {1}


def test_europe_pmc(real_data: Path) -> None:
    found = read_wild(real_data, "europepmc_9.jsonl", DumpFormat.PAPER_JSON)
    columns = ("title", "abstract", "authors", "doi", "published_date", "categories", "summary")
    assert found.entries.select(columns).count().row(0) == (9,) * 7
    assert found.row()["authors"] == [
        "A Roubanis", "Z Mei", "F Hedin", "W Ammerlaan", "M Ollert", "A Cosma", "FQ HeFeng",
    ]  # fmt: skip
