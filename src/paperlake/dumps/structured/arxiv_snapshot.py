"""The reader of `arxiv_snapshot`: arXiv's metadata as JSON, streamed in bounded memory.

Each line of the snapshot itself is decoded by msgspec to a typed object, without the fields that are not
needed; the texts of a part are folded as columns in polars. A line with fields of other types, and dumps in
near shapes (lists, `summary`, authors and categories as lists, ids as links), are read by
`scholarly_json/own_shape.py`. A broken line is one reject and does not affect other lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import msgspec
import polars as pl

from paperlake.catalogue.vocabulary import ARXIV_ID_PATTERN, DumpFormat, RejectCode
from paperlake.dumps.fields.dates import (
    MAX_YEAR,
    MIN_YEAR,
    read_iso_day,
    read_mail_day,
    retrieved_day_in_path,
)
from paperlake.dumps.reading import (
    ENTRY_COLUMNS,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.scholarly_json.object_reader import ObjectReader, checked_row, require_depth
from paperlake.dumps.scholarly_json.own_shape import is_arxiv_paper, read_paper
from paperlake.dumps.scholarly_json.values import Warnings
from paperlake.dumps.structured.json_objects import BadObjectError, decode, refuse_repeated_fields
from paperlake.dumps.structured.json_shape import BYTE_ORDER_MARK, JsonShape, find_shape
from paperlake.dumps.structured.json_stream import line_blocks
from paperlake.settings import Settings
from paperlake.text.display import plural, reject_text
from paperlake.text.fold_columns import fold_expression, fold_paragraphs_column
from paperlake.text.folding import fold

LETTER = r"\pL"  # every name has one; in `A Team, :, B. Boole` the `:` is no author
MAX_BRACKET_LEVELS = 2  # affiliations: `(1 and 2)`, `((1) Turin, (2) Bari)`

_BEGINS_PAPER = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"')
_OWN_FIELDS = re.compile(rb'"(?:authors_parsed|journal-ref|report-no)"\s*:')
# The fields of `_Paper`, as names of fields: quotes within a text are escaped.
_READ_FIELDS = re.compile(
    rb'"(id|title|abstract|authors|authors_parsed|categories|doi|versions|journal-ref|license|update_date)"'
    rb"[ \t\r]*:"
)
_NAMES_TYPE = pl.List(pl.List(pl.String))
# Lists of lists of texts without escaped surrogates, which the Rust parser reads correctly. In other values
# it reads a surrogate as NUL and a number as a text.
_PLAIN_TEXT = r'"(?:[^"\\]|\\[^u]|\\u(?:[0-9abcefABCEF]|[dD][0-7]))*"'
_PLAIN_NAMES = rf"^(?:null|\[\s*(?:\[(?:\s*{_PLAIN_TEXT}\s*,?)*\s*\]\s*,?\s*)*\])$"


class _Version(msgspec.Struct, gc=False):
    created: str | None = None


class _Paper(msgspec.Struct, gc=False):
    """The fields of a line that entries need, unchanged."""

    title: str | None = None
    id: str | None = None
    abstract: str | None = None
    authors: str | None = None
    authors_parsed: msgspec.Raw = msgspec.Raw(b"null")
    categories: str | None = None
    doi: str | None = None
    license: str | None = None
    journal_ref: str | None = msgspec.field(default=None, name="journal-ref")
    update_date: str | None = None
    versions: list[_Version] | None = None


_decoder = msgspec.json.Decoder(_Paper)
_names_decoder = msgspec.json.Decoder(list[list[str]] | None)


class ArxivSnapshotReader:
    """Reads arXiv's metadata; the number of an entry is that of its line, or its place among the objects."""

    format = DumpFormat.ARXIV_SNAPSHOT

    def recognises(self, head: bytes, path: str) -> bool:
        """Return whether it is arXiv's metadata, line by line or in a near shape."""
        return _is_snapshot(head) or _NEAR_SHAPES.recognises(head, path)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read line by line in parts of up to `PART_ROWS` lines; near shapes object by object."""
        head = dump.head()
        shape = find_shape(head)
        are_lines = _is_snapshot(head) or shape is None or (shape.by_line and not shape.path)
        if not are_lines and _NEAR_SHAPES.recognises(head, dump.path):
            return _NEAR_SHAPES.read(dump, settings)
        snapshot = retrieved_day_in_path(dump.path)
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=None,
            parts=_parts(dump, settings, snapshot),
        )


def _is_snapshot(head: bytes) -> bool:
    """Return whether the first line is an object with a title and a field of arXiv's metadata only."""
    first = head.removeprefix(BYTE_ORDER_MARK).lstrip().split(b"\n", 1)[0]
    return (
        _BEGINS_PAPER.match(head) is not None
        and b'"title"' in first
        and _OWN_FIELDS.search(first) is not None
    )


