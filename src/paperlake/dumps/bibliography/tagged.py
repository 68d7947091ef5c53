"""The reader of tagged bibliographies: RIS, MEDLINE of PubMed, Web of Science and EndNote, streamed.

A record is the lines from one tag of a beginning to the next; each is an entry or a reject. What the tags of
a format mean is in `tagged_formats.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.kinds import require_paper
from paperlake.dumps.bibliography.line_stream import Line, line_blocks, shown_lines
from paperlake.dumps.bibliography.parts import PartBuilder, snapshot_day
from paperlake.dumps.bibliography.stated_dates import NO_DATE, StatedDate, join_date, read_stated_date
from paperlake.dumps.bibliography.stated_work import StatedWork, split_labels
from paperlake.dumps.bibliography.tagged_formats import ENDNOTE, PUBMED, RIS, WOS, TaggedFormat
from paperlake.dumps.fields.field_names import PaperField
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi
from paperlake.dumps.reading import HEAD_BYTES, OpenDump, ParsedDump, ParsedPart, RejectReason
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.text_lines import decode_head, looks_binary
from paperlake.settings import Settings
from paperlake.text.names import natural_order

MIN_MARKS = 2  # tags of the first record that only this format has
MIN_TAGGED_SHARE = 0.95  # of the lines of the head, that have a tag or continue a field
MAX_HEADING_LINES = 6  # before the first record: what Scopus writes there
MAX_RECORD_CHARS = 1 << 23  # a longer record is broken off

BETWEEN = RejectReason(RejectCode.UNPLACED_TEXT, "The lines stand between records.")
TOO_LONG = RejectReason(
    RejectCode.LIMIT_EXCEEDED, f"The record has more than {MAX_RECORD_CHARS:,} characters."
)
TWO_TITLES = RejectReason(
    RejectCode.MALFORMED, "The record has two titles; the line between two records may be missing."
)
CUT = RejectReason(RejectCode.TRUNCATED, "The record does not end; the dump may be cut off.")

_VOLUMES = frozenset({"JFULL", "CTLG", "SER"})  # types of RIS that are no single work
_OTHER = frozenset({"ELEC", "COMP", "WEB", "BLOG", "DATA", "DBASE", "MULTI", "GEN", "ICOMM", "MPCT", "MUSIC"})
_OTHER_NAMES = frozenset({"web page", "computer program", "dataset", "generic", "electronic source"})
_RECORD_NUMBER = re.compile(r"\s*\d+\.?\s*")
_PUBMED_DOI = re.compile(r"(\S+) \[doi\]")
_MESH_QUALIFIER = re.compile(r"/.*|\*")
_SCHEMES = (
    (re.compile(r"(?:WOS|ISI):[A-Z0-9]+$"), PaperField.WOS),
    (re.compile(r"2-s2\.0-\d+$"), PaperField.EID),
)


@dataclass
class _Record:
    """The lines of one record, and its values by tag."""

    lines: list[Line] = field(default_factory=list)
    pieces: dict[str, list[list[str]]] = field(default_factory=dict)
    """For each tag its values, each as its lines."""
    size: int = 0
    last_tag: str | None = None
    is_cut: bool = False
    """True if the dump ended before the record did."""
    is_rest: bool = False
    """True if it is what follows on the longest record that is read."""

    def values(self) -> dict[str, list[str]]:
        """Return the values of each tag."""
        return {tag: ["\n".join(lines) for lines in values] for tag, values in self.pieces.items()}


class TaggedReader:
    """Reads one tagged format."""

    def __init__(self, tagged: TaggedFormat) -> None:
        self.format = tagged.name
        self._tagged = tagged

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether the head is lines with tags, and its first record has tags of this format."""
        if looks_binary(head):
            return False
        text = decode_head(head).replace("\r\n", "\n").replace("\r", "\n")
        lines = [line for line in text.split("\n") if line.strip()]
        tags = [_tag_of(self._tagged, line) for line in lines]
        begin = next((place for place, tag in enumerate(tags) if tag in self._tagged.begins), len(lines))
        if begin > min(MAX_HEADING_LINES, len(lines) - 1):
            return False
        is_whole = len(head) < HEAD_BYTES
        return self._is_record(lines[begin:], tags[begin:], is_whole=is_whole)

    def _is_record(self, lines: Sequence[str], tags: Sequence[str | None], *, is_whole: bool) -> bool:
        """Return whether lines that begin with a record are of this format.

        Args:
            lines: The lines.
            tags: The tag of each.
            is_whole: Whether nothing follows the lines, so that the first record must end in them.
        """
        tagged = self._tagged
        ends = tagged.begins | {tagged.end}
        first = next((place for place, tag in enumerate(tags) if place and tag in ends), len(tags))
        marks = {tag for tag in tags[1:first] if tag in tagged.marks}
        known = sum(tag in tagged.known for tag in tags if tag)
        fitting = sum(
            tag is not None or tagged.continues.match(line) is not None
            for tag, line in zip(tags, lines, strict=True)
        )
        return (
            tagged.kind.match(_value_of(tagged, lines[0])) is not None
            and len(marks) >= MIN_MARKS
            and fitting >= MIN_TAGGED_SHARE * len(lines)
            and (not tagged.known or 2 * known > sum(tag is not None for tag in tags))
            and (not is_whole or tagged.end is None or tagged.end in tags)
        )

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read record by record, in parts of bounded size.

        Raises:
            DumpError: The dump cannot be read.
        """
        limit = settings.max_line_chars
        snapshot = snapshot_day(dump)
        return ParsedDump(
            layout=None,
            line_count=sum(len(lines) for lines in line_blocks(dump, limit)),
            snapshot_date=snapshot,
            listed_date=None,
            parts=self._parts(line_blocks(dump, limit), snapshot),
        )

    def _parts(self, blocks: Iterator[list[Line]], latest: date | None) -> Iterator[ParsedPart]:
        builder = PartBuilder()
        for lines, record in _records(self._tagged, blocks):
            try:
                self._take(lines, record, latest, builder)
            except BadObjectError as error:
                builder.reject(error.reason, shown_lines(lines), lines[0].number, lines[-1].number)
            if builder.is_full:
                yield builder.part()
        yield builder.part()

    def _take(
        self, lines: list[Line], record: _Record | None, latest: date | None, builder: PartBuilder
    ) -> None:
        """Add a record to the entries.

        Raises:
            BadObjectError: It is none.
        """
        fault = next((line.fault for line in lines if line.fault), None)
        fault = fault or (BETWEEN if record is None else self._fault(record))
        if fault is not None or record is None:
            reason = fault or BETWEEN
            raise BadObjectError(reason.sentence, reason.code)
        values = record.values()
        work = _stated_work(self._tagged, values)
        row = work.row(latest)
        require_paper(_kind(values), row)
        builder.entry(row, work.warnings, lines[0].number, lines[-1].number)

    def _fault(self, record: _Record) -> RejectReason | None:
        """Return why a record cannot be used; None if it can."""
        if record.size > MAX_RECORD_CHARS or record.is_rest:
            return TOO_LONG
        if record.is_cut:
            return CUT
        titles = record.values().get(self._tagged.fields[PaperField.TITLE][0], ())
        return TWO_TITLES if len(set(titles)) > 1 else None


READERS = tuple(TaggedReader(tagged) for tagged in (PUBMED, RIS, WOS, ENDNOTE))


def _records(
    tagged: TaggedFormat, blocks: Iterator[list[Line]]
) -> Iterator[tuple[list[Line], _Record | None]]:
    """Yield the lines of each record with its values, and lines between records with None."""
    splitter = _Splitter(tagged)
    for line in (line for lines in blocks for line in lines):
        yield from splitter.take(line)
    yield from splitter.finish()


class _Splitter:
    """Gathers the lines of one record after the other."""

    def __init__(self, tagged: TaggedFormat) -> None:
        self._tagged = tagged
        self._current: _Record | None = None
        self._between: list[Line] = []
        self._count = 0

    def take(self, line: Line) -> Iterator[tuple[list[Line], _Record | None]]:
        """Add a line; yield what it ends."""
        tagged = self._tagged
        tag = _tag_of(tagged, line.text)
        is_rest = self._current is not None and self._current.size > MAX_RECORD_CHARS
        if tag in tagged.begins or is_rest:
            yield from self._end()
            self._current = _Record(is_rest=tag not in tagged.begins)
            self._count += 1
        if not line.text.strip():
            return
        if self._current is None:
            # Before the first record stands a heading without tags; rispy and others number the records.
            is_heading = not self._count and tag is None and not self._between
            is_heading = is_heading or _RECORD_NUMBER.fullmatch(line.text) is not None
            if tag not in tagged.furniture and not is_heading:
                self._between.append(line)
            return
        _add_line(tagged, self._current, tag, line)
        if tag is not None and tag == tagged.end:
            yield from self._end()

    def finish(self) -> Iterator[tuple[list[Line], _Record | None]]:
        """Yield what the end of the dump ends."""
        if self._current is not None and self._tagged.end is not None:
            self._current.is_cut = True
        yield from self._end()

    def _end(self) -> Iterator[tuple[list[Line], _Record | None]]:
        current, between = self._current, self._between
        self._current, self._between = None, []
        if between:
            yield between, None
        if current is not None:
            yield current.lines, current


def _tag_of(tagged: TaggedFormat, line: str) -> str | None:
    found = tagged.tag.match(line)
    return found[1] if found else None


def _value_of(tagged: TaggedFormat, line: str) -> str:
    found = tagged.tag.match(line)
    return line[found.end() :].strip() if found else ""


def _add_line(tagged: TaggedFormat, record: _Record, tag: str | None, line: Line) -> None:
    """Add a line to a record: a new value, or the continuation of the last one."""
    record.lines.append(line)
    record.size += len(line.text) + 1
    if tag is not None:
        record.pieces.setdefault(tag, []).append([_value_of(tagged, line.text)])
        record.last_tag = tag
    elif record.last_tag is not None:
        values = record.pieces[record.last_tag]
        if record.last_tag in tagged.lists:
            values.append([line.text.strip()])
        else:
            values[-1].append(line.text.strip())
    else:
        record.pieces.setdefault("", []).append([line.text])


def _stated_work(tagged: TaggedFormat, values: dict[str, list[str]]) -> StatedWork:
    """Return what a record states.

    Raises:
        BadObjectError: The record is no paper.
    """
    texts = {
        meaning: [text for tag in tags for text in values.get(tag, ()) if text]
        for meaning, tags in tagged.fields.items()
    }
    names = next((values[tag] for tag in tagged.fields[PaperField.AUTHORS] if any(values.get(tag, ()))), [])
    authors = [natural_order(name) for name in names if name and name.lower() not in ("et al.", "et al")]
    _require_paper(values, has_authors=bool(authors), has_abstract=bool(texts[PaperField.ABSTRACT]))
    _READINGS[tagged.name](texts, values)
    return StatedWork(texts, authors=authors, published=_published(tagged, values))


def _kind(values: dict[str, list[str]]) -> str:
    """Return the type of a record of RIS or EndNote; an empty text if there is none."""
    return next(iter([*values.get("TY", ()), *values.get("%0", ())]), "").strip()


def _require_paper(values: dict[str, list[str]], *, has_authors: bool, has_abstract: bool) -> None:
    """Raise BadObjectError if the type of a record says that it is no paper."""
    kind = _kind(values)
    if kind in _VOLUMES:
        raise BadObjectError(f"A record of type {kind} is a volume.", RejectCode.NOT_A_PAPER)
    is_other = kind in _OTHER or kind.lower() in _OTHER_NAMES
    if is_other and not has_authors and not has_abstract:
        raise BadObjectError(
            f"A record of type {kind} without authors and abstract is no paper.", RejectCode.NOT_A_PAPER
        )


def _published(tagged: TaggedFormat, values: dict[str, list[str]]) -> StatedDate:
    """Return the first date with a day; else the first with a year."""
    found: list[StatedDate] = []
    for tags in tagged.dates:
        texts = [next(iter(values.get(tag, ())), "") for tag in tags]
        if len(tags) > 1:
            found.append(join_date(texts[0], texts[1] or None, None))
        else:
            text = texts[0].replace("//", "/").rstrip("/ ")
            found.append(read_stated_date(text))
    with_year = [one for one in found if one.has_year]
    any_text = next((one for one in found if one.text), NO_DATE)
    return next((one for one in with_year if one.day), with_year[0] if with_year else any_text)


def _split_keywords(texts: dict[PaperField, list[str]]) -> None:
    keywords = texts[PaperField.KEYWORDS]
    texts[PaperField.KEYWORDS] = [label for text in keywords for label in split_labels(text)]


def _read_ris(texts: dict[PaperField, list[str]], values: dict[str, list[str]]) -> None:
    """Place the accession number, which each database fills with its own id, and DOIs in other tags."""
    _split_keywords(texts)
    database = " ".join([*values.get("DB", ()), *values.get("DP", ())]).lower()
    for text in values.get("AN", ()):
        if text.isdigit() and ("pubmed" in database or "medline" in database):
            texts.setdefault(PaperField.PMID, []).append(text)
    for text in (*values.get("AN", ()), *values.get("ID", ()), *values.get("UT", ())):
        for pattern, name in _SCHEMES:
            if pattern.match(text):
                texts.setdefault(name, []).append(text)
    texts[PaperField.DOI] = [
        *values.get("DO", ()),
        *(text for text in texts[PaperField.DOI] if read_doi(text)),
    ]
    texts[PaperField.DOI] += [text for text in texts[PaperField.URL] if read_doi(text)]
    texts[PaperField.ARXIV_ID] = [text for text in texts[PaperField.URL] if read_arxiv_id(text)]


def _read_pubmed(texts: dict[PaperField, list[str]], values: dict[str, list[str]]) -> None:
    """Take the DOI from the identifiers, and the main words from MeSH."""
    marked = (_PUBMED_DOI.match(text) for text in texts[PaperField.DOI])
    texts[PaperField.DOI] = [found[1] for found in marked if found]
    texts[PaperField.KEYWORDS] = [
        *values.get("OT", ()),
        *(_MESH_QUALIFIER.sub("", text) for text in values.get("MH", ())),
    ]


def _read_wos(texts: dict[PaperField, list[str]], values: dict[str, list[str]]) -> None:
    """Join the lists that are separated by semicolons over several lines."""
    for name, tags in ((PaperField.KEYWORDS, ("DE", "ID")), (PaperField.CATEGORIES, ("WC",))):
        texts[name] = ["; ".join(" ".join(text.split()) for tag in tags for text in values.get(tag, ()))]
    texts[PaperField.WOS] = [text.partition(":")[2] or text for text in texts[PaperField.WOS]]


def _read_endnote(texts: dict[PaperField, list[str]], values: dict[str, list[str]]) -> None:
    """Take identifiers of databases from the accession number."""
    _split_keywords(texts)
    for text in values.get("%M", ()):
        for pattern, name in _SCHEMES:
            if pattern.match(text):
                texts.setdefault(name, []).append(text)


_READINGS = {RIS.name: _read_ris, PUBMED.name: _read_pubmed, WOS.name: _read_wos, ENDNOTE.name: _read_endnote}
