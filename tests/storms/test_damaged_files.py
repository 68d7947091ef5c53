"""A damaged file is built again by the run that meets it, and said; what is lost is as little as can be."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from paperlake.catalogue.dump_tables import ENTRIES, INVENTORY
from paperlake.catalogue.files import TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.topic_tables import TOPICS
from paperlake.cli import app
from paperlake.dumps.inventory import is_inventory_current, list_raw
from paperlake.embedding.store import VectorStore
from paperlake.errors import DamagedFileError, LakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stage_list import PIPELINE
from paperlake.stages.runner import StageResult
from paperlake.verification import find_damage
from pipelines.metadata import DAMAGED, output_metadata
from tests.support.damaging import change_value, flip
from tests.support.lakes import fill, last
from tests.support.listing_writer import write_small_listing


@dataclass(frozen=True)
class Kept:
    """A lake that ran once; each test gets a copy."""

    lake: Lake
    settings: Settings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "lake"
    lake = Lake.open(root)
    write_small_listing(lake.raw / "a.txt", seed=1, count=12)
    fill(lake, Settings(lake=root, embedder="hashing"))
    return root


@pytest.fixture
def kept(built: Path, tmp_path: Path) -> Iterator[Kept]:
    root = tmp_path / "lake"
    shutil.copytree(built, root)
    yield Kept(Lake.open(root), Settings(lake=root, embedder="hashing"))
    shutil.rmtree(root)


def change(path: Path) -> Path:
    assert change_value(random.Random(1), path, [])
    return path


def only_file(lake: Lake, output: object) -> Path:
    (entry,) = lake.entries_of(output)
    return lake.root / entry.path


def test_a_damaged_table_is_built_again_by_the_run_that_reads_it(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    """Without it the run ended, and a file with one changed value was kept when its table was built again."""
    before = kept.lake.read(PAPERS)
    path = only_file(kept.lake, PAPERS)
    flip(random.Random(1), path, [])  # a change of size is seen without reading
    with pytest.raises(DamagedFileError, match=rf"{path} is damaged.* Delete it and run `paperlake run`"):
        kept.lake.read(PAPERS)
    kept.lake.manifest_path("topics").unlink()
    fill(kept.lake, kept.settings, "topics")
    assert f"{path} is damaged or missing: it is deleted, and papers is built again." in caplog.text
    assert kept.lake.read(PAPERS).equals(before)


def test_a_run_that_only_previews_a_damaged_table_goes_on(kept: Kept) -> None:
    """Dagster shows the first rows of each table, also of those that are up to date."""
    path = only_file(kept.lake, PAPERS)
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])
    shown = output_metadata(kept.lake, PAPERS, StageResult(last(kept.lake, "papers"), reused=True), PIPELINE)
    assert shown["preview"].value == DAMAGED


def test_the_advice_for_a_damaged_table_works(kept: Kept) -> None:
    before = kept.lake.read(PAPERS)
    change(only_file(kept.lake, PAPERS)).unlink()
    results = fill(kept.lake, kept.settings)
    assert not results["papers"].reused
    assert results["paper_embeddings"].reused  # the same content
    assert kept.lake.read(PAPERS).equals(before)


def test_a_damaged_partition_of_an_unknown_commit_is_not_taken_over(kept: Kept) -> None:
    """Its footer still says what it was built from; its name is that of its content."""
    before = kept.lake.read(ENTRIES)
    path = only_file(kept.lake, ENTRIES)
    change(path)
    kept.lake.manifest_path("parsed_entries").unlink()
    fill(kept.lake, kept.settings, "parsed_entries")
    assert kept.lake.read(ENTRIES).equals(before)


def test_a_manifest_with_a_changed_value_is_no_manifest(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    """Counts of checks and the id of the model go from manifests to the warehouse."""
    path = kept.lake.manifest_path("paper_embeddings")
    content = json.loads(path.read_text())
    content["facts"]["model_id"] = "another"
    path.write_text(json.dumps(content))
    assert kept.lake.manifest("paper_embeddings") is None
    assert kept.lake.has_damaged_manifest("paper_embeddings")
    results = fill(kept.lake, kept.settings)
    assert [name for name, result in results.items() if not result.reused] == ["paper_embeddings"]
    assert f"{path} is damaged: paper_embeddings is built again." in caplog.text


def test_a_manifest_of_an_earlier_version_has_no_digest(kept: Kept) -> None:
    path = kept.lake.manifest_path("papers")
    content = json.loads(path.read_text())
    del content["digest"]
    path.write_text(json.dumps(content))
    assert kept.lake.manifest("papers") is not None


def test_a_changed_value_in_a_cache_is_computed_again(kept: Kept) -> None:
    """Without it a changed signature decided which texts are duplicates."""
    content = last(kept.lake, "papers").content("papers")
    for folder in (kept.lake.signatures(), kept.lake.comparisons()):
        for path in folder.glob("*.parquet"):
            change(path)
    kept.lake.manifest_path("papers").unlink()
    result = fill(kept.lake, kept.settings, "papers")["papers"]
    assert result.facts["new_text_count"] == result.facts["text_count"]
    assert result.manifest.content("papers") == content


@pytest.mark.parametrize("damage", ["changed", "deleted", "unreadable", "manifest"])
def test_topics_keep_their_ids_when_the_model_is_lost(
    kept: Kept, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """Without it a run ended with advice that cost all ids and labels."""
    before = kept.lake.read(TOPICS)
    path = only_file(kept.lake, TOPIC_MODEL)
    if damage == "changed":
        change(path)
    elif damage == "deleted":
        path.unlink()
    elif damage == "unreadable":
        path.write_bytes(b"x" * path.stat().st_size)
    else:
        kept.lake.manifest_path("topics").write_text("{")
    write_small_listing(kept.lake.raw / "b.txt", seed=2, count=1)
    result = fill(kept.lake, kept.settings, "topics")["topics"]
    after = kept.lake.read(TOPICS)
    assert set(before["topic_id"]) & set(after["topic_id"])
    kept_labels = before.join(after, on="topic_id")
    assert kept_labels["label"].to_list() == kept_labels["label_right"].to_list()
    assert result.facts["fit_number"] == 2
    if damage != "manifest":
        assert "their ids follow from the published tables" in caplog.text
        assert "Delete it" not in caplog.text  # the run has done it


def test_new_ids_are_said_where_model_and_tables_are_lost(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    only_file(kept.lake, TOPIC_MODEL).unlink()
    change(only_file(kept.lake, TOPICS))
    assert fill(kept.lake, kept.settings, "topics")["topics"].facts["fit_number"] == 1
    assert "topics are found again, with new ids" in caplog.text


@pytest.mark.parametrize("value", [None, "0" * 64])
def test_a_changed_text_hash_costs_its_part_only(kept: Kept, value: str | None) -> None:
    """Without it a part with a changed hash, or with none, stopped every run."""
    (model_id,) = kept.lake.embedded_models()
    store = VectorStore(kept.lake, model_id, 256)
    (path,) = store.parts()
    table = pq.read_table(path)
    hashes = [value, *table.column("text_hash").to_pylist()[1:]]
    pq.write_table(table.set_column(0, "text_hash", pa.array(hashes, pa.string())), path)
    write_small_listing(kept.lake.raw / "b.txt", seed=2, count=1)
    only_file(kept.lake, EMBEDDINGS).unlink()  # else the vectors are taken from the table
    facts = fill(kept.lake, kept.settings, "paper_embeddings")["paper_embeddings"].facts
    assert facts["damaged_part_count"] == 1
    assert facts["known_text_count"] == 0
    assert "renamed" in str(facts["damaged_parts"])


def test_a_damaged_inventory_is_not_current(kept: Kept) -> None:
    """The sensor asks; without it an error ended each of its ticks."""
    change(only_file(kept.lake, INVENTORY))
    assert not is_inventory_current(kept.lake, list_raw(kept.lake))


def test_a_damaged_format_version_says_what_to_do(kept: Kept) -> None:
    (kept.lake.root / "format_version").write_bytes(b"\xff\x00")
    with pytest.raises(LakeError, match=r"format_version is damaged: .*delete the file"):
        Lake.open(kept.lake.root)
    (kept.lake.root / "format_version").unlink()
    assert Lake.open(kept.lake.root).format_version() == "2"


@pytest.mark.parametrize(
    ("place", "action"),
    [
        ("warehouse/papers.duckdb", "it is linked to the committed file again."),
        ("warehouse/builds/*.duckdb", "nothing is lost."),
    ],
)
def test_full_verification_says_what_is_damaged(kept: Kept, place: str, action: str) -> None:
    arguments = ["status", "--verify", "--lake", str(kept.lake.root)]
    whole = CliRunner().invoke(app, arguments)
    assert (whole.exit_code, whole.stdout) == (0, "")
    (path,) = kept.lake.root.glob(place)
    change(path)
    damaged = CliRunner().invoke(app, [*arguments, "--json"])
    assert damaged.exit_code == 1
    row = next(
        row for row in map(json.loads, damaged.stdout.splitlines()) if kept.lake.root / row["path"] == path
    )
    assert row["action"].startswith("Delete it and run `paperlake run`")
    assert row["action"].endswith(action)
    path.unlink()  # as it says
    fill(kept.lake, kept.settings)
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_full_verification_says_to_run_where_a_file_is_missing(kept: Kept) -> None:
    only_file(kept.lake, EMBEDDINGS).unlink()
    (found,) = find_damage(kept.lake)
    assert (found.problem, found.action) == ("It is missing.", "Run `paperlake run`; nothing is lost.")
