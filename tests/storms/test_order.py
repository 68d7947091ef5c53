"""Order, names and times of dumps, threads, locale, time zone, hash seed and -O make no difference to tables."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, assert_equal_tables, fill, forget_topics, tables
from tests.support.listing_writer import write_small_listing
from tests.support.storm import size

PROJECT = Path(__file__).resolve().parents[2]
# What a process of its own runs with: environment, and options of the interpreter.
WAYS: dict[str, tuple[dict[str, str], list[str]]] = {
    "turkish": ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"}, ["-O"]),
    "C": ({"LC_ALL": "C", "PYTHONHASHSEED": "1", "POLARS_MAX_THREADS": "4", "OMP_NUM_THREADS": "4"}, []),
    "german": ({"LC_ALL": "de_DE.UTF-8", "TZ": "America/Los_Angeles", "PYTHONHASHSEED": "2"}, ["-OO"]),
    "seed": ({"PYTHONHASHSEED": "4294967295", "TZ": "Asia/Kathmandu", "PYTHONUTF8": "0"}, []),
    "threads": (
        {"POLARS_MAX_THREADS": "3", "OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3"},
        ["-X", "dev"],
    ),
}
SHOWN = size(["turkish"], list(WAYS))
ORDERS = size(1, 20)
FILL = """
import sys
from pathlib import Path
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import fill
root = Path(sys.argv[1])
fill(Lake.open(root), Settings(lake=root, embedder="hashing"))
"""


@dataclass(frozen=True)
class Expected:
    """Dumps, and the tables that they give in one run."""

    raw: Path
    tables: dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Expected]:
    folder = tmp_path_factory.mktemp("order")
    lake = Lake.open(folder / "lake")
    write_dumps(lake.raw)
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    yield Expected(lake.raw, tables(lake))
    shutil.rmtree(folder)


def write_dumps(raw: Path) -> None:
    """Dumps that share papers: two listings of one page, a third, and an answer of the daily API."""
    for seed in (1, 2):
        write_small_listing(raw / f"{seed}.txt", seed=seed)
    content = (raw / "1.txt").read_text()
    (raw / "2025-03-01").mkdir()
    (raw / "2025-03-01/1.txt").write_text(f"{content}\n")
    answer = SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json"
    (raw / "daily_api").mkdir()
    shutil.copyfile(answer, raw / "daily_api" / answer.name)


@pytest.mark.slow
@pytest.mark.parametrize("way", SHOWN)
def test_the_environment_makes_no_difference(
    expected: Expected, tmp_path: Path, way: str, record_property: Callable[..., None]
) -> None:
    lake = Lake.open(tmp_path / "lake")
    shutil.copytree(expected.raw, lake.raw, dirs_exist_ok=True)
    changes, options = WAYS[way]
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}", **changes}
    command = [sys.executable, *options, "-c", FILL, str(lake.root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert_equal_tables(tables(lake), expected.tables)
    record_property("environments", 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ORDERS))
def test_the_order_of_arrival_makes_no_difference(
    expected: Expected, tmp_path: Path, number: int, record_property: Callable[..., None]
) -> None:
    """Dumps arrive one or two at a time, with other times, some under another name at first, some twice."""
    draw = random.Random(number)
    lake = Lake.open(tmp_path / "lake")
    settings = Settings(lake=lake.root, embedder="hashing")
    dumps = sorted(path for path in expected.raw.rglob("*") if path.is_file())
    draw.shuffle(dumps)
    runs = 0
    while dumps:
        for _ in range(draw.randint(1, 3)):
            if dumps:
                arrive(draw, dumps.pop(), expected.raw, lake)
        fill(lake, settings, None if not dumps else draw.choice(["papers", "parsed_entries", "topics"]))
        runs += 1
    for path in [*lake.raw.rglob("misplaced-*")]:
        path.unlink()
    fill(lake, settings)
    forget_topics(lake)  # topics also follow from the fits before
    fill(lake, settings)
    assert_equal_tables(tables(lake), expected.tables)
    record_property("orders", 1)
    record_property("runs", runs + 2)


def arrive(draw: random.Random, dump: Path, raw: Path, lake: Lake) -> None:
    """Copy a dump into the lake, with a time of its own; sometimes also under another name."""
    place = lake.raw / dump.relative_to(raw)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(dump, place)
    os.utime(place, ns=(0, draw.randrange(10**18)))
    if draw.random() < 0.4:
        shutil.copyfile(dump, place.with_name(f"misplaced-{place.name}"))
