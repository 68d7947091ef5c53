"""The HTTP client against a server on loopback: limits hold, and only what may succeed later is repeated.

Time passes only on a clock of the tests.
"""

import doctest
import gzip
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import httpx2
import pytest

from paperlake import http_client
from paperlake.http_client import (
    JITTER_SHARE,
    Clock,
    HttpClient,
    HttpError,
    HttpLimits,
    messages,
    parse_retry_after,
)
from paperlake.http_client.client import _same_host
from tests.support.http_server import FakeTime, Raw, Reply, Server, hang_up, in_turn, serve, truncated_chunks

NOW = datetime(2025, 3, 10, 6, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def client(time: FakeTime, max_bytes: int = 1000, max_attempts: int = 3, **limits: float) -> HttpClient:
    clock = Clock(
        now=lambda: NOW + timedelta(seconds=time.seconds), monotonic=lambda: time.seconds, sleep=time.sleep
    )
    chosen = {"timeout_seconds": 5.0, **limits}
    return HttpClient(
        HttpLimits(max_bytes=max_bytes, max_attempts=max_attempts, **chosen), {"X-Key": "k"}, clock
    )


def get(time: FakeTime, url: str, params: dict[str, str] | None = None, **limits: float) -> bytes:
    with client(time, **limits) as opened:
        return opened.get(url, bytes, params).content


def failure(time: FakeTime, url: str, **limits: float) -> HttpError:
    with pytest.raises(HttpError) as caught:
        get(time, url, **limits)
    return caught.value


def assert_pauses(slept: list[float], *least: float, first: float = 1.0) -> None:
    """Each pause is as long as given, plus at most the jitter."""
    assert len(slept) == len(least)
    for pause, minimum in zip(slept, least, strict=True):
        assert minimum <= pause <= minimum + first * JITTER_SHARE


def test_doctests() -> None:
    assert doctest.testmod(messages).attempted >= 3
    assert doctest.testmod(messages).failed == 0


def test_a_request_and_its_query(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"body"))
    assert get(time, f"{server.url}/a?limit=5", {"date": "2025-01-01"}) == b"body"
    (request,) = server.requests
    assert (request.method, request.target) == ("GET", "/a?limit=5&date=2025-01-01")
    assert request.headers["X-Key"] == "k"
    assert request.headers["User-Agent"].startswith("paperlake")
    assert time.slept == []


@pytest.mark.parametrize("status", sorted(http_client.RETRYABLE_STATUSES))
def test_temporary_statuses_are_retried(server: Server, time: FakeTime, status: int) -> None:
    server.respond = in_turn(Reply(b"busy", status), Reply(b"body"))
    with client(time) as opened:
        reply = opened.get(server.url, bytes)
    assert (reply.content, reply.attempts) == (b"body", 2)


@pytest.mark.parametrize("broken", [hang_up, truncated_chunks, Reply(b"body", announced=500)])
def test_broken_connections_are_retried(server: Server, time: FakeTime, broken: Reply | Raw) -> None:
    server.respond = in_turn(broken, Reply(b"body"))
    assert get(time, server.url) == b"body"
    server.respond = in_turn(broken)
    error = failure(time, server.url)
    assert (error.retryable, error.attempts, error.status) == (True, 3, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 501])
def test_lasting_statuses_are_not_retried(server: Server, time: FakeTime, status: int) -> None:
    server.respond = in_turn(Reply(b"who are you", status))
    error = failure(time, server.url)
    assert (error.status, error.retryable, error.attempts) == (status, False, 1)
    assert f"status {status}: 'who are you'" in str(error)
    assert (len(server.requests), time.slept) == (1, [])


def test_pauses_double_with_jitter(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 503))
    failure(time, server.url, max_attempts=9, first_pause_seconds=1.0)
    assert_pauses(time.slept[:6], 1, 2, 4, 8, 16, 32)
    assert time.slept[6:] == [60.0, 60.0]
    assert any(pause % 1 for pause in time.slept), "without jitter clients return at the same moment"


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("20", 20.0),
        ("9999", 60.0),
        ("Mon, 10 Mar 2025 06:00:30 GMT", 30.0),
        ("Mon, 10 Mar 2025 05:00:00 GMT", 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("\u00b2", 1.0),
        ("1e9", 1.0),
        ("9" * 400, 60.0),
        ("nan", 1.0),
        ("inf", 1.0),
    ],
    ids=[
        "seconds",
        "too long",
        "date",
        "past date",
        "word",
        "negative",
        "superscript",
        "float",
        "huge",
        "nan",
        "inf",
    ],
)
def test_retry_after(server: Server, time: FakeTime, value: str, pause: float) -> None:
    server.respond = in_turn(Reply(b"", 429, {"Retry-After": value}), Reply(b"body"))
    assert get(time, server.url) == b"body"
    assert_pauses(time.slept, pause)


