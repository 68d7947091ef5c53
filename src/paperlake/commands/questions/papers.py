"""Find papers and explain them: `search`, `similar` and `explain`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from paperlake.commands.options import (
    AsFormat,
    AsJson,
    LakeDir,
    Limit,
    PaperFormat,
    check_format,
    open_lake,
    show_bibliography,
)
from paperlake.terminal import console

DAY = ["%Y-%m-%d"]


class Mode(StrEnum):
    """How to search."""

    both = "both"
    meaning = "meaning"
    words = "words"


def search(  # noqa: PLR0917  # its options
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT", help='Words, a "quoted phrase", a title, an arXiv id, a DOI, a link.'),
    ],
    lake: LakeDir = None,
    limit: Limit = 10,
    mode: Annotated[Mode, typer.Option("--by", help="How to search.")] = Mode.both,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="Only of this topic: its id or label.")
    ] = None,
    published_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, metavar="YYYY-MM-DD", help="Published on this day or later."),
    ] = None,
    published_to: Annotated[
        datetime | None,
        typer.Option("--to", formats=DAY, metavar="YYYY-MM-DD", help="Published on this day or before."),
    ] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="NAME", help="Only of this organization.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="LABEL", help="Only of this category: cs.CL, or cs.")
    ] = None,
    has_code: Annotated[bool, typer.Option("--has-code", help="Only with a link to code.")] = False,
    min_upvotes: Annotated[
        int | None, typer.Option("--min-upvotes", min=0, metavar="N", help="With at least N upvotes.")
    ] = None,
    as_format: AsFormat = PaperFormat.table,
    as_json: AsJson = False,
) -> None:
    """Find papers by meaning and by words, best first, and show why each was found."""
    from paperlake import search as searching  # noqa: PLC0415

    check_format(as_format, as_json)
    opened, settings = open_lake(lake)
    filters = searching.Filters(
        topic=topic,
        published_from=published_from.date() if published_from else None,
        published_to=published_to.date() if published_to else None,
        organization=organization,
        category=category,
        has_code=has_code or None,
        min_upvotes=min_upvotes,
    )
    found = searching.search(opened, settings, text, limit, mode.value, filters)
    if found.notice:
        console.say(found.notice, "yellow")
    if as_format is not PaperFormat.table:
        show_bibliography(opened, found.rows, as_format)
    else:
        _show_found(found.rows, as_json, "" if found.notice else "No matching papers.")


PaperName = Annotated[
    str,
    typer.Argument(metavar="PAPER", help="A paper_id or any former id, an arXiv id, a DOI or a link."),
]


def similar(
    paper: PaperName,
    lake: LakeDir = None,
    limit: Limit = 10,
    as_format: AsFormat = PaperFormat.table,
    as_json: AsJson = False,
) -> None:
    """Show the papers nearest to one paper."""
    from paperlake import search as searching  # noqa: PLC0415

    check_format(as_format, as_json)
    opened, _ = open_lake(lake)
    first, *others = searching.named(opened, paper)
    _say_if_several(paper, first, others)
    rows = searching.similar(opened, first, limit)
    if as_format is not PaperFormat.table:
        show_bibliography(opened, rows, as_format)
    else:
        _show_found(rows, as_json, "This paper has no neighbours.")


def explain(
    paper: PaperName,
    lake: LakeDir = None,
    as_json: AsJson = False,
) -> None:
    """Show why a paper's entries were merged, and which entry gave each field."""
    from paperlake.dedup.explain import explain as explain_paper  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, _ = open_lake(lake)
    found = explain_paper(opened, paper)
    _say_if_several(paper, found.paper["paper_id"], found.other_paper_ids)
    if as_json:
        console.show_json([asdict(found)])
        return
    screens.show_explanation(found)


def _say_if_several(name: str, shown: str, others: Sequence[str]) -> None:
    if others:
        also = ", ".join(others)
        console.say(f"{name} names {len(others) + 1:,} papers. Shown: {shown}. Also: {also}.", "yellow")


def _show_found(rows: list[dict[str, Any]], as_json: bool, nothing: str) -> None:
    if as_json:
        console.show_json(rows)
    elif rows:
        from paperlake.terminal import screens  # noqa: PLC0415

        screens.show_papers(rows)
    elif nothing:
        console.say(nothing)
