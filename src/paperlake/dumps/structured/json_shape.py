"""The shape of a JSON dump, by its beginning: where its objects of papers are, and the first of them.

Dumps are one object per line, objects one after another, a list, a list below a key (`{"papers": […]}`), or
an object whose values are the papers. `json_stream.py` splits the whole dump by this shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from paperlake.dumps.fields.field_names import PaperField, field_of, fold_name
from paperlake.dumps.structured.json_objects import BadObjectError, decode

# Keys, folded, of the list of papers, or of an object around it.
LIST_KEYS = frozenset({
    "papers", "results", "data", "items", "articles", "works", "entries", "publications", "records", "docs",
    "documents", "hits", "hit", "notes", "message", "response", "result", "resultlist", "collection", "list",
    "rows", "feed", "entry", "references", "paper", "dailypapers",
})  # fmt: skip
# Keys of an object around one paper, whose title is a level below.
PAPER_KEYS = ("paper", "content", "citingPaper", "citedPaper", "info")
MAX_CONTAINERS = 4  # lists and objects around a paper: `result.hits.hit[]` has four
MAX_SAMPLE = 20  # objects that detection looks at
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MIN_READABLE_BYTES = 512  # the shortest beginning of a damaged dump that is tried
MAX_PATH_MEMBERS = 200  # members of an object that are looked at for a list

_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{},]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}

Path = tuple[str | None, ...]
IsPaper = Callable[[object], bool]


@dataclass(frozen=True)
class JsonShape:
    """Where the objects of papers are in a JSON dump."""

    path: Path
    """Keys of the lists and objects around each paper, from outside; None for any place of a list or object.
    Empty where papers stand one after another."""
    by_line: bool
    """True if each line holds one paper, or a bracket of the list around them."""
    indent: bytes | None
    """The white space before each paper's `{`, if it stands on a line of its own; None if not known."""
    sample: tuple[dict[str, object], ...]
    """The first papers, up to `MAX_SAMPLE`; the last may lack members."""


@lru_cache(maxsize=4)
def find_shape(head: bytes, is_paper: IsPaper | None = None) -> JsonShape | None:
    """Return the shape of a JSON dump that begins with `head`; None if it holds no objects of papers.

    Args:
        head: The beginning.
        is_paper: Says whether a value is the object of a paper; `is_paper_object` if None.
    """
    is_paper = is_paper or is_paper_object
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text[:1] not in (b"{", b"["):
        return None
    found = _readable_value(text)
    path = None if found is None else _path(found[0], is_paper)
    if found is None or path is None:
        return None
    value, end = found
    sample = list(_objects_at(value, path))
    lines = _line_sample(text, path, is_whole=end is not None)
    if lines is not None:
        return JsonShape(path, True, None, tuple(lines or sample)[:MAX_SAMPLE])
    if not path and end is not None:
        following = _first_value(text[end:].lstrip(b" \t\r\n,"))
        sample += [following[0]] if following and isinstance(following[0], dict) else []
    return JsonShape(path, False, _indent(text, path), tuple(sample[:MAX_SAMPLE]))


