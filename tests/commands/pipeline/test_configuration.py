"""`paperlake config` shows each value and its source, and no secret."""

import json

import pytest
from typer.testing import CliRunner

from paperlake.cli import app
from paperlake.lake import Lake

KEY = "sk-4711-0815"


def config(*arguments: str) -> str:
    return CliRunner().invoke(app, ["config", *arguments], catch_exceptions=False).stdout


def test_each_value_has_its_source(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.settings_file.write_text("similar_count = 20")
    monkeypatch.setenv("PAPERLAKE_TOPIC_MIN_PAPERS", "6")
    rows = {
        row["setting"]: row
        for row in map(json.loads, config("--lake", str(lake.root), "--json").splitlines())
    }
    shown = {name: (rows[name]["value"], rows[name]["source"]) for name in rows}
    assert shown["similar_count"] == (20, "paperlake.toml")
    assert shown["topic_min_papers"] == (6, "environment")
    assert shown["lake"] == (str(lake.root), "option")
    assert shown["reembed"] == (False, "default")
    assert rows["topic_min_papers"]["variable"] == "PAPERLAKE_TOPIC_MIN_PAPERS"


def test_secrets_are_hidden(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", KEY)
    monkeypatch.setenv("PAPERLAKE_DAILY_API_URL", f"https://me:{KEY}@host/x?limit=1&token={KEY}")
    for text in (config("--lake", str(lake.root)), config("--lake", str(lake.root), "--json")):
        assert "********" in text
        assert "limit=1" in text
        assert KEY not in text


def test_a_folder_without_a_lake_has_settings_too(tmp_path) -> None:
    assert "similar_count" in config("--lake", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
