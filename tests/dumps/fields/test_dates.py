"""The date rules: where days and years come from, and when they stay unknown."""

from datetime import date

import pytest

from paperlake.dumps.fields.dates import (
    EntryDate,
    PrintedDate,
    date_entries,
    day_in_path,
    read_iso_day,
    read_printed_date,
    retrieved_day_in_front_matter,
    retrieved_day_in_path,
)

UNKNOWN = EntryDate(None, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mar 6", PrintedDate(3, 6, None)),
        ("Mar 6, 2025", PrintedDate(3, 6, 2025)),
        ("March 6, 2025", PrintedDate(3, 6, 2025)),
        ("Feb 29", PrintedDate(2, 29, None)),
        ("Feb 29, 2023", None),
        ("Feb 30", None),
        ("Mar 6, 9999", None),
        ("Marsh 6", None),
        ("Mar", None),
    ],
)
def test_printed_dates(text: str, expected: PrintedDate | None) -> None:
    assert read_printed_date(text) == expected


@pytest.mark.parametrize(
    ("path", "retrieved", "day"),
    [
        ("daily_api/2025-03-06/2025-03-09T06-00-01Z.json", date(2025, 3, 9), date(2025, 3, 6)),
        ("daily_api/2025-03-06/20250309T060001Z.json", date(2025, 3, 9), date(2025, 3, 6)),
        ("daily_api/2025-03-06.json", None, date(2025, 3, 6)),
        ("listing/000_413bb6410a4219a3.txt", None, None),
        ("listing/page_2025-13-45.txt", None, None),
        ("saved 2025-12-12 08:30.txt", date(2025, 12, 12), date(2025, 12, 12)),
    ],
)
def test_days_in_paths(path: str, retrieved: date | None, day: date | None) -> None:
    """A day with a time of day is when it was retrieved; a bare one may be the day that it is for."""
    assert retrieved_day_in_path(path) == retrieved
    assert day_in_path(path) in (day, retrieved)
    assert (day_in_path(path) is None) == (day is None)


def test_front_matter() -> None:
    assert retrieved_day_in_front_matter("---\nurl: x\nretrieved: 2026-10-02\n---\ntext") == date(2026, 10, 2)
    assert retrieved_day_in_front_matter("---\nfetched_at: '2026-10-02T01:02:03Z'\n---") == date(2026, 10, 2)
    assert retrieved_day_in_front_matter("text\n---\nretrieved: 2026-10-02\n---") is None


@pytest.mark.parametrize("text", ["2025-03-06", "2025-03-06T10:11:12.000Z", " 2025-03-06 10:11"])
def test_iso_days(text: str) -> None:
    assert read_iso_day(text) == date(2025, 3, 6)


@pytest.mark.parametrize("value", ["2025-3-6", "06.03.2025", "2025-02-30", None, 20250306, "2025-03-061"])
def test_what_is_no_iso_day(value: object) -> None:
    assert read_iso_day(value) is None


def day_of(text: str, arxiv_id: str | None = None, retrieved: date | None = None, *others: str) -> EntryDate:
    printed = [read_printed_date(text), *map(read_printed_date, others)]
    return date_entries(printed, [arxiv_id, *(None for _ in others)], retrieved)[0][0]


def test_year_comes_from_print_first() -> None:
    assert day_of("Mar 6, 2020", "2401.00001", date(2026, 1, 1)) == EntryDate(date(2020, 3, 6), False)


def test_year_comes_from_the_retrieval_before_the_arxiv_id() -> None:
    assert day_of("May 29", "2506.00683", date(2026, 10, 2)) == EntryDate(date(2026, 5, 29), False)


@pytest.mark.parametrize(
    ("text", "arxiv_id", "expected"),
    [
        ("Dec 30", "2601.00001", date(2025, 12, 30)),
        ("Jan 2", "2512.99999", date(2026, 1, 2)),
        ("May 29", "2606.00683", date(2026, 5, 29)),
        ("Mar 6", "cs/9903012", date(1999, 3, 6)),
    ],
)
def test_year_comes_from_the_arxiv_id(text: str, arxiv_id: str, expected: date) -> None:
    assert day_of(text, arxiv_id) == EntryDate(expected, False)


def test_year_comes_from_the_newest_printed_year_and_says_so() -> None:
    assert day_of("Mar 6", None, None, "Jul 28, 2024", "Apr 1, 2020") == EntryDate(date(2025, 3, 6), True)


def test_year_stays_unknown_without_evidence() -> None:
    assert day_of("Mar 6") == UNKNOWN
    assert day_of("Mar 6", "no id") == UNKNOWN


def test_day_that_the_year_does_not_have_stays_unknown() -> None:
    assert day_of("Feb 29", None, None, "Jul 28, 2024") == UNKNOWN


def test_no_date_is_later_than_the_snapshot() -> None:
    assert day_of("Dec 30", None, date(2026, 1, 2)) == EntryDate(date(2025, 12, 30), True)
    assert day_of("Oct 5", None, date(2026, 3, 1)) == UNKNOWN
    assert day_of("Mar 6, 2027", None, date(2026, 3, 1)) == UNKNOWN
    entries, snapshot = date_entries(
        [read_printed_date("Dec 30"), read_printed_date("Jul 28, 2024")],
        [None, None],
        None,
        PrintedDate(12, 12, None),
    )
    assert snapshot == date(2025, 12, 12)
    assert entries == [UNKNOWN, EntryDate(date(2024, 7, 28), False)]


@pytest.mark.parametrize(
    ("dates", "ids", "expected"),
    [
        (["Mar 6", "Jul 28, 2024"], [None, None], date(2025, 12, 12)),
        (["Mar 6"], [None], None),
        (["May 29"], ["2606.00683"], date(2026, 12, 12)),
        ([], [], None),
    ],
    ids=["newest printed year", "no evidence", "arXiv id", "no entries"],
)
def test_lone_date_takes_the_year_of_the_page(
    dates: list[str], ids: list[str | None], expected: date | None
) -> None:
    printed = [read_printed_date(text) for text in dates]
    assert date_entries(printed, ids, None, PrintedDate(12, 12, None))[1] == expected
