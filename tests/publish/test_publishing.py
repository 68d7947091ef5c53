"""What would go wrong: other bytes from equal lakes, an abstract that was left out, somebody's files deleted."""

import getpass
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.errors import ExportError, LakeError, UsageError
from paperlake.lake import Lake
from paperlake.publish import publishing, writing
from paperlake.publish.dataset import ABSTRACT_COLUMNS, CLOCK_COLUMNS
from paperlake.publish.publishing import publish
from paperlake.settings import Settings
from paperlake.warehouse.reading import connect
from tests.support.lakes import SAMPLES, TABLES, fill, put

NOT_REPRODUCIBLE = {"papers.duckdb", "SHA256SUMS"}
SECRET = "sk-planted-4711"


def settings_of(root: Path) -> Settings:
    return Settings(
        lake=root, embedder="hashing", embedder_api_key=SECRET, harvest_contact="planted@example.org"
    )


def built(root: Path) -> Lake:
    lake = Lake.open(root)
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json", folder="daily_api")
    fill(lake, settings_of(root))
    return lake


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return built(tmp_path_factory.mktemp("publish") / "planted_folder")


@pytest.fixture(scope="module")
def folder(filled: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set of `filled`; read it, do not change it."""
    target = tmp_path_factory.mktemp("published") / "out"
    publish(filled, settings_of(filled.root), target)
    return target


@pytest.fixture(scope="module")
def bare(filled: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set of `filled` without abstracts; read it, do not change it."""
    target = tmp_path_factory.mktemp("bare") / "out"
    publish(filled, settings_of(filled.root), target, has_abstracts=False)
    return target


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "out"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def table_of(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"data/{name}/*.parquet", hive_partitioning=False)


def of_file(path: Path, name: str) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return pl.DataFrame(connection.execute(f'SELECT * FROM "{name}"').to_arrow_table())


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(
        [name for name, dtype in frame.schema.items() if not dtype.is_nested()], nulls_last=True
    )


def reproducible(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in files_of(folder).items() if name not in NOT_REPRODUCIBLE}


def test_a_second_build_elsewhere_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    other = built(tmp_path / "another_name")
    publish(other, settings_of(other.root), tmp_path / "out")
    assert reproducible(tmp_path / "out") == reproducible(folder)
    sums = [
        [line for line in (one / "SHA256SUMS").read_text().splitlines() if "papers.duckdb" not in line]
        for one in (folder, tmp_path / "out")
    ]
    assert sums[0] == sums[1]


def test_publishing_again_gives_the_same_bytes(filled: Lake, copy: Path) -> None:
    before = reproducible(copy)
    inode = copy.stat().st_ino
    publish(filled, settings_of(filled.root), copy)
    assert copy.stat().st_ino != inode, "the folder was replaced"
    assert reproducible(copy) == before


def test_every_table_is_as_in_the_warehouse(filled: Lake, folder: Path) -> None:
    for name, table in TABLES.items():
        with connect(filled) as connection:
            expected = pl.DataFrame(connection.execute(f'SELECT * FROM "{name}"').to_arrow_table())
        expected = expected.drop(CLOCK_COLUMNS.get(name, ()))
        found = table_of(folder, name)
        assert_frame_equal(in_order(found), in_order(expected))
        if table.key:
            assert_frame_equal(found, found.sort(table.key, nulls_last=True))
        assert_frame_equal(in_order(of_file(folder / "papers.duckdb", name)), in_order(expected))


def test_the_database_has_views_macros_and_comments(folder: Path) -> None:
    with duckdb.connect(str(folder / "papers.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM search('language model')").fetchone()[0] > 3
        assert connection.execute("SELECT count(*) FROM filed_papers").fetchone()[0] > 10
        sql = "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
        assert connection.execute(sql).fetchone() == (0,)


def test_a_large_table_is_several_files(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_FILE_BYTES", 1)
    monkeypatch.setattr(writing, "ROW_GROUP_ROWS", 7)
    publish(filled, settings_of(filled.root), tmp_path / "out")
    papers = table_of(tmp_path / "out", "papers")
    paths = sorted((tmp_path / "out/data/papers").iterdir())
    assert len(paths) == -(-papers.height // 7) > 2
    assert paths[1].name == f"00001-of-{len(paths):05d}.parquet"
    assert papers["paper_id"].is_sorted()
    assert papers["paper_id"].is_unique().all()
    described = json.loads((tmp_path / "out/croissant.json").read_text())
    ids = [one["@id"] for one in described["distribution"]]
    assert "data/papers" in ids
    assert f"data/papers/{paths[1].name}" in ids
    (record_set,) = [one for one in described["recordSet"] if one["name"] == "papers"]
    assert record_set["field"][0]["source"]["fileSet"] == {"@id": "data/papers"}
    resource = next(
        one
        for one in json.loads((tmp_path / "out/datapackage.json").read_text())["resources"]
        if one["name"] == "papers"
    )
    assert resource["path"] == [f"data/papers/{path.name}" for path in paths]


def test_checksums_are_those_of_all_files(folder: Path) -> None:
    stated = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = files_of(folder)
    del files["SHA256SUMS"]
    assert stated == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert list(stated) == sorted(stated)


def test_nothing_of_the_machine_is_published(filled: Lake, folder: Path) -> None:
    planted = [str(filled.root.parent), "planted", SECRET, "paperlake.toml"]
    if len(getpass.getuser()) > 4:
        planted.append(getpass.getuser())
    for name, content in files_of(folder).items():
        assert not [text for text in planted if text.encode() in content], name
    assert not list(folder.rglob(".*"))
    dumps = [path.read_bytes() for path in filled.raw.rglob("*") if path.is_file()]
    assert not set(dumps) & set(files_of(folder).values())


# Without abstracts


def test_abstracts_are_in_no_table_and_not_in_the_database(folder: Path, bare: Path) -> None:
    assert table_of(folder, "papers")["abstract"].null_count() < table_of(folder, "papers").height
    for name, columns in ABSTRACT_COLUMNS.items():
        for frame in (table_of(bare, name), of_file(bare / "papers.duckdb", name)):
            assert frame.select(columns).null_count().row(0) == (frame.height,) * len(columns)
        for column in columns:
            assert table_of(bare, name).schema[column] == pl.String
    assert (
        table_of(bare, "papers")
        .drop("abstract", "summary")
        .equals(table_of(folder, "papers").drop("abstract", "summary"))
    )


def test_no_text_of_an_abstract_is_in_any_other_column(folder: Path, bare: Path) -> None:
    abstracts = table_of(folder, "entries")["abstract"].drop_nulls().to_list()
    pieces = {text[at : at + 40] for text in abstracts for at in (0, len(text) // 2) if len(text) > 100}
    assert len(pieces) > 20
    everything = json.dumps(
        [
            of_file(bare / "papers.duckdb", name).drop("embedding", strict=False).to_dict(as_series=False)
            for name in TABLES
        ],
        default=str,
        ensure_ascii=False,
    ) + "".join(path.read_text() for path in bare.iterdir() if path.suffix in (".md", ".json", ".cff"))
    titles = " ".join(table_of(folder, "entries")["title"])
    assert not [piece for piece in pieces if piece in everything and piece not in titles]


def test_the_search_index_has_words_of_titles_alone(folder: Path, bare: Path) -> None:
    titles = " ".join(table_of(folder, "papers")["title"]).lower()
    with duckdb.connect(str(bare / "papers.duckdb"), read_only=True) as connection:
        words = {
            word
            for (word,) in connection.execute(
                "SELECT word FROM search.forms WHERE stem_number IS NOT NULL"
            ).fetchall()
        }
        assert connection.execute("SELECT count(*) FROM search('language model')").fetchone()[0] > 1
    assert words
    assert not [word for word in words if word not in titles]


def test_the_descriptions_say_what_is_left_out(bare: Path, folder: Path) -> None:
    assert "Abstracts are left out" in (bare / "README.md").read_text()
    assert "Abstracts are left out" not in (folder / "README.md").read_text()
    assert json.loads((bare / "provenance.json").read_text())["has_abstracts"] is False
    described = json.loads((bare / "datapackage.json").read_text())
    fields = {
        (resource["name"], field["name"])
        for resource in described["resources"]
        for field in resource["schema"]["fields"]
        if "Left out of this data set" in field["description"]
    }
    assert fields == {(name, column) for name, columns in ABSTRACT_COLUMNS.items() for column in columns}


# What is replaced, and what is refused


def test_a_folder_with_other_things_is_never_replaced(filled: Lake, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("years of work")
    for force in (False, True):
        with pytest.raises(UsageError, match="no data set that"):
            publish(filled, settings_of(filled.root), tmp_path / "out", force=force)
    assert files_of(tmp_path / "out") == {"thesis.tex": b"years of work"}
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="no data set that"):
        publish(filled, settings_of(filled.root), tmp_path / "file")


@pytest.mark.parametrize("name", [".git/config", "data/papers/mine.parquet", "notes.md"])
def test_files_of_others_in_a_data_set_are_kept(filled: Lake, copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("mine")
    before = files_of(copy)
    for force in (False, True):
        with pytest.raises(UsageError, match="did not write"):
            publish(filled, settings_of(filled.root), copy, force=force)
    assert files_of(copy) == before


def test_an_edited_card_is_replaced_only_when_asked(filled: Lake, copy: Path) -> None:
    (copy / "README.md").write_text("better words")
    with pytest.raises(UsageError, match=r"README\.md were edited"):
        publish(filled, settings_of(filled.root), copy)
    assert (copy / "README.md").read_text() == "better words"
    publish(filled, settings_of(filled.root), copy, force=True)
    assert "better words" not in (copy / "README.md").read_text()


def test_an_empty_folder_is_filled_and_a_missing_parent_refused(filled: Lake, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        publish(filled, settings_of(filled.root), tmp_path / "no" / "out")
    with pytest.raises(UsageError, match="inside the lake"):
        publish(filled, settings_of(filled.root), filled.root / "out")


def test_a_failure_leaves_what_was_there(filled: Lake, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(copy)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_database", fail)
    with pytest.raises(ExportError, match="No space left"):
        publish(filled, settings_of(filled.root), copy)
    assert files_of(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["out"]


def test_a_warehouse_that_is_older_than_its_tables_is_refused(filled: Lake, tmp_path: Path) -> None:
    lake = Lake(Path(shutil.copytree(filled.root, tmp_path / "lake", symlinks=True)))
    built_last = lake.manifest_path("warehouse")
    aside = built_last.rename(tmp_path / "aside.json")
    with pytest.raises(LakeError, match="no warehouse"):
        publish(lake, settings_of(lake.root), tmp_path / "out")
    aside.rename(built_last)
    with pytest.raises(LakeError, match=r"older than .* \(topics differs\)"):
        publish(lake, Settings(lake=lake.root, embedder="hashing", topic_min_papers=3), tmp_path / "out")
    manifest = lake.manifest("papers")
    (first, *rest) = manifest.outputs["papers"]
    changed = {**manifest.outputs, "papers": (replace(first, sha256="0" * 64), *rest)}
    lake.write_manifest(replace(manifest, outputs=changed))
    with pytest.raises(LakeError, match=r"older than"):
        publish(lake, settings_of(lake.root), tmp_path / "out")
    assert not (tmp_path / "out").exists()
