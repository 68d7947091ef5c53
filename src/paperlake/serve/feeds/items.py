"""Items of feeds, from rows of papers and topic events.

Ids and dates of an item follow from its row alone, never from the clock or the order of builds, so that a
feed reader shows an item once however often the lake is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from urllib.parse import quote

from paperlake.queries import Row
from paperlake.report.links import paper_link
from paperlake.text.display import one_line, plural

EMPTY_FEED_DAY = date(1970, 1, 1)  # Atom wants a date of a feed without items, too
EVENT_TEXTS = {
    "born": "New topic: {label}",
    "died": "Topic ended: {label}",
    "split": "Topic split off: {label}, from {other}",
    "merged": "Topic merged: {label}, into {other}",
}


@dataclass(frozen=True)
class Item:
    """One item of a feed; texts are plain, on one line."""

    id: str
    title: str
    path: str
    """Address of its page, from the root of the server."""
    published: datetime
    updated: datetime
    external: str | None = None
    """Address of the paper elsewhere."""
    text: str = ""
    authors: Sequence[str] = ()
    categories: Sequence[str] = ()


@dataclass(frozen=True)
class Feed:
    """A feed; its address is its id."""

    title: str
    path: str
    """Address of the page of the same content, from the root of the server."""
    items: Sequence[Item]

    @property
    def updated(self) -> datetime:
        """The newest date of its items."""
        return max((item.updated for item in self.items), default=midnight(EMPTY_FEED_DAY))


def paper_items(rows: Iterable[Row]) -> list[Item]:
    """Return the items of papers, newest first; those without any date are left out."""
    dated = [(row["first_snapshot_date"] or row["published_date"], row) for row in rows]
    known = [(day, row) for day, row in dated if day is not None]
    known.sort(key=lambda one: (-one[0].toordinal(), one[1]["paper_id"]))
    return [_paper_item(row, day) for day, row in known]


def event_items(rows: Iterable[Row]) -> list[Item]:
    """Return the items of topic events, newest first; those without a date are left out."""
    return [_event_item(row) for row in rows if row["snapshot_date"] is not None]


def midnight(day: date) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def _paper_item(row: Row, seen: date) -> Item:
    return Item(
        id=f"urn:paperlake:paper:{row['paper_id']}",
        title=one_line(row["title"]),
        path=f"/papers/{row['paper_id']}",
        published=midnight(row["published_date"] or seen),
        updated=midnight(seen),
        external=paper_link(row["url"], row["arxiv_id"], row["doi"]),
        text=one_line(row["abstract"] or ""),
        authors=[one_line(name) for name in row["authors"] or ()],
        categories=[one_line(name) for name in row["categories"] or ()],
    )


def _event_item(row: Row) -> Item:
    label, other = one_line(row["label"]), one_line(row["other_label"] or "")
    text = f"{plural(row['paper_count'], 'paper')}."
    if row["shared_paper_count"] is not None:
        text = f"{text} In common: {plural(row['shared_paper_count'], 'paper')}."
    return Item(
        id=f"urn:paperlake:topic-event:{row['fit_number']}:{row['event']}:{row['topic_id']}",
        title=EVENT_TEXTS[row["event"]].format(label=label, other=other),
        path=f"/topics/{quote(row['topic_id'], safe='')}",
        published=midnight(row["snapshot_date"]),
        updated=midnight(row["snapshot_date"]),
        text=text,
    )
