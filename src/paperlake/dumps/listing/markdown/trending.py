"""The trending page as Markdown, in the shapes of two tools: headings with bare abstracts and lists of marks.

An entry is `### Title` or `### [Title](link)`, the abstract, and lines such as `- 8 authors`,
`· Published on Oct 4, 2026`, `[Upvote 117](…)` and `[GitHub 11.3k](…)`. `reader.py` tells the shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from paperlake.dumps.fields.dates import MONTH_PATTERN, PrintedDate, read_printed_date
from paperlake.dumps.fields.identifiers import read_arxiv_id
from paperlake.dumps.listing.furniture import SITE_PHRASES, is_furniture
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.text_lines import is_truncation_mark
from paperlake.text.folding import fold, fold_paragraphs

MAX_TITLE_LINES = 4
MAX_TITLE = 300  # characters over all lines
MAX_MARK = 600  # characters of a line of marks, with its links
MAX_SUBMITTER = 60

_PICTURE = r"(?:!\[[^\[\]]*\]|\[(?:图片|[Ii]mage|IMAGE|[Pp]icture)[:\uff1a]?[^\[\]]*\])(?:\([^()\s]*\))?"
_HEADING = re.compile(r"###\s+(?P<text>\S.*)")
_LINKED = re.compile(r"\[(?P<title>.+)\]\((?P<url>[^()\s]+)\)\s*", re.DOTALL)
_AUTHORS = re.compile(r"(?:[-•*·]\s*)?(\d{1,5}) authors?")
_PUBLISHED = re.compile(
    rf"(?:\[(?:{_PICTURE})?\s*(?P<organization>[^\[\]]*)\]\([^()\s]*\)\s*)?·\s*Published on "
    rf"(?P<date>(?:{MONTH_PATTERN})\.? \d{{1,2}}(?:, ?\d{{4}})?)"
)
_UPVOTE = re.compile(r"\[Upvote\s+(?P<votes>[\d,.]+k?|-)\]\([^()\s]*\)")
_UPVOTE_END = re.compile(r"(?P<votes>[\d,.]+k?|-)\]\([^()\s]*\)")
_LINKS = re.compile(r"(?:\[[^\[\]]{1,120}\]\([^()\s]+\)\s*)+")
_LINK = re.compile(r"\[(?:LINK:\s*)?(?P<text>[^\[\]]+)\]\((?P<url>[^()\s]+)\)")
_STARS = re.compile(r"GitHub\s+(?P<stars>[\d,.]+)(?P<thousand>k?)")
_DECORATION = re.compile(
    rf"[-•*]?\s*(?:{_PICTURE}|\[{_PICTURE}\s*\]\([^()\s]*\)|<a\s[^<>]*>(?:</a>)?|[-•*])?\s*", re.IGNORECASE
)
_SUBMITTED = re.compile(r"Submitted by(?: (?P<name>\S.{0,60}))?")
_TOOL_LINE = re.compile(
    r"(?:- )?(?:\*\*)?[A-Z][\w ]{0,30}:(?:\*\*)? .*|\*\*[A-Z][\w ]{0,30}:\*\* .*|#{1,2} .*"
)
_RULE = re.compile(r"([-=_*]\s?){3,}")
_MARK = re.compile(
    r"^[-•*]?[ ]?\d{1,5} authors?[ \t]*$|· Published on |^\[Upvote|^\[(?:LINK: )?GitHub [\d.,]+k?\]\(",
    re.MULTILINE,
)
_HEADINGS = re.compile(r"^### \S", re.MULTILINE)
_SITE_LINK = re.compile(r"https?://huggingface\.co/papers\b")
# The other shapes, which `reader.py` reads: the abstract is the text of a link, or links are numbered.
_OTHER_SHAPE = re.compile(r"^### \[[^\n]+\n+\[[^\n!]{60,}|^### \[[^\n]*\]\[\d+\]", re.MULTILINE)


def is_trending_page(text: str) -> bool:
    """Return whether a text has headings with the marks of the trending page, and names the page."""
    headings = len(_HEADINGS.findall(text))
    marks = len(_MARK.findall(text))
    if not headings or 2 * marks < headings or _OTHER_SHAPE.search(text):
        return False
    if _SITE_LINK.search(text):
        return True
    return any(line.strip().lstrip("# ") in SITE_PHRASES for line in text.split("\n"))


@dataclass
class TrendingEntry:
    """One heading and the lines after it."""

    start: int
    """Index of the heading."""
    end: int
    """Index after the last line of the entry."""
    row: ParsedRow
    date: PrintedDate | None = None
    paragraphs: list[str] = field(default_factory=list)
    has_marks: bool = False


class TrendingLines:
    """Reads the entries of a page, and collects the lines that are furniture."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.furniture: set[int] = set()

    def entries(self, first: int = 0) -> Iterator[TrendingEntry]:
        """Yield the entries in order; after the last, `furniture` is complete."""
        index = self._chrome(first)
        while index < len(self._lines):
            entry, index = self._entry(index)
            yield entry

    def _chrome(self, index: int) -> int:
        """Collect furniture up to the next heading of an entry; return the index of that heading."""
        submitted = False
        while index < len(self._lines) and _HEADING.match(self._lines[index]) is None:
            line = self._lines[index].strip()
            if line:
                is_name = submitted and len(line) <= MAX_SUBMITTER and not _DECORATION.fullmatch(line)
                if is_name or _is_chrome(line) or (len(line) <= MAX_MARK and _TOOL_LINE.fullmatch(line)):
                    self.furniture.add(index)
                if is_name:
                    submitted = False
                elif _SUBMITTED.fullmatch(line) is not None:
                    submitted = _SUBMITTED.fullmatch(line)["name"] is None  # type: ignore[index]
            index += 1
        return index

    def _entry(self, heading: int) -> tuple[TrendingEntry, int]:
        """Return the entry at a heading, and the index of the next heading."""
        row, index = self._title(heading)
        entry = TrendingEntry(heading, index, row)
        after_blank = False
        while index < len(self._lines):
            line = self._lines[index].strip()
            if _HEADING.match(self._lines[index]):
                break
            if not line:
                after_blank = True
            elif self._take_mark(entry, line):
                entry.end, entry.has_marks = index + 1, True
            elif _is_chrome(line):
                if _SUBMITTED.fullmatch(line) or _RULE.fullmatch(line) or line.lstrip("# ") in SITE_PHRASES:
                    break
                self.furniture.add(index)
            elif entry.has_marks or is_truncation_mark(line):
                break
            else:
                if after_blank and entry.paragraphs:
                    entry.paragraphs.append("")
                entry.paragraphs.append(line)
                entry.end, after_blank = index + 1, False
            index += 1
        entry.row["abstract"] = fold_paragraphs("\n".join(entry.paragraphs))
        return entry, self._chrome(index)

    def _title(self, heading: int) -> tuple[ParsedRow, int]:
        """Return title, link and id of a heading, and the index after it; a long title has several lines."""
        lines = self._lines
        end = heading + 1
        while end < min(heading + MAX_TITLE_LINES, len(lines)) and lines[end].strip():
            end += 1
        is_closed = end >= len(lines) or not lines[end].strip()
        for after in range(heading + 1, end + 1):
            linked = _LINKED.fullmatch("\n".join(lines[heading:after]).removeprefix("###").strip())
            if linked is not None:
                row: ParsedRow = {"title": fold(linked["title"]), "url": linked["url"]}
                row["arxiv_id"] = read_arxiv_id(linked["url"].rsplit("/", 1)[-1])
                return row, after
        text = " ".join(lines[heading:end]).removeprefix("###")
        if not is_closed or len(text) > MAX_TITLE:
            return {"title": fold(lines[heading].removeprefix("###"))}, heading + 1
        return {"title": fold(text)}, end

    def _take_mark(self, entry: TrendingEntry, line: str) -> bool:
        """Read a line of marks into the entry; return whether it is one."""
        if len(line) > MAX_MARK:
            return False
        row = entry.row
        if found := _AUTHORS.fullmatch(line):
            row["author_count"] = int(found[1]) or None
        elif found := _PUBLISHED.fullmatch(line):
            entry.date = read_printed_date(found["date"])
            row["published_text"] = found["date"]
            row["organization"] = fold(found["organization"]) if found["organization"] else None
        elif line == "[Upvote":
            pass
        elif found := _UPVOTE.fullmatch(line) or _UPVOTE_END.fullmatch(line):
            row["upvote_count"] = _count(found["votes"])
        elif _LINKS.fullmatch(line):
            return _take_links(row, line)
        else:
            return False
        return True


