"""Draw in the terminal: tables, JSON lines and messages, with control characters replaced.

The contents are chosen in `paperlake.commands` and `screens.py`; progress is drawn by `bars.py`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from paperlake.text.display import one_line
from paperlake.text.json_values import jsonable

MAX_UNWRAPPED_CHARS = 20  # columns up to this width are not wrapped; wider ones share the rest of the line
MIN_WRAPPED_CHARS = 12  # where wrapped columns would be narrower, rows are shown as blocks
MIN_DECIMAL = 0.0005  # smaller numbers would be shown as 0
BORDER_CHARS = 3  # of each column of a table
PIPE_WIDTH = 120  # columns of a table that goes to a file or a pipe

out = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True)


def printable(value: object) -> str:
    """Return a value as one line of text, control characters replaced; floats with about three decimals."""
    if value is None:
        return ""
    if isinstance(value, float):
        return _short_number(value)
    if isinstance(value, list | tuple):
        return ", ".join(printable(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return one_line(str(value))


def _short_number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if 0 < abs(value) < MIN_DECIMAL:
        return f"{value:.2e}"
    whole, _, decimals = f"{value:.3f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """Print rows as a table, numbers aligned right; one block per row where the width is too small."""
    shown = [[printable(value) for value in row] for row in rows]
    longest = [max((cell_len(row[index]) for row in shown), default=0) for index in range(len(columns))]
    if rows and sum(map(_least_width, columns, longest)) + 1 > out.width:
        _show_blocks(columns, shown, title)
        return
    shown_title = Text(printable(title)) if title else None
    table = Table(title=shown_title, title_justify="left", header_style="bold")
    for index, name in enumerate(columns):
        numeric = any(
            isinstance(row[index], int | float) and not isinstance(row[index], bool) for row in rows
        )
        table.add_column(
            Text(printable(name)),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=longest[index] <= MAX_UNWRAPPED_CHARS,
            min_width=_least_width(name, longest[index]) - BORDER_CHARS,
        )
    for row in shown:
        table.add_row(*map(Text, row))
    out.print(table)
    if not rows:
        out.print("(0 rows)")


def _least_width(name: str, longest: int) -> int:
    """Return the width that a column needs, borders included: of its values and of each word of its name."""
    values = longest if longest <= MAX_UNWRAPPED_CHARS else MIN_WRAPPED_CHARS
    words = max(map(cell_len, printable(name).split()), default=0)
    return max(values, min(words, MAX_UNWRAPPED_CHARS)) + BORDER_CHARS


def _show_blocks(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None) -> None:
    """Print each row as a block of `name  value` lines; a value goes on below its beginning."""
    if title:
        out_line(title)
    names = [printable(name) for name in columns]
    for number, row in enumerate(rows, start=1):
        out.print(Text(f"row {number}", style="bold"))
        for name, value in zip(names, row, strict=True):
            out_line(value, f"  {name:<{max(map(len, names))}}  ")


def show_json(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print one JSON object per line; dates as ISO 8601, numbers that JSON lacks (NaN, infinity) as null."""
    for row in rows:
        sys.stdout.write(json.dumps(jsonable(row), ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def show_text(text: str) -> None:
    """Print a text for other programs as it is; its writer made it harmless for terminals."""
    sys.stdout.write(text)
    sys.stdout.flush()


def say(message: str, style: str | None = None) -> None:
    """Print lines to standard error, without interpreting markup."""
    for line in message.splitlines() or [""]:
        err.print(Text(printable(line), style=style or ""), soft_wrap=True)


def out_line(message: str, prefix: str = "") -> None:
    """Print a line to standard output, without interpreting markup.

    In a terminal it is wrapped between words, and goes on below its beginning.

    Args:
        message: The line.
        prefix: Printed before it; the further lines are indented by as much.
    """
    text = Text(printable(message))
    width = out.width - cell_len(prefix)
    if not out.is_terminal or width < MIN_WRAPPED_CHARS:
        out.print(Text(prefix) + text, soft_wrap=True)
        return
    for number, line in enumerate(text.wrap(out, width) or [text]):
        out.print(Text(" " * cell_len(prefix) if number else prefix) + line, soft_wrap=True)
