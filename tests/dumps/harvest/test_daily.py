"""Harvest: without these a broken response could become a dump, or a server be asked too often.

A real HTTP server on loopback; time passes only on a clock of the tests. Retries, limits and pauses in
themselves are tested in test_http_client.py.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from paperlake.dumps.harvest.daily import DayOutcome, harvest_days, recent_days
from paperlake.http_client import Clock
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.http_server import (
    FakeTime,
    Raw,
    Reply,
    Request,
    Server,
    hang_up,
    in_turn,
    serve,
    truncated_chunks,
)

TODAY = date(2025, 3, 10)
OLD = date(2025, 1, 1)


def listing(votes: int = 1) -> bytes:
    return json.dumps(
        [{"paper": {"id": "2503.00001", "title": "On Ponds", "summary": "x", "upvotes": votes}}]
    ).encode()


class Days:
    """A server's responses by day."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.by_day = {}
        server.respond = self.respond

    def respond(self, request: Request) -> Reply | Raw:
        return self.by_day[request.query["date"]](request)

    def give(self, day: date, *replies: Reply | Raw) -> None:
        self.by_day[day.isoformat()] = in_turn(*replies)

    @property
    def asked(self) -> list[str]:
        return [request.target for request in self.server.requests]


@pytest.fixture
def days() -> Iterator[Days]:
    with serve() as server:
        yield Days(server)


@pytest.fixture
def chosen(days: Days, tmp_path: Path) -> Settings:
    return Settings(
        lake=tmp_path / "lake",
        daily_api_url=f"{days.server.url}/api?limit=100",
        daily_timeout_seconds=5,
        daily_attempts=3,
    )


def harvest(lake: Lake, settings: Settings, *days: date, time: FakeTime | None = None) -> list[DayOutcome]:
    passing = time or FakeTime()
    clock = Clock(
        now=lambda: datetime(2025, 3, 10, 6, tzinfo=UTC) + timedelta(seconds=passing.seconds),
        monotonic=lambda: passing.seconds,
        sleep=passing.sleep,
    )
    return harvest_days(lake, days, settings, clock)


def stored(lake: Lake) -> list[str]:
    return sorted(str(path.relative_to(lake.raw)) for path in lake.raw.rglob("*") if path.is_file())


def test_a_response_is_stored_unchanged(lake: Lake, days: Days, chosen: Settings) -> None:
    days.give(OLD, Reply(listing()))
    (outcome,) = harvest(lake, chosen, OLD)
    assert outcome.status == "stored"
    assert stored(lake) == ["daily_api/2025-01-01/2025-03-10T060000Z.json"]
    assert outcome.path is not None
    assert outcome.path.read_bytes() == listing()
    assert days.asked == ["/api?limit=100&date=2025-01-01"]
    assert days.server.requests[0].headers["Accept"] == "application/json"


def test_a_past_day_is_fetched_once(lake: Lake, days: Days, chosen: Settings) -> None:
    days.give(OLD, Reply(listing()))
    assert [harvest(lake, chosen, OLD)[0].status for _ in range(3)] == ["stored", "kept", "kept"]
    assert len(days.asked) == 1


def test_recent_days_are_stored_when_changed(lake: Lake, days: Days, chosen: Settings) -> None:
    days.give(TODAY, *(Reply(listing(votes)) for votes in (1, 1, 2, 1)))
    time = FakeTime()
    statuses = []
    for _ in range(4):
        statuses.append(harvest(lake, chosen, TODAY, time=time)[0].status)
        time.seconds += 60
    assert statuses == ["stored", "unchanged", "stored", "stored"]
    assert len(stored(lake)) == 3
    assert recent_days(TODAY, chosen) == [date(2025, 3, 8), date(2025, 3, 9), TODAY]


def test_an_empty_day_is_stored(lake: Lake, days: Days, chosen: Settings) -> None:
    days.give(OLD, Reply(b"[]"))
    assert [harvest(lake, chosen, OLD)[0].status for _ in range(2)] == ["stored", "kept"]


@pytest.mark.parametrize(
    "temporary",
    [
        Reply(b"busy", 503),
        Reply(b"slow down", 429),
        Reply(listing(), announced=10_000),
        Reply(listing()[:-1]),
        Reply(b"<html>maintenance</html>"),
        Reply(b"\xff\xfe\x00"),
        truncated_chunks,
        hang_up,
    ],
    ids=["503", "429", "cut body", "cut JSON", "error page", "rubbish", "cut chunks", "hangs up"],
)
def test_temporary_failures_are_retried(
    lake: Lake, days: Days, chosen: Settings, temporary: Reply | Raw
) -> None:
    days.give(OLD, temporary, temporary, Reply(listing()))
    (outcome,) = harvest(lake, chosen, OLD)
    assert (outcome.status, outcome.attempts) == ("stored", 3)
    days.give(OLD + timedelta(days=1), temporary)
    (failed,) = harvest(lake, chosen, OLD + timedelta(days=1))
    assert (failed.status, failed.attempts, failed.path) == ("failed", 3, None)
    assert failed.reason
    assert len(stored(lake)) == 1, "only a complete response is stored"


