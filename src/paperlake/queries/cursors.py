"""Cursors: places in a sorted list, as opaque text for addresses.

A cursor names the last row that was shown by its sort value and id, so that a rebuild between two pages
neither repeats nor skips what stayed.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass

from paperlake.errors import UsageError

MAX_CURSOR_CHARS = 400


@dataclass(frozen=True)
class Cursor:
    """The last row that was shown."""

    sort: str
    """The order of the list."""
    value: str | None
    """Its sort value as text; None if it has none."""
    row_id: str
    """Its id, which decides between equal values."""

    def __str__(self) -> str:
        """Return the cursor as text for an address."""
        packed = json.dumps([self.sort, self.value, self.row_id], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read_cursor(text: str | None, sort: str, check_value: Callable[[str], object] = str) -> Cursor | None:
    """Return the cursor that a text is; None for no text.

    Args:
        text: The text.
        sort: The order of the list.
        check_value: Raises ValueError for a sort value that is not allowed.

    Raises:
        UsageError: The text is no cursor, or one of another order.
    """
    if not text:
        return None
    problem = UsageError("The cursor is not valid for this list. Leave it out to begin with the first page.")
    if len(text) > MAX_CURSOR_CHARS:
        raise problem
    try:
        unpacked = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found_sort, value, row_id = unpacked
        if isinstance(value, str):
            check_value(value)
    except (ValueError, TypeError, binascii.Error) as error:
        raise problem from error
    if found_sort != sort or not isinstance(row_id, str) or not isinstance(value, str | None):
        raise problem
    return Cursor(sort, value, row_id)
