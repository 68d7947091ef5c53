"""Checks before a request is answered, and headers of every response: ASGI middleware.

- `Host` must be a name of this server (DNS rebinding: a foreign name that resolves to 127.0.0.1), and so must
  the host of `Origin`, if a browser sends it with anything but GET.
- With a token, each request must have it, as a bearer token or as the password of HTTP Basic, which browsers
  and feed readers ask their users for.
- A client that sends more requests than allowed waits (token bucket).

No CORS header is sent, so pages of other origins cannot read an answer.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paperlake.settings import Settings

API_PREFIX = "/api/v1/"
MCP_PATH = "/mcp"
MAX_CLIENTS = 10_000  # whose requests are counted; the one unseen longest is forgotten first
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware that refuses requests, and adds the headers of `SECURITY_HEADERS` to every response."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = allowed_hosts(settings)
        self._token = settings.serve_token.get_secret_value().encode() if settings.serve_token else None
        per_minute = settings.serve_requests_per_minute
        self._limit = RateLimit(per_minute) if per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["method"] == "HEAD":  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        refused = self._refusal(scope)
        await (refused or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name(hosts[0]) not in self._hosts:
            return _refuse(
                scope,
                421,
                "This server does not answer to that host name. PAPERLAKE_SERVE_HOSTS allows more.",
            )
        origin = headers.get("origin")
        if (
            origin is not None
            and scope["method"] != "GET"
            and _name(urlsplit(origin).netloc) not in self._hosts
        ):
            return _refuse(scope, 403, "Pages of other origins may not send requests.")
        if self._token and not _has_token(headers.get("authorization", ""), self._token):
            scheme = "Bearer" if _is_api(scope) else 'Basic realm="paperlake", charset="UTF-8"'
            return _refuse(scope, 401, "A token is needed.", {"www-authenticate": scheme})
        client = scope.get("client")
        seconds = self._limit.wait(client[0] if client else "") if self._limit else 0.0
        if seconds:
            return _refuse(scope, 429, "Too many requests.", {"retry-after": str(math.ceil(seconds))})
        return None


class RateLimit:
    """A token bucket for each client: `per_minute` requests at once, refilled evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity, self._clock = float(per_minute), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Count one request; return 0 if it is allowed, else the seconds until one is."""
        now = self._clock()
        left, since = self._buckets.pop(client, (self._capacity, now))
        left = min(left + (now - since) * self._capacity / 60, self._capacity)
        is_allowed = left >= 1
        self._buckets[client] = (left - is_allowed, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - left) * 60 / self._capacity


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the host names, lower case and without port, by which the server may be called."""
    listening = f"[{settings.serve_host}]" if ":" in settings.serve_host else settings.serve_host
    named = [name.strip() for name in settings.serve_hosts.split(",") if name.strip()]
    if settings.serve_url:
        named.append(urlsplit(settings.serve_url).netloc)
    return LOCAL_NAMES | {_name(name) for name in [listening, *named]}


def _name(host: str) -> str:
    """Return a host without its port, lower case."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.startswith("[")) else host.lower()


def _has_token(authorization: str, token: bytes) -> bool:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), token)
    if scheme.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(given, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, token)


def _is_api(scope: Scope) -> bool:
    return bool(scope["path"].startswith((API_PREFIX, MCP_PATH)))


def _refuse(scope: Scope, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    if _is_api(scope):
        return JSONResponse({"error": {"status": status, "message": message}}, status, headers)
    return PlainTextResponse(f"{message}\n", status, headers)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
