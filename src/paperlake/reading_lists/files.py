"""Read `curated/lists/`: BibTeX by the reader of dumps, and texts with one name of a paper per line.

Nothing here stops a command: a file or line that cannot be used is a line with a problem, which
`paperlake status` shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bibtexparser.model import Entry

from paperlake.dedup.paper_names import Identifier, identifier
from paperlake.dumps.bibliography.bibtex.blocks import split_chunk
from paperlake.dumps.bibliography.bibtex.fields import macro_table, raw_fields, resolve, stated_work
from paperlake.dumps.bibliography.line_stream import Line
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.text_lines import decode_lines
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.text.display import excerpt, plural

ENDINGS = (".bib", ".txt")
MAX_LIST_BYTES = 16 << 20
MAX_LIST_LINES = 20_000  # names of papers in one file
MAX_SHOWN_CHARS = 80
ANY_YEAR = "2000"  # of an entry without one: only identifiers and the title are used

_COMMENT = re.compile(r"(?:^|\s)#.*")  # a link may contain a sharp


@dataclass(frozen=True)
class Listed:
    """One paper as a list names it."""

    file: str
    """Name of the file."""
    line: int
    """From 1."""
    text: str
    """The line, or the title of the entry, to show."""
    names: tuple[Identifier, ...] = ()
    """Identifiers, in order of preference."""
    title: str | None = None
    """To find the paper by where no identifier does."""
    problem: str | None = None
    """Why it can name no paper; None if it may."""


@dataclass(frozen=True)
class ReadingList:
    """A reading list."""

    name: str
    listed: tuple[Listed, ...]


def list_names(lake: Lake) -> list[str]:
    """Return the names of all reading lists, in order."""
    return sorted({path.stem for path in _files(lake)})


def read_lists(lake: Lake) -> list[ReadingList]:
    """Read all reading lists, in order of their names."""
    return [read_list(lake, name) for name in list_names(lake)]


def read_list(lake: Lake, name: str) -> ReadingList:
    """Read one reading list, of one file or of two that differ in their ending.

    Raises:
        UsageError: There is no such list.
    """
    paths = [path for path in _files(lake) if path.stem == name]
    if not paths:
        known = ", ".join(list_names(lake)) or "none"
        raise UsageError(
            f"There is no reading list {excerpt(name, 60)!r} in {lake.reading_lists}. Lists: {known}."
        )
    return ReadingList(name, tuple(one for path in paths for one in _read_file(path)))


def fingerprint(lake: Lake, name: str) -> tuple[tuple[str, int, int], ...]:
    """Return what tells one state of the files of a list from another: name, time of change, size."""
    stats = [(path.name, path.stat()) for path in _files(lake) if path.stem == name]
    return tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in stats)


def _files(lake: Lake) -> list[Path]:
    """Return the files of all lists; links that leave the folder are left out."""
    folder = lake.reading_lists
    if not folder.is_dir():
        return []
    root = folder.resolve()
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in ENDINGS and not path.name.startswith(".") and path.is_file()
        and path.resolve().is_relative_to(root)
    ]  # fmt: skip


def _read_file(path: Path) -> Iterator[Listed]:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            yield Listed(path.name, 1, path.name, problem=f"the file has more than {MAX_LIST_BYTES:,} bytes")
        elif path.suffix == ".bib":
            yield from _read_bibtex(path)
        else:
            yield from _read_text(path)
    except OSError as error:
        yield Listed(path.name, 1, path.name, problem=f"the file cannot be read: {error.strerror}")


def _read_text(path: Path) -> Iterator[Listed]:
    count = 0
    for number, line in enumerate(decode_lines(path.read_bytes()).lines, start=1):
        text = _COMMENT.sub("", line).strip()
        if not text:
            continue
        count += 1
        if count > MAX_LIST_LINES:
            limit = plural(MAX_LIST_LINES, "paper")
            yield Listed(path.name, number, path.name, problem=f"the rest is not read: at most {limit}")
            return
        found = identifier(text)
        problem = None if found else "it is no arXiv id, DOI, link or paper_id"
        yield Listed(path.name, number, _shown(text), (found,) if found else (), problem=problem)


def _read_bibtex(path: Path) -> Iterator[Listed]:
    macros = macro_table()
    lines = [Line(place, text) for place, text in enumerate(decode_lines(path.read_bytes()).lines, start=1)]
    for block in split_chunk(lines):
        first = next((line for line in block.lines if line.text.strip()), Line(1, path.name))
        try:
            if block.reason is not None:
                raise BadObjectError(block.reason.sentence, block.reason.code)
            if block.macro is not None:
                macros[block.macro[0]] = resolve(block.macro[1], macros)
            if block.entry is not None:
                yield _listed_entry(path.name, first.number, block.entry, macros)
        except BadObjectError as error:
            problem = error.reason.sentence.rstrip(".")
            yield Listed(path.name, first.number, _shown(first.text), problem=problem)


def _listed_entry(file: str, line: int, entry: Entry, macros: Mapping[str, str]) -> Listed:
    """Return an entry of any type, as it is listed: the rules for dumps of what is a paper do not apply.

    Raises:
        BadObjectError: It has no title, or a value that is none.
    """
    fields = {"year": ANY_YEAR, **raw_fields(entry, macros)}
    row = stated_work("article", entry.key.strip(), fields).row(None)
    title = str(row["title"])
    texts = [row.get(name) for name in ("arxiv_id", "doi", "url")]
    names = [found for text in texts if isinstance(text, str) and (found := identifier(text))]
    return Listed(file, line, _shown(title), tuple(names), title)


def _shown(text: str) -> str:
    return excerpt(text, MAX_SHOWN_CHARS)
