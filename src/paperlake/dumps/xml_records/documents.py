"""What is around the records of an XML file, and one record as an element: parsed by lxml, nothing loaded.

No DTD is ever given to the parser: a declaration of entities is refused with the whole dump, a DOCTYPE
without one is cut out, and the entities that HTML names are replaced before a record is parsed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.entities import html5
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.reading import DumpError
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.xml_records.elements import name_of

MAX_HEAD_BYTES = 1 << 20  # before the first record
UNKNOWN_ENTITY = "an entity has a name that no standard knows"
BARE_AMPERSAND = "an ampersand is not written as one"

_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]*\?>")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[<>]*(?:\[[^\]]*\]\s*)?>")
_ENTITY_DECLARATION = re.compile(rb"<!\s*ENTITY\b", re.IGNORECASE)
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ENTITY = re.compile(rb"&(?:([A-Za-z][A-Za-z0-9]*);|(#[0-9]+;|#x[0-9A-Fa-f]+;))?")
_PLACE = re.compile(r",? *(?:use XML_PARSE_HUGE option|try XML_PARSE_HUGE)?,?\s*line \d+, column \d+")
_OF_XML = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_WRAPPER = "_"
_DAMAGED = frozenset({
    etree.ErrorTypes.ERR_INVALID_CHAR,
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_INVALID_CHARREF,
    etree.ErrorTypes.ERR_INVALID_HEX_CHARREF,
    etree.ErrorTypes.ERR_INVALID_DEC_CHARREF,
})  # fmt: skip


@dataclass(frozen=True)
class Head:
    """What is before the first record."""

    root: str
    """Local name of the root element."""
    namespaces: Mapping[str | None, str]
    """URI by prefix, as they hold for the records."""
    texts: Mapping[str, str]
    """Text of the first element of each local name."""
    attributes: Mapping[str, Mapping[str, str]]
    """Attributes of the first element of each local name."""


def root_of(head: bytes) -> bytes | None:
    """Return the local name of the root element of an XML file; None if it begins with something else."""
    found = _root_tag(head)
    return found[2] if found else None


def _root_tag(head: bytes) -> re.Match[bytes] | None:
    """Return the beginning of the root element's tag, after declarations and comments."""
    position = 0
    while (start := head.find(b"<", position)) >= 0 and not head[position:start].strip():
        if head.startswith(b"<?", start):
            end = head.find(b"?>", start) + 2
        elif head.startswith(b"<!--", start):
            end = head.find(b"-->", start) + 3
        elif head.startswith(b"<!DOCTYPE", start):
            doctype = _DOCTYPE.match(head, start)
            end = doctype.end() if doctype else _end_of_subset(head, start)
        else:
            return _ROOT.match(head, start)
        if end <= start:
            return None
        position = end
    return None


def _end_of_subset(head: bytes, start: int) -> int:
    """Return the end of a DOCTYPE whose internal subset contains brackets; -1 if it has none."""
    found = re.compile(rb"\]\s*>").search(head, start)
    return found.end() if found else -1


def read_head(text: bytes) -> Head:
    """Return what is before the first record.

    Raises:
        DumpError: It declares entities, is too long, or is no XML.
    """
    if _ENTITY_DECLARATION.search(text):
        raise DumpError(
            "The XML declares entities of its own, which is not read: they can grow without limit or name "
            "other files. Replace them in the dump, and remove their declarations.",
            RejectCode.UNSAFE_MARKUP,
        )
    if len(text) > MAX_HEAD_BYTES:
        raise DumpError(
            f"The XML has more than {MAX_HEAD_BYTES:,} bytes before its first record.",
            RejectCode.LIMIT_EXCEEDED,
        )
    bare = _without_entities(_without_doctype(_DECLARATION.sub(b"", text, count=1)), Counter())
    root_tag = _root_tag(bare)
    begin = bare[: bare.find(b">", root_tag.end()) + 1] if root_tag else b""
    elements = _elements_before(bare) or _elements_before(begin)
    if not elements:
        raise DumpError("The XML is broken before its first record.", RejectCode.MALFORMED)
    last = elements[-1]
    texts: dict[str, str] = {}
    attributes: dict[str, Mapping[str, str]] = {}
    for element in elements:
        name = name_of(element)
        attributes.setdefault(name, {str(key): str(value) for key, value in element.attrib.items()})
        if element.text and element.text.strip():
            texts.setdefault(name, " ".join(element.text.split()))
    root = name_of(elements[0])
    return Head(root, dict(last.nsmap), texts, attributes)