@pytest.mark.parametrize(
    ("lasting", "reason"),
    [
        (Reply(b"no", 404), "status 404"),
        (Reply(b"no", 401), "status 401"),
        (Reply(b"[1, 2]"), "the response has 2 objects but no paper"),
        (Reply(b'[{"error": "x"}]'), "the response has 1 object but no paper"),
        (Reply(b"[" + b" " * 3000 + b"]"), "larger than 2,000 bytes"),
        (Reply(b"", 302, {"Location": "http://localhost:9/api"}), "redirects to another host, localhost"),
    ],
    ids=["404", "401", "numbers", "other objects", "too large", "redirect"],
)
def test_lasting_failures_are_not_retried(
    lake: Lake, days: Days, chosen: Settings, lasting: Reply, reason: str
) -> None:
    days.give(OLD, lasting)
    (outcome,) = harvest(lake, chosen.model_copy(update={"daily_answer_bytes": 2000}), OLD)
    assert (outcome.status, outcome.attempts) == ("failed", 1)
    assert reason in str(outcome.reason)
    assert stored(lake) == []


def test_reasons_name_no_query(lake: Lake, days: Days, chosen: Settings) -> None:
    secret = chosen.model_copy(update={"daily_api_url": f"{days.server.url}/api?token=hunter2"})
    for content in (Reply(b"no", 404), Reply(b"[1]"), Reply(b"<html>")):
        days.give(OLD, content)
        (outcome,) = harvest(lake, secret, OLD)
        assert f"{days.server.url}/api: " in str(outcome.reason)
        assert "hunter2" not in str(outcome.reason)


def test_a_failed_day_is_retried_by_the_next_run(lake: Lake, days: Days, chosen: Settings) -> None:
    three = [OLD, OLD + timedelta(days=1), OLD + timedelta(days=2)]
    days.give(three[0], Reply(listing(1)))
    days.give(three[1], Reply(b"gone", 404), Reply(listing(2)))
    days.give(three[2], Reply(listing(3)))
    assert [one.status for one in harvest(lake, chosen, *three)] == ["stored", "failed", "stored"]
    assert [one.status for one in harvest(lake, chosen, *three)] == ["kept", "stored", "kept"]


def test_the_settings_reach_the_client(lake: Lake, days: Days, chosen: Settings) -> None:
    days.give(OLD, Reply(b"busy", 503))
    time = FakeTime()
    harvest(lake, chosen, OLD, time=time)
    assert [int(pause) for pause in time.slept] == [1, 2]
    slow = chosen.model_copy(update={"daily_interval_seconds": 7.0})
    three = [OLD + timedelta(days=back) for back in range(1, 4)]
    for day in three:
        days.give(day, Reply(listing()))
    time = FakeTime()
    harvest(lake, slow, *three, time=time)
    assert time.slept == [7.0, 7.0]


def test_a_slow_body_fails_at_the_timeout(lake: Lake, days: Days, chosen: Settings) -> None:
    time = FakeTime()

    def drip(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"[")
        handler.wfile.flush()
        time.seconds += 6  # past the five seconds of `chosen`
        handler.wfile.write(b" " * 70_000)

    days.give(OLD, drip)
    (outcome,) = harvest(lake, chosen.model_copy(update={"daily_attempts": 1}), OLD, time=time)
    assert outcome.status == "failed"
    assert "took longer than 5 s" in str(outcome.reason)


def test_no_server_is_a_failure_with_its_reason(lake: Lake, chosen: Settings) -> None:
    nowhere = chosen.model_copy(update={"daily_api_url": "http://127.0.0.1:9/api"})
    (outcome,) = harvest(lake, nowhere, OLD)
    assert outcome.status == "failed"
    assert "refused" in str(outcome.reason)


def test_a_future_day_is_not_requested(lake: Lake, days: Days, chosen: Settings) -> None:
    (outcome,) = harvest(lake, chosen, TODAY + timedelta(days=1))
    assert (outcome.status, outcome.reason) == ("failed", "2025-03-11 is in the future.")
    assert days.asked == []


def test_a_day_that_has_not_changed_is_not_sent_again(lake: Lake, days: Days, chosen: Settings) -> None:
    tagged = Reply(listing(), headers={"ETag": '"pond-1"', "Last-Modified": "Mon, 10 Mar 2025 05:00:00 GMT"})
    days.give(TODAY, tagged, Reply(b"", 304), Reply(listing(2)), Reply(listing(2)))
    time = FakeTime()
    statuses = []
    for _ in range(4):
        statuses.append(harvest(lake, chosen, TODAY, time=time)[0].status)
        time.seconds += 60
    assert statuses == ["stored", "unchanged", "stored", "unchanged"]
    sent = [request.headers.get("If-None-Match") for request in days.server.requests]
    assert sent == [None, '"pond-1"', '"pond-1"', None], "the third answer has no tag"
    assert days.server.requests[1].headers["If-Modified-Since"] == "Mon, 10 Mar 2025 05:00:00 GMT"
