"""The date rules: days in paths and front matter, printed dates, and the year that a page leaves out.

All evidence comes from the dump: never from the clock or from file times. The readers decide which texts are
dates, and of what.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from email.utils import parsedate_to_datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MIN_YEAR = 1900  # an earlier year is damage; the oldest arXiv paper is of 1991, papers with DOIs are older
MAX_YEAR = 2100
# A date without a year and after the day of retrieval is of the year before, if it is then at most this old.
MAX_TURN_OF_YEAR_DAYS = 31
ARXIV_MIDDLE_DAY = 15  # an arXiv id has only the month; distances are measured from its middle

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
    r"^(?:(?:retrieved|fetched|accessed|scraped|saved|captured|exported|downloaded|crawled)(?:_at|_on)?"
    r"|date_retrieved)"
    r"\s*:\s*[\"']?(.*?)[\"']?\s*$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class PrintedDate:
    """A date as printed on a page, which leaves out the year in which the page was saved."""

    month: int
    day: int
    year: int | None


@dataclass(frozen=True)
class EntryDate:
    """The date of publication of an entry, if known."""

    published: date | None
    year_inferred: bool


UNKNOWN_DATE = EntryDate(None, False)


def make_date(year: int, month: int, day: int) -> date | None:
    """Return a date; None if there is no such day or the year is not in `MIN_YEAR` to `MAX_YEAR`."""
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):  # the second for numbers that no machine word holds
        return None


def read_printed_date(text: str) -> PrintedDate | None:
    """Read `Mar 6` or `Mar 6, 2025`; return None for other texts and for days that no year has."""
    match = _PRINTED.fullmatch(text.strip())
    if match is None:
        return None
    month, day = _MONTH_NUMBERS[match[1]], int(match[2])
    year = int(match[3]) if match[3] else None
    if make_date(2000 if year is None else year, month, day) is None:  # 2000 has a February 29
        return None
    return PrintedDate(month, day, year)


def read_iso_day(text: object) -> date | None:
    """Return the day of an ISO date or time such as `2025-03-06T10:11:12.000Z`; None for other values."""
    match = _ISO_DAY.match(text) if isinstance(text, str) else None
    return make_date(int(match[1]), int(match[2]), int(match[3])) if match else None


def read_mail_day(text: str) -> date | None:
    """Return the day, in UTC, of a date as mails have it: `Mon, 2 Apr 2007 19:18:42 GMT`; None for others."""
    try:
        moment = parsedate_to_datetime(text)
        day = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    except (ValueError, TypeError, IndexError, OverflowError):  # the last for years and zones past the end
        return None
    return make_date(day.year, day.month, day.day)


def retrieved_day_in_path(path: str) -> date | None:
    """Return the day of retrieval: the last date with a time of day in a path."""
    return _last_day(_TIME_IN_PATH, path)


def day_in_path(path: str) -> date | None:
    """Return the last date in a path, with a time or without.

    For a saved page it is the day of retrieval. For a daily listing it is the day that is listed
    (`listed_date`); only `retrieved_day_in_path` returns its day of retrieval.
    """
    return _last_day(_DAY_IN_PATH, path) or _last_day(_TIME_IN_PATH, path)


def _last_day(pattern: re.Pattern[str], path: str) -> date | None:
    days = (make_date(int(match[1]), int(match[3]), int(match[4])) for match in pattern.finditer(path))
    return next(reversed([day for day in days if day is not None]), None)


def front_matter(text: str) -> str | None:
    """Return the lines between `---` at the beginning of a text and the next `---`; None without them."""
    match = _FRONT_MATTER.match(text)
    return match[1] if match else None


def retrieved_day_in_front_matter(text: str) -> date | None:
    """Return the day of retrieval in the front matter of a text; None if there is none."""
    matter = front_matter(text)
    match = _RETRIEVED.search(matter) if matter else None
    return read_iso_day(match[1]) if match else None


def date_by_arxiv_id(printed: PrintedDate, arxiv_id: str | None) -> date | None:
    """Return the printed day in the year that is nearest to the month of the id; None without an id."""
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
    """Return the latest printed year; None if no year is printed."""
    return max((printed.year for printed in dates if printed and printed.year), default=None)


def date_entries(
    dates: Sequence[PrintedDate | None],
    arxiv_ids: Sequence[str | None],
    retrieved: date | None,
    lone: PrintedDate | None = None,
) -> tuple[list[EntryDate], date | None]:
    """Return the dates of the entries of one page, and of the page itself.

    The year of an entry is, in this order: the printed one; the year of retrieval; the year by its arXiv id;
    the newest printed year plus one, since a page leaves out only the year in which it was saved.

    Args:
        dates: One printed date per entry, None where the page shows none.
        arxiv_ids: One id per entry, None where the page shows none.
        retrieved: The day of retrieval by path or front matter, if known.
        lone: The date alone in the page's furniture: the day on which it was saved.

    Returns:
        One `EntryDate` per entry, and the day on which the page was saved, if that is known.
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
    """Return the lone date with the year of the page; None if that year is unknown or contradicted."""
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
    """Return the date of one entry, by the first evidence available."""
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
    """Return the printed day in the year of retrieval or at the end of the year before; None if none fits."""
    day = make_date(retrieved.year, printed.month, printed.day)
    if day is not None and day <= retrieved:
        return EntryDate(day, False)
    before = make_date(retrieved.year - 1, printed.month, printed.day)
    if may_be_before and before and (retrieved - before).days <= MAX_TURN_OF_YEAR_DAYS:
        return EntryDate(before, True)
    return None


def _not_after(day: date | None, snapshot: date | None, inferred: bool) -> EntryDate:
    """Return that date, or an unknown date if it is after the day of the snapshot."""
    if day is None or (snapshot is not None and day > snapshot):
        return UNKNOWN_DATE
    return EntryDate(day, inferred)