def _take_links(row: ParsedRow, line: str) -> bool:
    """Read the links of a line into a row; return whether one of them is a known button."""
    known = False
    for link in _LINK.finditer(line):
        text, url = link["text"].strip(), link["url"]
        if stars := _STARS.fullmatch(text):
            row["code_url"], row["code_star_count"] = url, _count(stars["stars"] + stars["thousand"])
        elif text == "GitHub":
            row["code_url"] = url
        elif text.lower() in ("arxiv page", "arxiv"):
            row["arxiv_id"] = row.get("arxiv_id") or read_arxiv_id(url)
        elif text.lower() in ("project page", "project", "website"):
            row["project_url"] = url
        else:
            continue
        known = True
    return known


def _count(text: str) -> int | None:
    """Return `11.3k` as 11300; None for `-`."""
    bare = text.replace(",", "").removesuffix("k")
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,3})?", bare):
        return None
    return int(Decimal(bare) * (1000 if text.endswith("k") else 1))


def _is_chrome(line: str) -> bool:
    """Return whether a stripped line between entries is furniture: menus, pictures, bullets, anchors."""
    if len(line) > MAX_MARK:
        return False
    if _DECORATION.fullmatch(line) or _SUBMITTED.fullmatch(line):
        return True
    bare = re.sub(_PICTURE + r"\s*", "", line)
    bare = fold(re.sub(r"\[([^\[\]]*)\]\([^()\s]*\)", r"\1", bare).lstrip("# ")) or ""
    return is_furniture(bare) or is_furniture(line)
