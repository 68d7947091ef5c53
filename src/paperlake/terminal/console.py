"""Draw in the terminal: tables, JSON lines and messages, with control characters replaced.

The contents are chosen in `paperlake.commands` and `screens.py`; progress is drawn by `bars.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from paperlake.text.display import one_line

MAX_UNWRAPPED_CHARS = 20  # columns up to this width are not wrapped; wider ones share the rest of the line
MIN_COLUMN_CHARS = 10  # where columns would be narrower, rows are shown as blocks
PIPE_WIDTH = 120  # columns of a table that goes to a file or a pipe

out = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True)


def printable(value: object) -> str:
    """Return a value as one line of text, control characters replaced; floats with at most three decimals."""
    if value is None:
        return ""
    if isinstance(value, float):
        whole, _, decimals = f"{value:.3f}".partition(".")
        return f"{whole}.{decimals.rstrip('0') or '0'}"
    if isinstance(value, list | tuple):
        return ", ".join(printable(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return one_line(str(value))


def show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """Print rows as a table, numbers aligned right; one block per row where the width is too small."""
    if len(columns) * MIN_COLUMN_CHARS > out.width:
        _show_blocks(columns, rows)
        return
    shown_title = Text(printable(title)) if title else None
    table = Table(title=shown_title, title_justify="left", header_style="bold")
    for index, name in enumerate(columns):
        numeric = any(
            isinstance(row[index], int | float) and not isinstance(row[index], bool) for row in rows
        )
        longest = max((len(printable(row[index])) for row in rows), default=0)
        table.add_column(
            Text(printable(name)),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=longest <= MAX_UNWRAPPED_CHARS,
            min_width=min(longest, MAX_UNWRAPPED_CHARS),
        )
    for row in rows:
        table.add_row(*(Text(printable(value)) for value in row))
    out.print(table)


def _show_blocks(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print each row as a block of `name  value` lines."""
    names = [printable(name) for name in columns]
    for number, row in enumerate(rows, start=1):
        out.print(Text(f"row {number}", style="bold"))
        for name, value in zip(names, row, strict=True):
            out.print(Text(f"  {name:<{max(map(len, names))}}  {printable(value)}"), soft_wrap=True)


def show_json(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print one JSON object per line; dates as ISO 8601."""
    for row in rows:
        sys.stdout.write(json.dumps(dict(row), default=_jsonable, ensure_ascii=True) + "\n")


def _jsonable(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | set):
        return list(value)
    return str(value)


def say(message: str, style: str | None = None) -> None:
    """Print lines to standard error, without interpreting markup."""
    for line in message.splitlines() or [""]:
        err.print(Text(printable(line), style=style or ""), soft_wrap=True)


def out_line(message: str) -> None:
    """Print a line to standard output, without interpreting markup."""
    out.print(Text(printable(message)), soft_wrap=True)
