"""The command line as people meet it: exit codes, messages, JSON lines.

A few commands run in processes of their own, as a user starts them; the others run in this process.
"""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from paperlake import stage_list
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from tests.support.command import paperlake
from tests.support.lakes import SAMPLES, put
from tests.support.templates import Templates

PROJECT = Path(__file__).resolve().parent.parent
DUMP = SAMPLES / "listing/saved_page_june.txt"


def paperlake_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with nothing of this environment."""
    command = [sys.executable, "-m", "paperlake", *map(str, arguments)]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "PAPERLAKE_EMBEDDER": "hashing",
        "COLUMNS": "160",
        "PYTHONPATH": str(PROJECT / "src"),
    }
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT, env=environment)


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one sample dump, through every stage."""
    return templates.filled(tmp_path_factory.mktemp("cli") / "lake", "listing/saved_page_june.txt")


def some_paper(lake: Lake) -> dict:
    return lake.read(PAPERS).row(0, named=True)


def test_help_lists_the_commands() -> None:
    done = paperlake_process("--help")
    assert done.returncode == 0
    for command in ("run", "status", "parse", "search", "similar", "explain", "sql", "export", "ui"):
        assert command in done.stdout


@pytest.mark.slow
def test_a_run_shows_each_stage_and_where_the_results_are(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    put(lake, DUMP)
    done = paperlake_process("run", "--lake", lake.root)
    assert done.returncode == 0, done.stderr
    assert "warehouse" in done.stdout
    assert str(lake.warehouse) in done.stderr
    assert str(lake.report) in done.stderr
    again = paperlake("run", "--lake", lake.root)
    assert again.returncode == 0
    assert again.stdout.count("unchanged") == len(stage_list.PIPELINE.stages)


def test_an_empty_lake_exits_3_and_says_where_to_put_dumps(tmp_path: Path) -> None:
    done = paperlake_process("run", "--lake", tmp_path / "new")
    assert done.returncode == 3
    assert str(tmp_path / "new/raw") in done.stderr


def test_a_second_run_exits_4_and_says_who_holds_the_lake(filled: Lake) -> None:
    with filled.lock("the first run"):
        done = paperlake_process("run", "--lake", filled.root)
    assert done.returncode == 4
    assert "the first run" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("status", "--lake", "/no/such/lake"), "There is no lake"),
        (("run", "--until", "nonsense"), "There is no stage"),
        (("run", "--refit", "--until", "papers"), "before topics"),
        (("parse", "/no/such/file"), "is not a file"),
        (("search",), "Missing argument"),
        (("frobnicate",), "No such command"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_usage_exits_2_and_says_what_is_wrong(arguments: tuple[str, ...], told: str) -> None:
    done = paperlake(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_out_of_range_is_named(tmp_path: Path) -> None:
    done = paperlake("status", "--lake", tmp_path, PAPERLAKE_SIMILAR_COUNT="many")
    assert done.returncode == 2
    assert "PAPERLAKE_SIMILAR_COUNT" in done.stderr


def test_parse_prints_entries_as_json_lines_and_what_the_dump_was_taken_for() -> None:
    done = paperlake("parse", DUMP, "--json")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert len(entries) == 34
    assert entries[0]["title"]
    assert "listing_text cards" in done.stderr


def test_parse_of_something_else_exits_3_and_shows_the_reject(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    done = paperlake("parse", tmp_path / "binary")
    assert done.returncode == 3
    assert "rejected" in done.stderr


def test_search_finds_a_paper_by_its_title(filled: Lake) -> None:
    paper = some_paper(filled)
    done = paperlake("search", paper["title"], "--lake", filled.root, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0]["paper_id"] == paper["paper_id"]
    assert rows[0]["word_score"] is not None
    assert rows[0]["similarity"] is not None


def test_search_by_words_needs_no_model(filled: Lake) -> None:
    done = paperlake(
        "search", some_paper(filled)["title"], "--by", "words", "--lake", filled.root, "--json",
        PAPERLAKE_EMBEDDER="torch", PAPERLAKE_EMBEDDER_MODEL="/no/such/model",
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[0])["paper_id"] == some_paper(filled)["paper_id"]


def test_search_with_another_model_says_that_it_used_words_only(filled: Lake) -> None:
    done = paperlake("search", "language models", "--lake", filled.root, PAPERLAKE_EMBEDDER="torch")
    assert done.returncode == 0
    assert "words only" in done.stderr


def test_search_takes_filters_and_says_why_a_paper_was_found(filled: Lake) -> None:
    done = paperlake(
        "search", "language models", "--lake", filled.root, "--from", "2025-01-01", "--limit", "3"
    )
    assert done.returncode == 0, done.stderr
    assert "title: " in done.stdout or "abstract: " in done.stdout
    assert "meaning 0." in done.stdout
    done = paperlake("search", "models", "--lake", filled.root, "--topic", "nowhere")
    assert done.returncode == 2
    assert "No topic has the id or label" in done.stderr
    assert paperlake("search", "models", "--lake", filled.root, "--from", "yesterday").returncode == 2


def test_a_search_for_nothing_is_wrong_usage(filled: Lake) -> None:
    assert paperlake("search", "  ", "--lake", filled.root).returncode == 2


def test_similar_lists_neighbours_nearest_first(filled: Lake) -> None:
    done = paperlake("similar", some_paper(filled)["paper_id"], "--lake", filled.root, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["rank"] for row in rows] == list(range(1, 11))
    assert rows == sorted(rows, key=lambda row: -row["similarity"])


def test_explain_names_the_dump_and_the_source_of_each_field(filled: Lake) -> None:
    done = paperlake("explain", some_paper(filled)["paper_id"], "--lake", filled.root)
    assert done.returncode == 0, done.stderr
    assert DUMP.name in done.stdout
    assert "title" in done.stdout


@pytest.mark.parametrize("command", ["similar", "explain"])
def test_an_unknown_id_exits_2(filled: Lake, command: str) -> None:
    done = paperlake(command, "ffffffffffffffff", "--lake", filled.root)
    assert done.returncode == 2
    assert "ffffffffffffffff" in done.stderr


def test_sql_shows_rows_and_refuses_to_write(filled: Lake) -> None:
    done = paperlake("sql", "SELECT count(*) AS papers FROM papers", "--lake", filled.root, "--json")
    assert json.loads(done.stdout) == {"papers": filled.read(PAPERS).height}
    refused = paperlake("sql", "DROP TABLE papers", "--lake", filled.root)
    assert refused.returncode == 2
    assert "read-only" in refused.stderr
    assert duckdb.connect(str(filled.warehouse), read_only=True).execute("FROM papers").fetchone()


def test_status_of_a_lake_shows_stages_and_new_dumps(filled: Lake) -> None:
    done = paperlake("status", "--lake", filled.root, "--json")
    found = json.loads(done.stdout)
    assert [stage["stale"] for stage in found["stages"]] == [None] * len(stage_list.PIPELINE.stages)
    put(filled, SAMPLES / "listing/search_results.txt")
    after = json.loads(paperlake("status", "--lake", filled.root, "--json").stdout)
    (filled.raw / "listing/search_results.txt").unlink()
    assert after["new_dumps"] == 1
    assert after["stages"][0]["stale"] == "raw/ has changed"
    assert after["stages"][5]["stale"] == "raw_dumps is stale"


def test_embeddings_are_listed_and_compacted_and_search_goes_on(filled: Lake) -> None:
    listed = paperlake("embeddings", "list", "--lake", filled.root, "--json")
    (model,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert model["vector_count"] == filled.read(PAPERS).height
    assert paperlake("embeddings", "drop", model["model_id"], "--lake", filled.root).returncode == 2
    compacted = paperlake("embeddings", "compact", model["model_id"], "--lake", filled.root)
    assert "0 removed; 1 part became 1." in compacted.stderr
    search = paperlake("search", "language models", "--lake", filled.root, "--by", "meaning")
    assert search.returncode == 0, search.stderr


def test_status_of_a_lake_without_a_run(lake: Lake) -> None:
    done = paperlake("status", "--lake", lake.root)
    assert done.returncode == 0
    assert "not built yet" in done.stdout
