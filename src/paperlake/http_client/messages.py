"""Errors of requests, and what a message may show of a URL and of a response."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from paperlake.errors import PaperlakeError
from paperlake.text.secrets import mask

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
        was_sent: bool = True,
    ) -> None:
        """Describe one failed attempt.

        Args:
            url: The URL of the request; only its public part is kept.
            reason: The cause, as the end of a sentence, without a full stop.
            retryable: Whether the same request may succeed later.
            status: The status of the response, if there was one that decided.
            retry_after_seconds: The pause that the server asked for.
            was_sent: Whether the server may have received any of the request.
        """
        self.url = public_url(url)
        self.reason = mask(reason)
        self.retryable = retryable
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.was_sent = was_sent
        self.attempts = 1
        """Requests that were sent until this error was final."""
        super().__init__(f"{self.url}: {self.reason}.")

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide secrets that the server returned."""
        self.url, self.reason = mask(self.url, secrets), mask(self.reason, secrets)
        self.args = (f"{self.url}: {self.reason}.",)


class NotModifiedError(PaperlakeError):
    """The response is the one that the validators of the request describe (status 304)."""

    attempts = 1
    """Requests that were sent."""


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


def excerpt(body: bytes, secrets: Iterable[str] = ()) -> str:
    """Return the start of a response for a message, without the secrets of the request."""
    text = body[: 4 * MAX_EXCERPT_CHARS].decode(errors="replace")
    return mask(text, secrets)[:MAX_EXCERPT_CHARS]
