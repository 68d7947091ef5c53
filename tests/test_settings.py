"""The sources of settings: their order, wrong names, and what a lake remembers of its embedder."""

import os
import traceback
from pathlib import Path

import pytest

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings, resolve_settings
from paperlake.settings import Settings
from tests.support.embedding import embed_papers, put_papers


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("PAPERLAKE_")]:
        monkeypatch.delenv(name)


def write(lake: Lake, content: str) -> None:
    lake.settings_file.write_text(content)


def refusal(lake: Lake, **options: object) -> str:
    with pytest.raises(UsageError) as caught:
        load_settings(lake=lake.root, **options)
    return str(caught.value)


def test_options_win_over_the_environment_over_the_file_over_the_default(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(lake, "similar_count = 20\ntopic_min_papers = 5\nui_port = 3001\ndaily_start = 2024-01-02\n")
    monkeypatch.setenv("paperlake_Topic_Min_Papers", "6")
    monkeypatch.setenv("PAPERLAKE_UI_PORT", "3002")
    found = resolve_settings(lake=lake.root, ui_port=3003)
    names = ("similar_count", "topic_min_papers", "ui_port", "sensor_seconds")
    assert [getattr(found.settings, name) for name in names] == [20, 6, 3003, 20]
    assert [found.origins[name] for name in names] == ["file", "environment", "option", "default"]
    assert str(found.settings.daily_start) == "2024-01-02"


def test_the_lake_of_the_environment_has_the_file(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    write(lake, "similar_count = 20")
    monkeypatch.setenv("PAPERLAKE_LAKE", str(lake.root))
    assert load_settings().similar_count == 20


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("similar_cuont = 20", "similar_cuont: There is no such setting. Did you mean similar_count?"),
        ("PAPERLAKE_EMBEDER = 'http'", "Did you mean embedder?"),
        ("zzz = 1", "zzz: There is no such setting. `docs/settings.md`"),
        ("similar_count = 'many'", "similar_count: Input should be a valid integer"),
        ("similar_count = '20'", "similar_count: Input should be a valid integer"),
        ("similar_count = true", "similar_count: Input should be a valid integer"),
        ("similar_count = 0", "similar_count: Input should be greater than 0"),
        ("embedder = 'magic'", "embedder: Input should be 'auto'"),
        ("daily_start = 'soon'", "daily_start: Input should be a valid date"),
        ("[embedder]\nmodel = 'x'", "Tables are not used"),
        ("lake = 'elsewhere'", "lake: A file in the lake cannot say where the lake is"),
        ("similar_count 20", "is not TOML"),
        ("similar_count = " + "[" * 5000, "is not"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(lake: Lake, content: str, told: str) -> None:
    write(lake, content)
    message = refusal(lake)
    assert told in message
    assert str(lake.settings_file) in message


def test_a_file_that_cannot_be_read_is_refused(lake: Lake) -> None:
    lake.settings_file.mkdir()
    assert f"Cannot read {lake.settings_file}" in refusal(lake)
    lake.settings_file.rmdir()
    lake.settings_file.write_bytes(b"similar_count = 20 # \xff")
    assert "not a TOML file in UTF-8" in refusal(lake)


@pytest.mark.parametrize(
    "line",
    [
        "embedder_api_key = 'sk-4711'",
        "daily_api_url = 'https://me:sk-4711@host/x'",
        "embedder_url = 'http://h/v1?token=sk-4711'",
    ],
)
def test_secrets_are_refused_in_the_file(lake: Lake, line: str) -> None:
    write(lake, line)
    message = refusal(lake)
    assert f"Set the environment variable PAPERLAKE_{line.split(maxsplit=1)[0].upper()}" in message
    assert "sk-4711" not in message


def test_a_misspelt_variable_is_refused_with_the_nearest_name(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERLAKE_REAL_DATA", "/somewhere")
    monkeypatch.setenv("PAPERLAKE_TEST_ANYTHING", "1")
    load_settings(lake=lake.root)
    monkeypatch.setenv("paperlake_embeder_modle", "x")
    assert "PAPERLAKE_EMBEDER_MODLE. Did you mean PAPERLAKE_EMBEDDER_MODEL?" in refusal(lake)
    monkeypatch.delenv("paperlake_embeder_modle")
    monkeypatch.setenv("PAPERLAKE_ZZZ", "x")
    assert "Did you mean" not in refusal(lake)  # the prefix is no likeness


def test_variables_of_tests_are_declared() -> None:
    """Without it a command that a test starts would be refused."""
    from paperlake.setting_sources import TEST_VARIABLES

    for name in TEST_VARIABLES:
        assert any(name in path.read_text() for path in Path(__file__).parent.rglob("*.py")), name


@pytest.mark.parametrize("around", ["", "\n", " \t", "\r\n"])
def test_white_space_around_the_key_is_removed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", f"{around}sk-4711{around}")
    key = load_settings(lake=lake.root).embedder_api_key
    assert key is not None
    assert key.get_secret_value() == "sk-4711"
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", around)
    assert load_settings(lake=lake.root).embedder_api_key is None


@pytest.mark.parametrize("key", ["sk-4711é", "sk-\n4711", "sk 4711", "sk-4711\x07", "sk-4711\u20ac"])
def test_a_key_that_no_header_can_contain_is_refused_and_not_shown(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", key)
    with pytest.raises(UsageError, match="PAPERLAKE_EMBEDDER_API_KEY: The key has a character") as caught:
        load_settings(lake=lake.root)
    assert "4711" not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_url_is_shown_without_its_password(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLAKE_DAILY_API_URL", "ftp://me:sk-4711@host/x?token=sk-4712")
    message = refusal(lake)
    assert "PAPERLAKE_DAILY_API_URL" in message
    assert "sk-47" not in message


@pytest.fixture
def embedded(lake: Lake) -> Lake:
    """A lake that was embedded with the kind `hashing`."""
    put_papers(lake, ["graphs of molecules"])
    embed_papers(lake, Settings(lake=lake.root, embedder="hashing"), HashingEmbedder())
    return lake


def test_the_embedder_of_the_last_run_is_remembered(embedded: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    found = resolve_settings(lake=embedded.root)
    assert (found.settings.embedder, found.origins["embedder"]) == ("hashing", "remembered")
    assert found.origins["similar_count"] == "default"
    monkeypatch.setenv("PAPERLAKE_EMBEDDER", "hashing")
    again = resolve_settings(lake=embedded.root)
    assert (again.origins["embedder"], again.origins["embedder_model"]) == ("environment", "remembered")


@pytest.mark.parametrize(
    ("name", "value"),
    [("embedder", "openvino"), ("embedder_model", "/models/mine"), ("embedder_max_tokens", "64")],
)
def test_nothing_is_remembered_where_another_model_is_chosen(
    embedded: Lake, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PAPERLAKE_{name.upper()}", value)
    found = resolve_settings(lake=embedded.root)
    assert "remembered" not in found.origins.values()
    assert found.settings.embedder != "hashing"


def test_a_server_is_remembered_with_its_model_but_another_url_is_asked_again(lake: Lake) -> None:
    class Served(HashingEmbedder):
        kind = "http"

    url = "http://127.0.0.1:1/v1"
    chosen = Settings(
        lake=lake.root, embedder="http", embedder_url=url, embedder_model="m", embedder_api_key="sk-4711"
    )
    put_papers(lake, ["graphs of molecules"])
    embed_papers(lake, chosen, Served())
    found = load_settings(lake=lake.root)
    assert (found.embedder, found.embedder_url, found.embedder_model) == ("http", url, "m")
    assert (found.embedder_model_id, found.embedder_dimension) == ("hashing-256", 256)
    moved = load_settings(lake=lake.root, embedder_url="http://127.0.0.1:2/v1")
    assert (moved.embedder, moved.embedder_model, moved.embedder_model_id) == ("http", "m", None)
    assert "sk-4711" not in lake.manifest_path("paper_embeddings").read_text()


def test_a_changed_manifest_is_no_obstacle(embedded: Lake) -> None:
    path = embedded.manifest_path("paper_embeddings")
    path.write_text(path.read_text().replace('"embedder_max_tokens": 256', '"embedder_max_tokens": "many"'))
    assert load_settings(lake=embedded.root).embedder == "auto"