def _is_near_shape(shape: JsonShape, path: str) -> bool:  # noqa: ARG001
    """Return whether most objects have a title, an arXiv id, categories, and abstract or authors."""
    near = sum(is_arxiv_paper(one) for one in shape.sample)
    return near > 0 and 2 * near >= len(shape.sample)


_NEAR_SHAPES = ObjectReader(DumpFormat.ARXIV_SNAPSHOT, _is_near_shape, read_paper)
READER = ArxivSnapshotReader()


def _parts(dump: OpenDump, settings: Settings, latest: date | None) -> Iterator[ParsedPart]:
    first_number = 1
    for lines in line_blocks(dump.chunks(), settings.max_line_chars):
        yield _part(lines, first_number, settings, latest)
        first_number += len(lines)


def _part(lines: list[bytes], first_number: int, settings: Settings, latest: date | None) -> ParsedPart:
    papers: list[_Paper] = []
    numbers: list[int] = []
    odd: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    warnings: Warnings = Counter()
    for number, line in enumerate(lines, start=first_number):
        if not line or line.isspace():
            continue
        try:
            paper = _read_line(line, settings)
            if paper is None:
                seen: Warnings = Counter()
                odd.append({"entry_number": number, **_read_odd_line(line, seen, latest)})
                warnings.update(seen)
            else:
                papers.append(paper)
                numbers.append(number)
        except BadObjectError as error:
            text = reject_text(line[:4000].decode(errors="replace"))
            rejects.append(reject_row(error.reason, text, entry_number=number))
    entries = _entries(papers, numbers, latest)
    if odd:
        entries = pl.concat([entries, entries_frame(odd)]).sort("entry_number")
    return ParsedPart(entries, rejects_frame(rejects), warnings)


def _read_line(line: bytes, settings: Settings) -> _Paper | None:
    """Return the paper of a line; None if a field of it is of another type or under another name.

    Raises:
        BadObjectError: The line is no paper.
    """
    if len(line) > settings.max_line_chars:
        raise BadObjectError(
            f"The line has more than {plural(settings.max_line_chars, 'byte')} (max_line_chars).",
            RejectCode.LIMIT_EXCEEDED,
        )
    require_depth(line, settings.max_json_depth)
    try:
        paper = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not paper.abstract or not (paper.authors or paper.versions or paper.update_date):
        return None
    names = _READ_FIELDS.findall(line)
    if len(names) != len(set(names)):  # msgspec takes the last of them
        refuse_repeated_fields(decode(line.removeprefix(BYTE_ORDER_MARK)))
    paper.title = fold(paper.title)
    if paper.title is None:
        raise BadObjectError("The paper has no title.", RejectCode.MISSING_FIELD)
    return paper


def _read_odd_line(line: bytes, warnings: Warnings, latest: date | None) -> ParsedRow:
    """Return the row of a line with fields of other types or names, or of lenient JSON."""
    value = decode(line.removeprefix(BYTE_ORDER_MARK))
    if not isinstance(value, dict):
        raise BadObjectError("The line contains no object.", RejectCode.WRONG_TYPE)
    refuse_repeated_fields(value)
    return checked_row(read_paper(value, warnings), latest)


def _entries(papers: list[_Paper], numbers: list[int], latest: date | None) -> pl.DataFrame:
    """Return the papers of one part as `ENTRY_COLUMNS`, folded column by column."""
    texts = {
        "title": [paper.title for paper in papers],
        "abstract": [paper.abstract for paper in papers],
        "authors_text": [paper.authors for paper in papers],
        "categories": [paper.categories for paper in papers],
        "doi": [paper.doi for paper in papers],
        "license": [paper.license for paper in papers],
        "venue": [paper.journal_ref for paper in papers],
        "updated_date": [paper.update_date for paper in papers],
        "arxiv_id": [paper.id for paper in papers],
        "published_text": [paper.versions[0].created if paper.versions else None for paper in papers],
    }
    frame = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_columns(
        entry_number=pl.Series(numbers, dtype=pl.Int64),
        parsed_names=_parsed_names([paper.authors_parsed for paper in papers]),
    )
    # Names are taken from the text only where the lists are missing, since that is slow.
    unparsed = pl.when(pl.col("parsed_names").is_null()).then("authors_text")
    frame = frame.with_columns(authors=pl.coalesce("parsed_names", _names_in_text(unparsed)))
    frame = frame.with_columns(
        abstract=fold_paragraphs_column(frame.get_column("abstract")),
        author_count=pl.col("authors").list.len().cast(pl.Int64),
        categories=_or_null(pl.col("categories").str.extract_all(r"[^\s,]+")).list.unique(
            maintain_order=True
        ),
        doi=pl.col("doi").str.to_lowercase().str.extract(r"(\S+)"),
        arxiv_id=pl.col("arxiv_id").str.extract(rf"^\s*({ARXIV_ID_PATTERN[1:-1]})(?:v\d+)?\s*$"),
        published_date=_published(frame.get_column("published_text"), latest),
        updated_date=_updated(latest),
        **{name: _or_no_text(fold_expression(pl.col(name))) for name in ("license", "venue")},
        year_inferred=pl.lit(value=False),
    )
    missing = [pl.lit(None).alias(name) for name in ENTRY_COLUMNS if name not in frame.columns]
    return frame.with_columns(missing).select(
        pl.col(name).cast(dtype) for name, dtype in ENTRY_COLUMNS.items()
    )


