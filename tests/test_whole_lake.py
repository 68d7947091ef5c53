"""The promises about a whole lake: work is done once, runs after kills complete, readers are not disturbed.

With the hashing embedder, because what is promised does not depend on the model.
"""

import json
import shutil
from pathlib import Path

import pytest

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPIC_EVENTS
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stage_list import PIPELINE
from paperlake.warehouse.reading import connect
from tests.support.lakes import (
    SAMPLES,
    assert_equal_tables,
    build,
    fill,
    forget_topics,
    put,
    tables,
    without_topics,
)
from tests.support.templates import Templates

NAMES = ("listing/saved_page_june.txt", "listing/search_results.txt")
DUMPS = tuple(SAMPLES / name for name in NAMES)


@pytest.fixture
def filled(templates: Templates, tmp_path: Path) -> Lake:
    return templates.filled(tmp_path / "lake", *NAMES)


def test_running_again_does_nothing_and_changes_nothing(filled: Lake, settings: Settings) -> None:
    files = {path: path.stat().st_mtime_ns for path in filled.root.rglob("*") if path.is_file()}
    results = fill(filled, settings)
    assert all(result.reused for result in results.values())
    assert {path: path.stat().st_mtime_ns for path in filled.root.rglob("*") if path.is_file()} == files


def test_adding_a_dump_parses_that_one_and_embeds_only_its_new_papers(
    filled: Lake, settings: Settings
) -> None:
    before = filled.read(PAPERS).height
    put(filled, SAMPLES / "listing/browser_copy.txt")
    results = fill(filled, settings)
    new = filled.read(PAPERS).height - before
    assert results["parsed_entries"].facts["parsed_dump_count"] == 1
    assert new > 0
    assert (
        results["paper_embeddings"].facts["embedded_text_count"] <= new + 4
    )  # a paper's best text may change with a new source


def test_removing_a_dump_removes_what_only_it_held(filled: Lake, settings: Settings) -> None:
    before = tables(filled)
    put(filled, SAMPLES / "listing/browser_copy.txt")
    fill(filled, settings)
    assert len(tables(filled)["dumps"]) == 3
    (filled.raw / "listing/browser_copy.txt").unlink()
    fill(filled, settings)
    assert_equal_tables(without_topics(tables(filled)), without_topics(before))
    forget_topics(filled)
    fill(filled, settings)
    assert_equal_tables(tables(filled), before)


def test_all_but_raw_can_be_deleted_and_made_again(filled: Lake, settings: Settings) -> None:
    before = tables(filled)
    for folder in filled.root.iterdir():
        if folder.is_dir() and folder.name != "raw":
            shutil.rmtree(folder)
    fill(filled, settings)
    assert_equal_tables(tables(filled), before)


def test_a_forced_refit_reaches_the_warehouse(filled: Lake, settings: Settings) -> None:
    """The warehouse is built again if the refit changed a table, and only then."""
    before = filled.read(TOPIC_EVENTS), filled.read(PAPER_TOPICS)
    build(filled, settings, "topics", refit=True)
    is_equal = before[0].equals(filled.read(TOPIC_EVENTS)) and before[1].equals(filled.read(PAPER_TOPICS))
    assert build(filled, settings, "warehouse").reused is is_equal
    assert tables(filled)["paper_topics"].height == filled.read(PAPER_TOPICS).height
    assert fill(filled, settings)["warehouse"].reused


def test_the_order_in_which_dumps_arrive_makes_no_difference(
    filled: Lake, settings: Settings, tmp_path: Path
) -> None:
    other = Lake.open(tmp_path / "other")
    for dump in reversed(DUMPS):
        put(other, dump)
        fill(other, settings.model_copy(update={"lake": other.root}))
    assert_equal_tables(without_topics(tables(other)), without_topics(tables(filled)))
    forget_topics(other)
    fill(other, settings.model_copy(update={"lake": other.root}))
    assert_equal_tables(tables(other), tables(filled))


def test_a_copy_of_a_dump_counts_once(filled: Lake, settings: Settings) -> None:
    before = tables(filled)
    put(filled, DUMPS[0], folder="zz_copy")
    fill(filled, settings)
    after = tables(filled)
    for found in (before, after):
        del found["stage_checks"]  # it counts files, and there is one more
    assert_equal_tables(after, before)


BROKEN = {
    "zero_bytes.txt": b"",
    "binary.txt": bytes(range(256)) * 64,
    "no_paper.txt": b"new\n\nSubscribe\n\nDaily Papers\n",
    "prose.txt": b"Dear all,\nlunch is at noon.\n",
}


def test_broken_dumps_are_visible_rejects_and_the_others_go_through(
    filled: Lake, settings: Settings, tmp_path: Path
) -> None:
    papers = tables(filled)["papers"]
    for name, content in BROKEN.items():
        (filled.raw / name).write_bytes(content)
    fill(filled, settings)
    after = tables(filled)
    assert after["papers"].equals(papers)
    rejected = after["rejects"].join(after["dumps"], on="dump_id").select("path", "reason")
    assert set(rejected["path"]) == set(BROKEN)
    assert all(len(reason) > 10 for reason in rejected["reason"])


def test_only_broken_dumps_still_make_a_warehouse(lake: Lake, settings: Settings) -> None:
    for name, content in BROKEN.items():
        (lake.raw / name).write_bytes(content)
    fill(lake, settings)
    assert tables(lake)["papers"].is_empty()
    assert tables(lake)["rejects"].height >= len(BROKEN)


def test_a_stray_write_ahead_log_stops_the_swap_with_a_message(filled: Lake, settings: Settings) -> None:
    """DuckDB would replay it into the new file."""
    stray = filled.warehouse.with_name("papers.duckdb.wal")
    stray.write_bytes(b"of another program")
    put(filled, SAMPLES / "listing/browser_copy.txt")
    before = filled.warehouse.read_bytes()
    with pytest.raises(LakeError, match=r"papers\.duckdb\.wal .* is beside the warehouse"):
        fill(filled, settings)
    assert filled.warehouse.read_bytes() == before
    stray.unlink()
    assert not fill(filled, settings)["warehouse"].reused


def test_the_warehouse_is_read_only_and_describes_itself(filled: Lake) -> None:
    assert filled.warehouse.stat().st_mode & 0o777 == 0o444
    with connect(filled) as connection:
        nameless = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() SEMI JOIN duckdb_tables() "
            "USING (schema_name, table_name) WHERE comment IS NULL AND schema_name = 'main'"
        ).fetchall()
        assert nameless == []
        with pytest.raises(Exception, match="read-only"):
            connection.execute("DELETE FROM papers")
        with pytest.raises(Exception, match="disabled by configuration"):
            connection.execute("COPY papers TO '/tmp/elsewhere.csv'")


def test_manifests_are_plain_json_that_names_every_file(filled: Lake) -> None:
    for stage in PIPELINE:
        manifest = json.loads(filled.manifest_path(stage.name).read_text())
        assert manifest["stage"] == stage.name
        assert set(manifest["outputs"]) == {output.name for output in stage.writes}
