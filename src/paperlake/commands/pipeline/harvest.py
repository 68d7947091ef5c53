"""Fetch new dumps into the lake: `harvest arxiv`, `harvest openalex`, `harvest daily`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paperlake.commands.options import AsJson, LakeDir, short_path
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.terminal import console
from paperlake.terminal.bars import terminal_progress

if TYPE_CHECKING:
    from paperlake.dumps.harvest.outcomes import DayOutcome
    from paperlake.dumps.harvest.sources import Source

DEFAULT_DAYS = 7
MAX_DAYS = 40_000

harvest = typer.Typer(help="Fetch new dumps into raw/; they are read by the next run.", no_args_is_help=True)

First = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="The first day, in UTC."),
]
Last = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], metavar="DAY", help="The last day (default: the newest)."),
]
Count = Annotated[
    int | None,
    typer.Option(
        "--days", min=1, max=MAX_DAYS, help=f"So many days, in place of --from (default: {DEFAULT_DAYS})."
    ),
]


class Prefix(StrEnum):
    """Formats of arXiv's records."""

    arXiv = "arXiv"  # noqa: N815  # as arXiv writes it
    arXivRaw = "arXivRaw"  # noqa: N815
    oai_dc = "oai_dc"


class DateKind(StrEnum):
    """Dates of a work."""

    updated = "updated"
    created = "created"
    publication = "publication"


@harvest.command("arxiv")
def harvest_arxiv(
    first: First = None,
    last: Last = None,
    days: Count = None,
    set_name: Annotated[
        str | None, typer.Option("--set", metavar="SET", help="A set such as cs or physics:hep-th.")
    ] = None,
    prefix: Annotated[Prefix | None, typer.Option("--prefix", help="The format of the records.")] = None,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Fetch arXiv's records that changed on each day, by OAI-PMH."""
    from paperlake.dumps.harvest.sources import ARXIV  # noqa: PLC0415

    chosen = {"harvest_arxiv_set": set_name, "harvest_arxiv_prefix": prefix and prefix.value}
    _harvest(ARXIV, (first, last, days), lake, as_json, chosen)


@harvest.command("openalex")
def harvest_openalex(
    first: First = None,
    last: Last = None,
    days: Count = None,
    filters: Annotated[
        str | None, typer.Option("--filter", metavar="FILTER", help="A filter of OpenAlex's API.")
    ] = None,
    date_kind: Annotated[
        DateKind | None, typer.Option("--by", help="The date of a work that decides its day.")
    ] = None,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Fetch OpenAlex's works of each day, by cursor."""
    from paperlake.dumps.harvest.sources import OPENALEX  # noqa: PLC0415

    chosen = {"harvest_openalex_filter": filters, "harvest_openalex_date": date_kind and date_kind.value}
    _harvest(OPENALEX, (first, last, days), lake, as_json, chosen)


@harvest.command("daily")
def harvest_daily(
    first: First = None, last: Last = None, days: Count = None, lake: LakeDir = None, as_json: AsJson = False
) -> None:
    """Fetch the daily listing of each day."""
    from paperlake.dumps.harvest.sources import DAILY  # noqa: PLC0415

    _harvest(DAILY, (first, last, days), lake, as_json, {})


def _harvest(
    source: Source,
    span: tuple[datetime | None, datetime | None, int | None],
    lake: str | None,
    as_json: bool,
    chosen: dict[str, Any],
) -> None:
    """Fetch days of a source, show the outcome, and exit with 1 if a day failed."""
    from paperlake.dumps.harvest.outcomes import summary  # noqa: PLC0415

    settings = load_settings(lake=lake, **chosen)
    wanted = days_between(*span, source.newest_day(datetime.now(UTC).date()))
    opened = Lake.open(settings.lake)
    with opened.lock(f"paperlake harvest {source.name}"):
        outcomes = source.harvest(opened, wanted, settings, progress=terminal_progress())
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        console.show_json([_row(outcome, opened) for outcome in outcomes])
    for outcome in failed:
        console.say(f"{outcome.day} failed: {outcome.reason}", "red")
    console.say(f"{source.name}, {summary(outcomes)}")
    if failed:
        console.say("Run the command again for the days that failed; what was stored is kept.")
        raise typer.Exit(1)
    console.say(f"The dumps are in {short_path(opened.raw)}. Next: paperlake run")


def days_between(
    first: datetime | None, last: datetime | None, count: int | None, newest: date
) -> list[date]:
    """Return the days that the options name, oldest first.

    Raises:
        UsageError: The options contradict each other.
    """
    if first is not None and count is not None:
        raise UsageError("--from and --days: give one of them.")
    end = last.date() if last else newest
    begin = first.date() if first else end - timedelta(days=(count or DEFAULT_DAYS) - 1)
    if begin > end:
        raise UsageError(f"--from {begin} is after the last day, {end}.")
    if (end - begin).days >= MAX_DAYS:
        raise UsageError(f"From {begin} to {end} are more than {MAX_DAYS:,} days.")
    return [begin + timedelta(days=step) for step in range((end - begin).days + 1)]


def _row(outcome: DayOutcome, lake: Lake) -> dict[str, Any]:
    path = outcome.path.relative_to(lake.root).as_posix() if outcome.path else None
    return {**asdict(outcome), "path": path}