def _parsed_names(raw: list[msgspec.Raw]) -> pl.Series:
    """Return `[last, first, suffix, …]` as `First Last Suffix`; NULL where a line has no such lists."""
    texts = pl.Series([_decoded(value) for value in raw], dtype=pl.String)
    is_plain = texts.str.contains(_PLAIN_NAMES)
    frame = pl.DataFrame({"text": texts, "is_plain": is_plain}).with_columns(
        pl.when("is_plain").then("text").str.json_decode(_NAMES_TYPE).alias("names")
    )
    if not is_plain.all():
        odd = [None if plain else _odd_names(value) for plain, value in zip(is_plain, raw, strict=True)]
        frame = frame.with_columns(pl.coalesce("names", pl.Series(odd, dtype=_NAMES_TYPE)))
    parts = [pl.element().list.get(index, null_on_oob=True) for index in (1, 0, 2)]
    name = fold_expression(pl.concat_str(parts, separator=" ", ignore_nulls=True))
    return frame.select(_known_names(pl.col("names").list.eval(name))).to_series()


def _decoded(raw: msgspec.Raw) -> str:
    """Return JSON as text; `null` if it is not UTF-8, which msgspec does not check in raw values."""
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError:
        return "null"


def _odd_names(raw: msgspec.Raw) -> list[list[str]] | None:
    try:
        names: list[list[str]] | None = _names_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return names


def _names_in_text(texts: pl.Expr) -> pl.Expr:
    """Return the names in `A. Lovelace, C. Babbage and G. Boole`, without affiliations in brackets."""
    bare = texts
    for _ in range(MAX_BRACKET_LEVELS):
        bare = bare.str.replace_all(r"\([^()]*\)", " ")
    separated = (
        fold_expression(bare)
        .str.replace_all(" and ", ",", literal=True)
        .str.replace_all(";", ",", literal=True)
    )
    return _known_names(separated.str.split(",").list.eval(pl.element().str.strip_chars(" ")))


def _known_names(names: pl.Expr) -> pl.Expr:
    """Return the names of a list that hold a letter; NULL if none does."""
    return _or_null(names.list.eval(pl.element().filter(pl.element().str.contains(LETTER))))


def _or_null(texts: pl.Expr) -> pl.Expr:
    """Return a list, or NULL if it is empty."""
    return pl.when(texts.list.len() > 0).then(texts)


def _or_no_text(texts: pl.Expr) -> pl.Expr:
    """Return a text, or NULL if it is empty."""
    return pl.when(texts.str.len_bytes() > 0).then(texts)


def _updated(latest: date | None) -> pl.Expr:
    """Return the days of `updated_date`; NULL if unknown or after `latest`."""
    day = pl.col("updated_date").str.extract(r"^\s*(\d{4}-\d\d-\d\d)").str.to_date("%Y-%m-%d", strict=False)
    return pl.when(day.is_between(date(MIN_YEAR, 1, 1), latest or date(MAX_YEAR, 12, 31))).then(day)


def _published(texts: pl.Series, latest: date | None) -> pl.Series:
    """Return the days of such dates as `Mon, 2 Apr 2007 19:18:42 GMT`; NULL if unknown or after `latest`.

    What is no date stays in `published_text`, as for every date that is printed and not understood.
    """
    days = texts.str.to_datetime("%a, %d %b %Y %H:%M:%S GMT", strict=False).dt.date()
    odd = (days.is_null() & texts.is_not_null()).arg_true()
    if len(odd):
        days = days.scatter(odd, [read_mail_day(text) or read_iso_day(text) for text in texts.gather(odd)])
    frame = pl.DataFrame({"day": days})
    is_known = (pl.col("day") <= (latest or date.max)) & pl.col("day").dt.year().is_between(
        MIN_YEAR, MAX_YEAR
    )
    return frame.select(pl.when(is_known).then("day")).to_series()
