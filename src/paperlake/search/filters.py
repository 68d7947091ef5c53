"""Which papers a search may find: by topic, day of publication, organization, category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from paperlake.errors import UsageError
from paperlake.warehouse.reading import read_sql


@dataclass(frozen=True)
class Filters:
    """Conditions that all must hold; None is no condition. Letters of either case are equal."""

    topic: str | None = None
    """Id or label of a topic or subtopic; papers that fit it badly (outliers) are left out."""
    published_from: date | None = None
    """First day of publication; papers without a date are left out."""
    published_to: date | None = None
    """Last day of publication."""
    organization: str | None = None
    """A part of the organization's name."""
    category: str | None = None
    """A category, or the archive before its point: `cs` holds `cs.CL`."""

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return self != Filters()

    def parameters(self) -> dict[str, Any]:
        """Named parameters of `search_allowed.sql`."""
        return {
            "topic": self.topic,
            "published_from": self.published_from,
            "published_to": self.published_to,
            "organization": self.organization,
            "category": self.category,
        }


def check_filters(connection: duckdb.DuckDBPyConnection, filters: Filters) -> None:
    """Refuse what can find nothing.

    Raises:
        UsageError: No topic has this id or label, or the days are in the wrong order.
    """
    first, last = filters.published_from, filters.published_to
    if first and last and first > last:
        raise UsageError(f"Nothing can be published from {first} to {last}: the days are in the wrong order.")
    if filters.topic is None:
        return
    if not connection.execute(read_sql("topic_known"), [filters.topic]).fetchone():
        near = [
            label
            for (label,) in connection.execute(read_sql("topic_labels_like"), [filters.topic]).fetchall()
        ]
        raise UsageError(
            f"No topic has the id or label {filters.topic!r}. "
            + (f"Nearest labels: {', '.join(near)}. " if near else "")
            + '`paperlake sql "FROM topic_tree"` lists them.'
        )
