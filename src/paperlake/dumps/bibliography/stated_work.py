"""The texts that one record states about a work, to a row of `entries`: one converter for every text format.

A reader gives the texts by the field that they mean (`field_names.PaperField`); spellings are read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from paperlake.catalogue.vocabulary import ARXIV_ID_PATTERN, RejectCode
from paperlake.dumps.bibliography.stated_dates import NO_DATE, StatedDate, read_stated_date
from paperlake.dumps.fields.field_names import IDENTIFIER_SCHEMES, PaperField
from paperlake.dumps.fields.identifiers import identifier, read_arxiv_id, read_doi
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.text.folding import fold, fold_paragraphs
from paperlake.text.markup import strip_tags
from paperlake.text.names import natural_order, split_names

MAX_COUNT = (1 << 63) - 1
MAX_ABSENT_CHARS = 30

_LINK = re.compile(r"https?://[^\s\"<>{}|\\^`]+")
_ARXIV_MENTION = re.compile(
    rf"(?:arxiv[:./ ]\s*(?:abs/|pdf/)?|\babs/)({ARXIV_ID_PATTERN[2:-2]})(?!\d)", re.ASCII | re.IGNORECASE
)
_DOI_MENTION = re.compile(r"10\.\d{4,9}/\S+")
_LABEL = re.compile(r"[a-z]{2,}(?:-[a-z]+)*(?:\.[A-Za-z]{2,}(?:-[a-z]+)*)?")  # of arXiv: `cs.CL`, `hep-th`
_COUNT = re.compile(r"-?\d{1,18}(?:\.0+)?|-?\d{1,3}(?:,\d{3})+")
_ABSENT = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "na",
        "nan",
        "none",
        "null",
        "nil",
        "[]",
        "{}",
        "[no abstract available]",
        "abstract missing",
        "no abstract available",
        "no abstract available.",
    }
)
# Links whose end is an identifier.
_LINKED = (
    (re.compile(r"https?://(?:www\.)?aclanthology\.org/([\w.-]+?)(?:\.pdf|\.bib)?/?$"), "acl"),
    (re.compile(r"https?://dblp\.[\w.-]+/rec/(?:html/|bib/)?([\w/.-]+?)(?:\.bib|\.html)?$"), "dblp"),
    (re.compile(r"https?://(?:www\.ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/(\d+)/?$"),
     "pmid"),
    (re.compile(r"https?://(?:www\.)?scopus\.com/\S*[?&]eid=(2-s2\.0-\d+)"), "eid"),
    (re.compile(r"https?://(?:api\.)?openalex\.org/(?:works/)?(W\d+)$"), "openalex"),
    (re.compile(r"https?://openreview\.net/(?:forum|pdf)\?id=([\w-]+)$"), "openreview"),
)  # fmt: skip


@dataclass
class StatedWork:
    """What one record states about a work."""

    texts: Mapping[PaperField, Sequence[str]]
    """The texts of each field, in order of preference; those of a list of names or labels one by one."""
    authors: Sequence[str] | None = None
    """Names one by one, if the format separates them; else they are taken from the texts."""
    published: StatedDate | None = None
    """The date, if the format has fields of its own for its parts; else it is taken from the texts."""
    mentions: Sequence[str] = ()
    """Other texts in which `arXiv:…` names the work itself."""
    warnings: list[str] = field(default_factory=list)
    """Filled in: fields that are present and were not understood."""

    def __post_init__(self) -> None:
        """Leave out what programs write for an unknown value."""
        known = (
            (name, [text for text in texts if not is_absent(text)]) for name, texts in self.texts.items()
        )
        self.texts = {name: texts for name, texts in known if texts}

    def row(self, latest: date | None) -> ParsedRow:
        """Return the columns of `entries` that the record fills.

        Args:
            latest: The day of retrieval; a later date of publication is left out.

        Raises:
            BadObjectError: There is no title, or none of abstract, authors and date.
        """
        title = self._line(PaperField.TITLE)
        if title is None:
            raise BadObjectError("The record has no title.", RejectCode.MISSING_FIELD)
        abstract = self._paragraphs(PaperField.ABSTRACT)
        authors = self._authors()
        published = self._published()
        if abstract is None and authors is None and not published.has_year:
            raise BadObjectError(
                "The record has neither abstract nor authors nor date.", RejectCode.MISSING_FIELD
            )
        day = published.day
        links = self._links()
        row: ParsedRow = {
            "title": title,
            "abstract": abstract,
            "authors": authors,
            "author_count": len(authors) if authors else self._count(PaperField.AUTHOR_COUNT, least=1),
            "published_date": None if day and latest and day > latest else day,
            "published_text": published.text,
            "updated_date": self._updated(),
            "arxiv_id": self._arxiv_id(links),
            "doi": self._doi(),
            "identifiers": self._identifiers(links),
            "url": links[0] if links else None,
            "code_url": self._link(PaperField.CODE_URL),
            "code_star_count": self._count(PaperField.CODE_STAR_COUNT, least=0),
            "project_url": self._link(PaperField.PROJECT_URL),
            "venue": self._line(PaperField.VENUE),
            "license": fold(self._first(PaperField.LICENSE)),
            "summary": self._paragraphs(PaperField.SUMMARY),
            "categories": self._labels(PaperField.CATEGORIES),
            "keywords": self._labels(PaperField.KEYWORDS),
            "upvote_count": self._count(PaperField.UPVOTE_COUNT, least=-MAX_COUNT),
            "comment_count": self._count(PaperField.COMMENT_COUNT, least=0),
        }
        return {name: value for name, value in row.items() if value is not None}

    def _all(self, name: PaperField) -> Sequence[str]:
        return self.texts.get(name, ())

    def _first(self, name: PaperField) -> str | None:
        return next(iter(self._all(name)), None)

    def _line(self, name: PaperField) -> str | None:
        text = self._first(name)
        return fold(strip_tags(text)) if text else None

    def _paragraphs(self, name: PaperField) -> str | None:
        text = self._first(name)
        return fold_paragraphs(strip_tags(text)) if text else None

    def _warn(self, name: PaperField, problem: str) -> None:
        self.warnings.append(f"{name.value.removesuffix('_date')} {problem}")

    def _authors(self) -> list[str] | None:
        if self.authors is not None:
            return [name for name in map(fold, self.authors) if name] or None
        texts = self._all(PaperField.AUTHORS)
        names = split_names(texts[0]) if len(texts) == 1 else [natural_order(text) for text in texts]
        names = [name for name in map(fold, names or ()) if name]
        if texts and not names:
            self._warn(PaperField.AUTHORS, "has no name")
        return names or None

    def _published(self) -> StatedDate:
        if self.published is not None:
            found = self.published
        else:
            texts = [*self._all(PaperField.PUBLISHED), *self._all(PaperField.YEAR)]
            dates = [read_stated_date(text.removesuffix(".0")) for text in texts]
            found = next((one for one in dates if one.day), None) or next(
                (one for one in dates if one.has_year), dates[0] if dates else NO_DATE
            )
        if found.warning:
            self.warnings.append(found.warning)
        return found

    def _updated(self) -> date | None:
        text = self._first(PaperField.UPDATED)
        found = read_stated_date(text)
        if text and found.day is None:
            self._warn(PaperField.UPDATED, "is no day")
        return found.day

    def _links(self) -> list[str]:
        texts = [
            text for name in (PaperField.URL, PaperField.ID, PaperField.PDF_URL) for text in self._all(name)
        ]
        return [found[0].rstrip(".,;)") for text in texts if (found := _LINK.search(text))]

    def _link(self, name: PaperField) -> str | None:
        text = self._first(name)
        found = _LINK.search(text) if text else None
        return found[0] if found else None

    def _arxiv_id(self, links: Sequence[str]) -> str | None:
        stated = self._all(PaperField.ARXIV_ID)
        known = next(filter(None, map(read_arxiv_id, stated)), None)
        if stated and known is None:
            self._warn(PaperField.ARXIV_ID, "is no arXiv id")
        others = [*self._all(PaperField.DOI), *self._all(PaperField.ID), *links]
        mentions = (_ARXIV_MENTION.search(text) for text in (*self._all(PaperField.VENUE), *self.mentions))
        return (
            known
            or next(filter(None, map(read_arxiv_id, others)), None)
            or next((found[1] for found in mentions if found), None)
        )

    def _doi(self) -> str | None:
        stated = self._all(PaperField.DOI)
        mentions = (_DOI_MENTION.search(text) for text in stated)
        known = next(filter(None, (read_doi(found[0]) for found in mentions if found)), None)
        if stated and known is None:
            self._warn(PaperField.DOI, "is no DOI")
        others = (*self._all(PaperField.ID), *self._all(PaperField.URL))
        return known or next(filter(None, map(read_doi, others)), None)

    def _identifiers(self, links: Sequence[str]) -> list[str] | None:
        found: list[str] = []
        for name, scheme in IDENTIFIER_SCHEMES.items():
            for text in self._all(name):
                value = text.strip().removesuffix(".0")
                value = value[len(scheme) + 1 :] if value.lower().startswith(f"{scheme}:") else value
                known = identifier(scheme, _linked(value, scheme) or value)
                if known is None:
                    self._warn(name, "has white space")
                else:
                    found.append(known)
        for link in links:
            found += [f"{scheme}:{end[1]}" for pattern, scheme in _LINKED if (end := pattern.match(link))]
        return list(dict.fromkeys(found)) or None

    def _labels(self, name: PaperField) -> list[str] | None:
        texts = self._all(name)
        labels = split_labels(texts[0]) if len(texts) == 1 else texts
        folded = [fold(strip_tags(label)) for label in labels]
        return list(dict.fromkeys(label for label in folded if label)) or None

    def _count(self, name: PaperField, least: int) -> int | None:
        text = self._first(name)
        if text is None:
            return None
        digits = text.strip()
        count = int(digits.partition(".")[0].replace(",", "")) if _COUNT.fullmatch(digits) else None
        if count is None or count < least:
            self._warn(name, "is no count")
            return None
        return count


def is_absent(text: str) -> bool:
    """Return whether a text is one of those that programs write for an unknown value, such as `nan`."""
    return (len(text) < MAX_ABSENT_CHARS and text.strip().lower() in _ABSENT) or text.isspace()


def split_labels(text: str) -> list[str]:
    """Return the labels of one text: separated by semicolons, bars, commas, or blanks between arXiv's.

    >>> split_labels("cs.CL cs.AI"), split_labels("ponds; green lakes"), split_labels("ponds, lakes")
    (['cs.CL', 'cs.AI'], ['ponds', 'green lakes'], ['ponds', 'lakes'])
    """
    for separator in (";", "|", "\n", ","):
        if separator in text:
            return [label for label in map(str.strip, text.split(separator)) if label]
    words = text.split()
    if (
        len(words) > 1
        and all(_LABEL.fullmatch(word) for word in words)
        and any("." in word for word in words)
    ):
        return words
    return [text]


def _linked(text: str, scheme: str) -> str | None:
    """Return the identifier at the end of a link; None if the text is no link of that scheme."""
    return next(
        (end[1] for pattern, name in _LINKED if name == scheme and (end := pattern.match(text))), None
    )
