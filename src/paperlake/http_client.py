"""Send HTTP requests with limits on size, time and rate, and repeat those that may succeed later.

Every request of paperlake to another machine goes through `HttpClient`: the harvest of dumps and the remote
embedder. What a response means is up to the caller. httpx2 and tenacity are imported when a client is opened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from paperlake.errors import PaperlakeError

if TYPE_CHECKING:
    from types import TracebackType

    import httpx2
    import tenacity

T = TypeVar("T")

USER_AGENT = "paperlake (a reader of paper listings)"
# 408 timeout, 425 too early, 429 too many requests; the rest come from proxies and overloaded servers.
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
MAX_PAUSE_SECONDS = 60.0  # also where Retry-After asks for more: the next run tries again
JITTER_SHARE = 0.25  # of the first pause, added at random, so that clients do not return at the same moment
MAX_REDIRECTS = 5
HTTP_NOT_MODIFIED = 304
MAX_EXCERPT_CHARS = 300  # of the body of an error response, in messages


class HttpError(PaperlakeError):
    """A request that failed; the message has the URL without user, password, query and fragment."""

    def __init__(
        self,
        url: str,
        reason: str,
        *,
        retryable: bool,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Describe one failed attempt.

        Args:
            url: The URL of the request; only its public part is kept.
            reason: The cause, as the end of a sentence, without a full stop.
            retryable: Whether the same request may succeed later.
            status: The status of the response, if there was one that decided.
            retry_after_seconds: The pause that the server asked for.
        """
        self.url = public_url(url)
        self.reason = reason
        self.retryable = retryable
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.attempts = 1
        """Requests that were sent until this error was final."""
        super().__init__(f"{self.url}: {reason}.")


class NotModifiedError(PaperlakeError):
    """The response is the one that the validators of the request describe (status 304)."""

    attempts = 1
    """Requests that were sent."""


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


@dataclass
class Clock:
    """The time and the means to wait; tests replace them."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # a default, not a name
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class HttpLimits:
    """The limits of one client's requests."""

    max_bytes: int
    """A longer body is an error, in bytes after decompression."""
    timeout_seconds: float = 60.0
    """The longest silence of the server, while connecting or between two pieces of its response."""
    max_total_seconds: float | None = None
    """The longest time of a whole response; unlimited if None."""
    max_attempts: int = 1
    first_pause_seconds: float = 1.0
    """The pause after the first attempt; doubled after each further one, up to MAX_PAUSE_SECONDS."""
    min_interval_seconds: float = 0.0
    """The least time between the starts of two requests to one host."""


@dataclass(frozen=True)
class Reply(Generic[T]):
    """The result of a successful request."""

    content: T
    attempts: int
    """Requests that were sent, the successful one included."""


