"""What would go wrong: an address that is misspelt, or that has a secret which messages would show."""

import pytest

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings

URL, MODEL = "PAPERLAKE_TOPIC_NAMES_URL", "PAPERLAKE_TOPIC_NAMES_MODEL"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("127.0.0.1:11434/v1", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("http://", "must begin with http"),
        ("http://me:secret-4711@host/v1", "Put the key into PAPERLAKE_TOPIC_NAMES_API_KEY"),
        ("http://host/v1?api_key=secret-4711", "Put the key into PAPERLAKE_TOPIC_NAMES_API_KEY"),
    ],
)
def test_a_wrong_address_is_refused_and_its_secret_is_not_shown(
    url: str, told: str, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, url)
    monkeypatch.setenv(MODEL, "small")
    with pytest.raises(UsageError) as raised:
        load_settings(lake=lake.root)
    assert told in str(raised.value)
    assert str(raised.value).startswith(f"Settings: {URL}")
    assert "secret-4711" not in str(raised.value)


def test_an_address_needs_a_model(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "http://127.0.0.1:11434/v1")
    with pytest.raises(UsageError, match=f"{MODEL}: .*name the model"):
        load_settings(lake=lake.root)
    monkeypatch.setenv(MODEL, "small")
    assert load_settings(lake=lake.root).topic_names_model == "small"


def test_a_lakes_file_sets_all_but_the_key(lake: Lake) -> None:
    lake.settings_file.write_text('topic_names_url = "http://host/v1"\ntopic_names_model = "small"\n')
    assert load_settings(lake=lake.root).topic_names_url == "http://host/v1"
    lake.settings_file.write_text('topic_names_api_key = "sk-planted"\n')
    with pytest.raises(UsageError, match="Secrets are not read from a file") as raised:
        load_settings(lake=lake.root)
    assert "sk-planted" not in str(raised.value)


def test_the_key_is_shown_nowhere(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLAKE_TOPIC_NAMES_API_KEY", " sk-planted\n")
    settings = load_settings(lake=lake.root)
    assert "sk-planted" not in repr(settings) + settings.model_dump_json()
    monkeypatch.setenv("PAPERLAKE_TOPIC_NAMES_API_KEY", "sk planted")
    with pytest.raises(UsageError) as raised:
        load_settings(lake=lake.root)
    assert "planted" not in str(raised.value)
