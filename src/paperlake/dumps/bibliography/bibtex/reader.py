"""The reader of `bibtex`: bibliographies in BibTeX and biblatex, streamed in bounded memory.

Each entry of a paper is an entry, each other one a reject; macros, comments and text between entries are
furniture. Entries that inherit by `crossref` need the dump to be read twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.bibliography.bibtex.blocks import BibBlock, Kind, chunks_of, split_chunk
from paperlake.dumps.bibliography.bibtex.fields import (
    INHERITED,
    OTHER_TYPES,
    PAPER_TYPES,
    VOLUME_TYPES,
    macro_table,
    raw_fields,
    resolve,
    stated_work,
)
from paperlake.dumps.bibliography.kinds import require_paper
from paperlake.dumps.bibliography.line_stream import Line, line_blocks, shown_lines
from paperlake.dumps.bibliography.parts import PartBuilder, snapshot_day
from paperlake.dumps.reading import OpenDump, ParsedDump, ParsedPart
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.text_lines import decode_head, looks_binary
from paperlake.settings import Settings

# Of the lines of the head, without blank ones and comments of LaTeX, that are in blocks: prose that cites
# itself, documentation and source code have a smaller share.
MIN_BLOCK_SHARE = 0.8
MAX_PARENTS = 100_000  # entries from which others may inherit

_TYPES = "|".join(sorted({*PAPER_TYPES, *VOLUME_TYPES, *OTHER_TYPES}))
_ENTRY = re.compile(
    rf"^[ \t]*@[ \t]*(?:{_TYPES})\s*[{{(]\s*[^\s,=(){{}}\"]*(?: [^,=(){{}}\"\n]*)?\s*,\s*"
    r"(?:%.*\n\s*)?[A-Za-z][\w.:+-]*\s*=",
    re.IGNORECASE | re.MULTILINE,
)
_MACRO = re.compile(r"^[ \t]*@string\s*[{(]\s*[\w.:+-]+\s*=\s*[\"{]", re.IGNORECASE | re.MULTILINE)
_OTHER_MARKS = re.compile(
    r"^\s*(?:```|~~~|\\(?:documentclass|begin|usepackage|section|chapter)\b|#!|<[!?a-zA-Z/]|\"\"\"|'''|/\*|//"
    r"|#+ |\.\. |(?:import|from|package|def|class|function|public|using) )",
    re.MULTILINE,
)
_CROSSREF = re.compile(r"\bcrossref\s*=\s*[{\"]?\s*([^\s{}\",]+)", re.IGNORECASE)


class BibtexReader:
    """Reads BibTeX; the number of an entry is its place among the entries and rejects."""

    format = DumpFormat.BIBTEX

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether nearly all lines of the head are in entries or macros of BibTeX."""
        if looks_binary(head) or b"@" not in head:
            return False
        text = decode_head(head).replace("\r\n", "\n").replace("\r", "\n")
        if _ENTRY.search(text) is None and _MACRO.search(text) is None:
            return False
        if _OTHER_MARKS.search(_outside(text)) is not None:
            return False
        lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
        inside = other = 0
        for block in split_chunk(lines):
            count = sum(1 for line in block.lines if line.text.strip() and line.text.lstrip()[0] != "%")
            is_explicit = bool(block.lines) and block.lines[0].text.lstrip().startswith("@")
            inside += count if block.kind is not Kind.FURNITURE or is_explicit else 0
            other += count if block.kind is Kind.FURNITURE and not is_explicit else 0
        return inside >= MIN_BLOCK_SHARE * (inside + other)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read entry by entry, in parts of bounded size.

        Raises:
            DumpError: The dump cannot be read.
        """
        snapshot = snapshot_day(dump)
        survey = _survey(dump, settings.max_line_chars)
        return ParsedDump(
            layout=None,
            line_count=survey.line_count,
            snapshot_date=snapshot,
            listed_date=None,
            parts=_Bibliography(survey.parents, snapshot).parts(_blocks(dump, settings.max_line_chars)),
        )


READER = BibtexReader()


def _outside(text: str) -> str:
    """Return the text before the first entry and after the last line that begins with a closing brace."""
    begin = re.search(r"^[ \t]*@", text, re.MULTILINE)
    end = max(text.rfind("\n}"), text.rfind("}\n"))
    return text[: begin.start() if begin else 0] + "\n" + (text[end + 2 :] if end >= 0 else "")


def _blocks(dump: OpenDump, max_line_chars: int) -> Iterator[BibBlock]:
    for chunk in chunks_of(line_blocks(dump, max_line_chars)):
        yield from split_chunk(chunk)


@dataclass
class _Survey:
    """What must be known of a dump before its entries are read."""

    line_count: int = 0
    parents: dict[str, dict[str, str]] = field(default_factory=dict)
    """Fields of the entries that others name in `crossref`, by key in lower case."""


def _survey(dump: OpenDump, max_line_chars: int) -> _Survey:
    """Count the lines, and gather the entries from which others inherit."""
    survey = _Survey()
    wanted: set[str] = set()
    for lines in line_blocks(dump, max_line_chars):
        survey.line_count += len(lines)
        for line in lines:
            if "crossref" in line.text.lower() and len(wanted) < MAX_PARENTS:
                wanted.update(key.lower() for key in _CROSSREF.findall(line.text))
    if not wanted:
        return survey
    macros = macro_table()
    for block in _blocks(dump, max_line_chars):
        try:
            if block.macro is not None:
                macros[block.macro[0]] = resolve(block.macro[1], macros)
            elif block.entry is not None and block.entry.key.lower() in wanted:
                survey.parents.setdefault(block.entry.key.lower(), raw_fields(block.entry, macros))
        except BadObjectError:
            continue  # it is a reject when it is read
    return survey


class _Bibliography:
    """The entries of one dump; macros hold from where they are defined."""

    def __init__(self, parents: dict[str, dict[str, str]], latest: date | None) -> None:
        self._macros = macro_table()
        self._parents = parents
        self._latest = latest

    def parts(self, blocks: Iterator[BibBlock]) -> Iterator[ParsedPart]:
        builder = PartBuilder()
        for block in blocks:
            if block.kind is Kind.FURNITURE:
                continue
            try:
                self._take(block, builder)
            except BadObjectError as error:
                builder.reject(error.reason, shown_lines(block.lines), *_span(block.lines))
            if builder.is_full:
                yield builder.part()
        yield builder.part()

    def _take(self, block: BibBlock, builder: PartBuilder) -> None:
        """Add a block to the entries or macros.

        Raises:
            BadObjectError: It is neither.
        """
        fault = next((line.fault for line in block.lines if line.fault), None) or block.reason
        if fault is not None:
            raise BadObjectError(fault.sentence, fault.code)
        if block.macro is not None:
            self._macros[block.macro[0]] = resolve(block.macro[1], self._macros)
        if block.entry is None:
            return
        fields = raw_fields(block.entry, self._macros)
        parent = self._parents.get(fields.get("crossref", "").strip().lower(), {})
        for name, names in INHERITED.items():
            found = next((parent[one] for one in names if one in parent), None)
            if found is not None:
                fields.setdefault(name, found)
        kind = block.entry.entry_type.strip().lower()
        work = stated_work(kind, block.entry.key.strip(), fields)
        row = work.row(self._latest)
        require_paper(kind, row)
        builder.entry(row, work.warnings, *_span(block.lines))


def _span(lines: list[Line]) -> tuple[int, int]:
    """Return the first and last line with text; of lines that are damaged and show none, all."""
    numbers = [line.number for line in lines if line.text.strip()] or [line.number for line in lines]
    return numbers[0], numbers[-1]
