"""Harvest the daily API: store each day's response as a dump under raw/, each content once.

The papers of a response are read by `daily_api.py` like those of any other dump; when a harvest runs is up to
the pipeline. Only complete, valid responses are stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from paperlake.dumps.harvest.outcomes import DayOutcome, last_days, user_agent
from paperlake.dumps.structured.daily_api import answer_objects
from paperlake.dumps.structured.json_objects import BadObjectError, decode
from paperlake.dumps.structured.paper_objects import objects_to_rows
from paperlake.http_client import Clock, HttpClient, HttpError, HttpLimits, NotModifiedError, Validators
from paperlake.lake import Lake
from paperlake.lake.files import hash_bytes, hash_file, read_json, write_bytes
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

FIRST_PAUSE_SECONDS = 1.0
VALIDATORS = ".validators.json"  # hidden, so that it is no dump


def harvest_days(
    lake: Lake,
    days: Iterable[date],
    settings: Settings,
    clock: Clock | None = None,
    progress: Progress = Silent(),  # noqa: B008  # it has no state
) -> list[DayOutcome]:
    """Fetch the daily API's responses for `days` and store those that are new.

    A day more than `daily_recent_days` back is fetched once. A day that fails does not fail the others. Call
    it with the lake's lock held.

    Returns:
        One outcome per day, in order of days.
    """
    clock = clock or Clock()
    wanted = sorted(set(days))
    headers = {"Accept": "application/json", "User-Agent": user_agent(settings)}
    outcomes = []
    with (
        HttpClient(_limits(settings), headers, clock) as client,
        progress.task("Fetching daily listings", len(wanted), "days") as advance,
    ):
        for day in wanted:
            outcomes.append(_harvest_day(lake, day, settings, client, clock.now()))
            advance(1)
    return outcomes


def recent_days(today: date, settings: Settings) -> list[date]:
    """Return the days that each run fetches again: today and those before it, oldest first."""
    return last_days(today, settings.daily_recent_days)


def check_response(content: bytes, url: str, max_depth: int) -> None:
    """Check that a response is complete JSON and, unless its list is empty, contains papers.

    Raises:
        HttpError: It is something else: an error page, invalid JSON, a truncated body.
    """
    try:
        decode(content)
        objects, _day = answer_objects(content)
    except BadObjectError as error:
        reason = f"the response is not a daily listing: {str(error).rstrip('.')}"
        raise HttpError(url, reason, retryable=True) from error
    entries, rejects = objects_to_rows(objects, 1, None, max_depth)
    if rejects and not entries:
        count = f"{len(rejects)} object{'s' if len(rejects) > 1 else ''}"
        cause = str(rejects[0]["reason"]).rstrip(".")
        raise HttpError(url, f"the response has {count} but no paper: {cause}", retryable=False)


def _limits(settings: Settings) -> HttpLimits:
    return HttpLimits(
        max_bytes=settings.daily_answer_bytes,
        timeout_seconds=settings.daily_timeout_seconds,
        max_total_seconds=settings.daily_timeout_seconds,
        max_attempts=settings.daily_attempts,
        first_pause_seconds=FIRST_PAUSE_SECONDS,
        min_interval_seconds=settings.daily_interval_seconds,
    )


def _harvest_day(lake: Lake, day: date, settings: Settings, client: HttpClient, now: datetime) -> DayOutcome:
    today = now.astimezone(UTC).date()
    if day > today:
        return DayOutcome(day, "failed", reason=f"{day} is in the future.")
    stored = sorted(lake.daily_answers(day).glob("*.json"))
    newest = stored[-1] if stored else None
    if newest is not None and day not in recent_days(today, settings):
        return DayOutcome(day, "kept", newest)
    url = settings.daily_api_url

    def read(content: bytes) -> bytes:
        check_response(content, url, settings.max_json_depth)
        return content

    validators = _stored_validators(lake.daily_answers(day)) if newest is not None else Validators()
    try:
        reply = client.get(url, read, {"date": day.isoformat()}, validators)
    except NotModifiedError as unchanged:
        return DayOutcome(day, "unchanged", newest, unchanged.attempts)
    except HttpError as error:
        return DayOutcome(day, "failed", attempts=error.attempts, reason=str(error))
    if newest is not None and hash_file(newest) == hash_bytes(reply.content):
        return DayOutcome(day, "unchanged", newest, reply.attempts)
    path = lake.daily_answer(day, client.clock.now())
    write_bytes(path, reply.content)
    _store_validators(path.parent, validators)
    return DayOutcome(day, "stored", path, reply.attempts, page_count=1)


def _store_validators(folder: Path, validators: Validators) -> None:
    """Keep what the server says about the newest answer of a day."""
    if validators.headers():
        write_bytes(folder / VALIDATORS, json.dumps(asdict(validators)).encode())
    else:
        (folder / VALIDATORS).unlink(missing_ok=True)


def _stored_validators(folder: Path) -> Validators:
    """Return what the server said about the newest answer of a day; nothing if that is not known."""
    found = read_json(folder / VALIDATORS) or {}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return Validators(texts.get("etag"), texts.get("last_modified"))
