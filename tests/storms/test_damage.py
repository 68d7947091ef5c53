"""Damage to each kind of file of a lake: the run after it builds the right tables, or says what to do.

Two runs follow each damage: one with nothing new, and one with a new dump, which reads the tables again. What
an error tells the user to do is done, and must then lead to the right tables.
"""

import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.verification import find_damage
from tests.support.damaging import DAMAGES, change_value, flip
from tests.support.lakes import TOPIC_TABLES, assert_equal_tables, fill, last, tables
from tests.support.listing_writer import write_small_listing
from tests.support.storm import size

KINDS = {
    "tables": "tables/*/*.parquet",
    "manifests": "manifests/*.json",
    "vectors": "vectors/*/*.parquet",
    "topic model": "files/topic_model/*",
    "map": "files/topic_map/*",
    "signatures": "cache/signatures/*",
    "comparisons": "cache/comparisons/*",
    "warehouse": "warehouse/builds/*",
    "published": "warehouse/papers.duckdb",
    "report": "files/report/*",
    "lock files": "lock*",
    "format": "format_version",
}
# The last stage that reads a kind of file, where it is not the last of all; later ones are left out.
LAST_STAGE = {
    "vectors": "paper_embeddings",
    "signatures": "papers",
    "comparisons": "papers",
    "map": "papers",
    "published": "papers",
    "report": "papers",
    "lock files": "papers",
    "format": "papers",
}
DAMAGES_PER_PIECE = size(1, 16)  # of one piece of one kind
PIECES = [(kind, piece) for kind in KINDS for piece in range(size(1, 3))]
DELETE = re.compile(r"(/\S+?)[:,]? (?:is|are|cannot|\(|has)")


@dataclass(frozen=True)
class Base:
    """A lake, and what its warehouse holds before and after a new dump."""

    folder: Path
    before: dict
    after: dict
    contents: dict[str, dict[str, str]]
    """After a new dump: hashes of the outputs of each stage."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    folder = tmp_path_factory.mktemp("damage")
    lake = Lake.open(folder / "lake")
    settings = Settings(lake=lake.root, embedder="hashing")
    for number in (1, 2):  # two runs: two vector parts, two files of each cache, two builds
        write_small_listing(lake.raw / f"{number}.txt", seed=number)
        with lake.lock("run"):
            fill(lake, settings)
    for name in ("lock", "lock.json"):
        (lake.root / name).write_text("")
    before = tables(lake)
    shutil.copytree(lake.root, folder / "kept")
    add_dump(lake)
    fill(lake, settings)
    contents = {stage: contents_of(lake, stage) for stage in {*LAST_STAGE.values()}}
    yield Base(folder, before, tables(lake), contents)
    shutil.rmtree(folder)


def contents_of(lake: Lake, stage: str) -> dict[str, str]:
    manifest = last(lake, stage)
    return {name: manifest.content(name) for name in manifest.outputs}


def add_dump(lake: Lake) -> None:
    write_small_listing(lake.raw / "3.txt", seed=3)


def files_of(lake: Lake, kind: str) -> list[Path]:
    return [path for path in sorted(lake.root.glob(KINDS[kind])) if path.is_file()]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "piece"), PIECES)
def test_damage_never_reaches_the_warehouse(
    base: Base, kind: str, piece: int, record_property: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    outcomes: Counter[str] = Counter()
    draw = random.Random(f"damage {kind} {piece}")
    lake = Lake(base.folder / "lake")
    settings = Settings(lake=lake.root, embedder="hashing")
    for number in range(DAMAGES_PER_PIECE):
        shutil.rmtree(lake.root)
        shutil.copytree(base.folder / "kept", lake.root)
        path = draw.choice(files_of(lake, kind))
        others = [other for other in files_of(lake, kind) if other != path and other.suffix == path.suffix]
        damage = list(DAMAGES.values())[number % len(DAMAGES)] if DAMAGES_PER_PIECE > 1 else change_value
        is_changed = damage(draw, path, others)
        caplog.clear()
        try:
            said = outcome(lake, settings, base, kind)
        except Exception as error:
            error.add_note(f"{damage.__name__} of {path}, number {number}")
            raise
        outcomes["damages"] += is_changed
        outcomes["errors whose advice works"] += bool(said)
        outcomes["built again and logged"] += bool(caplog.records and not said)
        outcomes["built again or not used"] += not caplog.records and not said
    for name, count in outcomes.items():
        record_property(name, count)
    record_property(f"of {kind}", outcomes["damages"])


def outcome(lake: Lake, settings: Settings, base: Base, kind: str) -> str | None:
    """Run twice after a damage, and compare the tables; return the first error."""
    said = run(lake, settings)
    if not said:
        assert_as_before(lake, base)
    add_dump(lake)
    said = run(lake, settings, LAST_STAGE.get(kind)) or said
    if kind in LAST_STAGE:
        assert contents_of(lake, LAST_STAGE[kind]) == base.contents[LAST_STAGE[kind]]
        return said
    expected, found = base.after, tables(lake)
    if kind in ("topic model", "manifests"):  # a fit that is lost is made from scratch
        assert kept_topics(found, base.before) or kind == "manifests"
        expected, found = without_fits(expected), without_fits(found)
    assert_equal_tables(found, expected)
    return said


def run(lake: Lake, settings: Settings, until: str | None = None) -> str | None:
    """Run, and do what an error says until the run succeeds; return the first error."""
    said = None
    for _ in range(3):
        try:
            with Lake.open(lake.root).lock("run"):
                fill(lake, settings, until)
        except PaperlakeError as error:
            message = str(error)
        else:
            return said
        said = said or message
        if "delete all except raw/ and curated/" in message:
            delete_all_but_raw(lake)
            continue
        named = DELETE.search(message)
        assert named and "elete" in message, f"no advice: {message}"  # noqa: PT018
        Path(named[1]).unlink()
    raise AssertionError(f"the advice does not help: {said}")


def delete_all_but_raw(lake: Lake) -> None:
    for path in lake.root.iterdir():
        if path.is_dir() and path.name not in ("raw", "curated"):
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def assert_as_before(lake: Lake, base: Base) -> None:
    """The warehouse is that of before the damage, or the damage is seen: by DuckDB, or by status --verify."""
    try:
        found = tables(lake)
        assert_equal_tables(without_fits(found), without_fits(base.before))
    except (AssertionError, PaperlakeError, duckdb.Error):
        assert any("warehouse" in one.path for one in find_damage(lake))


def without_fits(found: dict) -> dict:
    return {name: frame for name, frame in found.items() if name not in (*TOPIC_TABLES, "stage_checks")}


def kept_topics(found: dict, before: dict) -> bool:
    """Whether the ids of topics live on."""
    return bool(set(found["topics"]["topic_id"]) & set(before["topics"]["topic_id"]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("lock files", "format")])
def test_full_verification_names_each_damaged_file(base: Base, kind: str) -> None:
    lake = Lake(base.folder / "lake")
    draw = random.Random(kind)
    for damage in (flip, change_value):
        shutil.rmtree(lake.root)
        shutil.copytree(base.folder / "kept", lake.root)
        path = files_of(lake, kind)[-1]
        if kind == "tables":
            path = draw.choice(files_of(lake, kind))
        assert damage(draw, path, [])
        found = {one.path for one in find_damage(lake)}
        assert path.relative_to(lake.root).as_posix() in found
