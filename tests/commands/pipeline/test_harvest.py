"""`paperlake harvest`: the days that options name, the summary, and the exit code."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperlake.cli import app
from paperlake.commands.pipeline.harvest import days_between
from paperlake.errors import UsageError
from tests.support.harvest_server import OaiPages
from tests.support.http_server import Reply, serve

DAY = date(2025, 3, 3)


@pytest.fixture
def arxiv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OaiPages]:
    with serve() as server:
        server.respond = OaiPages(server)
        monkeypatch.setenv("PAPERLAKE_HARVEST_ARXIV_URL", f"{server.url}/oai")
        monkeypatch.setenv("PAPERLAKE_HARVEST_ARXIV_INTERVAL_SECONDS", "0")
        monkeypatch.setenv("PAPERLAKE_HARVEST_ATTEMPTS", "1")
        monkeypatch.setenv("PAPERLAKE_LAKE", str(tmp_path / "lake"))
        monkeypatch.setenv("PAPERLAKE_DAILY_API_URL", f"{server.url}/daily")
        monkeypatch.setenv("PAPERLAKE_DAILY_ATTEMPTS", "1")
        monkeypatch.setenv("PAPERLAKE_DAILY_INTERVAL_SECONDS", "0")
        yield server.respond


def run(*options: str):
    return CliRunner().invoke(app, ["harvest", *options])


def test_a_harvest_says_what_it_stored(arxiv: OaiPages, tmp_path: Path) -> None:
    arxiv.give(DAY, 4)
    done = run("arxiv", "--from", "2025-03-03", "--until", "2025-03-04", "--set", "math", "--json")
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["day"], row["status"], row["page_count"]) for row in rows] == [
        ("2025-03-03", "stored", 2),
        ("2025-03-04", "empty", 0),
    ]
    assert "2 days: 1 empty, 1 stored; 2 new dumps." in done.stderr
    assert "Next: paperlake run" in done.stderr
    assert (tmp_path / "lake" / rows[0]["path"]).is_dir()
    assert "math.arXiv" in rows[0]["path"]


def test_a_failed_day_is_an_exit_code(arxiv: OaiPages) -> None:
    arxiv.give(DAY, 2)
    arxiv.instead["2025-03-04"] = [Reply(b"gone", 404)]
    done = run("arxiv", "--from", "2025-03-03", "--until", "2025-03-04")
    assert done.exit_code == 1
    assert "2025-03-04 failed: " in done.stderr
    assert "Run the command again" in done.stderr
    assert run("arxiv", "--from", "2025-03-03", "--until", "2025-03-04").exit_code == 0


def test_the_daily_listing_can_be_harvested(arxiv: OaiPages, tmp_path: Path) -> None:
    arxiv.server.respond = lambda request: Reply.of_json(
        [{"paper": {"id": "2503.00001", "title": "On Ponds", "summary": "We look at ponds."}}]
    )
    assert run("daily", "--days", "2").exit_code == 0
    today = datetime.now(UTC).date()
    days = {request.query["date"] for request in arxiv.server.requests}
    assert days == {str(today), str(today - timedelta(days=1))}
    assert len(list((tmp_path / "lake/raw/daily_api").rglob("*.json"))) == 2


def test_days_are_those_of_the_options() -> None:
    first, last = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 3, 3, tzinfo=UTC)
    assert days_between(first, last, None, DAY) == [date(2025, 3, 1), date(2025, 3, 2), DAY]
    assert days_between(first, None, None, DAY)[-1] == DAY
    assert days_between(None, None, 2, DAY) == [date(2025, 3, 2), DAY]
    assert days_between(None, last, None, DAY)[0] == date(2025, 2, 25)


@pytest.mark.parametrize(
    ("first", "count", "message"),
    [(datetime(2025, 3, 1, tzinfo=UTC), 3, "give one of them"), (datetime(2025, 4, 1, tzinfo=UTC), None, "after the last day"),
     (datetime(1, 1, 1, tzinfo=UTC), None, "more than 40,000 days")],
)  # fmt: skip
def test_days_that_make_no_sense_are_wrong_usage(first: datetime, count: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        days_between(first, None, count, DAY)
