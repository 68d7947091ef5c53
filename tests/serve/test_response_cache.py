"""Responses are kept for a build: equal requests are run once, other ones are not mixed up."""

import anyio
import pytest
from starlette.types import Message

from paperlake.lake import Lake
from paperlake.queries.open_builds.builds import Build
from paperlake.serve import response_cache
from paperlake.serve.response_cache import ResponseCache
from tests.serve.conftest import client_of
from tests.serve.test_builds import publish


def scope(path: str = "/", **headers: str) -> dict:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"method": "GET", "scheme": "http", "path": path, "query_string": b"", "headers": raw}


class App:
    """Counts its runs, and answers with their number."""

    def __init__(self, status: int = 200, cache: str = "no-cache", size: int = 1) -> None:
        self.runs, self.status, self.cache, self.size = 0, status, cache, size

    async def __call__(self, send) -> None:
        self.runs += 1
        body = b"%d" % self.runs * self.size
        await anyio.sleep(0.01)
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"cache-control", self.cache.encode())]})  # fmt: skip
        await send({"type": "http.response.body", "body": body})


def ask(cache: ResponseCache, app, *scopes: dict) -> list[bytes]:
    """Bodies of requests that arrive at the same time."""
    bodies = [b""] * len(scopes)

    async def one(place: int) -> None:
        async def send(message: Message) -> None:
            bodies[place] += message.get("body", b"")

        await cache.respond(scopes[place], send, app)

    async def every() -> None:
        async with anyio.create_task_group() as group:
            for place in range(len(scopes)):
                group.start_soon(one, place)

    anyio.run(every)
    return bodies


def test_equal_requests_are_run_once() -> None:
    cache, app = ResponseCache(), App()
    assert ask(cache, app, *[scope()] * 20) == [b"1"] * 20
    assert ask(cache, app, scope()) == [b"1"]


def test_what_a_response_depends_on_is_kept_apart() -> None:
    cache, app = ResponseCache(), App()
    ask(cache, app, scope())
    for other in (scope("/other"), scope(host="a.example"), {**scope(), "query_string": b"q"}, scope(**{"accept-encoding": "gzip"})):  # fmt: skip
        assert ask(cache, app, other) != [b"1"]


@pytest.mark.parametrize("app", [App(404), App(cache="no-store"), App(size=response_cache.MAX_ENTRY_BYTES)])
def test_errors_and_what_must_not_be_stored_are_not_kept(app: App) -> None:
    cache = ResponseCache()
    ask(cache, app, scope(), scope())
    assert app.runs == 2


def test_a_failure_is_not_shared() -> None:
    cache, app = ResponseCache(), App()

    async def fail(send) -> None:
        raise RuntimeError

    with pytest.raises(ExceptionGroup):
        ask(cache, fail, scope())
    assert ask(cache, app, scope()) == [b"1"]


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_cache, "MAX_CACHE_BYTES", 5000)
    cache, app = ResponseCache(), App()
    ask(cache, app, *[scope(f"/{number}") for number in range(100)])
    assert ask(cache, app, scope("/99")) == [b"100"]
    assert ask(cache, app, scope("/0")) == [b"101"]


def test_a_rebuild_and_another_host_get_their_own(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(lake, "1", 1)
    with client_of(lake) as client:
        for path, headers in (("/api/v1/search", {}), ("/feeds/new.atom", {}), ("/search", {})):
            first = client.get(path, headers=headers)
            assert client.get(path, headers=headers).content == first.content
        assert "http://127.0.0.1/" in client.get("/feeds/new.atom").text
        assert "http://localhost/" in client.get("/feeds/new.atom", headers={"Host": "localhost"}).text
        plain = client.get("/quality", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert client.get("/quality").text == plain.text
        with monkeypatch.context() as patched:
            patched.setattr(Build, "rows", lambda *_: pytest.fail("asked again"))
            assert client.get("/api/v1/search").json()["total"] == 1
        publish(lake, "2", 2)
        assert client.get("/api/v1/search").json()["total"] == 2
