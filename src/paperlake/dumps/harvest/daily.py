"""Landing the daily API's answers as dumps under raw/, politely and each content once.

What an answer holds is read by `daily_api.py` like any other dump's; when landing runs is the pipeline's
business. Nothing but whole, valid answers is stored.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from paperlake.dumps.structured.daily_api import answer_objects
from paperlake.dumps.structured.json_objects import BadObjectError, decode
from paperlake.dumps.structured.paper_objects import objects_to_rows
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.lake.files import hash_bytes, hash_file, write_bytes
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

FIRST_PAUSE_SECONDS = 1.0  # before the second attempt; doubles with each
MAX_PAUSE_SECONDS = 60.0  # also where the server asks for more: the next run tries again
READ_BYTES = 65_536
USER_AGENT = "paperlake (a reader of paper listings)"
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})  # worth a second attempt

Status = Literal["stored", "unchanged", "kept", "failed"]


@dataclass(frozen=True)
class DayOutcome:
    """What became of one day."""

    day: date
    status: Status
    """stored: a new dump; unchanged: the same answer as the newest stored one; kept: a past day that was
    fetched before; failed: nothing stored, to be tried again."""
    path: Path | None = None
    """The dump, where there is one."""
    attempts: int = 0
    reason: str | None = None
    """Why it failed."""


class AnswerError(PaperlakeError):
    """An answer that is not stored; the message says why."""

    def __init__(self, message: str, may_pass: bool, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        self.wait_seconds = wait_seconds


@dataclass
class Clock:
    """The time, and how to let it pass; tests bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # a default, not a name
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def land_days(
    lake: Lake,
    days: Iterable[date],
    settings: Settings,
    clock: Clock | None = None,
    progress: Progress = Silent(),  # noqa: B008  # it has no state
) -> list[DayOutcome]:
    """Fetch the daily API's answers for `days` and store those that are new.

    A day that lies more than `daily_recent_days` back is fetched once. A day that fails does not fail the
    others. Call it with the lake's lock held.

    Returns:
        One outcome a day, in order of days.
    """
    clock = clock or Clock()
    wanted = sorted(set(days))
    pace = _Pace(clock, settings.daily_interval_seconds)
    outcomes = []
    with progress.task("Fetching daily listings", len(wanted), "days") as advance:
        for day in wanted:
            outcomes.append(_land_day(lake, day, settings, clock, pace))
            advance(1)
    return outcomes


def recent_days(today: date, settings: Settings) -> list[date]:
    """The days that each run fetches again: today and those before it, oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(settings.daily_recent_days))]


def _land_day(lake: Lake, day: date, settings: Settings, clock: Clock, pace: _Pace) -> DayOutcome:
    today = clock.now().astimezone(UTC).date()
    if day > today:
        return DayOutcome(day, "failed", reason=f"{day} has not come yet.")
    stored = sorted(lake.daily_answers(day).glob("*.json"))
    newest = stored[-1] if stored else None
    if newest is not None and day not in recent_days(today, settings):
        return DayOutcome(day, "kept", newest)
    attempts = 0
    while True:
        attempts += 1
        pace.wait()
        try:
            content = _fetch(_url(settings.daily_api_url, day), settings, clock)
            break
        except AnswerError as error:
            if not error.may_pass or attempts >= settings.daily_attempts:
                return DayOutcome(day, "failed", attempts=attempts, reason=str(error))
            pause = max(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), error.wait_seconds or 0.0)
            clock.sleep(min(pause, MAX_PAUSE_SECONDS))
    if newest is not None and hash_file(newest) == hash_bytes(content):
        return DayOutcome(day, "unchanged", newest, attempts)
    path = lake.daily_answer(day, clock.now())
    write_bytes(path, content)
    return DayOutcome(day, "stored", path, attempts)


class _Pace:
    """Keeps requests apart."""

    def __init__(self, clock: Clock, interval_seconds: float) -> None:
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._next = clock.monotonic()

    def wait(self) -> None:
        """Wait until the next request is due."""
        missing = self._next - self._clock.monotonic()
        if missing > 0:
            self._clock.sleep(missing)
        self._next = self._clock.monotonic() + self._interval_seconds


def _url(base: str, day: date) -> str:
    parts = urllib.parse.urlsplit(base)
    query = [*urllib.parse.parse_qsl(parts.query), ("date", day.isoformat())]
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


def _fetch(url: str, settings: Settings, clock: Clock) -> bytes:
    """The body of one valid answer.

    Raises:
        AnswerError: There is none; `may_pass` tells whether a second attempt makes sense.
    """
    deadline = clock.monotonic() + settings.daily_timeout_seconds
    with _network_errors(url), _open(url, settings.daily_timeout_seconds) as response:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(READ_BYTES):
            parts.append(part)
            size += len(part)
            if size > settings.daily_answer_bytes:
                raise AnswerError(
                    f"The answer of {url} is larger than {settings.daily_answer_bytes:,} bytes "
                    "(daily_answer_bytes).",
                    may_pass=False,
                )
            if clock.monotonic() > deadline:
                raise AnswerError(
                    f"The answer of {url} took longer than {settings.daily_timeout_seconds:g} s.",
                    may_pass=True,
                )
        announced = response.headers.get("Content-Length")
    if announced is not None and announced.isdecimal() and size < int(announced):
        raise AnswerError(
            f"The answer of {url} breaks off after {size:,} of {announced} bytes.", may_pass=True
        )
    content = b"".join(parts)
    check_answer(content, url, settings.max_json_depth)
    return content


def check_answer(content: bytes, url: str, max_depth: int) -> None:
    """Make sure that an answer is whole JSON and, unless its list is empty, holds papers.

    Raises:
        AnswerError: It is something else: an error page, rubbish, a body that was cut off.
    """
    try:
        decode(content)
        objects, _day = answer_objects(content)
    except BadObjectError as error:
        raise AnswerError(f"The answer of {url} is no daily listing: {error}", may_pass=True) from error
    entries, rejects = objects_to_rows(objects, 1, None, max_depth)
    if rejects and not entries:
        raise AnswerError(
            f"The answer of {url} holds {len(rejects)} objects but no paper: {rejects[0]['reason']}",
            may_pass=False,
        )


def _open(url: str, timeout_seconds: float) -> http.client.HTTPResponse:
    request = urllib.request.Request(  # noqa: S310  # the setting's pattern allows http and https only
        url, headers={"Accept": "application/json", "User-Agent": USER_AGENT}
    )
    response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout_seconds)  # noqa: S310
    return response


@contextmanager
def _network_errors(url: str) -> Iterator[None]:
    """Turn what may go wrong on the way into `AnswerError`."""
    try:
        yield
    except urllib.error.HTTPError as error:
        wait = error.headers.get("Retry-After", "") if error.headers else ""
        status = error.code
        error.close()
        raise AnswerError(
            f"{url} answered with status {status}.",
            may_pass=status in PASSING_STATUSES,
            wait_seconds=float(wait) if wait.isdecimal() else None,
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise AnswerError(f"{url} could not be read: {reason}.", may_pass=True) from error
