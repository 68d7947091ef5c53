"""Dates in the usual spellings of bibliographies and tables: the day if one is stated, and the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from paperlake.dumps.fields.dates import MONTH_PATTERN, MONTHS, make_date
from paperlake.text.folding import fold

_TIME = r"(?:[T\s,]+\d{1,2}:\d\d.*)?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR_4 = r"(?P<year>\d{4})"
_ORDINAL = r"(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:[A-Za-z]{3,9},?\s+)?"
_NAMED = rf"(?P<month>{MONTH_PATTERN})\.?"
_YEAR_FIRST = re.compile(rf"{_YEAR_4}([-/.])(?P<month>\d{{1,2}})\2{_DAY}/?{_TIME}$")
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)$")
_YEAR_MONTH_DAY = re.compile(rf"{_YEAR_4}[\s-]{_NAMED}[\s-]{_DAY}{_TIME}$", re.IGNORECASE)
_DAY_MONTH_YEAR = re.compile(
    rf"{_WEEKDAY}{_DAY}{_ORDINAL}[\s-]{_NAMED}[,\s-]+{_YEAR_4}{_TIME}$", re.IGNORECASE
)
_MONTH_DAY_YEAR = re.compile(rf"{_WEEKDAY}{_NAMED}\s{_DAY}{_ORDINAL},?\s{_YEAR_4}{_TIME}$", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}){_TIME}$")
_YEAR = re.compile(r"(?<!\d)(?:1[4-9]|20)\d\d(?!\d)")
MONTHS_A_YEAR = 12

UNREADABLE = "publication date has no year"
AMBIGUOUS = "publication date has day and month in an unknown order"


@dataclass(frozen=True)
class StatedDate:
    """A date as a record states it."""

    day: date | None = None
    """Only where the record states a day."""
    text: str | None = None
    """As it stands there, on one line."""
    warning: str | None = None
    """The part that was not understood, for the warnings of the dump."""

    @property
    def has_year(self) -> bool:
        """Return whether at least a year is stated."""
        return self.day is not None or (self.text is not None and _YEAR.search(self.text) is not None)


NO_DATE = StatedDate()


def read_stated_date(text: str | None) -> StatedDate:
    """Return the date in a text of any usual spelling; a year or a month alone is no day.

    `03/04/2020` has a day only where one of the numbers is no month; `03.04.2020` has the day first.

    >>> read_stated_date("2007 Jan 10").day, read_stated_date("2020/03/06/").day
    (datetime.date(2007, 1, 10), datetime.date(2020, 3, 6))
    >>> read_stated_date("2020")
    StatedDate(day=None, text='2020', warning=None)
    >>> read_stated_date("03/04/2020").warning
    'publication date has day and month in an unknown order'
    """
    folded = fold(text)
    if folded is None:
        return NO_DATE
    day = _day(folded)
    if day is not None:
        return StatedDate(day, folded)
    if _YEAR.search(folded) is None and _COMPACT.match(folded) is None:
        return StatedDate(None, folded, UNREADABLE)
    return StatedDate(None, folded, AMBIGUOUS if _is_ambiguous(folded) else None)


def join_date(year: str | None, month: str | None, day: str | None) -> StatedDate:
    """Return the date of a record with fields of their own for year, month and day.

    >>> join_date("2020", "mar", "6").day, join_date("2020", "3", None).text
    (datetime.date(2020, 3, 6), '2020-03')
    """
    year, month, day = fold(year), fold(month), fold(day)
    if year is None:
        return NO_DATE
    if month is None:
        return read_stated_date(year)
    if month.isdigit():
        parts = [year, month.zfill(2), *([day.zfill(2)] if day else [])]
        found = read_stated_date("-".join(parts))
    else:
        found = read_stated_date(" ".join([month, *([f"{day},"] if day else []), year]))
        if found.day is None:  # `JAN 10` or `10 Jan` in one field
            found = StatedDate(read_stated_date(f"{month}, {year}").day, found.text, found.warning)
    return found


def read_month(text: str) -> int | None:
    """Return the number of a month by its English name or its beginning."""
    name = text.strip()[:3].capitalize()
    return MONTHS.index(name) + 1 if name in MONTHS else None


def _day(text: str) -> date | None:
    for pattern in (_YEAR_FIRST, _COMPACT):
        if (found := pattern.match(text)) is not None:
            return make_date(int(found["year"]), int(found["month"]), int(found["day"]))
    for pattern in (_YEAR_MONTH_DAY, _DAY_MONTH_YEAR, _MONTH_DAY_YEAR):
        if (found := pattern.match(text)) is not None:
            month = read_month(found["month"])
            return make_date(int(found["year"]), month, int(found["day"])) if month else None
    return _day_of_numbers(text)


def _day_of_numbers(text: str) -> date | None:
    """Return the day of `13/03/2020` or `3/13/2020`; None where both numbers may be the month."""
    found = _DAY_FIRST.match(text)
    if found is None:
        return None
    one, other, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "." or one > MONTHS_A_YEAR or one == other:
        return make_date(year, other, one)
    return make_date(year, one, other) if other > MONTHS_A_YEAR else None


def _is_ambiguous(text: str) -> bool:
    found = _DAY_FIRST.match(text)
    return found is not None and max(int(found[1]), int(found[3])) <= MONTHS_A_YEAR
