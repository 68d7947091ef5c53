"""Single values of JSON objects: texts, lists, dates, counts and links, in the ways that sites write them.

A value that is present and of a type that its field never has is a warning, counted in the caller's
`Counter`; the field is then NULL.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from paperlake.dumps.fields.dates import make_date, read_iso_day, read_printed_date
from paperlake.dumps.structured.json_objects import known_text
from paperlake.text.folding import PARAGRAPH_BREAK, fold, fold_paragraphs
from paperlake.text.markup import strip_tags

Warnings = Counter[str]
"""Sentences without a full stop, and how often."""

MAX_INT64 = (1 << 63) - 1
MAX_ITEMS = 5_000  # of a list of categories or keywords; further ones are damage
MIN_MILLISECONDS = 100_000_000_000  # since 1970, of 1973; a smaller number is a year or seconds

# Texts with which sites say that a field is empty.
EMPTY_TEXTS = frozenset({
    "n/a", "na", "none", "null", "nan", "-", "--", "no abstract", "no abstract available",
    "no abstract available.", "[no abstract available]", "not available", "unknown", "undefined",
})  # fmt: skip
MAX_EMPTY_CHARS = 40  # a longer text says something, or is white space that folding removes
TEXT_KEYS = (
    "value",
    "text",
    "name",
    "display_name",
    "title",
    "term",
    "keyword",
    "category",
    "@value",
    "journal",
)

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_NUMERIC_DAY = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})$")
_DAY_FIRST = re.compile(r"(\d{1,2})\.? ([A-Za-z]{3,9})\.?,? (\d{4})$")
_YEAR_FIRST = re.compile(r"(\d{4}) ([A-Za-z]{3,9})\.? (\d{1,2})$")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)$")
_LINK = re.compile(r"https?://[^\s<>\"']+$", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,15}")
_LIST_SEPARATORS = re.compile(r"\s*[;|\n]\s*")
_ARXIV_CATEGORIES = re.compile(
    r"(?:[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2}|\.[a-z]+(?:-[a-z]+)*)?)(?:[\s,;]+(?:[a-z]+(?:-[a-z]+)*"
    r"(?:\.[A-Z]{2}|\.[a-z]+(?:-[a-z]+)*)?))*"
)


def kind_of(value: object) -> str:
    """Return the type of a JSON value in words."""
    names: dict[type, str] = {
        list: "a list", dict: "an object", str: "a text", bool: "true or false", int: "a number",
        float: "a number", type(None): "null",
    }  # fmt: skip
    return names.get(type(value), "something else")


def warn(warnings: Warnings, label: str, value: object) -> None:
    """Count a value of a type that its field never has."""
    warnings[f"{label} is {kind_of(value)}"] += 1


def is_empty(value: object) -> bool:
    """Return whether a value says nothing: null, an empty text, list or object, or a word for it."""
    if isinstance(value, str):
        return len(value) <= MAX_EMPTY_CHARS and (
            not value.strip() or value.strip().casefold() in EMPTY_TEXTS
        )
    return value is None or (isinstance(value, list | dict) and not value)


def read_text(value: object, label: str, warnings: Warnings) -> str | None:
    """Return the text of a value: itself, the first of a list, or a member of an object that holds it.

    Raises:
        BadObjectError: It holds lone surrogates.
    """
    if is_empty(value):
        return None
    if isinstance(value, str):
        return known_text(value, label)
    if isinstance(value, list):
        return read_text(value[0], label, warnings)
    if isinstance(value, dict):
        inner = next((value[key] for key in TEXT_KEYS if key in value), value)
        if inner is None:
            return None
        if inner is not value and isinstance(inner, str | dict):
            return read_text(inner, label, warnings)
    warn(warnings, label, value)
    return None


def read_line(value: object, label: str, warnings: Warnings) -> str | None:
    """Return a text without tags, on one line."""
    text = read_text(value, label, warnings)
    return fold(strip_tags(text)) if text else None


def read_paragraphs(value: object, label: str, warnings: Warnings) -> str | None:
    """Return a text without tags, one line per paragraph; the texts of a list are paragraphs."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, str) for one in value):
        value = PARAGRAPH_BREAK.join(value)
    text = read_text(value, label, warnings)
    return fold_paragraphs(strip_tags(text)) if text else None


def read_list(value: object, label: str, warnings: Warnings) -> list[str] | None:
    """Return the texts of a list, each once; a text is split at its separators."""
    if is_empty(value):
        return None
    if isinstance(value, str):
        value = split_list_text(value)
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if not isinstance(value, list):
        warn(warnings, label, value)
        return None
    folded = (fold(read_text(one, label, warnings)) for one in value[:MAX_ITEMS])
    return list(dict.fromkeys(text for text in folded if text)) or None