def _without_doctype(text: bytes) -> bytes:
    found = _DOCTYPE.match(text, max(text.find(b"<!DOCTYPE"), 0))
    return text[: found.start()] + text[found.end() :] if found else text


def _elements_before(text: bytes) -> list[etree._Element]:
    """Return the elements before the first record, and one in its place; nothing if the text is broken.

    That one has all ancestors of a record, and so their namespaces.
    """
    parser = etree.XMLPullParser(("start", "end"), **SAFE)
    try:
        parser.feed(text + f"<{_WRAPPER}/>\n\n".encode())  # a parser waits for four bytes
        elements = [found for _, found in parser.read_events() if isinstance(found, etree._Element)]
    except etree.XMLSyntaxError:
        return []
    is_whole = bool(elements) and name_of(elements[-1]) == _WRAPPER
    return elements if is_whole else []


SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class RecordParser:
    """Parses single records of one document."""

    def __init__(self, namespaces: Mapping[str | None, str]) -> None:
        declarations = "".join(
            f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in namespaces.items()
        )
        self._before = f"<{_WRAPPER}{declarations}>".encode()
        self._after = f"</{_WRAPPER}>".encode()
        self._parser = etree.XMLParser(**SAFE)

    def parse(self, record: bytes, warnings: Counter[str]) -> etree._Element:
        """Return a record as an element.

        Raises:
            BadObjectError: It is not well-formed, nests too deep, or contains bytes that are no text.
        """
        if b"&" in record:
            record = _without_entities(record, warnings)
        try:
            wrapper = etree.fromstring(self._before + record + self._after, self._parser)
        except etree.XMLSyntaxError as error:
            raise BadObjectError(f"The record is broken: {_message(error)}.", _code(error)) from None
        return wrapper[0]


def _without_entities(text: bytes, warnings: Counter[str]) -> bytes:
    """Return XML in which the only entities are those that every parser knows."""

    def replaced(found: re.Match[bytes]) -> bytes:
        name = found[1]
        if name is None and found[2] is None:
            warnings[BARE_AMPERSAND] += 1
            return b"&amp;"
        if name is None or name in _OF_XML:
            return found[0]
        character = html5.get(f"{name.decode()};")
        if character is None:
            warnings[UNKNOWN_ENTITY] += 1
            return b"&amp;" + name + b";"
        return escape(character).encode()

    sections = _sections(text, b"<![CDATA[", b"]]>")
    return b"".join(piece if is_cdata else _ENTITY.sub(replaced, piece) for is_cdata, piece in sections)


def _sections(text: bytes, opening: bytes, closing: bytes) -> Iterator[tuple[bool, bytes]]:
    """Yield a text in pieces, each with whether it is from `opening` to the next `closing`.

    Takes time linear in the text, however many sections it opens and does not close.
    """
    position = 0
    while (start := text.find(opening, position)) >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        yield False, text[position:start]
        position = end + len(closing)
        yield True, text[start:position]
    yield False, text[position:]


def _message(error: etree.XMLSyntaxError) -> str:
    text = _PLACE.sub("", error.msg or "not well-formed")
    return " ".join(text.split()).rstrip(".,") or "not well-formed"


def _code(error: etree.XMLSyntaxError) -> RejectCode:
    code = getattr(error, "code", None)  # unknown to the types of lxml
    if code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return RejectCode.LIMIT_EXCEEDED
    return RejectCode.DAMAGED_TEXT if code in _DAMAGED else RejectCode.MALFORMED


class Furniture:
    """Known text outside of records."""

    def __init__(self, names: Iterable[str]) -> None:
        tag = rf"(?:[\w.-]+:)?(?:{'|'.join(sorted(names))})"
        self._doctype = re.compile(rb"<!DOCTYPE[^\[<>]*>")
        self._leaf = re.compile(rf"<({tag})(?:\s[^<>]*)?>[^<]*</\1\s*>".encode())
        self._tag = re.compile(rf"</?{tag}(?:\s[^<>]*)?/?>".encode())

    def rest(self, text: bytes) -> bytes:
        """Return what is left of a text without what is known."""
        if not text.strip():
            return b""
        for opening, closing in ((b"<!--", b"-->"), (b"<?", b"?>")):
            text = b" ".join(piece for is_one, piece in _sections(text, opening, closing) if not is_one)
        for pattern in (self._doctype, self._leaf, self._tag):
            text = pattern.sub(b" ", text)
        return text.strip()
