"""Files of entries and rejects: large dumps alone, small ones together, as a function of the set of dumps."""

import random
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, REJECTS
from paperlake.dumps.storing import dump_tasks, partitions
from paperlake.dumps.storing.partitions import partitions_of, read_dumps
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import fill, last

TABLES = (DUMPS, ENTRIES, REJECTS)


def answer(number: int, count: int = 2) -> str:
    papers = [
        f'{{"paper": {{"id": "2401.{number:03}{place:02}", "title": "On Ponds {number}.{place}", "summary": "We look."}}}}'
        for place in range(count)
    ]
    return f"[{', '.join(papers)}]"


def content(number: int) -> str:
    """The content of dump `number`: an answer, one of many papers, damage, or a table that mappings change."""
    if number % 5 == 1:
        return answer(number, 12)
    if number % 5 == 2:
        return f"nothing to read {number}"
    if number % 5 == 3:
        return f"title,abstract\nOn Rivers {number},We look at rivers.\n"
    return answer(number)


def parse(lake: Lake, settings: Settings) -> dict[str, object]:
    return dict(fill(lake, settings, "parsed_entries")["parsed_entries"].facts)


def put(lake: Lake, number: int) -> None:
    (lake.raw / f"{number}.txt").write_text(content(number))


def division(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """The partitions of each table, with the content of each."""
    return {
        table.name: [(one.partition, one.sha256) for one in lake.entries_of(table)]
        for table in (ENTRIES, REJECTS)
    }


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most three dumps in a shared partition, and dumps of ten rows are large."""
    monkeypatch.setattr(partitions, "MAX_PARTITION_DUMPS", 3)
    monkeypatch.setattr(partitions, "MAX_SHARED_ROWS", 10)
    monkeypatch.setattr(dump_tasks, "MAX_SHARED_ROWS", 10)


@pytest.mark.usefixtures("tiny")
@rules(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sets(st.integers(0, 19), min_size=1), min_size=2, max_size=4), st.booleans())
@example([set(range(10)), set(range(5, 20))], True)
def test_a_lake_that_changed_is_divided_as_one_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[set[int]], is_killed: bool
) -> None:
    folder = tmp_path_factory.mktemp("history")
    lake, fresh = Lake.open(folder / "lake"), Lake.open(folder / "fresh")
    for numbers in steps:
        for path in lake.raw.iterdir():
            path.unlink()
        for number in numbers:
            put(lake, number)
        parse(lake, Settings(lake=lake.root, embedder="hashing"))
    if is_killed:  # after the last commit's files were written, before its manifest was
        lake.manifest_path("parsed_entries").unlink()
        assert parse(lake, Settings(lake=lake.root, embedder="hashing"))["parsed_dump_count"] == 0
    for number in steps[-1]:
        put(fresh, number)
    parse(fresh, Settings(lake=fresh.root, embedder="hashing"))
    for table in TABLES:
        assert lake.read(table).equals(fresh.read(table))
    for name, parts in division(fresh).items():
        assert [partition for partition, _sha in division(lake)[name]] == [name for name, _sha in parts]
    dumps = lake.read(DUMPS)
    assert set(partitions_of(dumps)) == {entry.partition for entry in lake.entries_of(ENTRIES)}


@pytest.mark.usefixtures("tiny")
def test_one_dump_more_reads_one_dump_and_writes_one_partition(lake: Lake, settings: Settings) -> None:
    for number in range(0, 100, 5):
        put(lake, number)
    parse(lake, settings)
    before = set(division(lake)["entries"])
    put(lake, 100)
    assert parse(lake, settings)["parsed_dump_count"] == 1
    after = set(division(lake)["entries"])
    assert len(before) > 4
    assert len(after - before) == 1


def test_many_small_dumps_are_few_files(lake: Lake, settings: Settings) -> None:
    for number in range(300):
        (lake.raw / f"{number}.json").write_text(answer(number))
    parse(lake, settings)
    assert len(lake.entries_of(ENTRIES)) == 2
    assert lake.read(ENTRIES).height == 600


@pytest.mark.usefixtures("tiny")
def test_a_small_file_of_many_rows_is_alone(lake: Lake, settings: Settings) -> None:
    put(lake, 1)
    put(lake, 0)
    parse(lake, settings)
    dumps = lake.read(DUMPS)
    (large,) = dumps.filter(pl.col("entry_count") == 12)["dump_id"]
    assert {entry.partition for entry in lake.entries_of(ENTRIES)} == {"small", large}
    put(lake, 5)
    assert parse(lake, settings)["parsed_dump_count"] == 1


def test_a_changed_mapping_reads_only_what_it_may_change(lake: Lake, settings: Settings) -> None:
    for number in (0, 3, 5):
        put(lake, number)
    parse(lake, settings)
    lake.mappings.mkdir(parents=True)
    (lake.mappings / "other.toml").write_text('[match]\npath = "lab/*.csv"\n\n[columns]\ntitle = "name"\n')
    assert parse(lake, settings)["parsed_dump_count"] == 1
    assert parse(lake, settings)["parsed_dump_count"] == 1  # of the commit, which was reused


def test_a_damaged_shared_file_is_read_again(lake: Lake, settings: Settings) -> None:
    put(lake, 0)
    put(lake, 5)
    parse(lake, settings)
    before = lake.read(ENTRIES)
    (entry,) = lake.entries_of(ENTRIES)
    path = lake.root / entry.path
    path.write_bytes(random.Random(1).randbytes(entry.byte_size))
    put(lake, 10)
    parse(lake, settings)
    assert lake.read(ENTRIES).filter(pl.col("dump_id").is_in(before["dump_id"].implode())).equals(before)


def test_entries_are_read_by_dump(lake: Lake, settings: Settings) -> None:
    for number in (0, 5, 10):
        put(lake, number)
    parse(lake, settings)
    dump_id = lake.read(DUMPS)["dump_id"][1]
    found = read_dumps(lake, {dump_id})
    assert found["dump_id"].to_list() == [dump_id] * 2


def test_row_groups_of_entries_are_small(lake: Lake, settings: Settings) -> None:
    (lake.raw / "many.json").write_text(answer(0, 5_000))
    parse(lake, settings)
    (entry,) = last(lake, "parsed_entries").outputs["entries"]
    metadata = pq.read_metadata(Path(lake.root / entry.path))
    assert [metadata.row_group(place).num_rows for place in range(3)] == [2_000, 2_000, 1_000]