def _readable_value(text: bytes) -> tuple[object, int | None] | None:
    """Return what `_first_value` does, of a shorter beginning if the text is damaged."""
    found = _first_value(text)
    while found is None and len(text) > MIN_READABLE_BYTES:
        text = text[: len(text) // 2]
        found = _first_value(text)
    return found


def _first_value(text: bytes) -> tuple[object, int | None] | None:
    """Return the first value of a text, without what is cut off, and its end; None if it is not JSON.

    The end is None if the value does not end within the text.
    """
    stack: list[bytes] = []
    cut: tuple[int, tuple[bytes, ...]] | None = None
    for token in _TOKENS.finditer(text):
        mark = token[0][:1]
        if mark in b"{[":
            stack.append(mark)
        elif mark in b"}]":
            if not stack:
                return None
            stack.pop()
            if not stack:
                return _decoded(text[: token.end()], token.end())
            cut = (token.end(), tuple(stack))
        elif mark == b",":
            cut = (token.start(), tuple(stack))
    if cut is None:
        return None
    end, opened = cut
    return _decoded(text[:end] + b"".join(_CLOSING[mark] for mark in reversed(opened)), None)


def _decoded(text: bytes, end: int | None) -> tuple[object, int | None] | None:
    try:
        return decode(text), end
    except BadObjectError:
        return None


def is_paper_object(value: object) -> bool:
    """Return whether a value is an object that has a title, or an object with one below a key for papers."""
    if not isinstance(value, dict):
        return False
    if any(field_of(name) is PaperField.TITLE for name in value):
        return True
    inner = (value.get(key) for key in PAPER_KEYS)
    return any(
        isinstance(one, dict) and any(field_of(name) is PaperField.TITLE for name in one) for one in inner
    )


def _path(value: object, is_paper: IsPaper, level: int = 0) -> Path | None:
    """Return the path of the papers in a value; None if it holds none."""
    if isinstance(value, list):
        return (None,) if any(is_paper(one) for one in value[:MAX_SAMPLE]) else None
    if not isinstance(value, dict) or level > MAX_CONTAINERS:
        return None
    members = list(value.items())[:MAX_PATH_MEMBERS]
    named = [(key, inner) for key, inner in members if fold_name(key) in LIST_KEYS]
    lists = [(key, inner) for key, inner in named if isinstance(inner, list)]
    if any(field_of(key) is PaperField.ABSTRACT for key, _ in members):
        lists = []  # a paper with a list of others
    below = _path_below(lists, is_paper, level)
    if below is None and is_paper(value):
        return ()
    if below is None:
        below = _path_below(
            [(key, inner) for key, inner in named if isinstance(inner, dict)], is_paper, level
        )
    if below is None and {type(inner) for _, inner in members} in ({dict}, {list}):
        below = _path_below([(None, inner) for _, inner in members[:MAX_SAMPLE]], is_paper, level)
    return below


def _path_below(members: Sequence[tuple[str | None, object]], is_paper: IsPaper, level: int) -> Path | None:
    """Return the path through the first of some members that holds papers."""
    for key, inner in members:
        below = _path(inner, is_paper, level + 1)
        if below is not None:
            return (key, *below)
    return None


def _objects_at(value: object, path: Path) -> Iterator[dict[str, object]]:
    """Yield the objects at a path of a decoded value."""
    if not path:
        if isinstance(value, dict):
            yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _objects_at(inner, path[1:])
    elif isinstance(value, dict):
        for key, inner in value.items():
            if path[0] in (None, key):
                yield from _objects_at(inner, path[1:])


def _line_sample(text: bytes, path: Path, is_whole: bool) -> list[dict[str, object]] | None:
    """Return the papers of the first lines; None if it is not one paper per line.

    A text of one line is a line of many if its first value goes on after the text (not `is_whole`).
    """
    if path not in ((), (None,)):
        return None
    lines = [line.strip() for line in text.split(b"\n")]
    if len(lines) == 1:
        return [] if path == () and not is_whole else None
    found: list[dict[str, object]] = []
    for line in lines[: MAX_SAMPLE + 1]:
        bare = bare_line(line) if path else line
        if not bare:
            continue
        value = _decoded(bare, None)
        if value is not None and isinstance(value[0], dict):
            found.append(value[0])
        elif not found:
            return None
    return found if len(found) > 1 or path == () else None


def bare_line(line: bytes) -> bytes:
    """Return a line of a list without the brackets and the comma of the list.

    >>> bare_line(b'[{"a": [1]},')
    b'{"a": [1]}'
    """
    line = line.strip().removesuffix(b",")
    if line.startswith(b"[") and line[1:].lstrip()[:1] in (b"", b"{"):
        line = line[1:].lstrip()
    if line.endswith(b"]") and line[:-1].rstrip()[-1:] in (b"", b"}"):
        line = line[:-1].rstrip()
    return line.removesuffix(b",")


def _indent(text: bytes, path: Path) -> bytes | None:
    """Return the white space before the `{` of papers that begin on lines of their own."""
    if (path and path[-1] is not None) or None in path[:-1]:
        return None
    starts = re.finditer(rb"(?:\A|\n)([ \t]*)\{", text)
    places = [(found.end() - 1, found[1]) for found in starts]
    if len(places) < 2 or (not path and places[0][0] != 0):
        return None
    if path and places[0][0] == 0:
        places = places[1:]  # the object around the list
    if len(places) < 2 or places[0][1] != places[1][1]:
        return None
    first = _first_value(text[places[0][0] :])
    if first is None or first[1] is None or not is_paper_object(first[0]):
        return None
    between = text[places[0][0] + first[1] : places[1][0]]
    return places[0][1] if not between.strip(b" \t\r\n,") else None
