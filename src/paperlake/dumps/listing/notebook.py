"""The plain export of a notebook tool: a listing in layout cards with every link on a line below its text.

The lines are brought to the marks of a plain listing here: `[-] 19` to votes, `[` and `6 authors](…)` to an
author slot, the number above a link to the discussion to the comments of the date. `blocks.py` reads it then.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from urllib.parse import unquote

from paperlake.dumps.fields.identifiers import read_arxiv_id
from paperlake.dumps.listing.furniture import is_furniture
from paperlake.dumps.listing.line_marks import LineKind, Tokens

MIN_PAPER_LINKS = 2  # lines that are a link to a paper
MIN_VOTES = 1  # lines such as `[-] 19`

_LINK = re.compile(r"https?://\S+")
_PAPER_LINK = re.compile(r"https?://[^/?#\s]+/papers/([^/?#\s]+)")
_VOTES = re.compile(r"\[-\] (\d{1,6}|-)")
_AUTHORS = re.compile(r"(\d{1,5} authors?)\]\(\S*\)")
_QUERY = re.compile(r"[?&]q=([^&\s#]+)")
_PIECES = frozenset({"by", "AK", "and the research community"})  # of one heading, around a link


@dataclass(frozen=True)
class PaperLinks:
    """The links of an export, in order."""

    lines: list[int]
    """Line numbers, from 1."""
    urls: list[str]

    def between(self, start: int, end: int) -> tuple[str, str | None] | None:
        """Return the first link to a paper from line `start` to before `end`, and its arXiv id."""
        for place in range(bisect_left(self.lines, start), bisect_left(self.lines, end)):
            paper = _PAPER_LINK.fullmatch(self.urls[place])
            if paper is not None:
                return self.urls[place], read_arxiv_id(paper[1])
        return None


NO_LINKS = PaperLinks([], [])


def is_export(tokens: Tokens) -> bool:
    """Return whether links to papers are on lines of their own, and votes are in front of titles."""
    papers = sum(_PAPER_LINK.fullmatch(text) is not None for text in tokens.texts)
    return papers >= MIN_PAPER_LINKS and sum(map(bool, map(_VOTES.fullmatch, tokens.texts))) >= MIN_VOTES


def plain_tokens(tokens: Tokens, front_matter: str) -> tuple[Tokens, PaperLinks]:
    """Return the lines of an export without links, as the marks of a plain listing, and its links.

    Args:
        tokens: All lines.
        front_matter: Its address tells the words that were searched, which the page repeats.
    """
    query = _QUERY.search(front_matter)
    chrome = _PIECES | ({unquote(query[1])} if query else set())
    plain = Tokens([], [], [], frozenset())
    links = PaperLinks([], [])
    damaged: set[int] = set()
    for place, shown in enumerate(tokens.texts):
        text = shown
        kind, line = tokens.kinds[place], tokens.lines[place]
        if place in tokens.damaged:
            damaged.add(len(plain.kinds))
        elif _LINK.fullmatch(text):
            links.lines.append(line)
            links.urls.append(text)
            if text.endswith("#community"):
                _join_comments(plain)
            continue
        elif text == "[":
            continue
        elif votes := _VOTES.fullmatch(text):
            kind, text = LineKind.NUMBER, votes[1]
        elif authors := _AUTHORS.fullmatch(text):
            kind, text = LineKind.AUTHORS, authors[1]
        elif text in chrome or (text.startswith("# ") and is_furniture(text[2:])):
            kind = LineKind.FURNITURE
        plain.kinds.append(kind)
        plain.texts.append(text)
        plain.lines.append(line)
    return Tokens(plain.kinds, plain.texts, plain.lines, frozenset(damaged)), links


def _join_comments(plain: Tokens) -> None:
    """Append a number that is directly below a date to that date: the count of comments."""
    if plain.kinds[-2:] == [LineKind.DATE, LineKind.NUMBER] and plain.texts[-1].isdigit():
        number = plain.texts.pop()
        plain.kinds.pop()
        plain.lines.pop()
        plain.texts[-1] += f" {number}"
