"""`paperlake evaluate`: its table, JSON, picture and set, on a lake of sample dumps."""

import json
from pathlib import Path

import pytest

from paperlake.lake import Lake
from tests.support.command import paperlake

HEADER = "query-id\tcorpus-id\tscore"


def rows(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def compared(filled: Lake, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], Path]:
    picture = tmp_path_factory.mktemp("evaluate") / "picture.png"
    done = paperlake(
        "evaluate", "current", "hashing@16", "--lake", filled.root, "--json", "--picture", picture
    )
    assert done.returncode == 0, done.stderr
    return rows(done.stdout), picture


def test_fewer_numbers_are_worse(compared: tuple[list[dict], Path]) -> None:
    verdict = next(row for row in compared[0] if row["row"] == "verdict")
    assert verdict["sentence"].startswith("hashing@16 is worse than current by more than chance in ")


def test_costs_are_measured(compared: tuple[list[dict], Path]) -> None:
    whole, short = (row for row in compared[0] if row["row"] == "embedder")
    assert (whole["bytes_per_vector"], short["bytes_per_vector"]) == (1024, 64)
    assert whole["texts_per_second"] > 0
    assert 20 < whole["peak_memory_mb"] < 2_000


def test_the_picture_is_drawn(compared: tuple[list[dict], Path]) -> None:
    assert compared[1].read_bytes().startswith(b"\x89PNG")


def test_nothing_is_written_to_the_lake(compared: tuple[list[dict], Path], filled: Lake) -> None:
    assert filled.embedded_models() == ["hashing-256"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["hashing"], "needs at least two embedders"),
        (["current", "hashing"], "are the same: hashing-256 with 256 numbers"),
        (["current", "hashing@512"], "have 256 numbers, fewer than 'hashing@512' asks for"),
        (["current", "glove"], "There is no embedder 'glove' to compare"),
        (["current", "hashing@0"], "There is no embedder 'hashing@0' to compare"),
        (["current", "hashing@8", "--picture", "/no/such/folder/p.png"], "names no file in a folder"),
        (["current", "hashing@8", "--sample", "20"], "There are 20 papers"),
    ],
)
def test_wrong_use(filled: Lake, names: list[str], message: str) -> None:
    done = paperlake("evaluate", *names, "--lake", filled.root)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_the_set_is_consistent(filled: Lake, tmp_path: Path) -> None:
    done = paperlake("evaluate", "--write-set", tmp_path / "set", "--lake", filled.root)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "set"
    corpus = {row["_id"] for row in rows((folder / "corpus.jsonl").read_text())}
    queries = {row["_id"]: row["text"] for row in rows((folder / "queries.jsonl").read_text())}
    asked = set()
    for task in (folder / "qrels").iterdir():
        header, *judgements = task.read_text().splitlines()
        assert header == HEADER
        pairs = [tuple(line.split("\t")) for line in judgements]
        assert {paper for _, paper, _ in pairs} <= corpus
        assert all(query != f"paper:{paper}" for query, paper, _ in pairs)
        asked |= {query for query, _, _ in pairs}
    assert asked == queries.keys()
    assert json.loads((folder / "set.json").read_text())["papers"] == len(corpus)
    again = paperlake("evaluate", "--write-set", folder, "--lake", filled.root)
    assert (again.returncode, "is not an empty folder" in again.stderr) == (2, True)
