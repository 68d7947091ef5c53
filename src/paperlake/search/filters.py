"""Filters of a search: by topic, day of publication, organization, category, code, upvotes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from paperlake.errors import UsageError
from paperlake.text.sql_files import read_sql

TOPICS_ADVICE = '`paperlake sql "FROM topic_tree"` lists them.'


@dataclass(frozen=True)
class Filters:
    """Conditions that all must hold; None is no condition. Letter case is ignored."""

    topic: str | None = None
    """Id or label of a topic or subtopic; papers that fit it badly (outliers) are left out."""
    published_from: date | None = None
    """First day of publication; papers without a date are left out."""
    published_to: date | None = None
    """Last day of publication."""
    organization: str | None = None
    """A part of the organization's name."""
    category: str | None = None
    """A category, or the archive before its point: `cs` includes `cs.CL`."""
    has_code: bool | None = None
    """True: only papers with a link to their code."""
    min_upvotes: int | None = None
    """Fewest upvotes; papers without a count are left out."""
    seen_from: date | None = None
    """First seen in a dump that was retrieved on this day or later."""
    seen_to: date | None = None
    """First seen in a dump that was retrieved on this day or before."""

    def __bool__(self) -> bool:
        """Return whether there is any condition."""
        return self != Filters()

    def parameters(self) -> dict[str, Any]:
        """Return the named parameters of `allowed.sql`."""
        return {
            "topic": self.topic,
            "published_from": self.published_from,
            "published_to": self.published_to,
            "organization": self.organization,
            "category": self.category,
            "has_code": self.has_code,
            "min_upvotes": self.min_upvotes,
            "seen_from": self.seen_from,
            "seen_to": self.seen_to,
        }


def check_filters(connection: duckdb.DuckDBPyConnection, filters: Filters) -> None:
    """Refuse filters that no paper can meet.

    Raises:
        UsageError: No topic has this id or label, or the first day is after the last.
    """
    first, last = filters.published_from, filters.published_to
    if first and last and first > last:
        raise UsageError(f"--from ({first}) is later than --to ({last}).")
    if filters.topic is None:
        return
    topic = {"topic": filters.topic}
    if not connection.execute(read_sql(__package__, "topic_known"), topic).fetchone():
        found = connection.execute(read_sql(__package__, "topic_labels_like"), topic)
        near = [label for (label,) in found.fetchall()]
        raise UsageError(
            f"No topic has the id or label {filters.topic!r}. "
            + (f"Nearest labels: {', '.join(near)}. " if near else "")
            + TOPICS_ADVICE
        )
