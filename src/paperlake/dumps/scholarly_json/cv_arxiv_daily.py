"""The reader of `cv_arxiv_daily`: JSON of arXiv ids by topic, whose values are rows of a Markdown table.

Written by the tool cv-arxiv-daily and its many copies: date, title, first author, links to PDF and code. The
topic is a label that came with the data: the category.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import retrieved_day_in_path
from paperlake.dumps.fields.identifiers import read_arxiv_id
from paperlake.dumps.reading import (
    PART_ROWS,
    DumpError,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.scholarly_json.object_reader import checked_row
from paperlake.dumps.scholarly_json.people import read_authors
from paperlake.dumps.scholarly_json.values import Warnings, read_day, shown
from paperlake.dumps.structured.json_objects import BadObjectError, decode, known_text
from paperlake.settings import Settings
from paperlake.text.display import reject_text
from paperlake.text.folding import fold

_BEGINS = re.compile(
    rb'\s*(?:\xef\xbb\xbf)?\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"[a-z-]*(?:\.[A-Z]{2})?/?[\d.]{7,10}(?:v\d+)?"\s*:'
    rb'\s*"(?:\||- )\s*\*\*'
)
_ID = r"\"([a-z-]*(?:\.[A-Z]{2})?/?[\d.]{7,10}(?:v\d+)?)\""
_DAMAGED_ROW = re.compile(rf"{_ID}\s*:\s*(\"(?:[^\"\\]|\\.)*\")")
_LINK = re.compile(r"\[([^\[\]]*)\]\((https?://[^\s()]+)\)")
_ITEM = re.compile(
    r"- (?P<date>[^,]+), \*\*(?P<title>.+)\*\*, (?P<authors>[^,]*?(?:et\.? ?al\.?)?), Paper: (?P<links>.*)",
    re.DOTALL,
)
_BOLD = "*"


class CvArxivDailyReader:
    """Reads `{topic: {arXiv id: table row}}`."""

    format = DumpFormat.CV_ARXIV_DAILY

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether it begins with a topic, an arXiv id and a table row in bold."""
        return _BEGINS.match(head) is not None

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:  # noqa: ARG002
        """Read row by row; each is an entry or a reject, by its number."""
        snapshot = retrieved_day_in_path(dump.path)
        return ParsedDump(None, None, snapshot, None, _parts(_rows(dump.content())))


READER = CvArxivDailyReader()


def _rows(content: bytes) -> Iterator[tuple[str | None, str, object]]:
    """Yield topic, id and value of each row; of a broken dump without the topics.

    Raises:
        DumpError: The dump is broken, and no row can be read.
    """
    try:
        value = decode(content)
    except BadObjectError as error:
        text = content.decode("utf-8", "replace")
        found = list(_DAMAGED_ROW.finditer(text))
        if not found:
            raise DumpError(str(error), error.code) from error
        for row in found:
            try:
                yield None, row[1], decode(row[2].encode())
            except BadObjectError:
                yield None, row[1], None
        yield None, "", text[found[-1].end() :]
        return
    if not isinstance(value, dict):
        raise DumpError("The dump is no object of topics.", RejectCode.WRONG_TYPE)
    for topic, rows in value.items():
        if isinstance(rows, dict):
            for paper_id, row in rows.items():
                yield topic, paper_id, row
        else:
            yield topic, "", rows


def _parts(rows: Iterator[tuple[str | None, str, object]]) -> Iterator[ParsedPart]:
    entries: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    warnings: Warnings = Counter()
    for number, (topic, paper_id, row) in enumerate(rows, start=1):
        seen: Warnings = Counter()
        try:
            entry = checked_row(_entry(topic, paper_id, row, seen), None)
        except BadObjectError as error:
            text = row if isinstance(row, str) else shown(row)
            rejects.append(reject_row(error.reason, reject_text(f"{paper_id} {text}"), entry_number=number))
        else:
            warnings.update(seen)
            entries.append({"entry_number": number, **entry})
        if len(entries) + len(rejects) == PART_ROWS:
            yield ParsedPart(entries_frame(entries), rejects_frame(rejects), warnings)
            entries, rejects, warnings = [], [], Counter()
    if entries or rejects:
        yield ParsedPart(entries_frame(entries), rejects_frame(rejects), warnings)


def _entry(topic: str | None, paper_id: str, row: object, warnings: Warnings) -> ParsedRow:
    text = known_text(row, "row") if isinstance(row, str) else None
    if text is None:
        raise BadObjectError("The row is no text.", RejectCode.WRONG_TYPE)
    cells = _cells(text.strip())
    if cells is None:
        raise BadObjectError("The row has no cells for date, title, authors and links.", RejectCode.MALFORMED)
    date, title, authors, links = cells
    published, published_text = read_day(date, "date", warnings)
    found = _LINK.findall(links)
    papers = [link for _, link in found if read_arxiv_id(link)]
    code = next((link for _, link in found if link not in papers and "github" in link), None)
    return {
        "title": fold(title),
        "authors": read_authors(authors, warnings),
        "published_date": published,
        "published_text": published_text,
        "arxiv_id": read_arxiv_id(paper_id) or next(map(read_arxiv_id, papers), None),
        "url": papers[0] if papers else None,
        "code_url": code or next((link for _, link in found if link not in papers), None),
        "categories": [label] if (label := fold(known_text(topic, "topic"))) else None,
    }


def _cells(text: str) -> tuple[str, str, str, str] | None:
    """Return date, title, authors and the text of the links; None if the row is of another shape."""
    if text.startswith("|"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", text.strip("|"))]
        if len(cells) < 4:
            return None
        extra = len(cells) - 5  # bars within the title
        title = "|".join(cells[1 : 2 + extra]) if extra > 0 else cells[1]
        authors, *links = cells[2 + max(extra, 0) :]
        return cells[0].strip(_BOLD), title.strip(_BOLD), authors, " ".join(links)
    item = _ITEM.match(text)
    if item is None:
        return None
    return item["date"].strip(_BOLD + " "), item["title"], item["authors"], item["links"]
