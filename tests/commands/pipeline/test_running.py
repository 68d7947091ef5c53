"""`run` and `status`: what is printed for people and programs, what is left behind, how a run is interrupted."""

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.lake.locking import lock as locking
from paperlake.settings import Settings
from paperlake.stages.outcome import RunOutcome
from tests.support.command import paperlake
from tests.support.lakes import SAMPLES, fill, put

PROJECT = Path(__file__).resolve().parents[3]


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("command", ["run", "status", "ui"])
def test_a_folder_of_other_things_does_not_become_a_lake(tmp_path: Path, command: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader")
    done = paperlake(command, "--lake", tmp_path)
    assert done.returncode == 2
    assert "no lake" in done.stderr
    assert everything_in(tmp_path) == {tmp_path / "letter.txt"}


def test_a_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("")
    assert paperlake("run", "--lake", tmp_path / "lake").returncode == 2
    assert paperlake("status", "--lake", tmp_path / "lake").returncode == 2


@pytest.mark.parametrize("exists", [False, True], ids=["new", "empty"])
def test_a_run_without_dumps_exits_3_and_leaves_nothing_behind(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "lake"
    if exists:
        folder.mkdir()
    done = paperlake("run", "--lake", folder)
    assert done.returncode == 3
    assert f"Copy dumps into {folder}/raw/" in done.stderr
    assert everything_in(tmp_path) == ({folder} if exists else set())


def test_an_unknown_stage_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    assert paperlake("run", "--lake", tmp_path, "--until", "nonsense").returncode == 2
    assert everything_in(tmp_path) == {tmp_path / "raw"}


def test_reading_commands_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    assert paperlake("status", "--lake", tmp_path).returncode == 0
    done = paperlake("search", "models", "--lake", tmp_path)
    assert done.returncode == 1
    assert "Run `paperlake run` first" in done.stderr
    assert everything_in(tmp_path) == {tmp_path / "raw"}


def test_a_disk_that_is_full_from_the_start_is_a_message(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    (lake.raw / "dump.json").write_text("[]")

    def write(_path: Path, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(locking, "write_bytes", write)
    done = paperlake("run", "--lake", lake.root)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Free space" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def small(tmp_path: Path) -> Lake:
    lake = Lake.open(tmp_path / "lake")
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json")
    return lake


@pytest.mark.slow
def test_json_of_a_run_is_one_object_per_stage_and_one_of_the_whole(small: Lake) -> None:
    done = paperlake("run", "--json", "--until", "papers", "--lake", small.root)
    *stages, whole = [json.loads(line) for line in done.stdout.splitlines()]
    assert [stage["stage"] for stage in stages] == ["raw_dumps", "parsed_entries", "papers"]
    assert {stage["result"] for stage in stages} == {"built"}
    assert stages[2]["rows"]["papers"] == whole["rows"]["papers"] > 0
    assert (whole["outcome"], whole["exit_code"]) == ("succeeded", 0)
    assert whole["seconds"] > 0
    assert whole["paths"] == {"lake": str(small.root)}
    assert "Reading dumps: 1 dump" in done.stderr
    again = paperlake("run", "--json", "--quiet", "--until", "papers", "--lake", small.root)
    assert [json.loads(line)["result"] for line in again.stdout.splitlines()[:-1]] == ["unchanged"] * 3
    assert again.stderr == ""


class Pipelines:
    """Takes the place of Dagster's run, and counts how often it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        monkeypatch.setattr("paperlake.cli._run_pipeline", self._run)

    def _run(self, *_given: object) -> RunOutcome:
        self.count += 1
        return RunOutcome(succeeded=True)


@pytest.fixture
def built(small: Lake, monkeypatch: pytest.MonkeyPatch) -> tuple[Lake, Pipelines]:
    """A lake that is built up to papers and has a history of runs."""
    fill(small, Settings(lake=small.root, embedder="hashing"), until="papers")
    small.dagster_home.mkdir()
    return small, Pipelines(monkeypatch)


UNTIL_PAPERS = ("run", "--until", "papers", "--lake")


def test_a_run_that_builds_nothing_needs_no_dagster(built: tuple[Lake, Pipelines]) -> None:
    lake, pipelines = built
    done = paperlake(*UNTIL_PAPERS, lake.root)
    assert (done.returncode, pipelines.count) == (0, 0)
    assert done.stdout.count("unchanged") == 3
    assert done.stderr.splitlines() == ["raw_dumps", "parsed_entries", "papers"]


def test_an_unchanged_run_puts_a_deleted_report_back(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(shutil.copytree(filled.root, tmp_path / "lake"))
    lake.dagster_home.mkdir(exist_ok=True)
    lake.report.unlink()
    pipelines = Pipelines(monkeypatch)
    assert paperlake("run", "--lake", lake.root).returncode == 0
    assert pipelines.count == 0
    assert lake.report.exists()


def change_a_dump(lake: Lake) -> None:
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json", folder="copy")


def lose_a_table(lake: Lake) -> None:
    next(lake.folder_of(PAPERS).glob("*.parquet")).unlink()


def be_killed(lake: Lake) -> None:
    dead = {"who": "paperlake run", "pid": 2**22 + 1, "host": socket.gethostname(), "started": "1"}
    (lake.root / "lock.json").write_text(json.dumps(dead))


def lose_the_history(lake: Lake) -> None:
    lake.dagster_home.rmdir()


@pytest.mark.parametrize("happening", [change_a_dump, lose_a_table, be_killed, lose_the_history])
def test_dagster_runs_what_the_manifests_do_not_settle(
    built: tuple[Lake, Pipelines], happening: Callable[[Lake], None]
) -> None:
    lake, pipelines = built
    happening(lake)
    assert paperlake(*UNTIL_PAPERS, lake.root).returncode == 0
    assert pipelines.count == 1


@pytest.mark.parametrize("forced", ["--refit", "--reembed"])
def test_a_forced_run_is_not_left_out(built: tuple[Lake, Pipelines], forced: str) -> None:
    lake, pipelines = built
    fill(lake, Settings(lake=lake.root, embedder="hashing"), until="topics")
    assert paperlake("run", "--until", "topics", "--lake", lake.root, forced).returncode == 0
    assert pipelines.count == 1


@pytest.mark.slow
def test_a_quiet_run_prints_only_what_failed(small: Lake) -> None:
    done = paperlake("run", "--quiet", "--until", "parsed_entries", "--lake", small.root)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    small.manifest_path("raw_dumps").unlink()
    for dump in small.raw.rglob("*.json"):
        dump.unlink()
    failed = paperlake("run", "--quiet", "--json", "--lake", small.root)
    assert failed.returncode == 3
    assert json.loads(failed.stdout)["outcome"] == "failed"
    assert failed.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("after", ["the start", "the first stage"])
@pytest.mark.slow
def test_an_interrupted_run_exits_130_with_one_line(small: Lake, number: signal.Signals, after: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "paperlake", "run", "--lake", str(small.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "PAPERLAKE_EMBEDDER": "hashing", "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}"},
    )
    told = ""
    if after == "the start":
        time.sleep(0.4)
    else:
        for line in process.stderr:
            if "Reading dumps" in line:
                break
    process.send_signal(number)
    out, told = process.communicate(timeout=60)
    assert process.returncode == 130, (out, told)
    if (
        "panicked at" not in told
    ):  # of polars, where the signal meets a call back into Python; not ours to print
        assert "Traceback" not in told
    assert told.splitlines()[-1].startswith("Interrupted")
    if after == "the first stage":
        assert "kept; `paperlake run` goes on from there." in told.splitlines()[-1]


@pytest.mark.parametrize(
    "command",
    [(), ("run",), ("status",), ("parse",), ("search",), ("similar",), ("explain",), ("sql",), ("export",),
     ("embeddings",), ("embeddings", "list"), ("embeddings", "compact"), ("embeddings", "drop")],
    ids=" ".join,
)  # fmt: skip
def test_h_is_help(command: tuple[str, ...]) -> None:
    done = paperlake(*command, "-h")
    assert done.returncode == 0
    assert done.stdout == paperlake(*command, "--help").stdout
    assert "Usage:" in done.stdout


def test_completion_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PAPERLAKE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "paperlake sea")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert paperlake().stdout.split() == ["search"]
