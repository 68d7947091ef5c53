"""What would go wrong: an answer of another shape without rows, a heavy import, a lake that is written to."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import paperlake
from paperlake import opened
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.opened import SEARCH_COLUMNS, OpenLake
from paperlake.search import search, similar
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, fill, put
from tests.support.templates import Templates

pytestmark = pytest.mark.filterwarnings("ignore:Searched by words only")


@pytest.fixture(scope="module")
def root(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("opened") / "lake"
    return templates.filled(place, "listing/saved_page_june.txt", "listing/search_results.txt").root


@pytest.fixture(scope="module")
def asked(root: Path) -> Iterator[OpenLake]:
    with paperlake.open_lake(root) as lake:
        yield lake


def test_importing_paperlake_loads_nothing() -> None:
    code = "import sys; import paperlake; print(sorted(set(sys.modules) & {'polars', 'duckdb', 'pydantic', 'torch', 'dagster', 'numpy'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_table_is_all_its_rows(asked: OpenLake) -> None:
    papers = asked.table("papers")
    assert papers.height == asked.sql("SELECT count(*) FROM papers").item() > 50
    assert papers.schema["published_date"] == pl.Date
    assert papers.schema["authors"] == pl.List(pl.String)
    assert asked.table("papers", ["title", "paper_id"]).columns == ["title", "paper_id"]
    assert asked.table("embeddings").schema["embedding"] == pl.Array(pl.Float32, 256)
    assert asked.table("filed_papers").height == papers.height


def test_every_table_and_view_can_be_read_and_described(asked: OpenLake) -> None:
    for name in asked.table_names:
        described = asked.describe(name)
        assert asked.table(name).columns == described["column"].to_list()
        assert described["description"].null_count() == 0


@pytest.mark.parametrize("name", ["no_such", 'papers"; DROP TABLE papers; --', "search.postings"])
def test_an_unknown_table_is_refused(asked: OpenLake, name: str) -> None:
    with pytest.raises(UsageError, match="There is no public table"):
        asked.table(name)


@pytest.mark.parametrize("columns", [["no_such"], ["title, abstract"], []])
def test_an_unknown_column_is_refused(asked: OpenLake, columns: list[str]) -> None:
    with pytest.raises(UsageError, match=r"query failed|no columns"):
        asked.table("papers", columns)


def test_sql_takes_parameters_by_place_and_by_name(asked: OpenLake) -> None:
    assert asked.sql("SELECT ? + 1 AS a", [1])["a"].to_list() == [2]
    assert asked.sql("SELECT $word AS a", {"word": "it's"})["a"].to_list() == ["it's"]
    assert asked.sql("FROM search(?) LIMIT 3", ["language models"]).height == 3


@pytest.mark.parametrize(
    "query", ["CREATE TABLE x (a INTEGER)", "FROM read_csv('/etc/passwd')", "SELEC", "ATTACH ':memory:' AS m; DROP TABLE papers"]
)  # fmt: skip
def test_sql_neither_writes_nor_reads_files(asked: OpenLake, query: str) -> None:
    with pytest.raises(UsageError, match="The query failed"):
        asked.sql(query)


def test_search_gives_what_the_command_gives(asked: OpenLake, root: Path) -> None:
    settings = Settings(lake=root, embedder="hashing")
    expected = search(Lake.find(root), settings, "language models", 5, "words").rows
    found = asked.search("language models", 5, "words")
    assert found.to_dicts() == expected
    assert dict(found.schema) == dict(SEARCH_COLUMNS)


def test_a_search_without_results_has_the_same_columns_and_warns(asked: OpenLake) -> None:
    with pytest.warns(UserWarning, match="No paper has the arXiv id"):
        found = asked.search("arXiv:2401.99999")
    assert found.height == 0
    assert dict(found.schema) == dict(SEARCH_COLUMNS)


def test_filters_are_those_of_the_command(asked: OpenLake) -> None:
    found = asked.search(
        "model", 50, "words", published_from=date(2024, 6, 1), published_to=date(2024, 12, 31)
    )
    assert found.height
    assert found["published_date"].is_between(date(2024, 6, 1), date(2024, 12, 31)).all()
    with pytest.raises(UsageError, match="No topic"):
        asked.search("model", topic="no such")


def test_similar_papers_are_those_of_the_command(asked: OpenLake, root: Path) -> None:
    paper_id = asked.sql("SELECT min(paper_id) FROM papers").item()
    assert asked.similar(paper_id, 4).to_dicts() == similar(Lake.find(root), paper_id, 4)
    with pytest.raises(UsageError, match="name"):
        asked.similar("no such paper")


def test_the_lake_is_the_setting_by_default(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLAKE_LAKE", str(root))
    with paperlake.open_lake() as lake:
        assert str(root) in repr(lake)
        assert lake.table("dumps", ["path"]).height == 2


def test_a_folder_that_is_no_lake_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no lake at"):
        paperlake.open_lake(tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())
    lake = Lake.open(tmp_path / "empty")
    with pytest.raises(LakeError, match="no warehouse"):
        opened.OpenLake(lake.root).table("papers")


def test_an_answer_is_of_the_newest_build(templates: Templates, tmp_path: Path) -> None:
    lake = templates.filled(tmp_path / "lake", "listing/saved_page_june.txt")
    settings = Settings(lake=lake.root, embedder="hashing")
    with paperlake.open_lake(lake.root) as asked:
        before = asked.table("dumps").height
        put(lake, SAMPLES / "listing/search_results.txt")
        fill(lake, settings)
        assert asked.table("dumps").height == before + 1
