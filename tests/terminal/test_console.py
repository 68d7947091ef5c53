"""Text from dumps cannot control the terminal, and JSON lines are valid JSON."""

import json
from datetime import UTC, date, datetime

import pytest

from paperlake.terminal import console


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07",
        "a\rb",
        "a\nb",
        "a\x9bb",
        "abc\u202edef",
        "x\x00y",
        "a\u2066b",
    ],
    ids=[
        "colour",
        "window title",
        "carriage return",
        "newline",
        "C1 control",
        "right-to-left",
        "NUL",
        "isolate",
    ],
)
def test_control_characters_are_replaced(hostile: str) -> None:
    shown = console.printable(hostile)
    assert shown.isprintable()
    assert not any(0x2066 <= ord(char) <= 0x2069 or 0x202A <= ord(char) <= 0x202E for char in shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.12345, "0.123"),
        (["a", "b"], "a, b"),
        (date(2025, 1, 2), "2025-01-02"),
        ("Grüße 數", "Grüße 數"),
    ],
    ids=str,
)
def test_values_as_text(value: object, shown: str) -> None:
    assert console.printable(value) == shown


def test_json_lines_with_dates_lists_and_nulls(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"date": date(2025, 1, 2), "at": datetime(2025, 1, 2, tzinfo=UTC), "authors": ["Ä"], "doi": None}
    console.show_json([row, row])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (
        lines
        == [{"date": "2025-01-02", "at": "2025-01-02T00:00:00+00:00", "authors": ["Ä"], "doi": None}] * 2
    )


def test_markup_in_a_title_is_not_interpreted(capsys: pytest.CaptureFixture[str]) -> None:
    console.out.file = None
    console.show_rows(["title"], [["[bold]Not markup[/bold] [link=x]"]], title="[red]\u202eNeither[/red]")
    shown = capsys.readouterr().out
    assert "[bold]Not markup[/bold]" in shown
    assert "[red]\ufffdNeither[/red]" in shown