@pytest.mark.parametrize(
    "value", ["", "Mon, 99 Mar 2025 06:00:30 GMT", "Mon, 10 Mar 99999 06:00:30 GMT", "0x10"]
)
def test_malformed_retry_after_is_ignored(value: str) -> None:
    assert parse_retry_after(value, NOW) is None


def test_retry_after_without_zone_is_utc() -> None:
    assert parse_retry_after("Mon, 10 Mar 2025 06:00:30 -0000", NOW) == 30.0


def test_requests_to_one_host_keep_their_interval(server: Server, time: FakeTime) -> None:
    with client(time, min_interval_seconds=7.0) as opened:
        for _ in range(3):
            opened.get(server.url, bytes)
        assert time.slept == [7.0, 7.0]
        opened.get(server.url.replace("127.0.0.1", "localhost"), bytes)
        assert time.slept == [7.0, 7.0], "another host has its own interval"


def test_intervals_hold_between_threads(server: Server, time: FakeTime) -> None:
    with client(time, min_interval_seconds=7.0) as opened:
        threads = [threading.Thread(target=opened.get, args=(server.url, bytes)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert time.seconds >= 14.0


def test_bodies_are_bounded(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"x" * 1000))
    assert len(get(time, server.url, max_bytes=1000)) == 1000
    error = failure(time, server.url, max_bytes=999)
    assert "larger than 999 bytes" in str(error)
    assert (error.retryable, error.attempts) == (False, 1)


def test_bodies_are_bounded_after_decompression(server: Server, time: FakeTime) -> None:
    bomb = Reply(gzip.compress(b"x" * 10_000_000), headers={"Content-Encoding": "gzip"})
    server.respond = in_turn(bomb)
    assert "larger than 100,000 bytes" in str(failure(time, server.url, max_bytes=100_000))


def test_a_slow_body_ends_at_the_total_limit(server: Server, time: FakeTime) -> None:
    """Each read alone is in time; without the total limit a byte per minute would occupy a run endlessly."""

    def drip(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"[")
        handler.wfile.flush()
        time.seconds += 6
        handler.wfile.write(b" " * 70_000)

    server.respond = in_turn(drip)
    error = failure(time, server.url, max_bytes=100_000, max_attempts=1, max_total_seconds=5.0)
    assert "took longer than 5 s" in str(error)
    assert error.retryable


def test_a_silent_server_times_out(server: Server, time: FakeTime) -> None:
    release = threading.Event()
    server.respond = in_turn(lambda handler: release.wait(5))
    error = failure(time, server.url, timeout_seconds=0.05, max_attempts=2)
    release.set()
    assert "ReadTimeout" in str(error)
    assert error.attempts == 2


def test_no_server(time: FakeTime) -> None:
    error = failure(time, "http://127.0.0.1:1/x")
    assert "ConnectError" in str(error)
    assert not error.was_sent
    assert (error.retryable, error.attempts) == (True, 3)


@pytest.mark.parametrize("url", ["nowhere", "ftp://127.0.0.1/", "http://127.0.0.1:port/", "http://[::1"])
def test_invalid_urls_are_not_retried(time: FakeTime, url: str) -> None:
    error = failure(time, url)
    assert "not a valid HTTP URL" in str(error)
    assert (error.retryable, error.attempts) == (False, 1)


def test_messages_have_no_secrets(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 404))
    host = server.url.removeprefix("http://")
    error = failure(time, f"http://me:hunter2@{host}/a/b?api_key=hunter3#hunter4")
    assert str(error) == f"http://{host}/a/b: status 404."
    assert "X-Key" not in repr(client(time))


def test_redirects_within_a_host_are_followed(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 302, {"Location": "/moved"}), Reply(b"body"))
    assert get(time, f"{server.url}/a") == b"body"
    assert [request.path for request in server.requests] == ["/a", "/moved"]


