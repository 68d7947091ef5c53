"""Read the parameters of an address: the same names for pages, feeds and the API, named as the columns.

An empty value is no condition, as a form sends it for a field that was left empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast, get_args

from starlette.requests import Request

from paperlake.errors import UsageError
from paperlake.queries.finding import SORTS, Selection, Sort
from paperlake.search import Filters, Mode

MAX_TEXT_CHARS = 1000
FILTER_NAMES = (
    "topic", "category", "organization", "published_from", "published_to", "has_code", "min_upvotes",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The parameters of a search."""

    text: str = ""
    selection: Selection = field(default_factory=Selection)
    mode: Mode = "both"
    sort: Sort = "relevance"
    cursor: str | None = None

    def parameters(self) -> dict[str, str]:
        """Return those that are not the default, as an address has them, without the cursor."""
        filters = self.selection.filters
        named: dict[str, object] = {"q": self.text}
        named.update({name: getattr(filters, name) for name in FILTER_NAMES})
        named["has_code"] = "true" if filters.has_code else None
        named["by"] = None if self.mode == "both" else self.mode
        named["sort"] = None if self.sort == "relevance" else self.sort
        return {name: str(value) for name, value in named.items() if value not in (None, "")}


def read_asked(parameters: Mapping[str, str]) -> Asked:
    """Read the parameters of a search.

    Raises:
        UsageError: A value is not allowed; the message names the parameter.
    """
    given = {name: value.strip() for name, value in parameters.items() if value.strip()}
    text = given.get("q", "")
    if len(text) > MAX_TEXT_CHARS:
        raise UsageError(f"q has {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are searched.")
    return Asked(
        text=text,
        selection=Selection(read_filters(given)),
        mode=cast("Mode", _one_of(given, "by", get_args(Mode), "both")),
        sort=cast("Sort", _one_of(given, "sort", SORTS, "relevance")),
        cursor=given.get("cursor"),
    )


def refuse_unknown(request: Request) -> None:
    """Refuse a parameter that the endpoint does not have: ignored, a misspelt filter would filter nothing.

    Raises:
        UsageError: There is one.
    """
    known = sorted(parameter.alias for parameter in request.scope["route"].dependant.query_params)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise UsageError(
            f"There is no parameter {unknown[0][:40]!r} here. "
            + (f"Parameters: {', '.join(known)}." if known else "There are none.")
        )


def read_filters(given: Mapping[str, str]) -> Filters:
    """Read the conditions on papers.

    Raises:
        UsageError: A value is not allowed; the message names the parameter.
    """
    filters = Filters(
        topic=given.get("topic"),
        published_from=read_day(given, "published_from"),
        published_to=read_day(given, "published_to"),
        organization=given.get("organization"),
        category=given.get("category"),
        has_code=_one_of(given, "has_code", ("true", "false"), "false") == "true" or None,
        min_upvotes=read_number(given, "min_upvotes", 0, 10**9),
    )
    check_days(filters.published_from, filters.published_to)
    return filters


def check_days(published_from: date | None, published_to: date | None) -> None:
    """Refuse days that no paper can be between.

    Raises:
        UsageError: The first day is after the last.
    """
    if published_from and published_to and published_from > published_to:
        raise UsageError(f"published_from ({published_from}) is later than published_to ({published_to}).")


def read_day(given: Mapping[str, str], name: str) -> date | None:
    """Return a parameter that is a day; None if it is not given.

    Raises:
        UsageError: It is no day.
    """
    text = given.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"{name} must be a day such as 2025-01-31 (got {text[:40]!r}).") from error


def read_number(given: Mapping[str, str], name: str, least: int, greatest: int) -> int | None:
    """Return a parameter that is a whole number; None if it is not given.

    Raises:
        UsageError: It is no number, or out of range.
    """
    text = given.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= greatest):
        raise UsageError(f"{name} must be a whole number from {least} to {greatest:,} (got {text[:40]!r}).")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = given.get(name, default)
    if value not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)} (got {value[:40]!r}).")
    return value
