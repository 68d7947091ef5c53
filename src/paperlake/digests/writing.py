"""Write a digest as Markdown, HTML or JSON. Every text is escaped: titles come from dumps.

The HTML is one file without scripts and requests, its styles in the elements, as mail programs need it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from paperlake.digests.content import Digest, Section
from paperlake.queries import Row
from paperlake.report.links import paper_link
from paperlake.text.display import excerpt, one_line, plural

MAX_TITLE_CHARS = 300
MAX_ABSTRACT_CHARS = 400
MAX_AUTHORS = 3
EVENT_TEXTS = {
    "born": "New topic: {label}", "died": "Topic ended: {label}",
    "split": "Topic split off: {label}, from {other}", "merged": "Topic merged: {label}, into {other}",
}  # fmt: skip
SHOWN_COLUMNS = (
    "paper_id", "title", "abstract", "authors", "organization", "published_date", "first_snapshot_date",
    "upvote_count", "arxiv_id", "doi", "url", "venue", "topic_id", "topic",
)  # fmt: skip

# What has a meaning anywhere in a line, and what begins a block at its beginning.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$&@])|^([#+\-=])|^(\d+)([.)])")


def markdown(digest: Digest) -> str:
    """Return a digest as Markdown."""
    return "\n".join(_markdown_lines(digest)) + "\n"


def html(digest: Digest) -> str:
    """Return a digest as one page of HTML."""
    return _environment().get_template("digest.html").render(digest=digest) + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("paperlake.digests"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    environment.filters.update(excerpt=excerpt, counted=_counted, facts=_facts, link=_link, event=_event)
    return environment


def as_json(digest: Digest) -> str:
    """Return a digest as JSON; rows have the columns of `papers`."""
    content = {
        "title": digest.title,
        "lake": digest.lake,
        "since": digest.period.first.isoformat(),
        "until": digest.period.last.isoformat() if digest.period.last else None,
        "sections": [
            {
                "title": section.title,
                "kind": section.subject.kind,
                "subject": section.subject.value,
                "total": section.total,
                "note": section.note,
                "rows": [
                    {name: row[name] for name in (*SHOWN_COLUMNS, "score") if name in row}
                    for row in section.rows
                ],
            }
            for section in digest.sections
        ],
        "topic_events": list(digest.events),
        "warnings": list(digest.warnings),
    }
    return json.dumps(content, default=str, indent=1) + "\n"


WRITERS: Mapping[str, Callable[[Digest], str]] = {"markdown": markdown, "html": html, "json": as_json}
ENDINGS: Mapping[str, str] = {"markdown": "md", "html": "html", "json": "json"}


def _shown(value: object) -> object:
    """Return a value as the page prints it: texts on one line that turns no direction of writing."""
    return one_line(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _markdown_lines(digest: Digest) -> Iterator[str]:
    yield f"# {_escaped(digest.title, MAX_TITLE_CHARS)}"
    for section in digest.sections:
        yield ""
        yield f"## {_escaped(section.title, MAX_TITLE_CHARS)}"
        yield ""
        told = (_counted(section), _escaped(section.note or "", MAX_ABSTRACT_CHARS))
        yield " ".join(part for part in told if part)
        for row in section.rows:
            yield ""
            yield from _markdown_paper(row)
    if digest.events:
        yield ""
        yield "## Topics"
        yield ""
        yield from (f"- {_escaped(_event(row), MAX_TITLE_CHARS)}" for row in digest.events)
    for warning in digest.warnings:
        yield ""
        yield _escaped(warning, MAX_ABSTRACT_CHARS)


def _markdown_paper(row: Row) -> Iterator[str]:
    title, link = _escaped(row["title"], MAX_TITLE_CHARS), _link(row)
    # In angle brackets, parentheses of an address do not end it.
    yield f"- **[{title}](<{link}>)**" if link else f"- **{title}**"
    facts = _facts(row)
    if facts:
        yield f"  {_escaped(facts, MAX_TITLE_CHARS)}"
    if row["abstract"]:
        yield ""
        yield f"  {_escaped(row['abstract'], MAX_ABSTRACT_CHARS)}"


def _escaped(text: str, max_chars: int) -> str:
    return _MARKDOWN.sub(
        lambda found: f"{found[3]}\\{found[4]}" if found[3] else f"\\{found[0]}", excerpt(text, max_chars)
    )


def _link(row: Row) -> str | None:
    link = paper_link(row["url"], row["arxiv_id"], row["doi"])
    return link.replace("<", "%3C").replace(">", "%3E") if link else None


def _counted(section: Section) -> str:
    if not section.total:
        return ""
    count = len(section.rows)
    shown = " The first is shown." if count == 1 else f" The first {count:,} are shown."
    return f"{plural(section.total, 'new paper')}.{shown if 0 < count < section.total else ''}"


def _facts(row: Row) -> str:
    """Return authors, day of publication, topic and votes on one line."""
    authors = [excerpt(name, 80) for name in (row["authors"] or ())[:MAX_AUTHORS]]
    more = " and others" if len(row["authors"] or ()) > MAX_AUTHORS else ""
    votes = plural(row["upvote_count"], "vote") if row["upvote_count"] is not None else None
    facts = [
        ", ".join(authors) + more if authors else row["organization"],
        str(row["published_date"]) if row["published_date"] else None,
        row["topic"],
        votes,
    ]
    return " · ".join(excerpt(fact, 200) for fact in facts if fact)


def _event(row: Row) -> str:
    return EVENT_TEXTS[row["event"]].format(label=row["label"], other=row["other_label"] or "")
