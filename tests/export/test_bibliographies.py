"""Exported bibliographies: each paper once, in the order of the query, with abstracts; other tables refused."""

import json
from pathlib import Path

import bibtexparser
import pytest

from paperlake.dumps.stage import parse_file
from paperlake.errors import UsageError
from paperlake.export.exporting import export
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from tests.support.command import paperlake
from tests.support.templates import Templates


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return templates.filled(tmp_path_factory.mktemp("export") / "lake", "listing/saved_page_june.txt")


@pytest.mark.parametrize(("name", "ending"), [("bibtex", "bib"), ("ris", "ris")])
def test_the_papers_read_back_as_the_same_papers(
    filled: Lake, tmp_path: Path, name: str, ending: str
) -> None:
    (exported,) = export(filled, tmp_path / "out", name)
    _, entries, rejects = parse_file(tmp_path / f"out/papers.{ending}", Settings())
    papers = query(filled, "SELECT paper_id FROM papers ORDER BY paper_id")[1]
    assert rejects.height == 0
    assert sorted(entries["entry_id"]) == [paper_id for (paper_id,) in papers]
    assert exported.row_count == entries.height


def test_a_query_gives_the_papers_and_their_order(filled: Lake, tmp_path: Path) -> None:
    asked = "SELECT paper_id, position FROM paper_authors ORDER BY paper_id DESC, position"
    (exported,) = export(filled, tmp_path / "out", "csl-json", query=asked)
    items = json.loads((tmp_path / "out/query.json").read_text())
    expected = query(filled, "SELECT DISTINCT paper_id FROM paper_authors ORDER BY paper_id DESC")[1]
    assert [item["id"].rpartition("-")[2] for item in items] == [row[0][:8] for row in expected]
    assert exported.row_count == len(items)


@pytest.mark.parametrize("asked", [{"tables": ["topics"]}, {"query": "SELECT 1 AS x"}])
def test_a_table_without_papers_is_refused(filled: Lake, tmp_path: Path, asked: dict) -> None:
    with pytest.raises(UsageError, match="has no column paper_id"):
        export(filled, tmp_path / "out", "bibtex", **asked)
    assert not (tmp_path / "out").exists()


def test_search_and_similar_print_a_bibliography(filled: Lake) -> None:
    paper_id, title = query(filled, "SELECT paper_id, title FROM papers ORDER BY paper_id LIMIT 1")[1][0]
    found = paperlake("search", title, "--by", "words", "--format", "bibtex", "--lake", filled.root)
    assert found.returncode == 0, found.stderr
    assert bibtexparser.parse_string(found.stdout).entries[0].key.endswith(paper_id[:8])
    near = paperlake("similar", paper_id, "--format", "csl-json", "--limit", "3", "--lake", filled.root)
    assert len(json.loads(near.stdout)) == 3
    both = paperlake("search", title, "--format", "ris", "--json", "--lake", filled.root)
    assert both.returncode == 2
    assert "Leave one out" in both.stderr
