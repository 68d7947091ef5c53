"""Send HTTP requests with limits on size, time and rate, and repeat those that may succeed later.

Every request of paperlake to another machine goes through `HttpClient`: the harvest of dumps, the remote
embedder and the names of topics. What a response means is up to the caller. httpx2 and tenacity are imported
when a client is opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from paperlake.http_client.messages import (
    HttpError,
    NotModifiedError,
    excerpt,
    parse_retry_after,
    public_url,
)
from paperlake.http_client.pauses import Clock, Pace, pauses
from paperlake.http_client.time_limit import within
from paperlake.text.secrets import has_secret, mask

if TYPE_CHECKING:
    from types import TracebackType

    import httpx2

T = TypeVar("T")

USER_AGENT = "paperlake (a reader of paper listings)"
# 408 timeout, 425 too early, 429 too many requests; the rest come from proxies and overloaded servers.
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
MAX_REDIRECTS = 5
HTTP_NOT_MODIFIED = 304
GRACE_SECONDS = 0.25  # so that limits of the transport, which say more, come first
MIN_TIMEOUT_SECONDS = 0.05  # of an attempt that begins when the time of all attempts is nearly over
SECRET_HEADERS = frozenset({"authorization", "x-api-key", "api-key", "cookie", "proxy-authorization"})


@dataclass
class Validators:
    """What a server said about a response, to ask whether it has changed (RFC 9110, section 8.8).

    Given to a request, it makes it conditional where it is known, and then describes the new response.
    """

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in found.items() if value}

    def take(self, headers: Mapping[str, str]) -> None:
        """Describe another response, by its headers."""
        self.etag, self.last_modified = headers.get("ETag"), headers.get("Last-Modified")


@dataclass(frozen=True)
class HttpLimits:
    """The limits of one client's requests."""

    max_bytes: int
    """A longer body is an error, in bytes after decompression."""
    timeout_seconds: float = 60.0
    """The longest silence of the server, while connecting or between two pieces of its response."""
    connect_seconds: float | None = None
    """The longest time to connect, if it is another."""
    max_total_seconds: float | None = None
    """The longest time of a whole response; unlimited if None."""
    max_attempts: int = 1
    first_pause_seconds: float = 1.0
    """The pause after the first attempt; doubled after each further one, up to MAX_PAUSE_SECONDS."""
    min_interval_seconds: float = 0.0
    """The least time between the starts of two requests to one host."""
    max_elapsed_seconds: float | None = None
    """The longest time of all attempts at one request together, with look-ups of names; unlimited if None."""


@dataclass(frozen=True)
class Reply(Generic[T]):
    """The result of a successful request."""

    content: T
    attempts: int
    """Requests that were sent, the successful one included."""


