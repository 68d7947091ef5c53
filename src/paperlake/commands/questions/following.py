"""Follow what is new: `digest` and `lists`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import (
    AsFormat,
    AsJson,
    LakeDir,
    Limit,
    PaperFormat,
    check_format,
    open_lake,
    short_path,
    show_bibliography,
)
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries import Build, Builds
from paperlake.settings import Settings
from paperlake.terminal import console


class DigestFormat(StrEnum):
    """Form of a digest."""

    markdown = "markdown"
    html = "html"
    json = "json"


def digest(  # noqa: PLR0917  # its options
    since: Annotated[
        str, typer.Option("--since", metavar="7d|DATE", help="First seen on this day, or within 7d or 2w.")
    ] = "7d",
    topic: Annotated[
        list[str] | None, typer.Option("--topic", metavar="TOPIC", help="Of this topic; may be repeated.")
    ] = None,
    author: Annotated[
        list[str] | None, typer.Option("--author", metavar="NAME", help="By this author; may be repeated.")
    ] = None,
    query: Annotated[
        list[str] | None,
        typer.Option("--query", metavar="TEXT", help="That this text finds; may be repeated."),
    ] = None,
    reading_list: Annotated[
        list[str] | None,
        typer.Option("--list", metavar="NAME", help="Like this reading list; may be repeated."),
    ] = None,
    as_format: Annotated[
        DigestFormat, typer.Option("--format", help="How to write it.")
    ] = DigestFormat.markdown,
    limit: Limit = 10,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to this file.")
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it to PAPERLAKE_DIGEST_ADDRESSES, and print nothing.")
    ] = False,
    lake: LakeDir = None,
) -> None:
    """Show what is new for topics, authors, queries or reading lists; for everything if none is named."""
    from paperlake.digests import WRITERS, Period, Subject, make_digest, read_since  # noqa: PLC0415
    from paperlake.digests.sending import addresses_of  # noqa: PLC0415
    from paperlake.digests.sending import send as send_digest  # noqa: PLC0415
    from paperlake.text.display import plural  # noqa: PLC0415

    first = read_since(since, datetime.now(UTC).date())
    subjects = [
        *(Subject("topic", value) for value in topic or ()),
        *(Subject("author", value) for value in author or ()),
        *(Subject("query", value) for value in query or ()),
        *(Subject("list", value) for value in reading_list or ()),
    ]
    with _reading(lake) as (opened, settings, build):
        found = make_digest(build, opened, Period(first), subjects, limit)
    for warning in found.warnings:
        console.say(warning, "yellow")
    if send:
        count = send_digest(found, addresses_of(settings))
        console.say(f"Sent to {plural(count, 'address')}.")
    text = WRITERS[as_format.value](found)
    if output:
        _write(output, text)
        console.say(f"Written to {short_path(output.absolute())}")
    elif not send:
        console.show_text(text)


def lists(
    name: Annotated[
        str | None, typer.Argument(metavar="LIST", help="Rank papers for this list; all lists if absent.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="7d|DATE", help="Only papers first seen on this day or later."),
    ] = None,
    limit: Limit = 20,
    lake: LakeDir = None,
    as_format: AsFormat = PaperFormat.table,
    as_json: AsJson = False,
) -> None:
    """Show the reading lists in curated/lists/, or the papers that are most like one of them."""
    check_format(as_format, as_json)
    if name is None:
        _show_lists(lake, as_json)
        return
    from paperlake.digests import read_since  # noqa: PLC0415
    from paperlake.queries.finding import Selection  # noqa: PLC0415
    from paperlake.reading_lists import ranked, read_list, resolve  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    first = read_since(since, datetime.now(UTC).date()) if since else None
    with _reading(lake) as (opened, _, build):
        with build.cursor() as cursor:
            resolved = resolve(cursor, read_list(opened, name))
        found = ranked(build, resolved.paper_ids, Selection(seen_from=first), limit)
    warning = resolved.warning()
    if warning:
        console.say(warning, "yellow")
    if not found.example_count:
        console.say(
            f"The reading list {name} names no paper of the lake, so nothing can be ranked.", "yellow"
        )
    if as_format is not PaperFormat.table:
        show_bibliography(opened, found.rows, as_format)
    elif as_json:
        console.show_json(found.rows)
    else:
        columns = ("score", "paper_id", "title", "published_date", "first_snapshot_date", "topic")
        screens.show_papers([{column: row[column] for column in columns} for row in found.rows])


def _show_lists(lake: str | None, as_json: bool) -> None:
    from paperlake.reading_lists import read_lists, resolve  # noqa: PLC0415

    rows = []
    with _reading(lake) as (opened, _, build), build.cursor() as cursor:
        for one in read_lists(opened):
            resolved = resolve(cursor, one)
            rows.append(
                {
                    "list": one.name,
                    "listed": len(one.listed),
                    "papers": len(resolved.paper_ids),
                    "unresolved": len(resolved.unresolved),
                }
            )
    if as_json:
        console.show_json(rows)
    elif rows:
        console.show_rows(list(rows[0]), [list(row.values()) for row in rows])
    else:
        console.say(
            f"There is no reading list in {opened.reading_lists}. docs/digests.md shows how to write one."
        )


@contextmanager
def _reading(lake: str | None) -> Iterator[tuple[Lake, Settings, Build]]:
    """Give the lake, the settings and the current build of the warehouse."""
    opened, settings = open_lake(lake)
    builds = Builds(opened, settings)
    try:
        with builds.reading() as build:
            yield opened, settings, build
    finally:
        builds.close()


def _write(path: Path, text: str) -> None:
    """Write a file.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        path.expanduser().write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write the digest to {path}: {error.strerror}.") from error
