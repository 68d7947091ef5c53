"""Tests for the looks of titles and abstracts: length, prose, headings, wrapped lines, continued paragraphs.

Each test is about one or two texts; the order of texts is used in `blocks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise

MAX_TITLE = 250  # characters; the longest of the 364 known papers has 159
MIN_LONG = 300  # characters; a text of this length is never a title
MIN_WRAPPED = 12  # characters; a shorter line above a title, such as `Log in`, is more likely part of a menu
MIN_WRAP = 40  # characters; programs that wrap lines do so at 60 to 120
MAX_ABSTRACT = 2500  # characters; arXiv allows 1920, so paragraphs that add up to more are of two papers
MIN_SENTENCE = 60  # characters; titles that end with a full stop are mostly shorter
MAX_LABEL = 20  # characters of a button or a word of a menu
MAX_HEADING = 40  # characters of the headings below, with a number in front

_ABSTRACT_OPENING = re.compile(r"(?:We|Our|This|It|In this|Here|The paper|The authors?)\b")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")
_SENTENCE_BREAK = re.compile(r"[^\W_][)\]]?[.!?] +[A-Z]")
_CONNECTING = re.compile(
    r"(?:[:,\-–—&(/]|\b(?:of|for|with|and|the|a|an|in|on|to|via|by|from|using|through|as|at|or|into|under))$"
)
_PLAIN_LOWER_WORD = re.compile(r"[a-z]+(?= |$)")
_LOWER_WORD = re.compile(r"[a-z]+[ ,]")
_AVAILABLE = re.compile(
    r"(?:https?://\S+$|(?:(?:Our|The|All|Source|Project|Index) )?"
    r"(?:code|data|dataset|models?|page|demo|website|github|keywords|terms)\b.*(?:https?://|available|released))",
    re.IGNORECASE,
)
# Links, Markdown, records of reference managers, code: no title begins with them; `#MeToo …` is a title.
_NO_TITLE = re.compile(
    r"#+ |[|>=*+-] |```|\*\*|!?\[[^\]]*\]\(|</?\w+[^>]*>|@\w+\{|[A-Z][A-Z0-9]  ?- |\||>>>|\"\"\"|//|/\*|\.\. "
    r"|(?:pdf|link|url|abstract|authors?|score|rating|date|published|updated|summary|tl;?dr|arxiv|doi|code)s?:"
    r"|\W*\d[\d\s.,:;/%+-]*\W*$|\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)
_LINK_IN_TITLE = re.compile(r"https?://|www\.\w+\.\w|\*\*:|[;{}\\]$|^.{1,60}:$")
_HEADINGS = frozenset({
    "abstract", "acknowledgements", "acknowledgments", "appendix", "background", "conclusion", "conclusions",
    "contents", "contributing", "discussion", "evaluation", "experiments", "features", "findings",
    "future work", "getting started", "installation", "introduction", "license", "limitations", "method",
    "methodology", "methods", "motivation", "objective", "objectives", "overview", "purpose", "references",
    "related work", "requirements", "results", "summary", "table of contents", "usage",
})  # fmt: skip
_HEADING_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*\.?|[IVX]+\.) ")


class Shape(IntEnum):
    """The class of a text by its length and its sentences."""

    SHORT = 1
    """A title, or another short text."""
    LONG = 2
    """An abstract or a paragraph of one."""
    BETWEEN = 3
    """Too long for a title, too short to be certainly an abstract."""


def shape_of(text: str) -> Shape:
    """Return the class of a folded text."""
    length = len(text)
    if length >= MIN_LONG:
        return Shape.LONG
    if length <= MAX_TITLE:
        return Shape.SHORT
    return Shape.LONG if is_prose(text) else Shape.BETWEEN


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a full stop, a question mark or an exclamation mark."""
    return _SENTENCE_END.search(text[-8:]) is not None


def is_sentence(text: str) -> bool:
    """Return whether a short text is prose, of `MIN_SENTENCE` characters or more, with a final full stop."""
    return len(text) >= MIN_SENTENCE and text.endswith(".") and is_prose(text)


def has_sentences(text: str) -> bool:
    """Return whether a text has more than one sentence."""
    return ends_sentence(text) and _SENTENCE_BREAK.search(text) is not None


def reads_like_abstract(text: str) -> bool:
    """Return whether a short text is an abstract by its wording alone."""
    return is_sentence(text) and (has_sentences(text) or _ABSTRACT_OPENING.match(text) is not None)


def is_prose(text: str) -> bool:
    """Return whether a text reads like sentences rather than like a title."""
    if not ends_sentence(text):
        return False
    if _SENTENCE_BREAK.search(text):
        return True
    words = text.split()
    return len(words) >= 8 and 5 * sum(word[0].islower() for word in words) >= 3 * len(words)


def can_be_title(text: str) -> bool:
    """Return whether a short text is no link, no Markdown, no code and no heading of a document."""
    if _NO_TITLE.match(text) or _LINK_IN_TITLE.search(text):
        return False
    return len(text) > MAX_HEADING or not is_heading(text)


def is_label_beside(text: str, other: str) -> bool:
    """Return whether a text is a label such as `Log in`, compared with another that may be a title."""
    return len(text) <= MAX_LABEL and 2 * len(text) <= len(other) and len(text.split()) <= 3


def is_heading(text: str) -> bool:
    """Return whether a text is a heading inside a document, such as `2. Methods`."""
    return _HEADING_NUMBER.sub("", text).rstrip(":.").lower() in _HEADINGS


def continues(text: str, paragraph: str) -> bool:
    """Return whether a paragraph clearly continues the text before it."""
    if _AVAILABLE.match(paragraph):
        return True
    if len(paragraph) < MIN_LONG and not is_prose(paragraph):
        return False
    return text.endswith((":", ";", ",")) or (
        not ends_sentence(text) and _LOWER_WORD.match(paragraph) is not None
    )


class Wrap(IntEnum):
    """The answer whether two adjacent short lines are one wrapped title."""

    NO = 0
    YES = 1
    UNSURE = 2


def wraps_onto(line: str, following: str, longest: int | None) -> Wrap:
    """Return whether a short line continues in the line below it.

    Args:
        line: The upper line.
        following: The lower line.
        longest: Characters of the longest short line of a page on which blank lines separate texts, so that
            adjacent lines belong together; None for other pages. It is at most the width at which the page
            was wrapped.
    """
    if line == following or ends_sentence(line) or is_prose(following):
        return Wrap.NO
    if len(line) + len(following) >= MAX_TITLE:
        return Wrap.NO
    if _CONNECTING.search(line) or _PLAIN_LOWER_WORD.match(following):
        return Wrap.YES if len(line) >= MIN_WRAPPED else Wrap.UNSURE
    if longest is None or len(line) < MIN_WRAP:
        return Wrap.NO
    return Wrap.YES if len(line) + 1 + len(following.split(" ", 1)[0]) > longest else Wrap.UNSURE


def is_wrapped_paragraph(lines: Sequence[str]) -> bool:
    """Return whether three or more adjacent lines are one paragraph, wrapped at a fixed width.

    A program breaks a line only where the next word would exceed the width.
    """
    width = max(map(len, lines))
    if len(lines) < 3 or not MIN_WRAP <= width <= MAX_TITLE:
        return False
    return all(len(line) + 1 + len(following.split(" ", 1)[0]) > width for line, following in pairwise(lines))
