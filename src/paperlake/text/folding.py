"""Folding of white space: a text as one line, or as one line per paragraph.

`fold_columns.py` does the same for whole columns. Letter case and punctuation are never changed here.
"""

from __future__ import annotations

import re
import unicodedata

PARAGRAPH_BREAK = "\n\n"  # between the paragraphs of one abstract

_PARAGRAPHS = re.compile(r"\n(?:[^\S\n]|\x00)*\n|\u2029")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_COMBINING = re.compile(r"[\u0300-\u036f]")
# White space other than a single blank, or invisible characters.
_UNTIDY = re.compile(r"[^\S ]|  |[\u200b\u2060\ufeff]")


def fold(text: str | None) -> str | None:
    r"""Return a text on one line with single blanks; None if nothing remains. NUL counts as white space.

    >>> fold(" On the Colour\n of  Ponds ")
    'On the Colour of Ponds'
    """
    return " ".join(text.replace("\0", " ").split()) or None if text else None


def fold_paragraphs(text: str | None) -> str | None:
    r"""Return a text with one line per paragraph and `PARAGRAPH_BREAK` between; None if nothing remains.

    >>> fold_paragraphs("We look\nat ponds.\n \nThey are green.")
    'We look at ponds.\n\nThey are green.'
    """
    if not text:
        return None
    if "\n" not in text and "\u2029" not in text:
        return fold(text)
    paragraphs = (fold(paragraph) for paragraph in _PARAGRAPHS.split(text))
    return PARAGRAPH_BREAK.join(paragraph for paragraph in paragraphs if paragraph) or None


def fold_printed_line(line: str) -> str:
    """Return a line as it looks on a page: folded, without invisible characters, accents composed.

    Only a line that was decomposed is composed (NFC), so that other characters stay as they were written.
    An empty line stays an empty text.
    """
    if not line.isascii() and _is_decomposed(line):
        line = unicodedata.normalize("NFC", line)
    if _UNTIDY.search(line) is None:
        return line.strip()
    return " ".join(_INVISIBLE.sub("", line).split())


def _is_decomposed(line: str) -> bool:
    """Return whether a line holds letters whose accents are characters of their own."""
    if unicodedata.is_normalized("NFC", line):
        return False
    return _COMBINING.search(line) is not None or unicodedata.is_normalized("NFD", line)