def test_redirects_to_another_host_are_refused(server: Server, time: FakeTime) -> None:
    with serve(in_turn(Reply(b"elsewhere"))) as other:
        server.respond = in_turn(Reply(b"", 302, {"Location": other.url.replace("127.0.0.1", "localhost")}))
        error = failure(time, server.url)
    assert (error.status, error.retryable, other.requests) == (302, False, [])
    assert "redirects to another host, localhost" in str(error)


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("http://host/a", "https://host/b", None),
        ("http://host:8080/a", "https://host:8443/b", None),
        ("https://host/a", "http://host/b", "a URL without encryption"),
        ("http://host/a", "http://host:8080/b", "another port, 8080"),
        ("http://host/a", "https://host.evil.example/b", "another host, host.evil.example"),
        ("http://host/a", "https://user@evil.example/b", "another host, evil.example"),
    ],
)
def test_a_redirect_stays_with_its_server(first: str, then: str, told: str | None) -> None:
    request, following = httpx2.Request("GET", first), httpx2.Request("GET", then)
    if told is None:
        assert _same_host(request, following, 302) is following
        return
    with pytest.raises(HttpError, match=f"redirects to {told}"):
        _same_host(request, following, 302)


def test_all_attempts_end_at_the_elapsed_limit(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 503))
    error = failure(time, server.url, max_attempts=9, max_elapsed_seconds=10.0)
    assert error.attempts == 4
    assert sum(time.slept) < 10


@pytest.fixture
def hanging_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver that does not answer during the test."""
    ended = threading.Event()

    def look_up(*_arguments: object, **_named: object) -> list[object]:
        ended.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    ended.set()


@pytest.mark.usefixtures("hanging_resolver")
def test_a_look_up_that_hangs_ends_at_the_elapsed_limit() -> None:
    limits = HttpLimits(max_bytes=1000, max_attempts=2, max_elapsed_seconds=0.3, first_pause_seconds=0.01)
    started = monotonic()
    with HttpClient(limits) as opened, pytest.raises(HttpError, match="no answer within") as caught:
        opened.post_json("http://embedder.example/v1", {}, bytes)
    assert monotonic() - started < 10
    assert caught.value.retryable


def test_secrets_that_a_server_returns_are_hidden(server: Server, time: FakeTime) -> None:
    host = server.url.removeprefix("http://")
    url = f"http://someone:hunter22@{host}/a?api_key=hunter33&limit=5"
    server.respond = lambda request: Reply(f"{request.target} {dict(request.headers)}".encode(), 403)
    told = str(failure(time, url))
    assert "limit=5" in told
    assert not any(secret in told for secret in ("hunter", "c29tZW9uZTpodW50ZXIyMg"))


def test_logs_have_no_secrets(server: Server, time: FakeTime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    get(time, f"http://me:hunter2@{server.url.removeprefix('http://')}/a?token=hunter3")
    assert "HTTP Request: GET" in caplog.text
    assert "hunter" not in caplog.text


def test_redirect_loops_end(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 302, {"Location": "/again"}))
    assert "more than 5 redirects" in str(failure(time, server.url))
    assert len(server.requests) == 6


def test_posts_are_not_redirected(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 307, {"Location": "/moved"}))
    with client(time) as opened, pytest.raises(HttpError, match="status 307"):
        opened.post_json(server.url, {"a": 1}, bytes)
    assert [request.json for request in server.requests] == [{"a": 1}]


def test_errors_of_the_reader_count_as_the_requests(server: Server, time: FakeTime) -> None:
    def read(body: bytes) -> str:
        if body != b"good":
            raise HttpError(server.url, "not good", retryable=body == b"truncated")
        return "read"

    with client(time) as opened:
        server.respond = in_turn(Reply(b"truncated"), Reply(b"good"))
        assert opened.get(server.url, read).content == "read"
        server.respond = in_turn(Reply(b"wrong"))
        with pytest.raises(HttpError, match="not good") as caught:
            opened.get(server.url, read)
    assert caught.value.attempts == 1


def test_a_stopped_client_does_not_retry(server: Server, time: FakeTime) -> None:
    server.respond = in_turn(Reply(b"", 503))
    with client(time) as opened:
        opened.stop.set()
        with pytest.raises(HttpError) as caught:
            opened.get(server.url, bytes)
    assert (caught.value.attempts, time.slept) == (1, [])


def test_importing_the_client_loads_no_library() -> None:
    code = (
        "import sys, paperlake.embedding.kinds.http_embedder, paperlake.dumps.harvest.daily; "
        "print([name for name in ('httpx2', 'tenacity') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_error_before_an_attempt_ends_the_request(server: Server, time: FakeTime) -> None:
    """A budget that is used up by attempts that failed."""
    server.respond = in_turn(Reply(b"", 503))
    left = [1, 1]
    earlier: list[HttpError | None] = []

    def spend(failed: HttpError | None) -> None:
        earlier.append(failed)
        left.pop()

    with client(time, max_attempts=9) as opened, pytest.raises(IndexError):
        opened.post_json(server.url, {}, bytes, spend)
    assert len(server.requests) == 2
    assert [failed and failed.status for failed in earlier] == [None, 503, 503]
