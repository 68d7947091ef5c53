"""The blocks of a BibTeX text: entries, macros, comments and what is broken, each with its lines.

bibtexparser splits the text, some hundred kilobytes at once; after a broken entry it goes on at the next line
that begins with `@`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bibtexparser.exceptions import ParserStateException, ParsingException
from bibtexparser.model import (
    Block,
    Entry,
    ExplicitComment,
    ImplicitComment,
    ParsingFailedBlock,
    Preamble,
    String,
)
from bibtexparser.splitter import Splitter

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.line_stream import Line
from paperlake.dumps.reading import RejectReason

CHUNK_CHARS = 1 << 18  # of text that is split at once
MAX_ENTRY_CHARS = 1 << 23  # a text of this length without the beginning of an entry is split anyway

logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # its warnings become rejects

BEGINS_BLOCK = re.compile(r"\s*@\s*[A-Za-z]+\s*[{(]")

FIELD_LINE = re.compile(r"\s*[A-Za-z][\w-]*\s*=\s*[{\"\w]")

OUTSIDE = RejectReason(RejectCode.UNPLACED_TEXT, "Fields stand outside an entry.")


class Kind(StrEnum):
    """What a block is."""

    ENTRY = "entry"
    MACRO = "macro"
    FURNITURE = "furniture"
    BROKEN = "broken"


@dataclass
class BibBlock:
    """One block, or the lines that belong to none."""

    kind: Kind
    lines: list[Line]
    entry: Entry | None = None
    macro: tuple[str, str] | None = None
    """Name and raw value of an `@string`."""
    reason: RejectReason | None = None
    """Why a block is broken."""


def chunks_of(blocks: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """Yield lines in chunks that begin where an entry does."""
    chunk: list[Line] = []
    size = 0
    for lines in blocks:
        for line in lines:
            is_full = size >= CHUNK_CHARS and BEGINS_BLOCK.match(line.text) is not None
            if is_full or size >= MAX_ENTRY_CHARS:
                yield chunk
                chunk, size = [], 0
            chunk.append(line)
            size += len(line.text) + 1
    if chunk:
        yield chunk


def split_chunk(chunk: list[Line]) -> list[BibBlock]:
    """Return the blocks of a chunk in its order; every line with text is in at least one of them."""
    try:
        found = Splitter("\n".join(line.text for line in chunk)).split().blocks
    except (ParserStateException, ParsingException, LookupError, ValueError, AttributeError) as error:
        reason = RejectReason(RejectCode.MALFORMED, f"The BibTeX cannot be split: {str(error)[:100]}")
        return [BibBlock(Kind.BROKEN, chunk, reason=reason)]
    blocks: list[BibBlock] = []
    covered = 0  # lines of the chunk that blocks account for
    for block in found:
        start = block.start_line or 0
        end = start + (block.raw or "").rstrip().count("\n") + 1
        if start > covered:
            _add_rest(blocks, chunk[covered:start])
        bib = _bib_block(block, chunk[start:end])
        previous = blocks[-1] if blocks else None
        if previous is not None and previous.kind is Kind.BROKEN and isinstance(block, ImplicitComment):
            previous.lines += bib.lines  # the rest of a broken entry
        else:
            blocks.append(bib)
        covered = max(covered, end)
    _add_rest(blocks, chunk[covered:])
    return blocks


def _add_rest(blocks: list[BibBlock], lines: list[Line]) -> None:
    """Add lines that no block contains: to the broken entry before them, or as a reject."""
    if not any(line.text.strip() for line in lines):
        return
    if blocks and blocks[-1].kind is Kind.BROKEN:
        blocks[-1].lines += lines
    else:
        reason = RejectReason(RejectCode.UNPLACED_TEXT, "The lines are part of no entry.")
        blocks.append(BibBlock(Kind.BROKEN, list(lines), reason=reason))


def _bib_block(block: Block, lines: list[Line]) -> BibBlock:
    while isinstance(block, ParsingFailedBlock):
        inner = block.ignore_error_block  # of an entry with a repeated key or field
        if inner is None:
            is_cut = "end of file" in str(getattr(block.error, "abort_reason", ""))
            code = RejectCode.TRUNCATED if is_cut else RejectCode.MALFORMED
            problem = "does not end" if is_cut else "has a brace, a quote or a comma too few or too many"
            return BibBlock(Kind.BROKEN, lines, reason=RejectReason(code, f"The entry {problem}."))
        block = inner
    first = lines[0].text.lstrip() if lines else ""
    if isinstance(block, ImplicitComment) and any(FIELD_LINE.match(line.text) for line in lines):
        return BibBlock(Kind.BROKEN, lines, reason=OUTSIDE)
    if isinstance(block, ImplicitComment | ExplicitComment | Preamble) or first.startswith("%"):
        return BibBlock(Kind.FURNITURE, lines)
    if isinstance(block, String):
        return BibBlock(Kind.MACRO, lines, macro=(block.key.strip().lower(), block.value))
    if isinstance(block, Entry):
        return BibBlock(Kind.ENTRY, lines, entry=block)
    return BibBlock(Kind.FURNITURE, lines)
