"""The date rules: days in paths and front matter, printed dates, and the year that a page leaves out.

Evidence comes from the dump alone: never from the clock or from file times. Which texts are dates of what
is the readers' business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EARLIEST_YEAR = 1900  # a year before this is damage; the oldest arXiv paper is of 1991, DOIs go back further
LATEST_YEAR = 2100
TURN_OF_YEAR_DAYS = (
    31  # a date without a year that lies after the retrieval is of the year before, if so near
)
ARXIV_MIDDLE_DAY = 15  # an arXiv id tells the month only; distances are taken from its middle

_MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)} | {
    name: number
    for number, name in enumerate(
        ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
         "November", "December"),
        start=1,
    )
} | {"Sept": 9}  # fmt: skip
MONTH_PATTERN = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))

_PRINTED = re.compile(rf"({MONTH_PATTERN})\.? (\d{{1,2}})(?:, ?(\d{{4}}))?")
_DAY_IN_PATH = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")
_TIME_IN_PATH = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)"
    r"[T _-]+([01]\d|2[0-3])[-_:.h]?([0-5]\d)(?:[-_:.m]?[0-5]\d)?(?!\d)"
)
_ISO_DAY = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:$|[T\s])")
_ARXIV_ID = re.compile(r"(\d\d)(\d\d)\.\d{4,5}(?:v\d+)?$|[a-z-]+(?:\.[A-Z]{2})?/(\d\d)(\d\d)\d{3}(?:v\d+)?$")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_RETRIEVED = re.compile(
    r"^(?:retrieved|retrieved_at|fetched|fetched_at|accessed|scraped|scraped_at|saved|saved_at|date_retrieved)"
    r"\s*:\s*[\"']?(.*?)[\"']?\s*$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class PrintedDate:
    """A date as a page prints it: without a year if it is of the year in which the page was saved."""

    month: int
    day: int
    year: int | None


@dataclass(frozen=True)
class EntryDate:
    """What is known of an entry's date of publication."""

    published: date | None
    year_inferred: bool


UNKNOWN_DATE = EntryDate(None, False)


def make_date(year: int, month: int, day: int) -> date | None:
    """That day, or None if there is no such day or the year is out of reason."""
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_printed_date(text: str) -> PrintedDate | None:
    """Read `Mar 6` or `Mar 6, 2025`; None for anything else, and for days that no year has."""
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        return None
    month, day = _MONTH_NUMBERS[match[1]], int(match[2])
    year = int(match[3]) if match[3] else None
    if make_date(2000 if year is None else year, month, day) is None:  # 2000 has a February 29
        return None
    return PrintedDate(month, day, year)


def read_iso_day(text: object) -> date | None:
    """The day of an ISO date or time such as `2025-03-06T10:11:12.000Z`; None for anything else."""
    match = _ISO_DAY.match(text) if isinstance(text, str) else None
    return make_date(int(match[1]), int(match[2]), int(match[3])) if match else None


def retrieved_day_in_path(path: str) -> date | None:
    """The day of the last date with a time of day in a path: when the dump was retrieved."""
    return _last_day(_TIME_IN_PATH, path)


def day_in_path(path: str) -> date | None:
    """The last date in a path, with a time or without.

    For a page that was saved it is the day of retrieval; a daily listing's name is the day it is for
    (`listed_date`), and only `retrieved_day_in_path` says when it was fetched.
    """
    return _last_day(_DAY_IN_PATH, path) or _last_day(_TIME_IN_PATH, path)


def _last_day(pattern: re.Pattern[str], path: str) -> date | None:
    days = (make_date(int(match[1]), int(match[3]), int(match[4])) for match in pattern.finditer(path))
    return next(reversed([day for day in days if day is not None]), None)


def front_matter(text: str) -> str | None:
    """The lines between the `---` at the very beginning of a text and the next `---`; None without them."""
    match = _FRONT_MATTER.match(text)
    return match[1] if match else None


def retrieved_day_in_front_matter(text: str) -> date | None:
    """The day of retrieval that the front matter of a text tells; None if it tells none."""
    matter = front_matter(text)
    match = _RETRIEVED.search(matter) if matter else None
    return read_iso_day(match[1]) if match else None


