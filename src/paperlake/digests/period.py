"""The days of a digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from paperlake.errors import UsageError

DAYS = {"d": 1, "w": 7}
MAX_DAYS = 3660

_LENGTH = re.compile(r"(\d{1,4})([dw])")


@dataclass(frozen=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date | None = None
    """None for no end."""

    def __str__(self) -> str:
        """Return the period for a heading."""
        return f"since {self.first}" if self.last is None else f"{self.first} to {self.last}"


def read_since(text: str, today: date) -> date:
    """Return the first day of a digest.

    Args:
        text: A day such as `2025-01-31`, or a length such as `7d` or `2w` before today.
        today: The day to count from.

    Raises:
        UsageError: The text is neither.

    >>> read_since("7d", date(2025, 1, 31)), read_since("2025-01-02", date(2025, 1, 31))
    (datetime.date(2025, 1, 24), datetime.date(2025, 1, 2))
    """
    length = _LENGTH.fullmatch(text.strip().lower())
    if length and int(length[1]) * DAYS[length[2]] <= MAX_DAYS:
        return today - timedelta(days=int(length[1]) * DAYS[length[2]])
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"--since must be a day such as 2025-01-31, or a length such as 7d or 2w (got {text[:40]!r})."
        ) from None
