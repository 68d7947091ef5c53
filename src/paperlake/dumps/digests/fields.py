"""Labels of digests and the values after them: `**Authors**: …`, `PDF: https://…`, columns of tables.

Lines are combined to records in `records.py` and `tables.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from paperlake.dumps.fields.dates import PrintedDate, make_date, read_iso_day, read_printed_date
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.scholarly_json.people import ET_AL
from paperlake.text.folding import fold, fold_paragraphs
from paperlake.text.markup import strip_tags
from paperlake.text.names import split_names

MIN_ABSTRACT = 40  # characters; a shorter value is a remark

# Labels in lower case and the field that they name; "note" is part of the entry and has no column.
LABELS: dict[str, str] = {
    label: field
    for field, labels in {
        "title": "title|paper title|标题|论文标题",
        "authors": "authors|author|author(s)|by|作者",
        "link": "link|links|pdf|url|paper|paper link|paper url|arxiv|arxiv link|arxiv id|arxiv url|abs|html|"
        "source|doi|pdf link|read|id|链接|论文链接",
        "abstract": "abstract|摘要",
        "summary": "summary|总结",
        "tldr": "tl;dr|tldr|ai summary|one-line summary|short summary",
        "date": "date|published|published on|published date|publication date|publish date|submitted|"
        "submitted on|release date|日期|发布日期",
        "updated": "updated|updated on|last updated|update date",
        "categories": "categories|category|subjects|subject|primary category|arxiv categories|分类",
        "keywords": "keywords|tags|关键词",
        "code": "code|github|repo|repository|code link|code url|代码",
        "project": "project|project page|website|homepage|demo",
        "venue": "venue|journal|conference|journal-ref|journal ref|published in",
        "license": "license|licence",
        "upvotes": "upvotes|votes|likes",
        "note": "comments|comment|note|notes|affiliations|affiliation|institutions|score|rank|relevance",
    }.items()
    for label in labels.split("|")
}
_LABEL = re.compile(
    r"\s*(?:(?:[-*+>]|\d{1,3}[.)])\s+)?(?:[^\w\s*_|#<\[(\"'`]+\s*)?"
    r"(?P<bold>\*\*|__)?\s*(?P<label>[^\W\d_][^\W_]*[\w ()/;&-]{0,28}?)\s*(?:\*\*|__)?\s*"
    r"[:\uff1a]\s*(?:\*\*|__)?\s*"
    r"(?P<value>.*)",
    re.DOTALL,
)
_MARKDOWN_LINK = re.compile(r"\[([^\[\]]*)\]\((\S+?)\)")
_URL = re.compile(r"https?://[^\s<>()\[\]|\"']+")
_BOLD = re.compile(r"(\*\*|__)(.+?)\1")
_NO_VALUE = frozenset({"", "null", "none", "n/a", "na", "-", "–", "—", "nan", "link", "unknown"})
_ET_AL = re.compile(r"\bet\.?\s*al\b", re.IGNORECASE)
_PAPER_SITE = re.compile(
    r"https?://(?:[\w-]+\.)*(?:arxiv\.org/(?:abs|pdf|html)/|alphaxiv\.org/|doi\.org/10\.|openreview\.net/(?:forum|pdf)|"
    r"aclanthology\.org/|huggingface\.co/papers/|proceedings\.\w+|biorxiv\.org/content|medrxiv\.org/content|"
    r"pubmed\.ncbi|semanticscholar\.org/paper|openaccess\.thecvf\.com/)"
)
_CODE_SITE = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|codeberg\.org|bitbucket\.org)/")


def read_label(line: str) -> tuple[str, str] | None:
    """Return field and value of a line that begins with a label; None for other lines.

    A bold label that is not in `LABELS` has the field `note`.
    """
    found = _LABEL.match(line)
    if found is None:
        return None
    field = LABELS.get(found["label"].strip().lower())
    if field is None:
        return ("note", found["value"]) if found["bold"] else None
    if found["value"].startswith("//"):
        return None  # `https://…` is no label
    return field, found["value"]


def plain(text: str) -> str | None:
    """Return a value on one line, without Markdown's emphasis, links and tags; None if it says nothing."""
    bare = _BOLD.sub(r"\2", _MARKDOWN_LINK.sub(r"\1", strip_tags(text)))
    folded = fold(bare.strip().strip("*_").strip())
    return None if folded is None or folded.lower() in _NO_VALUE else folded


