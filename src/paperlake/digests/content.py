"""Choose the papers of a digest: those that a dump first had within some days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from paperlake.digests.period import Period
from paperlake.lake import Lake
from paperlake.queries import Build, Row, papers, topics
from paperlake.queries.finding import MAX_FOUND, Selection, browse, search
from paperlake.reading_lists import list_names, ranked, read_list, resolve
from paperlake.reading_lists.ranking import FITS
from paperlake.search import Filters
from paperlake.text.display import plural
from paperlake.text.names import name_key

Kind = Literal["all", "topic", "author", "query", "list"]


@dataclass(frozen=True)
class Subject:
    """What a section is about."""

    kind: Kind
    value: str = ""
    """Id or label of a topic, name of an author, text of a query, name of a reading list."""


@dataclass(frozen=True)
class Section:
    """Papers about one subject."""

    title: str
    subject: Subject
    rows: Sequence[Row]
    """As `papers_of` gives them; those of a reading list have a `score`."""
    total: int
    """New papers of the subject, shown or not."""
    note: str | None = None
    """Why there are no papers, or not all."""


@dataclass(frozen=True)
class Digest:
    """What is new in some days."""

    lake: str
    """Name of the lake."""
    period: Period
    sections: Sequence[Section]
    events: Sequence[Row] = ()
    """Rows of topic_events of these days; of the digest of everything only."""
    warnings: Sequence[str] = field(default_factory=tuple)

    @property
    def title(self) -> str:
        """The title, and the subject of a message."""
        return f"New papers in {self.lake}, {self.period}"

    @property
    def paper_count(self) -> int:
        """Number of different papers shown."""
        return len({row["paper_id"] for section in self.sections for row in section.rows})


def make_digest(
    build: Build,
    lake: Lake,
    period: Period,
    subjects: Sequence[Subject] = (),
    limit: int = 10,
) -> Digest:
    """Return a digest.

    Args:
        build: The build of the warehouse to read.
        lake: The lake, for its reading lists.
        period: The days on which papers were first seen.
        subjects: A section for each; if there are none, one for all new papers and one for each reading list.
        limit: Maximum number of papers of a section.

    Raises:
        UsageError: There is no such topic or reading list.
    """
    chosen = list(subjects) or [Subject("all"), *(Subject("list", name) for name in list_names(lake))]
    warnings: list[str] = []
    chooser = _Chooser(build, lake, period, limit, warnings.append)
    sections = [chooser.section(subject) for subject in chosen]
    events = () if subjects else _events(build, period)
    newest = papers.newest_day(build)
    if newest is not None and newest < period.first:
        warnings.append(f"The newest dump was retrieved on {newest}, before {period.first}.")
    return Digest(lake.root.name, period, sections, events, tuple(warnings))


@dataclass(frozen=True)
class _Chooser:
    """Chooses the papers of one section after the other."""

    build: Build
    lake: Lake
    period: Period
    limit: int
    warn: Callable[[str], None]

    def section(self, subject: Subject) -> Section:
        choose: Mapping[Kind, Callable[[Subject], Section]] = {
            "all": self._all, "topic": self._topic, "author": self._author, "query": self._query,
            "list": self._list,
        }  # fmt: skip
        found = choose[subject.kind](subject)
        if not found.rows and not found.note:
            return replace(found, note="No new papers.")
        return found

    @property
    def _new(self) -> Filters:
        return Filters(seen_from=self.period.first, seen_to=self.period.last)

    def _all(self, subject: Subject) -> Section:
        return self._browsed("New papers, most votes first", subject, Selection(self._new))

    def _topic(self, subject: Subject) -> Section:
        selection = Selection(replace(self._new, topic=subject.value))
        known = topics.topic(self.build, subject.value)
        return self._browsed(f"Topic: {known['label'] if known else subject.value}", subject, selection)

    def _author(self, subject: Subject) -> Section:
        key = name_key(subject.value) or subject.value
        found = self._browsed(f"Author: {subject.value}", subject, Selection(self._new, author=key))
        if not papers.author(self.build, key):
            return replace(found, note="No paper of the lake has an author of this name.")
        return found

    def _browsed(self, title: str, subject: Subject, selection: Selection) -> Section:
        listing = browse(self.build, selection, "votes", limit=self.limit)
        return Section(title, subject, listing.rows, listing.total)

    def _query(self, subject: Subject) -> Section:
        found = search(self.build, subject.value, Selection(self._new), limit=self.limit)
        title = f"Search: {subject.value}"
        if found.is_no_good_match:
            return Section(title, subject, [], 0, "No new paper is near to it.")
        note = f"The best {plural(MAX_FOUND, 'paper')} are counted." if found.total == MAX_FOUND else None
        return Section(title, subject, found.rows, found.total, found.notice or note)

    def _list(self, subject: Subject) -> Section:
        with self.build.cursor() as cursor:
            resolved = resolve(cursor, read_list(self.lake, subject.value))
        if warning := resolved.warning():
            self.warn(warning)
        new = ranked(self.build, resolved.paper_ids, Selection(self._new), MAX_FOUND, least=FITS)
        note = None if new.example_count else "The list names no paper of the lake, so nothing can be ranked."
        rows = new.rows[: self.limit]
        return Section(f"Reading list: {subject.value}", subject, rows, len(new.rows), note)


def _events(build: Build, period: Period) -> list[Row]:
    last = period.last or date.max
    found = topics.events(build)
    return [row for row in found if row["snapshot_date"] and period.first <= row["snapshot_date"] <= last]
