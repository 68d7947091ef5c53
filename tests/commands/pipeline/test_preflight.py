"""A wrong embedder ends a run before it reads or writes anything; another model than the lake's is asked for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from paperlake.cli import app
from paperlake.commands.pipeline import preflight
from paperlake.commands.pipeline.preflight import prepare_embedder
from paperlake.embedding.choosing import registry
from paperlake.embedding.choosing.registry import Kind
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.errors import ModelError, PaperlakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.embedding import embed_papers, put_papers
from tests.support.http_server import Reply, in_turn, serve
from tests.support.lakes import SAMPLES

DUMP = SAMPLES / "listing/saved_page_june.txt"


def run(lake: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["run", "--lake", str(lake), *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lake that has a dump, and nothing else yet."""
    (tmp_path / "lake/raw").mkdir(parents=True)
    shutil.copyfile(DUMP, tmp_path / "lake/raw/dump.txt")
    return tmp_path / "lake"


WRONG = {
    "model folder": ({"embedder": "torch", "embedder_model": "/no/such/model"}, "no model folder"),
    "no url": ({"embedder": "http"}, "PAPERLAKE_EMBEDDER_URL"),
    "dead server": ({"embedder": "http", "embedder_url": "http://127.0.0.1:1/v1"}, "ConnectError"),
    "device": ({"embedder": "torch", "embedder_device": "mps"}, "PAPERLAKE_EMBEDDER_DEVICE is mps"),
    "device of openvino": ({"embedder": "openvino", "embedder_device": "cuda"}, "runs on the CPU"),
    "extra": ({"embedder": "ray"}, r"needs no_such_module"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_embedder_ends_a_run_before_anything_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    chosen, told = WRONG[case]
    monkeypatch.setitem(registry.KINDS, "ray", Kind("x", "y", needs="no_such_module", extra="ray"))
    for name, value in chosen.items():
        monkeypatch.setenv(f"PAPERLAKE_{name.upper()}", value)
    result = run(folder)
    assert isinstance(result.exception, PaperlakeError)
    assert told in str(result.exception)
    assert sorted(path.name for path in folder.rglob("*")) == ["dump.txt", "raw"]


def test_a_run_that_ends_before_the_embeddings_needs_no_embedder(lake: Lake) -> None:
    wrong = Settings(lake=lake.root, embedder="http")
    assert prepare_embedder(lake, wrong, "papers") is wrong
    with pytest.raises(UsageError):
        prepare_embedder(lake, wrong, None)


def test_a_server_is_asked_only_if_there_is_work(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(in_turn(Reply(b"no", 401))) as server:
        settings = Settings(
            lake=lake.root,
            embedder="http",
            embedder_url=server.url,
            embedder_model_id="m",
            embedder_dimension=2,
        )
        with pytest.raises(ModelError, match="refused 1 text with status 401"):
            prepare_embedder(lake, settings, None)
        asked = len(server.requests)
        monkeypatch.setattr(preflight, "_has_work", lambda lake, settings: False)
        prepare_embedder(lake, settings, None)
        assert len(server.requests) == asked == 1


def test_a_server_with_vectors_of_another_size_is_refused(lake: Lake) -> None:
    with serve(in_turn(Reply.of_json({"data": [{"index": 0, "embedding": [1.0, 0.0, 0.0]}]}))) as server:
        settings = Settings(
            lake=lake.root,
            embedder="http",
            embedder_url=server.url,
            embedder_model_id="m",
            embedder_dimension=2,
        )
        with pytest.raises(ModelError, match="vectors of 3 numbers, not 2"):
            prepare_embedder(lake, settings, None)


def test_a_server_is_asked_once_for_its_model(lake: Lake) -> None:
    with serve(in_turn(Reply.of_json({"data": [{"index": 0, "embedding": [1.0, 0.0]}]}))) as server:
        settings = Settings(lake=lake.root, embedder="http", embedder_url=server.url, embedder_model="m")
        prepared = prepare_embedder(lake, settings, None)
        assert len(server.requests) == 1
        assert (prepared.embedder_model_id, prepared.embedder_dimension) == ("http-m-2", 2)
        assert registry.make_embedder(prepared).model_id == "http-m-2"
        assert len(server.requests) == 1


class Other(HashingEmbedder):
    """Another model."""

    model_id = "other-model"


@pytest.fixture
def embedded(lake: Lake) -> Lake:
    """A lake whose two papers were embedded with another model than that of `hashing`."""
    put_papers(lake, ["graphs of molecules", "walking robots"])
    embed_papers(lake, Settings(lake=lake.root, embedder="hashing"), Other())
    return lake


@pytest.fixture
def hashing(lake: Lake) -> Settings:
    return Settings(lake=lake.root, embedder="hashing")


def test_another_model_is_refused_without_a_terminal(embedded: Lake, hashing: Settings) -> None:
    with pytest.raises(
        UsageError, match=r"would embed 2 texts again with hashing-256 .*--reembed"
    ) as refused:
        prepare_embedder(embedded, hashing, None)
    assert refused.value.exit_code == 2


def test_the_flag_allows_another_model(embedded: Lake, hashing: Settings) -> None:
    allowed = hashing.model_copy(update={"reembed": True})
    assert prepare_embedder(embedded, allowed, None) is allowed


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_at_a_terminal_is_asked(
    embedded: Lake, hashing: Settings, monkeypatch: pytest.MonkeyPatch, answer: str, agreed: bool
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(preflight.console.err, "_force_terminal", True)
    monkeypatch.setattr("typer.confirm", lambda text, default, err: answer == "y\n")
    if agreed:
        assert prepare_embedder(embedded, hashing, None).reembed
    else:
        with pytest.raises(UsageError, match=r"Nothing was changed"):
            prepare_embedder(embedded, hashing, None)


def test_a_lake_that_still_has_the_vectors_is_not_asked_for(embedded: Lake, hashing: Settings) -> None:
    embed_papers(embedded, hashing, HashingEmbedder())
    embed_papers(embedded, hashing, Other())
    assert prepare_embedder(embedded, hashing, None) == hashing


def test_the_stage_refuses_another_model_too(embedded: Lake, hashing: Settings) -> None:
    """A run that Dagster starts comes without the check of the command line."""
    before = embedded.manifest("paper_embeddings")
    with pytest.raises(UsageError, match="PAPERLAKE_REEMBED=true"):
        embed_papers(embedded, hashing, HashingEmbedder(), reembed=False)
    assert embedded.manifest("paper_embeddings") == before
    assert embed_papers(embedded, hashing, HashingEmbedder(), reembed=True).facts["model_id"] == "hashing-256"


def test_checking_the_bundled_model_loads_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from paperlake.lake import Lake; "
        "from paperlake.settings import Settings; from paperlake.commands.pipeline.preflight import prepare_embedder; "
        "prepare_embedder(Lake(Path(sys.argv[1])), Settings(lake=sys.argv[1], embedder='torch'), None); "
        "print([name for name in ('torch', 'transformers', 'dagster') if name in sys.modules])"
    )
    done = subprocess.check_output([sys.executable, "-c", code, str(tmp_path / "new")], text=True)
    assert done.strip() == "[]"
    assert not (tmp_path / "new").exists()
