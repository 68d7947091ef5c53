"""Landing: without these a broken answer could become a dump, or a server be asked too often.

A real HTTP server on loopback; time passes only on a clock of the tests.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from paperlake.dumps.harvest.daily import Clock, DayOutcome, land_days, recent_days
from paperlake.lake import Lake
from paperlake.settings import Settings

TODAY = date(2025, 3, 10)
OLD = date(2025, 1, 1)
Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(votes: int = 1) -> bytes:
    return json.dumps([{"paper": {"id": "2503.00001", "title": "On Ponds", "upvotes": votes}}]).encode()


def body(content: bytes, status: int = 200, announced: int | None = None, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if announced is None else announced))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def cut_chunks(handler: BaseHTTPRequestHandler) -> None:
    """A chunked answer that ends before its last chunk."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\n[1, 2\r\nff\r\n")


@dataclass
class Server:
    """Serves scripted replies, one after the other; the last one again and again."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def give(self, day: date, *replies: Reply) -> None:
        self.replies[day.isoformat()] = list(replies)


@dataclass
class TestClock:
    """Time that passes only when somebody sleeps."""

    __test__ = False
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(
            now=lambda: datetime(2025, 3, 10, 6, tzinfo=UTC) + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            day = parse_qs(urlsplit(self.path).query)["date"][0]
            served.asked.append(self.path)
            replies = served.replies[day]
            (replies.pop(0) if len(replies) > 1 else replies[0])(self)

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        http_server.daemon_threads = True
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served.url = f"http://127.0.0.1:{http_server.server_address[1]}/api?limit=100"
        yield served
        http_server.shutdown()
        thread.join()


@pytest.fixture
def chosen(server: Server, tmp_path: Path) -> Settings:
    return Settings(
        lake=tmp_path / "lake", daily_api_url=server.url, daily_timeout_seconds=5, daily_attempts=3
    )


def land(lake: Lake, settings: Settings, *days: date, time: TestClock | None = None) -> list[DayOutcome]:
    return land_days(lake, days, settings, (time or TestClock()).clock())


def stored(lake: Lake) -> list[str]:
    return sorted(str(path.relative_to(lake.raw)) for path in lake.raw.rglob("*") if path.is_file())


def test_an_answer_lands_as_it_came(lake: Lake, server: Server, chosen: Settings) -> None:
    server.give(OLD, body(answer()))
    (outcome,) = land(lake, chosen, OLD)
    assert outcome.status == "stored"
    assert stored(lake) == ["daily_api/2025-01-01/2025-03-10T060000Z.json"]
    assert outcome.path is not None
    assert outcome.path.read_bytes() == answer()
    assert server.asked == ["/api?limit=100&date=2025-01-01"]


def test_a_past_day_is_fetched_once(lake: Lake, server: Server, chosen: Settings) -> None:
    server.give(OLD, body(answer()))
    assert [land(lake, chosen, OLD)[0].status for _ in range(3)] == ["stored", "kept", "kept"]
    assert len(server.asked) == 1


def test_recent_days_are_fetched_again_and_stored_when_they_changed(
    lake: Lake, server: Server, chosen: Settings
) -> None:
    server.give(TODAY, body(answer(1)), body(answer(1)), body(answer(2)), body(answer(1)))
    time = TestClock()
    statuses = []
    for _ in range(4):
        statuses.append(land(lake, chosen, TODAY, time=time)[0].status)
        time.seconds += 60
    assert statuses == ["stored", "unchanged", "stored", "stored"]
    assert len(stored(lake)) == 3
    assert recent_days(TODAY, chosen) == [date(2025, 3, 8), date(2025, 3, 9), TODAY]


def test_an_empty_day_is_an_answer(lake: Lake, server: Server, chosen: Settings) -> None:
    server.give(OLD, body(b"[]"))
    assert [land(lake, chosen, OLD)[0].status for _ in range(2)] == ["stored", "kept"]


@pytest.mark.parametrize(
    "passing",
    [
        body(b"busy", 503),
        body(b"slow down", 429),
        body(answer(), announced=10_000),
        body(answer()[:-1]),
        body(b"<html>maintenance</html>"),
        body(b"\xff\xfe\x00"),
        cut_chunks,
        hang_up,
    ],
    ids=["503", "429", "cut body", "cut JSON", "error page", "rubbish", "cut chunks", "hangs up"],
)
def test_what_may_pass_is_tried_again(lake: Lake, server: Server, chosen: Settings, passing: Reply) -> None:
    server.give(OLD, passing, passing, body(answer()))
    (outcome,) = land(lake, chosen, OLD)
    assert (outcome.status, outcome.attempts) == ("stored", 3)
    server.give(OLD + timedelta(days=1), passing)
    (failed,) = land(lake, chosen, OLD + timedelta(days=1))
    assert (failed.status, failed.attempts, failed.path) == ("failed", 3, None)
    assert failed.reason
    assert len(stored(lake)) == 1, "nothing but a whole answer is stored"


@pytest.mark.parametrize(
    ("lasting", "reason"),
    [
        (body(b"no", 404), "status 404"),
        (body(b"no", 401), "status 401"),
        (body(b"[1, 2]"), "holds 2 objects but no paper"),
        (body(b'[{"error": "x"}]'), "holds 1 objects but no paper"),
        (body(b"[" + b" " * 3000 + b"]"), "larger than 2,000 bytes"),
    ],
    ids=["404", "401", "numbers", "other objects", "too large"],
)
def test_what_will_not_pass_fails_at_once(
    lake: Lake, server: Server, chosen: Settings, lasting: Reply, reason: str
) -> None:
    server.give(OLD, lasting)
    (outcome,) = land(lake, chosen.model_copy(update={"daily_answer_bytes": 2000}), OLD)
    assert (outcome.status, outcome.attempts) == ("failed", 1)
    assert reason in str(outcome.reason)
    assert stored(lake) == []


def test_a_day_that_fails_does_not_fail_the_others_and_is_tried_next_time(
    lake: Lake, server: Server, chosen: Settings
) -> None:
    days = [OLD, OLD + timedelta(days=1), OLD + timedelta(days=2)]
    server.give(days[0], body(answer(1)))
    server.give(days[1], body(b"gone", 404), body(answer(2)))
    server.give(days[2], body(answer(3)))
    assert [one.status for one in land(lake, chosen, *days)] == ["stored", "failed", "stored"]
    assert [one.status for one in land(lake, chosen, *days)] == ["kept", "stored", "kept"]


def test_pauses_grow_and_requests_keep_their_distance(lake: Lake, server: Server, chosen: Settings) -> None:
    server.give(OLD, body(b"busy", 503))
    time = TestClock()
    land(lake, chosen, OLD, time=time)
    assert time.slept == [1.0, 2.0]
    polite = chosen.model_copy(update={"daily_interval_seconds": 7.0})
    days = [OLD + timedelta(days=back) for back in range(1, 4)]
    for day in days:
        server.give(day, body(answer()))
    time = TestClock()
    land(lake, polite, *days, time=time)
    assert time.slept == [7.0, 7.0]


def test_a_server_that_asks_for_time_gets_it_within_reason(
    lake: Lake, server: Server, chosen: Settings
) -> None:
    server.give(OLD, body(b"", 429, Retry_After="20"), body(b"", 429, Retry_After="9999"), body(answer()))
    time = TestClock()
    assert land(lake, chosen, OLD, time=time)[0].status == "stored"
    assert time.slept == [20.0, 60.0]


def test_a_body_that_drips_is_given_up_at_the_deadline(lake: Lake, server: Server, chosen: Settings) -> None:
    """Without the deadline a byte a minute would hold a run for ever: each read alone is in time."""
    time = TestClock()
    dripped = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"[")
        handler.wfile.flush()
        time.seconds += 6  # past the five seconds of `chosen`
        handler.wfile.write(b" " * 70_000)
        dripped.set()

    server.give(OLD, drip)
    (outcome,) = land(lake, chosen.model_copy(update={"daily_attempts": 1}), OLD, time=time)
    assert dripped.wait(5)
    assert outcome.status == "failed"
    assert "took longer than 5 s" in str(outcome.reason)


def test_a_server_that_says_nothing_is_given_up(lake: Lake, server: Server, chosen: Settings) -> None:
    release = threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        release.wait(5)
        handler.close_connection = True

    server.give(OLD, wait)
    hasty = chosen.model_copy(update={"daily_attempts": 1, "daily_timeout_seconds": 0.05})
    (outcome,) = land(lake, hasty, OLD)
    release.set()
    assert outcome.status == "failed"
    assert "timed out" in str(outcome.reason)


def test_nobody_there_is_a_failure_with_its_reason(lake: Lake, chosen: Settings) -> None:
    nowhere = chosen.model_copy(update={"daily_api_url": "http://127.0.0.1:9/api"})
    (outcome,) = land(lake, nowhere, OLD)
    assert outcome.status == "failed"
    assert "refused" in str(outcome.reason)


def test_a_day_to_come_is_not_asked_for(lake: Lake, server: Server, chosen: Settings) -> None:
    (outcome,) = land(lake, chosen, TODAY + timedelta(days=1))
    assert (outcome.status, outcome.reason) == ("failed", "2025-03-11 has not come yet.")
    assert server.asked == []
