"""What would go wrong: a title that leaves its field, a key that does not hold, a description that no reader takes."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
import yaml

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.publish.dataset import CLOCK_COLUMNS
from paperlake.publish.descriptions.card import SIZES, _size, escape
from paperlake.publish.descriptions.licences import TERMS
from paperlake.publish.publication import LICENSES, Publication, read_publication
from paperlake.publish.publishing import publish
from paperlake.settings import Settings
from tests.support.hostile_texts import TITLES, hostile_dump
from tests.support.lakes import SAMPLES, TABLES, fill, put

HOSTILE = 'Ponds"}] --- \n# <script>x</script> ``` | [a](javascript:b) {{ 7*7 }} \u202e: é'
STATED = f"""
title = {json.dumps(HOSTILE)}
description = "Papers: all of them, 100% – “quoted”."
license = "CC-BY-4.0"
version = "2.1.0"
released = 2026-01-02
doi = "10.5281/zenodo.1234567"
url = "https://example.org/papers"
keywords = ["lakes", "yes", "- no: list"]
authors = [
  {{ given_names = "Ada", family_names = "Lovelace", orcid = "https://orcid.org/0000-0002-1825-0097" }},
  {{ name = "Tarn Institute" }},
]
"""
LOAD_WITH_MLCROISSANT = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
issues = dataset.metadata.ctx.issues
records = {name: list(dataset.records(name)) for name in sys.argv[2:]}
print(json.dumps({
    "issues": [*issues.errors, *issues.warnings],
    "counts": {name: len(found) for name, found in records.items()},
    "ids": [row["papers/paper_id"].decode() for row in records["papers"]],
    "titles": [row["papers/title"].decode() for row in records["papers"]],
}))
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("described") / "lake")
    (lake.raw / "2025-01-02.json").write_text(hostile_dump())
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    (lake.root / "curated").mkdir()
    lake.publication.write_text(STATED)
    fill(lake, Settings(lake=lake.root, embedder="hashing", topic_min_papers=2))
    return lake


@pytest.fixture(scope="module")
def folder(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("described") / "out"
    publish(lake, Settings(lake=lake.root, embedder="hashing", topic_min_papers=2), target)
    return target


def rows(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"data/{table}/*.parquet")


def package(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text())


def card(folder: Path) -> tuple[dict, str]:
    """The front matter and the text."""
    _, front, text = (folder / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(front), text


def test_hostile_titles_are_in_the_data_or_this_file_tests_nothing(folder: Path) -> None:
    assert rows(folder, "papers").height >= len(TITLES) - 1
    assert rows(folder, "papers")["title"].str.contains("<script>", literal=True).any()


def test_the_front_matter_is_what_a_hub_reads(folder: Path) -> None:
    front, _ = card(folder)
    assert front["pretty_name"] == HOSTILE
    assert front["license"] == "cc-by-4.0"
    assert front["size_categories"] == ["n<1K"]
    assert front["tags"][:3] == ["lakes", "yes", "- no: list"]
    assert [one["config_name"] for one in front["configs"]] == list(TABLES)
    assert [one["config_name"] for one in front["configs"] if one.get("default")] == ["papers"]
    for config in front["configs"]:
        assert list(folder.glob(config["data_files"][0]["path"]))


def test_the_text_of_the_card_has_no_element_and_no_link_of_a_title(folder: Path) -> None:
    _, text = card(folder)
    fences = re.findall(r"^```(\w*)$", text, flags=re.MULTILINE)
    assert fences == ["sql", "", "python", "", "python", "", "json", ""]
    example = re.search(r"```json\n(.*?)\n```", text, flags=re.DOTALL)[1]
    assert json.loads(example)["paper_id"] == rows(folder, "papers")["paper_id"].min()
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in prose.splitlines():
        if "`" not in line:  # a column's description, which is ours
            assert not re.search(r"(?<!\\)<(?!https://)", line), line
            links = re.findall(r"(?<!\\)\]\(([^)]*)\)", line)
            assert all(
                link.startswith(("https://github.com/paperlake", "#", "LICENSES.md")) for link in links
            ), line
    headings = [line for line in prose.splitlines() if line.startswith("#")]
    assert len([line for line in headings if line.startswith("# ")]) == 1
    assert "\u202e" not in text


@pytest.mark.parametrize("title", TITLES)
def test_an_escaped_title_is_one_line_without_active_marks(title: str) -> None:
    escaped = escape(title)
    assert escaped.isprintable()
    bare = re.sub(r"\\.", "", escaped)
    assert not set(bare) & set("<>[]`*_|&$~#\\")


def test_citation_and_json_say_what_is_stated(folder: Path) -> None:
    cff = yaml.safe_load((folder / "CITATION.cff").read_text())
    assert cff["title"] == HOSTILE
    assert cff["authors"] == [
        {"family-names": "Lovelace", "given-names": "Ada", "orcid": "https://orcid.org/0000-0002-1825-0097"},
        {"name": "Tarn Institute"},
    ]
    assert (cff["license"], cff["date-released"], cff["doi"]) == (
        "CC-BY-4.0",
        "2026-01-02",
        "10.5281/zenodo.1234567",
    )
    croissant = json.loads((folder / "croissant.json").read_text())
    assert croissant["name"] == HOSTILE
    assert croissant["datePublished"] == "2026-01-02"
    assert "Ada Lovelace; Tarn Institute (2026)" in croissant["citeAs"]
    assert package(folder)["title"] == HOSTILE
    assert package(folder)["licenses"] == [{"name": "CC-BY-4.0", "path": LICENSES["CC-BY-4.0"].url}]


def test_without_a_file_nothing_is_claimed(tmp_path: Path) -> None:
    stated = read_publication(Lake(tmp_path))
    assert stated == Publication()
    assert stated.license_terms is None
    assert stated.released is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('titel = "x"', "titel"),
        ('license = "MIT-ish"', "not one of CC0"),
        ("version = '1'", "version"),
        ("authors = [{ affiliation = 'x' }]", "neither"),
        ("url = 'javascript:x'", "url"),
        ("title =", "is not TOML"),
        ("released = 'yesterday'", "released"),
    ],
)
def test_a_wrong_statement_names_file_and_key(tmp_path: Path, line: str, told: str) -> None:
    lake = Lake.open(tmp_path / "lake")
    lake.publication.parent.mkdir()
    lake.publication.write_text(line)
    with pytest.raises(UsageError, match=rf"publication\.toml.*{told}"):
        read_publication(lake)


def test_every_column_is_described_by_the_catalogue(folder: Path) -> None:
    for resource in package(folder)["resources"]:
        table = TABLES[resource["name"]]
        expected = {
            name: text
            for name, text in table.descriptions.items()
            if name not in CLOCK_COLUMNS.get(table.name, ())
        }
        fields = resource["schema"]["fields"]
        assert {field["name"]: field["description"] for field in fields} == expected
        assert [field["name"] for field in fields] == rows(folder, table.name).columns
        assert resource["rowCount"] == rows(folder, table.name).height
    for record_set in json.loads((folder / "croissant.json").read_text())["recordSet"]:
        described = {field["name"].partition("/")[2]: field["description"] for field in record_set["field"]}
        assert described.items() <= TABLES[record_set["name"]].descriptions.items()


def test_keys_hold_in_the_data(folder: Path) -> None:
    count = 0
    for resource in package(folder)["resources"]:
        frame = rows(folder, resource["name"])
        schema = resource["schema"]
        if "primaryKey" in schema:
            assert not frame.select(schema["primaryKey"]).is_duplicated().any()
        for key in schema.get("foreignKeys", ()):
            target = rows(folder, key["reference"]["resource"] or resource["name"])
            held = frame.select(key["fields"]).drop_nulls()
            lost = held.join(target, left_on=key["fields"], right_on=key["reference"]["fields"], how="anti")
            assert lost.height == 0, (resource["name"], key)
            count += held.height
    assert count > 100


def test_every_format_has_terms() -> None:
    assert TERMS.keys() == set(DumpFormat)


@pytest.mark.parametrize(
    ("papers", "size"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (20_000_000, "10M<n<100M")]
)
def test_size_categories_are_the_hubs(papers: int, size: str) -> None:
    assert _size(papers) == size
    assert len(SIZES) == 5


# With the readers of other projects: pip install '.[validation]'


@pytest.mark.skipif(find_spec("mlcroissant") is None, reason="mlcroissant is not installed")
def test_mlcroissant_loads_the_papers(folder: Path) -> None:
    """In a process of its own: the handler of its logging closes the output that pytest captures."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        LOAD_WITH_MLCROISSANT,
        folder / "croissant.json",
        *TABLES,
    ]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout)
    papers = rows(folder, "papers")
    assert not found["issues"]
    assert found["counts"] == {name: rows(folder, name).height for name in TABLES}
    assert found["ids"] == papers["paper_id"].to_list()
    assert found["titles"] == papers["title"].to_list()


@pytest.mark.filterwarnings("ignore")
def test_frictionless_finds_the_rows_valid(folder: Path) -> None:
    """The rows are given as Python values: its reader of Parquet makes floats of integers with NULL."""
    frictionless = pytest.importorskip("frictionless")
    described = package(folder)
    for resource in described["resources"]:
        frame = rows(folder, resource["name"]).with_columns(pl.col(pl.Date).cast(pl.String))
        resource["data"] = [frame.columns, *map(list, frame.rows())]
        for key in ("path", "format", "mediatype", "bytes", "hash", "rowCount"):
            resource.pop(key, None)
    report = frictionless.Package(described).validate()
    errors = [(task.name, error.message) for task in report.tasks for error in task.errors]
    assert report.valid, errors[:5]
    assert report.stats["tasks"] == len(TABLES)