def date_by_arxiv_id(printed: PrintedDate, arxiv_id: str | None) -> date | None:
    """The year that puts a printed month and day nearest to the month in which the id was given."""
    match = _ARXIV_ID.match(arxiv_id) if arxiv_id else None
    if match is None:
        return None
    short_year, month = int(match[1] or match[3]), int(match[2] or match[4])
    year = short_year + (1900 if short_year >= 91 else 2000)  # arXiv began in 1991
    submitted = make_date(year, month, ARXIV_MIDDLE_DAY)
    if submitted is None:
        return None
    days = (make_date(near, printed.month, printed.day) for near in (year - 1, year, year + 1))
    return min((day for day in days if day), key=lambda day: abs(day - submitted), default=None)


def newest_printed_year(dates: Sequence[PrintedDate | None]) -> int | None:
    """The latest year that is printed; None if none is."""
    return max((printed.year for printed in dates if printed and printed.year), default=None)


def date_entries(
    dates: Sequence[PrintedDate | None],
    arxiv_ids: Sequence[str | None],
    retrieved: date | None,
    lone: PrintedDate | None = None,
) -> tuple[list[EntryDate], date | None]:
    """Date the entries of one page, and the page itself.

    The year of an entry comes from, in this order: print; the year of retrieval; the entry's arXiv id; the
    newest printed year plus one, since a page leaves out only the year in which it was saved.

    Args:
        dates: One printed date an entry, None where the page shows none.
        arxiv_ids: One id an entry, None where the page shows none.
        retrieved: The day of retrieval, where path or front matter tell it.
        lone: The date that stands alone in the page's furniture: the day on which it was saved.

    Returns:
        One `EntryDate` an entry, and the day on which the page was saved, if that is known.
    """
    newest = newest_printed_year(dates)
    by_id = [
        date_by_arxiv_id(printed, arxiv_id) if printed and printed.year is None else None
        for printed, arxiv_id in zip(dates, arxiv_ids, strict=True)
    ]
    snapshot = retrieved or _date_of_lone(lone, newest, [day for day in by_id if day])
    entries = [
        _date_entry(printed, id_day, retrieved, newest, snapshot)
        for printed, id_day in zip(dates, by_id, strict=True)
    ]
    return entries, snapshot


def _date_of_lone(lone: PrintedDate | None, newest: int | None, days_by_id: Sequence[date]) -> date | None:
    """The lone date with the page's year; None where that year is unknown or contradicted."""
    if lone is None:
        return None
    year = lone.year
    if year is None and days_by_id:
        year = max(days_by_id).year
    elif year is None and newest is not None:
        year = newest + 1
    day = make_date(year, lone.month, lone.day) if year else None
    if day is None or (newest is not None and day.year < newest):
        return None
    return None if days_by_id and day < max(days_by_id) else day


def _date_entry(
    printed: PrintedDate | None,
    day_by_id: date | None,
    retrieved: date | None,
    newest: int | None,
    snapshot: date | None,
) -> EntryDate:
    """The date of one entry, by the first evidence that there is."""
    if printed is None:
        return UNKNOWN_DATE
    if printed.year is not None:
        return _not_after(make_date(printed.year, printed.month, printed.day), snapshot, False)
    if retrieved is not None:
        found = _date_by_retrieval(printed, retrieved, may_be_before=day_by_id is None)
        return found if found is not None else _not_after(day_by_id, snapshot, False)
    if day_by_id is not None:
        return _not_after(day_by_id, snapshot, False)
    inferred = make_date(newest + 1, printed.month, printed.day) if newest is not None else None
    return _not_after(inferred, snapshot, True)


def _date_by_retrieval(printed: PrintedDate, retrieved: date, may_be_before: bool) -> EntryDate | None:
    """The printed day in the year of retrieval, or at the end of the year before; None if it is neither."""
    day = make_date(retrieved.year, printed.month, printed.day)
    if day is not None and day <= retrieved:
        return EntryDate(day, False)
    before = make_date(retrieved.year - 1, printed.month, printed.day)
    if may_be_before and before and (retrieved - before).days <= TURN_OF_YEAR_DAYS:
        return EntryDate(before, True)
    return None


def _not_after(day: date | None, snapshot: date | None, inferred: bool) -> EntryDate:
    """That date, unless it lies after the day of the snapshot, which no publication does."""
    if day is None or (snapshot is not None and day > snapshot):
        return UNKNOWN_DATE
    return EntryDate(day, inferred)
