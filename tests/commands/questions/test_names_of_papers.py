"""`similar` and `explain` take every name of a paper, and say what a name is."""

import json
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import PAPER_SOURCES, PAPERS
from paperlake.lake import Lake
from tests.support.command import paperlake


def named_paper(lake: Lake) -> dict:
    return lake.read(PAPERS).filter(pl.col("arxiv_id").is_not_null()).row(0, named=True)


@pytest.mark.parametrize("command", ["similar", "explain"])
@pytest.mark.parametrize("shape", ["{}", "arXiv:{}v2", "https://arxiv.org/abs/{}", "10.48550/arXiv.{}"])
def test_an_arxiv_id_names_its_paper(filled: Lake, command: str, shape: str) -> None:
    paper = named_paper(filled)
    by_id = paperlake(command, paper["paper_id"], "--lake", filled.root)
    by_name = paperlake(command, shape.format(paper["arxiv_id"]), "--lake", filled.root)
    assert by_name.returncode == 0, by_name.stderr
    assert by_name.stdout == by_id.stdout


@pytest.mark.parametrize("command", ["similar", "explain"])
def test_every_entry_id_names_the_paper_that_the_entry_is_part_of(filled: Lake, command: str) -> None:
    sources = filled.read(PAPER_SOURCES)
    merged = sources.filter(pl.col("entry_id") != pl.col("paper_id")).row(0, named=True)
    by_entry = paperlake(command, merged["entry_id"].upper(), "--lake", filled.root)
    assert by_entry.stdout == paperlake(command, merged["paper_id"], "--lake", filled.root).stdout


@pytest.mark.parametrize("command", ["similar", "explain"])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hello", "'hello' is no name of a paper"),
        ("ffffffffffffffff", "No paper and no entry has the id ffffffffffffffff"),
        ("9999.99999", "No paper has the arXiv id 9999.99999"),
        ("doi:10.1000/None", "No paper has the DOI 10.1000/none"),
        ("https://example.org/x", "No paper has the URL https://example.org/x"),
    ],
)
def test_an_unknown_name_exits_2_and_says_what_is_accepted(
    filled: Lake, command: str, name: str, told: str
) -> None:
    done = paperlake(command, name, "--lake", filled.root)
    assert done.returncode == 2
    assert told in done.stderr
    assert "an arXiv id (2401.12345), a DOI" in done.stderr


def test_an_entry_of_two_papers_is_said(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from paperlake import search

    first, second = filled.read(PAPERS)["paper_id"].head(2)
    monkeypatch.setattr(search, "named", lambda _lake, _name: [first, second])
    done = paperlake("similar", "10.1000/two", "--lake", filled.root)
    assert f"10.1000/two names 2 papers. Shown: {first}. Also: {second}." in done.stderr


def test_a_long_abstract_ends_with_an_ellipsis(filled: Lake) -> None:
    long = filled.read(ENTRIES).filter(pl.col("abstract").str.len_chars() > 150)["entry_id"][0]
    done = paperlake("explain", long, "--lake", filled.root)
    assert "…" in done.stdout
    whole = json.loads(paperlake("explain", long, "--lake", filled.root, "--json").stdout)
    assert len(whole["paper"]["abstract"]) > 150


def test_explain_needs_no_warehouse(tmp_path: Path) -> None:
    from paperlake.settings import Settings
    from tests.support.lakes import SAMPLES, fill, put

    lake = Lake.open(tmp_path / "lake")
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json")
    fill(lake, Settings(lake=lake.root), until="papers")
    done = paperlake("explain", named_paper(lake)["arxiv_id"], "--lake", lake.root)
    assert done.returncode == 0, done.stderr
