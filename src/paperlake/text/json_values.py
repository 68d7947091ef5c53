"""Values of a query as values that JSON has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime


def jsonable(value: object) -> object:
    """Return a value as JSON has it: dates as ISO 8601, NaN and infinity as null, what else it lacks as text.

    >>> from datetime import date
    >>> jsonable({1: [float("nan"), date(2025, 1, 31)]})
    {'1': [None, '2025-01-31']}
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): jsonable(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [jsonable(part) for part in value]
    return str(value)
