"""Topics that people merge, split and file under: the tables add up, and do not depend on the order of runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.lake import Lake
from paperlake.lake.manifest import Manifest
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult, committed_checks
from paperlake.topics import building, filing
from paperlake.topics.stage import TABLES, TOPICS_STAGE
from tests.support.fitted_lakes import fit_topics_of
from tests.support.lakes import build, commit_tables
from tests.support.planted_topics import Planted, plant

HEADER = "action,topic_id,ids,label,description\n"
NEVER = Settings(embedder="hashing", topic_refit="never")


@pytest.fixture(autouse=True)
def tiny_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few papers in a partition and in a batch."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 20)
    monkeypatch.setattr(filing, "MAX_BATCH_PAPERS", 50)
    monkeypatch.setattr(building, "draw_model", lambda _: b"a picture takes a second")


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(22)


@pytest.fixture(scope="module")
def fitted(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with topics, to copy."""
    root = tmp_path_factory.mktemp("fitted") / "lake"
    return fit_topics_of(planted.papers[:200], root, NEVER, partition_rows=20)


@pytest.fixture
def curated(fitted: Path, tmp_path: Path) -> Lake:
    shutil.copytree(fitted, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def decide(lake: Lake, *lines: str) -> StageResult:
    """Write the decisions and run; every check of the stage passes."""
    lake.topic_decisions.parent.mkdir(exist_ok=True)
    lake.topic_decisions.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    result = build(lake, NEVER, "topics")
    assert [check.summary() for check in committed_checks(TOPICS_STAGE, lake) if not check.passed] == []
    return result


def tables(lake: Lake) -> dict[str, pl.DataFrame]:
    return {table.name: lake.read(table) for table in TABLES}


def subtopics(lake: Lake) -> pl.DataFrame:
    return lake.read(TOPICS).filter(pl.col("level") == 2).sort("paper_count", "topic_id", descending=True)


def papers_of(lake: Lake, topic_id: str) -> list[str]:
    return lake.read(PAPER_TOPICS).filter(pl.col("topic_id") == topic_id)["paper_id"].sort().to_list()


def manifest(lake: Lake) -> Manifest:
    found = lake.manifest("topics")
    assert found
    return found


def test_a_rename_writes_no_row_of_papers_and_goes_with_its_line(curated: Lake) -> None:
    before, entries = tables(curated), curated.entries_of(PAPER_TOPICS)
    topic_id = subtopics(curated)["topic_id"][0]
    result = decide(curated, f"rename,{topic_id},,What we call it,All about it")
    row = curated.read(TOPICS).row(by_predicate=pl.col("topic_id") == topic_id, named=True)
    assert (row["label"], row["label_source"], row["description"]) == (
        "What we call it", "curated", "All about it",
    )  # fmt: skip
    assert (result.facts["fit_number"], result.facts["topic_decisions"]) == (1, 1)
    assert curated.entries_of(PAPER_TOPICS) == entries
    assert build(curated, NEVER, "topics").reused
    curated.topic_decisions.unlink()
    build(curated, NEVER, "topics")
    for name, table in tables(curated).items():
        assert_frame_equal(table, before[name], check_exact=True)


def test_merged_topics_hold_the_papers_of_both(curated: Lake) -> None:
    one, other = subtopics(curated)["topic_id"][:2].to_list()
    wanted = sorted(papers_of(curated, one) + papers_of(curated, other))
    decide(curated, f"merge,{one},{other},,")
    assert papers_of(curated, one) == wanted
    assert other not in curated.read(TOPICS)["topic_id"]
    event = curated.read(TOPIC_EVENTS).row(
        by_predicate=(pl.col("topic_id") == other) & (pl.col("event") == "merged"), named=True
    )
    assert event["other_topic_id"] == one


def test_papers_like_the_named_ones_split_off(curated: Lake) -> None:
    one, other = subtopics(curated)["topic_id"][:2].to_list()
    both = papers_of(curated, one), papers_of(curated, other)
    decide(curated, f"merge,{one},{other},,")
    decide(curated, f"split,{one},{' '.join(both[0][:3])},The first half,")
    split = curated.read(TOPICS).filter(pl.col("label") == "The first half")
    assert split["label_source"].to_list() == ["curated"]
    assert set(both[0][:3]) <= set(papers_of(curated, split["topic_id"][0]))
    assert papers_of(curated, one)


def test_a_subtopic_moves_to_another_topic(curated: Lake) -> None:
    topics = curated.read(TOPICS)
    subtopic = subtopics(curated).row(0, named=True)
    target = topics.filter((pl.col("level") == 1) & (pl.col("topic_id") != subtopic["parent_topic_id"]))
    target_id = target["topic_id"][0]
    decide(curated, f"merge,{target_id},{subtopic['topic_id']},,")
    now = curated.read(TOPICS).row(by_predicate=pl.col("topic_id") == subtopic["topic_id"], named=True)
    assert now["parent_topic_id"] == target_id


def test_subtopics_split_off_as_a_topic(curated: Lake) -> None:
    parents = subtopics(curated).group_by("parent_topic_id", maintain_order=True).agg("topic_id")
    parent, inside = parents.filter(pl.col("topic_id").list.len() > 1).row(0)
    decide(curated, f"split,{parent},{inside[0]},A topic of its own,")
    topic = curated.read(TOPICS).row(by_predicate=pl.col("label") == "A topic of its own", named=True)
    now = curated.read(TOPICS).row(by_predicate=pl.col("topic_id") == inside[0], named=True)
    assert (topic["level"], now["parent_topic_id"]) == (1, topic["topic_id"])


@pytest.mark.parametrize("level", [1, 2])
def test_a_paper_is_filed_where_a_person_says(curated: Lake, level: int) -> None:
    target = curated.read(TOPICS).filter(pl.col("level") == level)["topic_id"][0]
    stranger = next(one for one in curated.read(PAPERS)["paper_id"] if one not in papers_of(curated, target))
    decide(curated, f"file,{target},{stranger},,")
    row = curated.read(PAPER_TOPICS).row(
        by_predicate=(pl.col("paper_id") == stranger) & (pl.col("level") == level), named=True
    )
    assert (row["topic_id"], row["score"], row["is_outlier"]) == (target, 1.0, False)


def test_a_topic_without_papers_is_gone(curated: Lake) -> None:
    one, other = subtopics(curated)["topic_id"][:2].to_list()
    decide(curated, f"file,{one},{' '.join(papers_of(curated, other))},,")
    assert other not in curated.read(TOPICS)["topic_id"]
    assert manifest(curated).facts["fit"] == "assignment"


def test_a_lake_that_grows_is_as_one_from_nothing(curated: Lake, planted: Planted) -> None:
    ids = subtopics(curated)["topic_id"].to_list()
    named = papers_of(curated, ids[2])
    lines = (
        f"merge,{ids[0]},{ids[1]},,",
        f"split,{ids[2]},{' '.join(named[:2])},Half of it,",
        f"file,{ids[0]},{named[3]} {planted.papers['paper_id'][210]},,",
        f"pin,{ids[3]},,,",
        f"rename,{ids[0]},,Both,",
    )
    decide(curated, *lines)
    commit_tables(curated, {PAPERS: planted.papers})
    build(curated, NEVER, "paper_embeddings")
    ours = decide(curated, *reversed(lines))
    assert ours.facts["papers_since_fit"] == 20
    assert "stale_topic_decisions" not in ours.facts
    before = tables(curated)
    for entry in curated.entries_of(PAPER_TOPICS):
        (curated.root / entry.path).unlink()
    assert not build(curated, NEVER, "topics").reused
    for name, table in tables(curated).items():
        assert_frame_equal(table, before[name], check_exact=True)
