"""The sources of which a harvest knows, for the command line and the assets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from paperlake.dumps.harvest.arxiv import ArxivSource
from paperlake.dumps.harvest.daily import harvest_days
from paperlake.dumps.harvest.openalex import OpenAlexSource
from paperlake.dumps.harvest.outcomes import DayOutcome, last_days
from paperlake.dumps.harvest.paging import PagedSource, harvest_pages
from paperlake.http_client import Clock
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

Harvest = Callable[..., list[DayOutcome]]
"""Called with lake, days and settings; clock and progress may be given."""


@dataclass(frozen=True)
class Source:
    """A source: how its days are fetched."""

    name: str
    harvest: Harvest
    lists_today: bool
    """Whether a day can be fetched before it is over."""

    def newest_day(self, today: date) -> date:
        """Return the last day that is worth asking for."""
        return today if self.lists_today else last_days(today, 2)[0]

    def recent_days(self, today: date, settings: Settings) -> list[date]:
        """Return the days that each scheduled run fetches, oldest first; those that are kept cost nothing."""
        count = settings.daily_recent_days if self.lists_today else settings.harvest_recent_days
        return last_days(self.newest_day(today), count)


def _in_pages(source_of: Callable[[Settings], PagedSource]) -> Harvest:
    """Return the harvest of a source that answers in pages; the settings say what is asked for."""

    def harvest(
        lake: Lake,
        days: Iterable[date],
        settings: Settings,
        clock: Clock | None = None,
        progress: Progress = Silent(),  # noqa: B008  # it has no state
    ) -> list[DayOutcome]:
        return harvest_pages(lake, source_of(settings), days, settings, clock, progress)

    return harvest


DAILY = Source("daily", harvest_days, lists_today=True)
ARXIV = Source("arxiv", _in_pages(ArxivSource.of), lists_today=False)
OPENALEX = Source("openalex", _in_pages(OpenAlexSource.of), lists_today=False)
SOURCES = (ARXIV, OPENALEX, DAILY)
