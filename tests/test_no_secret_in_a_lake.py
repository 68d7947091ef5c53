"""A real run with a key and passwords: none of them is in what it prints, or in any file of the lake.

The first run is a process of its own, as a user starts it; the other commands run in this process.
"""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from paperlake import stage_list
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.lake import Lake
from tests.support import command
from tests.support.chat_server import asked, completion, good
from tests.support.command import Done
from tests.support.http_server import Reply, Request, Respond, serve
from tests.support.lakes import SAMPLES, put

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parent.parent
SECRETS = {"key": "sk-planted-4711", "user": "planteduser", "password": "plantedpw", "token": "plantedtoken"}


def answer(request: Request) -> Reply:
    """Vectors, from a server that says which model it runs; as the README's command expects."""
    if request.method == "GET":
        return Reply.of_json({"data": [{"id": "some/model"}]})
    if request.path.endswith("/chat/completions"):
        return completion(good(asked(request)))
    vectors, _ = HashingEmbedder().embed(request.json["input"])
    data = [{"index": at, "embedding": vector.tolist()} for at, vector in enumerate(vectors)]
    return Reply.of_json({"data": data, "model": "some/model"})


def echo(status: int) -> Respond:
    """A server that answers short requests, and repeats the key where papers come."""

    def respond(request: Request) -> Reply:
        if request.method == "GET" or len(request.json.get("input", "")) == 1:
            return answer(request)
        return Reply(f"bad: {dict(request.headers)} {SECRETS['key']}".encode(), status)

    return respond


def environment(lake: Lake, url: str) -> dict[str, str]:
    return {
        "PAPERLAKE_LAKE": str(lake.root),
        "PAPERLAKE_EMBEDDER": "http",
        "PAPERLAKE_EMBEDDER_URL": f"{url}/v1",
        "PAPERLAKE_EMBEDDER_RETRIES": "0",
        "PAPERLAKE_EMBEDDER_API_KEY": f"{SECRETS['key']}\n",
        "PAPERLAKE_TOPIC_NAMES_URL": f"{url}/v1",
        "PAPERLAKE_TOPIC_NAMES_MODEL": "small",
        "PAPERLAKE_TOPIC_NAMES_RETRIES": "0",
        "PAPERLAKE_TOPIC_NAMES_API_KEY": SECRETS["key"],
        "PAPERLAKE_DAILY_API_URL": (
            f"https://{SECRETS['user']}:{SECRETS['password']}@127.0.0.1:1/x?token={SECRETS['token']}"
        ),
    }


def paperlake(lake: Lake, url: str, *arguments: str) -> Done:
    return command.paperlake(*arguments, **environment(lake, url))


def run_process(lake: Lake, url: str) -> subprocess.CompletedProcess[str]:
    """Run `paperlake run` in a process of its own, with nothing of this environment."""
    own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(PROJECT / "src")}
    return subprocess.run(
        [sys.executable, "-m", "paperlake", "run"], capture_output=True, text=True, check=False, cwd=PROJECT,
        env={**own, **environment(lake, url)},
    )  # fmt: skip


def places(folder: Path, *texts: str) -> list[str]:
    """The files and texts that contain a planted secret."""
    found = [f"output {number}" for number, text in enumerate(texts) if has_planted(text.encode())]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return found + [str(path.relative_to(folder)) for path in files if has_planted(path.read_bytes())]


def has_planted(content: bytes) -> bool:
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return any(secret.encode() in content for secret in SECRETS.values())


@pytest.fixture
def small_lake(lake: Lake) -> Lake:
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    return lake


def test_the_readmes_command_runs_and_leaves_no_secret(small_lake: Lake) -> None:
    with serve(answer) as server:
        done = run_process(small_lake, server.url)
        shown = [paperlake(small_lake, server.url, name) for name in ("config", "status")]
        asked = len(server.requests)
        assert {request.headers.get("Authorization") for request in server.requests} == {
            f"Bearer {SECRETS['key']}"
        }
    assert done.returncode == 0, done.stderr
    assert small_lake.manifest("paper_embeddings").facts["model_id"] == "http-some--model-256"
    assert small_lake.manifest("topics").facts["names_by_model"] > 0
    assert "Topic names: asking small at" in done.stderr
    assert "Papers on this subject and the methods that they compare." in small_lake.report.read_text()
    assert (
        places(small_lake.root, *(text for one in (done, *shown) for text in (one.stdout, one.stderr))) == []
    )
    dead = paperlake(small_lake, server.url, "search", "language models")
    assert dead.returncode == 0
    assert "Searched by words only" in dead.stderr
    assert "Start the server" in dead.stderr
    idle = paperlake(small_lake, server.url, "run")
    assert idle.returncode == 0, "nothing is to be embedded, so no server is needed"
    assert idle.stdout.count("unchanged") == len(stage_list.PIPELINE.stages)
    assert asked


@pytest.mark.parametrize("status", [401, 500])
def test_a_server_that_repeats_the_key_leaves_no_secret(
    small_lake: Lake, status: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with serve(echo(status)) as server:
        done = paperlake(small_lake, server.url, "run")
    assert done.returncode == 1
    assert f"status {status}" in done.stderr
    assert "********" in done.stderr
    assert places(small_lake.root, done.stdout, done.stderr, caplog.text, *capfd.readouterr()) == []
    assert list(small_lake.dagster_home.rglob("*.db")), "the history was searched, too"


def test_a_server_of_names_that_repeats_the_key_leaves_no_secret(
    small_lake: Lake, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes on with labels of phrases."""

    def respond(request: Request) -> Reply:
        if request.path.endswith("/chat/completions"):
            return Reply(f"bad: {dict(request.headers)} {SECRETS['key']}".encode(), 500)
        return answer(request)

    with serve(respond) as server:
        done = paperlake(small_lake, server.url, "run")
    assert done.returncode == 0, done.stderr
    assert "Topics were not all named" in caplog.text  # on standard error, where nothing else is set up
    assert "********" in caplog.text
    assert places(small_lake.root, done.stdout, done.stderr, caplog.text, *capfd.readouterr()) == []
