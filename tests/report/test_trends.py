"""Months of the small multiples."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from paperlake.report.trends import MONTHS, _months_until


@pytest.mark.parametrize(
    ("last", "first", "count"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), 1),
        (date(2026, 2, 1), date(2025, 11, 1), 4),
        (date(2026, 1, 1), date(2021, 2, 1), MONTHS),
        (date(2026, 1, 1), date(1970, 1, 1), MONTHS),
    ],
)
def test_months_are_consecutive_up_to_the_last(last: date, first: date, count: int) -> None:
    months = _months_until(last, first)
    assert len(months) == count
    assert months[-1] == last
    assert months[0] == first or count == MONTHS
    assert all(
        (after.year - before.year) * 12 + after.month - before.month == 1 and after.day == 1
        for before, after in pairwise(months)
    )