@dataclass
class HttpClient:
    """A client for one task; use it as a context manager. Safe to share between threads.

    Redirects of GET requests are followed within one host and port, and from http to https; never to another
    host. Keys and passwords, in headers or in a URL, are in no error and in no line of a log.
    """

    limits: HttpLimits
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with each request, besides the user agent; may contain a key."""
    clock: Clock = field(default_factory=Clock)
    stop: threading.Event = field(default_factory=threading.Event)
    """Once set, failed requests are not repeated."""

    def __enter__(self) -> HttpClient:
        """Open the connection pool."""
        import httpx2  # noqa: PLC0415  # 0.1 s that commands without a request need not pay

        self._client = httpx2.Client(
            headers={"User-Agent": USER_AGENT, **self.headers}, timeout=self._timeout(self._elapsed_limit())
        )
        logging.getLogger("httpx2").addFilter(_mask_record)  # it logs the URL of each request
        self._pace = Pace(self.clock, self.limits.min_interval_seconds)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self._client.close()

    def get(
        self,
        url: str,
        read: Callable[[bytes], T],
        params: Mapping[str, str] | None = None,
        validators: Validators | None = None,
    ) -> Reply[T]:
        """Fetch a URL.

        Args:
            url: Its own query, if it has one, is kept.
            read: Turns the body into the result; an `HttpError` of its own is treated as the request's.
            params: Added to the query.
            validators: Of the response that is known; those of the new one afterwards.

        Raises:
            NotModifiedError: The response has not changed.
            HttpError: The last attempt failed, or an earlier one failed for good.
        """
        return self._repeat(
            url,
            lambda until: self._send("GET", url, until, params=params, validators=validators),
            read,
        )

    def post_json(
        self,
        url: str,
        content: object,
        read: Callable[[bytes], T],
        before_attempt: Callable[[HttpError | None], None] = lambda _failed: None,
    ) -> Reply[T]:
        """Send `content` as JSON; otherwise like `get`, and no redirect is followed.

        Args:
            url: As for `get`.
            content: A value that JSON can hold.
            read: As for `get`.
            before_attempt: Called before each attempt, with the error of the one before; an error of its own
                ends the request.
        """
        failed: HttpError | None = None

        def send(until: float | None) -> bytes:
            nonlocal failed
            before_attempt(failed)
            try:
                return self._send("POST", url, until, json=content)
            except HttpError as error:
                failed = error
                raise

        return self._repeat(url, send, read)

    def _repeat(
        self, url: str, send: Callable[[float | None], bytes], read: Callable[[bytes], T]
    ) -> Reply[T]:
        import tenacity  # noqa: PLC0415  # loads asyncio

        attempts = 0
        until = self._elapsed_limit()

        def attempt() -> T:
            nonlocal attempts
            attempts += 1
            return read(self._in_time(url, until, lambda: send(until)))

        retrying = tenacity.Retrying(
            sleep=self.clock.sleep,
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, HttpError) and error.retryable),
            stop=lambda state: (
                state.attempt_number >= self.limits.max_attempts
                or self.stop.is_set()
                or (until is not None and self.clock.monotonic() + state.upcoming_sleep >= until)
            ),
            wait=pauses(self.limits.first_pause_seconds),
            reraise=True,
        )
        try:
            return Reply(retrying(attempt), attempts)
        except (HttpError, NotModifiedError) as error:
            error.attempts = attempts
            if isinstance(error, HttpError):
                error.hide(self.secrets(url))
            raise

    def _in_time(self, url: str, until: float | None, send: Callable[[], bytes]) -> bytes:
        """Send a request; give up when the time is over, as a look-up of a name has no limit of its own."""
        if until is None:
            return send()
        left = max(until - self.clock.monotonic(), MIN_TIMEOUT_SECONDS)
        try:
            return within(left + GRACE_SECONDS, send)
        except TimeoutError:
            raise HttpError(
                url, f"no answer within {left:.1f} s; the look-up of its name may be slow", retryable=True
            ) from None

    def secrets(self, url: str = "") -> list[str]:
        """Return the secrets that the client sends in headers or in a URL, which a response may repeat."""
        sent = [self.headers[name] for name in self.headers if name.lower() in SECRET_HEADERS]
        found = [part for value in sent for part in {value, value.partition(" ")[2]}]
        with suppress(ValueError):
            parts = urlsplit(url)
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
            found += [user, password, f"{user}:{password}" if password else ""]  # together: sent in Base64
            pairs = parse_qsl(parts.query)
            found += [value for name, value in pairs if has_secret(f"?{name}={value}")]
        return [secret for secret in found if secret]

    def _elapsed_limit(self) -> float | None:
        limit = self.limits.max_elapsed_seconds
        return None if limit is None else self.clock.monotonic() + limit

    def _timeout(self, until: float | None) -> httpx2.Timeout:
        """Return the limits of one attempt: those of the client, and the time that is left for all."""
        import httpx2  # noqa: PLC0415

        left = None if until is None else max(until - self.clock.monotonic(), MIN_TIMEOUT_SECONDS)
        silence, connecting = self.limits.timeout_seconds, self.limits.connect_seconds
        connecting = silence if connecting is None else connecting
        if left is not None:
            silence, connecting = min(silence, left), min(connecting, left)
        return httpx2.Timeout(silence, connect=connecting)

    def _send(
        self,
        method: str,
        url: str,
        until: float | None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        validators: Validators | None = None,
    ) -> bytes:
        """Send one request, follow its redirects, and return the body of the last response."""
        import httpx2  # noqa: PLC0415

        try:
            target = httpx2.URL(url)
            if params:  # merged here: as `params` of the request they would replace the query
                target = target.copy_merge_params(params)
            headers = validators.headers() if validators else {}
            request = self._client.build_request(
                method, target, json=json, headers=headers, timeout=self._timeout(until)
            )
            for _ in range(MAX_REDIRECTS + 1):
                self._pace.wait(request.url.host)
                deadline = self._deadline()  # the wait is not the server's
                response = self._client.send(request, stream=True)
                try:
                    if response.status_code == HTTP_NOT_MODIFIED and headers:
                        raise NotModifiedError(f"{public_url(url)} has not changed.")
                    if response.next_request is None or method != "GET":
                        body = self._body(response, url, deadline)
                        if validators is not None:
                            validators.take(response.headers)
                        return body
                    request = _same_host(request, response.next_request, response.status_code)
                finally:
                    response.close()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError):
            raise HttpError(url, "not a valid HTTP URL", retryable=False, was_sent=False) from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            reason = f"{type(error).__name__} {error}".strip()
            never_connected = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
            was_sent = not isinstance(error, never_connected)
            # Without the cause: a run's history would show it, and it may quote a header.
            raise HttpError(url, reason, retryable=True, was_sent=was_sent) from None
        raise HttpError(url, f"more than {MAX_REDIRECTS} redirects", retryable=False)

    def _body(self, response: httpx2.Response, url: str, deadline: float | None) -> bytes:
        """Read a response of a successful status, within the limits."""
        if not response.is_success:
            raise HttpError(
                url,
                f"status {response.status_code}{self._excerpt(response, url)}",
                status=response.status_code,
                retryable=response.status_code in RETRYABLE_STATUSES,
                retry_after_seconds=parse_retry_after(
                    response.headers.get("Retry-After", ""), self.clock.now()
                ),
            )
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self.limits.max_bytes:
                reason = f"the response is larger than {self.limits.max_bytes:,} bytes"
                raise HttpError(url, reason, retryable=False)
            if deadline is not None and self.clock.monotonic() > deadline:
                reason = f"the response took longer than {self.limits.max_total_seconds:g} s"
                raise HttpError(url, reason, retryable=True)
        return bytes(body)

    def _excerpt(self, response: httpx2.Response, url: str) -> str:
        """Return the start of an error response's body, for the message; empty where there is none."""
        import httpx2  # noqa: PLC0415

        body = b""
        with suppress(httpx2.HTTPError):
            body = next(response.iter_bytes(), b"")  # one piece: a slow server must not prolong the error
        text = excerpt(body, self.secrets(url))
        return f": {text!r}" if text else ""

    def _deadline(self) -> float | None:
        limit = self.limits.max_total_seconds
        return None if limit is None else self.clock.monotonic() + limit


def _same_host(request: httpx2.Request, following: httpx2.Request, status: int) -> httpx2.Request:
    """Return the request that follows a redirect.

    Raises:
        HttpError: It would go to another host, or without encryption where the first had it.
    """
    old, new = request.url, following.url
    if new.host != old.host:
        target = f"another host, {new.host}"
    elif old.scheme == "https" and new.scheme != "https":
        target = "a URL without encryption"
    elif new.port != old.port and (old.scheme, new.scheme) != ("http", "https"):
        target = f"another port, {new.port or 'the default one'}"
    else:
        return following
    reason = f"status {status} redirects to {target}, which is not followed"
    raise HttpError(str(request.url), reason, status=status, retryable=False)


def _mask_record(record: logging.LogRecord) -> bool:
    """Hide secrets in a line of a log; always keep the line."""
    record.msg, record.args = mask(record.getMessage()), ()
    return True