def split_list_text(text: str) -> list[str]:
    """Return the items of a text: a printed list, arXiv's categories, or texts between `;`, `|` or commas.

    >>> split_list_text("cs.CL cs.AI"), split_list_text("['sheep', 'sleep']")
    (['cs.CL', 'cs.AI'], ['sheep', 'sleep'])
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", text)
        if quoted:
            return [one or other for one, other in quoted]
        text = text[1:-1]
    if "." in text and _ARXIV_CATEGORIES.fullmatch(text):
        return re.split(r"[\s,;]+", text)
    if _LIST_SEPARATORS.search(text):
        return _LIST_SEPARATORS.split(text)
    return re.split(r"\s*,\s*", text)


def read_count(value: object, label: str, warnings: Warnings) -> int | None:
    """Return a whole number from 0, also if it is written as a text."""
    if is_empty(value):
        return None
    if isinstance(value, str) and _COUNT.fullmatch(value.strip()):
        return int(value.replace(",", ""))
    if isinstance(value, float) and value.is_integer() and 0 <= value <= MAX_INT64:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT64:
        return value
    warnings[f"{label} is no number from 0"] += 1
    return None


def read_link(value: object, label: str, warnings: Warnings) -> str | None:
    """Return a link to the web: itself, the first of a list, or a member of an object that holds it."""
    if is_empty(value) or isinstance(value, bool):
        return None
    if isinstance(value, list):
        return read_link(value[0], label, warnings)
    if isinstance(value, dict):
        inner = next((value[key] for key in ("url", "URL", "href", "value", "link") if key in value), None)
        return None if is_empty(inner) else read_link(inner, label, warnings)
    text = known_text(value, label)
    if text and _LINK.match(text.strip()):
        return text.strip()
    warnings[f"{label} is no link"] += 1
    return None


def read_day(value: object, label: str, warnings: Warnings) -> tuple[date | None, str | None]:
    """Return the day that a value states, and the value as text; a year or month alone is no day.

    Takes ISO days and times, `12 March 2024`, `March 12, 2024`, `2024/3/12`, the dates of mail, milliseconds
    since 1970, and Crossref's `date-parts`.
    """
    if is_empty(value):
        return None, None
    if isinstance(value, dict) and ("date-parts" in value or "date_parts" in value):
        return _day_of_parts(value.get("date-parts", value.get("date_parts")))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _day_of_number(value, label, warnings)
    text = fold(read_text(value, label, warnings))
    if text is None:
        return None, None
    day = read_iso_day(text) or day_of_text(text)
    if day is None and not _YEAR.search(text):
        warnings[f"{label} is no date"] += 1
    return day, text


def day_of_text(text: str) -> date | None:
    """Return the day in a text that is a date in one of the usual ways; None if it states none."""
    if (found := _NUMERIC_DAY.match(text)) or (found := _COMPACT.match(text)):
        return make_date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.match(text):
        text = f"{found[2]} {found[1]}, {found[3]}"
    elif found := _YEAR_FIRST.match(text):
        text = f"{found[2]} {found[3]}, {found[1]}"
    printed = read_printed_date(text)
    if printed is not None:
        return make_date(printed.year, printed.month, printed.day) if printed.year else None
    if ":" not in text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None


def _day_of_parts(parts: object) -> tuple[date | None, str | None]:
    first = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(first, list) or not first:
        return None, None
    numbers = []
    for part in first[:3]:
        try:
            numbers.append(int(part))
        except (TypeError, ValueError, OverflowError):
            break
    if not numbers or numbers[0] > 9999:
        return None, None
    day = make_date(*numbers) if len(numbers) == 3 else None
    return day, "-".join(f"{number:02d}" for number in numbers)


def _day_of_number(value: float, label: str, warnings: Warnings) -> tuple[date | None, str | None]:
    if value == value and MIN_MILLISECONDS <= abs(value) < 1e14:  # noqa: PLR0124  # not NaN
        day = datetime.fromtimestamp(value / 1000, UTC).date()
        return day, day.isoformat()
    if value in range(1500, 2101):
        return None, str(int(value))
    if 1e7 <= value < 1e8 and (found := _COMPACT.match(str(int(value)))):
        return make_date(int(found[1]), int(found[2]), int(found[3])), str(int(value))
    warnings[f"{label} is no date"] += 1
    return None, None


def shown(value: object) -> str:
    """Return a JSON value as the text of a reject."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"({kind_of(value)} that cannot be shown)"
