"""An update costs what changed, and needs nothing of the index: lost, damaged or ahead, the tables are equal."""

import shutil
from pathlib import Path
from random import Random

import polars as pl
import polars.testing
import pytest

from paperlake.catalogue import partitioning
from paperlake.dedup import building
from paperlake.dedup.incremental import matching, update
from paperlake.dedup.stage import PAPERS_STAGE
from paperlake.lake import Lake
from tests.support.dedup_building import entry
from tests.support.dedup_histories import History, assert_as_from_nothing, random_entries

WORDS = [f"word{number}" for number in range(3_000)]
COUNT = 100


def unlike(name: str, count: int, random: Random) -> list[dict]:
    """Entries of works that have nothing in common."""
    return [
        entry(" ".join(random.sample(WORDS, 8)), " ".join(random.sample(WORDS, 60)), dump=name, number=number)
        for number in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> History:
    """A lake of unlike works with one dump of texts of one work each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioning, "MAX_PARTITION_ROWS", 8)
        history = History(Lake.open(tmp_path_factory.mktemp("filled") / "lake"))
        history.add("large", unlike("large", COUNT, Random(1)))
        history.add("small", random_entries("small", Random(2), 8))
        history.build()
        return history


@pytest.fixture
def history(filled, tmp_path, monkeypatch) -> History:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 8)
    shutil.copytree(filled.lake.root, tmp_path / "lake")
    return History(Lake.open(tmp_path / "lake"), dict(filled.dumps), dict(filled.entries))


@pytest.fixture
def whole_builds(monkeypatch) -> list[str]:
    """Collects the builds of everything."""
    built: list[str] = []
    build = building._build_everything
    monkeypatch.setattr(building, "_build_everything", lambda *given: (built.append("all"), build(*given))[1])
    return built


def files(history: History) -> dict[str, set[str]]:
    return {table.name: {e.path for e in history.lake.entries_of(table)} for table in PAPERS_STAGE.tables}


def test_only_the_papers_of_a_change_are_decided_and_written(history, whole_builds, monkeypatch, tmp_path):
    seen: list[int] = []
    decide = update.decide
    monkeypatch.setattr(update, "decide", lambda *given: (seen.append(given[1].height), decide(*given))[1])
    computed: list[int] = []
    compute = matching.compute_features
    monkeypatch.setattr(
        matching,
        "compute_features",
        lambda *given: (computed.append(len(given[2])), compute(*given))[1],
    )
    before = files(history)
    old = history.entries["large"][7]
    news = [entry(old["title"].upper(), old["abstract"], dump="new"), *unlike("new", 2, Random(3))]
    history.add("new", [{**row, "entry_number": n} for n, row in enumerate(news, start=1)])
    result = history.build()
    assert whole_builds == []
    assert result.facts["new_text_count"] == 2
    assert seen == [3]
    assert sum(computed) <= 4
    after = files(history)
    assert len(after["papers"] - before["papers"]) <= 3
    assert len(after["papers"] & before["papers"]) >= len(before["papers"]) - 3
    assert len(before["papers"]) > 8
    assert_as_from_nothing(history, result, tmp_path / "fresh")
    history.remove("new")
    history.build()
    assert whole_builds == ["all"]  # of the lake from nothing
    assert files(history) == before


def test_an_index_that_is_lost_or_of_another_version_is_built_again(
    history, whole_builds, tmp_path, monkeypatch
):
    shutil.rmtree(history.lake.papers_index())
    history.add("new", random_entries("new", Random(4), 5))
    history.build()
    assert whole_builds == ["all"]
    history.add("newer", random_entries("newer", Random(5), 5))
    result = history.build()
    assert whole_builds == ["all"]
    assert_as_from_nothing(history, result, tmp_path / "fresh")


@pytest.fixture(scope="module")
def expected(filled, tmp_path_factory) -> dict[str, pl.DataFrame]:
    """The tables of the lake with one dump more, from nothing."""
    fresh = filled.copy_to(tmp_path_factory.mktemp("expected") / "lake")
    fresh.entries, fresh.dumps = dict(filled.entries), dict(filled.dumps)
    fresh.add("new", random_entries("new", Random(4), 5))
    fresh.build()
    return {table.name: fresh.lake.read(table) for table in PAPERS_STAGE.tables}


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [
        (".npz", "cut"), (".npz", "changed"), (".keys", "changed"), (".keys", "cut"),
        (".signatures", "changed"), (".titles", "gone"), (".json", "changed"),
    ],
)  # fmt: skip
def test_a_damaged_index_changes_no_table(history, expected, suffix, damage):
    for path in history.lake.papers_index().glob(f"*{suffix}"):
        content = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "changed":
            for place in range(0, len(content), 40):
                content[place] ^= 0x55
            path.write_bytes(content)
        else:
            path.unlink()
    history.add("new", random_entries("new", Random(4), 5))
    history.build()
    for table in PAPERS_STAGE.tables:
        found = history.lake.read(table).sort(table.key)
        polars.testing.assert_frame_equal(found, expected[table.name].sort(table.key))


def test_a_kill_before_the_commit_leaves_an_index_that_is_not_used(history, whole_builds, tmp_path):
    history.add("new", random_entries("new", Random(6), 6))
    history.build_killed_before_commit()
    history.add("newer", random_entries("newer", Random(7), 6))
    result = history.build()
    assert whole_builds == []
    assert_as_from_nothing(history, result, tmp_path / "fresh")
    states = list(Path(history.lake.papers_index()).glob("*.json"))
    assert len(states) <= 2


def test_another_setting_builds_everything(history, whole_builds, tmp_path):
    history.threshold = 0.6
    result = history.build()
    assert whole_builds == ["all"]
    assert_as_from_nothing(history, result, tmp_path / "fresh")
