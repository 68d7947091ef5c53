"""Children and texts of an element, by local name: the schemas of one format differ in their namespaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from lxml import etree

from paperlake.dumps.fields.dates import read_iso_day
from paperlake.dumps.fields.identifiers import read_doi
from paperlake.text.folding import fold, fold_paragraphs
from paperlake.text.markup import strip_tags

Children = dict[str, list[etree._Element]]
"""The children of an element by local name, in order."""


def name_of(element: etree._Element) -> str:
    """Return the local name of an element."""
    return _local_name(str(element.tag))


@lru_cache(maxsize=1024)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def children_of(element: etree._Element) -> Children:
    """Return the children of an element by local name."""
    found: Children = {}
    for child in element:
        found.setdefault(name_of(child), []).append(child)
    return found


def descend(element: etree._Element, *names: str) -> etree._Element | None:
    """Return the first child of the first name, of that the first child of the second, and so on."""
    current: etree._Element | None = element
    for name in names:
        if current is None:
            return None
        current = next((child for child in current if name_of(child) == name), None)
    return current


def text_of(element: etree._Element | None) -> str | None:
    """Return the text of an element and all in it on one line; None if there is none."""
    if element is None:
        return None
    return fold(_inner_text(element) if len(element) else element.text)  # the second is the fast case


def _inner_text(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def first_text(children: Children, *names: str) -> str | None:
    """Return the first text of the children of the first name that has one."""
    texts = (text_of(child) for name in names for child in children.get(name, ()))
    return next((text for text in texts if text), None)


def texts_of(elements: Iterable[etree._Element]) -> list[str]:
    """Return the texts of elements, without those that have none."""
    return [text for text in map(text_of, elements) if text]


def plain_line(text: str | None) -> str | None:
    """Return a text without tags that were written as text, on one line."""
    return fold(strip_tags(text)) if text else None


def plain_paragraphs(element: etree._Element | None) -> str | None:
    """Return the text of an element without tags, one line per paragraph."""
    return None if element is None else fold_paragraphs(strip_tags(_inner_text(element)))


def unique(values: Iterable[str | None]) -> list[str] | None:
    """Return the values that are there, each once, in order; None if there are none."""
    return list(dict.fromkeys(value for value in values if value)) or None


def known_day(text: str | None, name: str, warnings: Counter[str]) -> date | None:
    """Return the day of an ISO date; count a text that is none.

    A year, or a year with its month, is a date without a day, and no mistake.
    """
    day = read_iso_day(text)
    if text and day is None and not text.replace("-", "").isdecimal():
        warnings[f"{name} is no date"] += 1
    return day


def known_doi(texts: Iterable[str | None], warnings: Counter[str]) -> str | None:
    """Return the first DOI of some texts; count one that is none."""
    for text in texts:
        for word in (text or "").split():
            doi = read_doi(word)
            if doi is not None:
                return doi
        if text:
            warnings["doi is no DOI"] += 1
    return None


def first_http(texts: Iterable[str | None]) -> str | None:
    """Return the first text that is a link."""
    return next(_links(texts), None)


def _links(texts: Iterable[str | None]) -> Iterator[str]:
    return (text for text in texts if text and text.startswith(("http://", "https://")) and " " not in text)