@dataclass
class HttpClient:
    """A client for one task; use it as a context manager. Safe to share between threads.

    Redirects of GET requests are followed within one host, never to another and never from https to http.
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
            headers={"User-Agent": USER_AGENT, **self.headers}, timeout=self.limits.timeout_seconds
        )
        self._pace = _Pace(self.clock, self.limits.min_interval_seconds)
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
        return self._repeat(lambda: self._send("GET", url, params=params, validators=validators), read)

    def post_json(self, url: str, content: object, read: Callable[[bytes], T]) -> Reply[T]:
        """Send `content` as JSON; otherwise like `get`, and no redirect is followed."""
        return self._repeat(lambda: self._send("POST", url, json=content), read)

    def _repeat(self, send: Callable[[], bytes], read: Callable[[bytes], T]) -> Reply[T]:
        import tenacity  # noqa: PLC0415  # loads asyncio

        attempts = 0

        def attempt() -> T:
            nonlocal attempts
            attempts += 1
            return read(send())

        retrying = tenacity.Retrying(
            sleep=self.clock.sleep,
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, HttpError) and error.retryable),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self.limits.max_attempts), tenacity.stop_when_event_set(self.stop)
            ),
            wait=_pauses(self.limits.first_pause_seconds),
            reraise=True,
        )
        try:
            return Reply(retrying(attempt), attempts)
        except (HttpError, NotModifiedError) as error:
            error.attempts = attempts
            raise

    def _send(
        self,
        method: str,
        url: str,
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
            request = self._client.build_request(method, target, json=json, headers=headers)
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
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
            raise HttpError(url, "not a valid HTTP URL", retryable=False) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            reason = f"{type(error).__name__} {error}".strip()
            raise HttpError(url, reason, retryable=True) from error
        raise HttpError(url, f"more than {MAX_REDIRECTS} redirects", retryable=False)

    def _body(self, response: httpx2.Response, url: str, deadline: float | None) -> bytes:
        """Read a response of a successful status, within the limits."""
        if not response.is_success:
            raise HttpError(
                url,
                f"status {response.status_code}{_excerpt(response)}",
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

    def _deadline(self) -> float | None:
        limit = self.limits.max_total_seconds
        return None if limit is None else self.clock.monotonic() + limit


def public_url(url: str) -> str:
    """Return the part of a URL that may be shown: scheme, host, port and path.

    >>> public_url("https://me:secret@example.org:8080/v1/papers?key=123#top")
    'https://example.org:8080/v1/papers'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(a malformed URL)"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for; None where it is malformed or absent.

    Args:
        value: Whole seconds, or an HTTP date (RFC 9110, section 10.2.3).
        now: The present time, with a time zone.

    >>> parse_retry_after("120", datetime(2025, 1, 1, tzinfo=UTC))
    120.0
    >>> parse_retry_after("Wed, 01 Jan 2025 00:00:30 GMT", datetime(2025, 1, 1, tzinfo=UTC))
    30.0
    """
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:  # "-0000": a time in UTC whose local zone is unknown
        date = date.replace(tzinfo=UTC)
    return max((date - now).total_seconds(), 0.0)


class _Pace:
    """Keeps the starts of requests to one host apart."""

    def __init__(self, clock: Clock, interval_seconds: float) -> None:
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Wait until the next request to `host` is due."""
        with self._lock:
            now = self._clock.monotonic()
            due = max(self._next.get(host, now), now)
            self._next[host] = due + self._interval_seconds
        if due > now:
            self._clock.sleep(due - now)


def _pauses(first_seconds: float) -> Callable[[tenacity.RetryCallState], float]:
    """Return the pauses between attempts: exponential with jitter, or as long as the server asks for."""
    import tenacity  # noqa: PLC0415

    backoff = tenacity.wait_exponential(
        multiplier=first_seconds, max=MAX_PAUSE_SECONDS
    ) + tenacity.wait_random(0, first_seconds * JITTER_SHARE)

    def pause(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wanted = error.retry_after_seconds if isinstance(error, HttpError) else None
        return min(max(backoff(state), wanted or 0.0), MAX_PAUSE_SECONDS)

    return pause


def _same_host(request: httpx2.Request, following: httpx2.Request, status: int) -> httpx2.Request:
    """Return the request that follows a redirect.

    Raises:
        HttpError: It would go to another host, or without encryption where the first had it.
    """
    if following.url.host != request.url.host:
        target = f"another host, {following.url.host}"
    elif request.url.scheme == "https" and following.url.scheme != "https":
        target = "a URL without encryption"
    else:
        return following
    reason = f"status {status} redirects to {target}, which is not followed"
    raise HttpError(str(request.url), reason, status=status, retryable=False)


def _excerpt(response: httpx2.Response) -> str:
    """Return the start of an error response's body, for the message; empty where there is none."""
    import httpx2  # noqa: PLC0415

    body = b""
    with suppress(httpx2.HTTPError):
        body = next(response.iter_bytes(), b"")  # one piece: a slow server must not prolong the error
    text = body[: 4 * MAX_EXCERPT_CHARS].decode(errors="replace")[:MAX_EXCERPT_CHARS]
    return f": {text!r}" if text else ""