def links_in(text: str) -> list[str]:
    """Return the links in a text, of Markdown and bare."""
    return [url.rstrip(".,;") for url in _URL.findall(text)]


def is_paper_link(url: str) -> bool:
    """Return whether a link leads to a paper: to an archive, a DOI or proceedings, or to a PDF."""
    return _PAPER_SITE.match(url) is not None or url.partition("?")[0].lower().endswith(".pdf")


def row_of(values: dict[str, str], warnings: Counter[str]) -> ParsedRow:
    """Return the columns of `entries` that labelled values fill.

    Args:
        values: Fields of `LABELS` with their texts.
        warnings: Values that are present and were not understood are counted here.
    """
    abstract, summary = values.get("abstract"), values.get("summary")
    if abstract is None:
        abstract, summary = summary, None  # digests without an abstract call it so
    summary = values.get("tldr") or summary
    row: ParsedRow = {
        "title": plain(values.get("title", "")),
        "abstract": fold_paragraphs(strip_tags(abstract)) if abstract and plain(abstract) else None,
        "summary": plain(summary) if summary else None,
        "venue": plain(values.get("venue", "")),
        "license": plain(values.get("license", "")),
    }
    _read_authors(values.get("authors", ""), row, warnings)
    _read_links(values, row)
    _read_dates(values, row, warnings)
    for field in ("categories", "keywords"):
        labels = plain(values.get(field, ""))
        if labels:
            row[field] = list(dict.fromkeys(part for part in re.split(r"\s*[,;]\s*", labels) if part)) or None
    votes = plain(values.get("upvotes", ""))
    if votes is not None:
        if re.fullmatch(r"[\d,]{1,12}", votes):
            row["upvote_count"] = int(votes.replace(",", "") or 0)
        else:
            warnings["upvotes are no number"] += 1
    return row


def _read_authors(text: str, row: ParsedRow, warnings: Counter[str]) -> None:
    shown = plain(text)
    names = split_names(_ET_AL.sub("et al", shown) if shown else None)
    if names is None:
        return
    row["authors"] = names
    row["author_count"] = len(names)
    if shown is not None and _ET_AL.search(shown):
        warnings[ET_AL] += 1


def _read_links(values: dict[str, str], row: ParsedRow) -> None:
    links = [url for field in ("link", "title") for url in links_in(values.get(field, ""))]
    papers = [url for url in links if is_paper_link(url)]
    row["url"] = next(iter(papers), None) or next((url for url in links if not _CODE_SITE.match(url)), None)
    texts = [*links, *re.split(r"[\s,()\[\]]+", values.get("link", ""))]
    row["arxiv_id"] = next(filter(None, map(read_arxiv_id, texts)), None)
    row["doi"] = next(filter(None, map(read_doi, texts)), None)
    code = links_in(values.get("code", "")) or [url for url in links if _CODE_SITE.match(url)]
    row["code_url"] = next(iter(code), None)
    row["project_url"] = next(iter(links_in(values.get("project", ""))), None)


def _read_dates(values: dict[str, str], row: ParsedRow, warnings: Counter[str]) -> None:
    for field, column in (("date", "published_date"), ("updated", "updated_date")):
        text = plain(values.get(field, ""))
        if text is None:
            continue
        day = read_iso_day(text.replace("/", "-"))
        printed = read_printed_date(text) if day is None else None
        if printed is not None:
            day = _day(printed)
        row[column] = day
        if field == "date":
            row["published_text"] = text
        if day is None and not re.fullmatch(r"\d{4}(?:[-/]\d\d?)?", text) and printed is None:
            warnings[f"{field} is not understood"] += 1


def _day(printed: PrintedDate) -> date | None:
    return make_date(printed.year, printed.month, printed.day) if printed.year else None
