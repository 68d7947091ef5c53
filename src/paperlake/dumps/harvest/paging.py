"""Harvest a source that answers in pages: each page is one dump, written whole, and fetched once.

The pages of one pass over a day are in one folder, named by the time when the pass began. A pass that was
interrupted goes on from the token in its last page; there is no other state but a mark that it is complete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from paperlake.dumps.harvest.outcomes import DayOutcome, Status, user_agent
from paperlake.errors import PaperlakeError
from paperlake.http_client import Clock, HttpClient, HttpError, HttpLimits
from paperlake.lake import Lake
from paperlake.lake.files import write_bytes
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

COMPLETE = ".complete.json"  # hidden, so that it is no dump
TIME_FORMAT = "%Y-%m-%dT%H%M%SZ"
FOLDER_PATTERN = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z"
FIRST_PAUSE_SECONDS = 2.0
MAX_RESTARTS = 1  # of a day in one harvest, after its token has expired


class ExpiredTokenError(PaperlakeError):
    """The server no longer knows the token of the next page."""


@dataclass(frozen=True)
class Page:
    """What an answer says about itself."""

    count: int
    """Records in it."""
    next_token: str | None
    """The token of the next page; None on the last one."""
    total: int | None = None
    """Records on all pages, where the source says so."""


class PagedSource(Protocol):
    """A source that is asked day by day and answers in pages."""

    @property
    def name(self) -> str:
        """Return the name of the source."""
        ...

    @property
    def selection(self) -> str:
        """Return what is asked for, as the name of a folder."""
        ...

    @property
    def ending(self) -> str:
        """Return the ending of the names of its dumps."""
        ...

    @property
    def url(self) -> str:
        """Return the address of its answers."""
        ...

    @property
    def interval_seconds(self) -> float:
        """Return the least time between two requests."""
        ...

    @property
    def accept(self) -> str:
        """Return the media types of its answers."""
        ...

    def params(self, day: date, token: str | None) -> Mapping[str, str]:
        """Return the query of the first page of a day, or of the page of a token."""
        ...

    def read_page(self, content: bytes) -> Page:
        """Check an answer.

        Raises:
            HttpError: It is incomplete, or an error.
            ExpiredTokenError: The server no longer knows the token.
        """
        ...


def harvest_pages(
    lake: Lake,
    source: PagedSource,
    days: Iterable[date],
    settings: Settings,
    clock: Clock | None = None,
    progress: Progress = Silent(),  # noqa: B008  # it has no state
) -> list[DayOutcome]:
    """Fetch what a source has for each day and is not stored yet. A day that fails does not fail the others.

    A day that was not over when it was fetched is fetched again. Call it with the lake's lock held.

    Returns:
        One outcome per day, in order of days.
    """
    clock = clock or Clock()
    limits = HttpLimits(
        max_bytes=settings.harvest_answer_bytes,
        timeout_seconds=settings.harvest_timeout_seconds,
        max_total_seconds=settings.harvest_timeout_seconds,
        max_attempts=settings.harvest_attempts,
        first_pause_seconds=FIRST_PAUSE_SECONDS,
        min_interval_seconds=source.interval_seconds,
    )
    headers = {"Accept": source.accept, "User-Agent": user_agent(settings)}
    with HttpClient(limits, headers, clock) as client:
        return [_Day(lake, source, day, settings, client, progress).harvest() for day in sorted(set(days))]


@dataclass
class _Day:
    """The harvest of one day."""

    lake: Lake
    source: PagedSource
    day: date
    settings: Settings
    client: HttpClient
    progress: Progress
    attempts: int = 0
    stored: int = 0
    folder: Path = field(init=False)
    """Of the pages of the present pass."""

    def harvest(self) -> DayOutcome:
        """Complete the newest pass over the day, or begin one."""
        now = self.client.clock.now()
        if self.day > now.astimezone(UTC).date():
            return self._outcome("failed", f"{self.day} is in the future.")
        reason = None
        newest = self._newest_pass()
        if newest is not None and (newest / COMPLETE).exists():
            if _began(newest).date() > self.day:
                return self._outcome("kept", path=newest)
            newest = None  # the day was not over
        self.folder = newest or self._new_pass()
        for _ in range(MAX_RESTARTS + 1):
            try:
                return self._fetch_rest()
            except HttpError as error:
                self.attempts += error.attempts
                return self._outcome("failed", str(error), self.folder)
            except ExpiredTokenError as error:
                self.attempts += 1
                reason = str(error)
                self.folder = self._new_pass()  # the list of the server has changed since the last page
        return self._outcome("failed", reason, self.folder)

    def _fetch_rest(self) -> DayOutcome:
        """Fetch the pages that the present pass lacks.

        Raises:
            HttpError: A page could not be fetched; the ones before it are stored.
            ExpiredTokenError: The server no longer knows where the present pass is.
        """
        pages = self._stored_pages()
        tokens = [page.next_token for page in pages]
        number = len(pages)
        page = pages[-1] if pages else self._fetch(None, 0, set())
        if not pages:
            number = 1 if page.count else 0
            tokens = [page.next_token]
        label = f"{self.source.name} {self.day}"
        total = -(-page.total // page.count) if page.total and page.count else 1
        with self.progress.task(label, max(total, number), "pages") as advance:
            advance(number)
            while page.next_token is not None and page.count:
                page = self._fetch(page.next_token, number, {token for token in tokens[:-1] if token})
                tokens.append(page.next_token)
                number += bool(page.count)
                advance(1 if page.count else 0)
        began = _began(self.folder).isoformat()
        write_bytes(self.folder / COMPLETE, json.dumps({"began": began, "pages": number}).encode())
        return self._outcome("stored" if number else "empty", path=self.folder)

    def _fetch(self, token: str | None, number: int, used: set[str]) -> Page:
        """Fetch and store one page; a page without records is not stored.

        Args:
            token: Its token; None for the first page.
            number: Pages before it.
            used: The tokens of the pages before it.

        Raises:
            HttpError: It could not be fetched, or its token has been used before.
            ExpiredTokenError: The server no longer knows its token.
        """
        url = self.source.url
        if token in used:
            reason = f"the server repeats the token of a page that was read, after {number} pages"
            raise _not_sent(url, reason)
        if number >= self.settings.harvest_max_pages:
            reason = f"the day has more than {self.settings.harvest_max_pages} pages (harvest_max_pages)"
            raise _not_sent(url, reason)

        def read(content: bytes) -> tuple[bytes, Page]:
            return content, self.source.read_page(content)

        reply = self.client.get(url, read, self.source.params(self.day, token))
        self.attempts += reply.attempts
        content, page = reply.content
        if token is not None and page.next_token == token:
            raise _not_sent(url, f"the server gives page {number + 1} its own token, so that it has no end")
        if page.count:
            now = self.client.clock.now().astimezone(UTC)
            write_bytes(self.folder / f"{number + 1:04d}-{now:{TIME_FORMAT}}{self.source.ending}", content)
            self.stored += 1
        return page

    def _stored_pages(self) -> list[Page]:
        """Return the pages of the present pass up to the first one that is missing or cannot be read."""
        pages: list[Page] = []
        for number, path in enumerate(sorted(self.folder.glob(f"[0-9]*{self.source.ending}")), start=1):
            if not path.name.startswith(f"{number:04d}-"):
                break
            try:
                pages.append(self.source.read_page(path.read_bytes()))
            except (HttpError, ExpiredTokenError, OSError):
                break
        return pages

    def _passes(self) -> Path:
        return self.lake.harvested(self.source.name, self.source.selection, self.day)

    def _newest_pass(self) -> Path | None:
        folders = [path for path in self._passes().glob(FOLDER_PATTERN) if path.is_dir()]
        return max(folders, default=None)

    def _new_pass(self) -> Path:
        """Return the folder of another pass, which does not exist yet."""
        now = self.client.clock.now().astimezone(UTC)
        while (folder := self._passes() / f"{now:{TIME_FORMAT}}").exists():
            now += timedelta(seconds=1)
        return folder

    def _outcome(self, status: Status, reason: str | None = None, path: Path | None = None) -> DayOutcome:
        return DayOutcome(self.day, status, path, self.attempts, reason, self.stored)


def _not_sent(url: str, reason: str) -> HttpError:
    """Return the error of a page that is not asked for."""
    error = HttpError(url, reason, retryable=False)
    error.attempts = 0
    return error


def _began(folder: Path) -> datetime:
    return datetime.strptime(folder.name, TIME_FORMAT).replace(tzinfo=UTC)
