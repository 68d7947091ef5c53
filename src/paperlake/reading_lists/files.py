"""Read `curated/lists/`: BibTeX by the reader of dumps, and texts with one name of a paper per line.

Nothing here stops a command: a file or line that cannot be used is a line with a problem, which
`paperlake status` shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paperlake.dedup.paper_names import Identifier, identifier
from paperlake.dumps.stage import parse_file
from paperlake.dumps.text_lines import decode_lines
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.text.display import excerpt, plural

ENDINGS = (".bib", ".txt")
MAX_LIST_BYTES = 16 << 20
MAX_LIST_LINES = 20_000  # names of papers in one file
MAX_SHOWN_CHARS = 80

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


def read_lists(lake: Lake, settings: Settings) -> list[ReadingList]:
    """Read all reading lists, in order of their names."""
    return [read_list(lake, settings, name) for name in list_names(lake)]


def read_list(lake: Lake, settings: Settings, name: str) -> ReadingList:
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
    return ReadingList(name, tuple(one for path in paths for one in _read_file(path, settings)))


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


def _read_file(path: Path, settings: Settings) -> Iterator[Listed]:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            yield Listed(path.name, 1, path.name, problem=f"the file has more than {MAX_LIST_BYTES:,} bytes")
        elif path.suffix == ".bib":
            yield from _read_bibtex(path, settings)
        else:
            yield from _read_text(path)
    except (OSError, UsageError) as error:
        yield Listed(path.name, 1, path.name, problem=f"the file cannot be read: {error}")


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


def _read_bibtex(path: Path, settings: Settings) -> Iterator[Listed]:
    _, entries, rejects = parse_file(path, settings)
    columns = ("line_start", "title", "arxiv_id", "doi", "entry_id", "url")
    for row in entries.head(MAX_LIST_LINES).select(columns).iter_rows(named=True):
        texts = [row["arxiv_id"], row["doi"], row["entry_id"], row["url"]]
        names = [found for text in texts if text and (found := identifier(text))]
        yield Listed(path.name, row["line_start"] or 1, _shown(row["title"]), tuple(names), row["title"])
    for row in rejects.iter_rows(named=True):
        text = _shown(row["text"] or path.name)
        yield Listed(path.name, row["line_start"] or 1, text, problem=row["reason"].rstrip("."))


def _shown(text: str) -> str:
    return excerpt(text, MAX_SHOWN_CHARS)
