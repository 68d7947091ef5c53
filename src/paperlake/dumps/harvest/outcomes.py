"""The results of a harvest day by day, and what is kept of a server's answer to ask for it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from paperlake.http_client import USER_AGENT
from paperlake.settings import Settings
from paperlake.text.display import plural

Status = Literal["stored", "unchanged", "kept", "empty", "failed"]


@dataclass(frozen=True)
class DayOutcome:
    """The result of harvesting one day."""

    day: date
    status: Status
    """stored: new dumps; unchanged: the same answer as the newest stored one; kept: a past day that was
    fetched before; empty: the source has nothing for the day; failed: to be tried again, what was stored
    is kept."""
    path: Path | None = None
    """The dump, or the folder of the pages, where there is one."""
    attempts: int = 0
    """Requests that were sent."""
    reason: str | None = None
    """Why it failed."""
    page_count: int = 0
    """Dumps that were stored."""


def user_agent(settings: Settings) -> str:
    """Return the user agent of a harvest, with the contact that the sources ask for."""
    if settings.harvest_contact is None:
        return USER_AGENT
    return f"{USER_AGENT.removesuffix(')')}; {settings.harvest_contact})"


def last_days(last: date, count: int) -> list[date]:
    """Return `count` days up to `last`, oldest first.

    >>> [day.day for day in last_days(date(2025, 3, 2), 3)]
    [28, 1, 2]
    """
    return [last - timedelta(days=back) for back in reversed(range(count))]


def summary(outcomes: Iterable[DayOutcome]) -> str:
    """Return a line that counts days by status, and the dumps that were stored."""
    found = list(outcomes)
    counts = Counter(outcome.status for outcome in found)
    pages = sum(outcome.page_count for outcome in found)
    parts = [f"{counts[status]:,} {status}" for status in sorted(counts)]
    return f"{plural(len(found), 'day')}: {', '.join(parts) or 'nothing to do'}; {plural(pages, 'new dump')}."
