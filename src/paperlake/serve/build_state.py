"""Give each request one build of the warehouse: ASGI middleware with entity tags.

All of a response comes from `request.state.build`. A response is a function of its address, the build, this
version and the settings, so its entity tag needs none of its content, and it is kept for equal requests.
"""

from __future__ import annotations

import threading
from hashlib import sha256

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperlake import __version__
from paperlake.errors import LakeError, PaperlakeError
from paperlake.queries import Build, Builds
from paperlake.queries.finding import Selection, search
from paperlake.serve.guard import API_PREFIX, MCP_PATH
from paperlake.serve.response_cache import ResponseCache

PREPARING_TEXT = "xqzjv"  # in no paper: whether a match is good is then looked up, too


def prepare(builds: Builds) -> None:
    """Read what the first search of the newest build needs: 3 s of CPU time for 400,000 papers."""
    try:
        with builds.reading() as build:
            search(build, PREPARING_TEXT, Selection())
    except (PaperlakeError, duckdb.Error):  # a request will be told; or the server ends
        return


class BuildState:
    """ASGI middleware that opens the newest build for each request, and answers 304 where it is known.

    Args:
        app: Answers the requests.
        builds: The builds of the lake.
        without_build: Paths that are answered without one.
        is_preparing: Whether a build is prepared for searches in the background as soon as it is used.
    """

    def __init__(
        self, app: ASGIApp, builds: Builds, without_build: tuple[str, ...] = (), is_preparing: bool = False
    ) -> None:
        self._app, self._builds = app, builds
        self._without_build, self._is_preparing = without_build, is_preparing
        self._answered: Build | None = None
        self._responses = ResponseCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; the tools of MCP open a build themselves."""
        path = scope.get("path", "")
        is_other = path.startswith(("/static/", MCP_PATH)) or path in self._without_build
        if scope["type"] != "http" or is_other:
            await self._app(scope, receive, send)
            return
        try:
            build = self._builds.acquire_if_open()
            if build is None:
                build = await run_in_threadpool(self._builds.acquire)
        except LakeError as error:
            await _unavailable(scope, error)(scope, receive, send)
            return
        try:
            tag = entity_tag(build)
            if tag in Headers(scope=scope).get("if-none-match", ""):
                response = Response(status_code=304, headers={"etag": tag, "cache-control": "no-cache"})
                await response(scope, receive, send)
                return
            scope.setdefault("state", {})["build"] = build

            async def run(sending: Send) -> None:
                await self._app(scope, receive, _tagged(sending, tag))

            if scope["method"] == "GET":
                await self._responses_of(build).respond(scope, send, run)
            else:
                await run(send)
        finally:
            self._builds.release(build)

    def _responses_of(self, build: Build) -> ResponseCache:
        """Return the responses of the newest build; those of builds before are dropped."""
        if build is not self._answered:
            if build.is_retired:
                return ResponseCache()
            self._answered, self._responses = build, ResponseCache()
            if self._is_preparing:
                threading.Thread(target=prepare, args=(self._builds,), daemon=True).start()
        return self._responses


def build_of(request: Request) -> Build:
    """Return the build that a request is answered from."""
    build = request.state.build
    assert isinstance(build, Build)  # noqa: S101  # BuildState puts it there
    return build


def entity_tag(build: Build) -> str:
    """Return the entity tag of all responses from a build; weak, as they may be compressed."""
    return f'W/"{sha256(f"{__version__} {build.id}".encode()).hexdigest()[:20]}"'


def _tagged(send: Send, tag: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("cache-control", "no-cache")
            if message["status"] == 200 and headers["cache-control"] != "no-store":
                headers["etag"] = tag
        await send(message)

    return sending


def _unavailable(scope: Scope, error: LakeError) -> Response:
    headers = {"retry-after": "10", "cache-control": "no-store"}
    if scope["path"].startswith(API_PREFIX):
        return JSONResponse({"error": {"status": 503, "message": str(error)}}, 503, headers)
    return PlainTextResponse(f"{error}\n", 503, headers)
