"""The reader of `pubmed_xml`: citations of PubMed, as its site exports them and its files have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from lxml import etree

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import MONTHS, make_date
from paperlake.dumps.fields.identifiers import identifier
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.xml_records.documents import Head
from paperlake.dumps.xml_records.elements import (
    Children,
    children_of,
    descend,
    first_text,
    known_doi,
    name_of,
    plain_line,
    plain_paragraphs,
    text_of,
    texts_of,
    unique,
)
from paperlake.dumps.xml_records.record_reader import NotAPaperError, XmlReader
from paperlake.text.folding import PARAGRAPH_BREAK

ROOTS = {
    "PubmedArticleSet": ("PubmedArticle", "PubmedBookArticle", "DeleteCitation"),
    "PubmedArticle": ("PubmedArticle",),
    "PubmedBookArticleSet": ("PubmedBookArticle",),
    "MedlineCitationSet": ("MedlineCitation", "DeleteCitation"),
}


class Pubmed:
    """The citations of PubMed."""

    format = DumpFormat.PUBMED_XML
    furniture = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet")
    head_furniture = ()

    def record_names(self, root: str, head: bytes) -> Sequence[str]:
        """Return the kinds of records of a root element."""
        names = ROOTS.get(root, ())
        return names if b"PMID" in head or b"DOCTYPE PubmedArticleSet" in head else ()

    def days(self, head: Head) -> tuple[date | None, date | None]:  # noqa: ARG002
        """Return nothing: a dump states neither day."""
        return None, None

    def row(self, record: etree._Element, warnings: Counter[str]) -> ParsedRow:
        """Return the columns that a citation fills."""
        if name_of(record) == "DeleteCitation":
            raise NotAPaperError("DeleteCitation lists citations that PubMed has deleted")
        if name_of(record) == "PubmedBookArticle":
            citation = article = descend(record, "BookDocument")
        else:
            citation = record if name_of(record) == "MedlineCitation" else descend(record, "MedlineCitation")
            article = descend(citation, "Article") if citation is not None else None
        if citation is None or article is None:
            raise BadObjectError("The citation has no article.", RejectCode.MISSING_FIELD)
        children = children_of(article)
        data = descend(record, "PubmedData")
        ids = _ids(article if data is None else data)
        return {
            "title": _title(children),
            "abstract": _abstract(children),
            "authors": _authors(children),
            **_dates(children, warnings),
            "doi": known_doi([*_locations(children), ids.get("doi")], warnings),
            "identifiers": unique([
                identifier("pmid", text_of(descend(citation, "PMID"))),
                identifier("pmcid", ids.get("pmc")),
            ]),
            "venue": text_of(descend(article, "Journal", "Title"))
            or text_of(descend(article, "Journal", "ISOAbbreviation"))
            or text_of(descend(article, "Book", "BookTitle")),
            "keywords": _keywords(citation),
        }  # fmt: skip


READER = XmlReader(Pubmed())


def _ids(data: etree._Element) -> dict[str, str]:
    """Return the article's own ids by type; those in its list of references are other papers'."""
    found = descend(data, "ArticleIdList")
    ids = [] if found is None else list(found)
    return {one.get("IdType", ""): text for one in ids if (text := text_of(one))}


def _locations(children: Children) -> list[str]:
    places = children.get("ELocationID", ())
    return texts_of(
        place for place in places if place.get("EIdType") == "doi" and place.get("ValidYN", "Y") == "Y"
    )


def _title(children: Children) -> str | None:
    """Return the title without its full stop, and without the brackets of a translated one."""
    title = plain_line(first_text(children, "ArticleTitle", "VernacularTitle"))
    if title is None or title.endswith(".."):
        return title
    title = title.removesuffix(".")
    if title.startswith("[") and title.endswith("]") and "[" not in title[1:]:
        title = title[1:-1].removesuffix(".")
    return title or None


def _abstract(children: Children) -> str | None:
    """Return the sections of an abstract as paragraphs, each after its label."""
    sections = []
    for part in (part for abstract in children.get("Abstract", ()) for part in abstract):
        text = plain_paragraphs(part) if name_of(part) == "AbstractText" else None
        label = part.get("Label")
        if text and label and label != "UNLABELLED":
            text = f"{label.strip().rstrip(':')}: {text}"
        if text:
            sections.append(text)
    return PARAGRAPH_BREAK.join(sections) or None


def _authors(children: Children) -> list[str] | None:
    lists = [one for one in children.get("AuthorList", ()) if one.get("Type", "authors") == "authors"]
    authors = [author for one in lists for author in one if author.get("ValidYN", "Y") == "Y"]
    return unique(_name(children_of(author)) for author in authors)


def _name(parts: Children) -> str | None:
    given = first_text(parts, "ForeName", "FirstName", "Initials")
    family = first_text(parts, "LastName")
    suffix = first_text(parts, "Suffix")
    return " ".join(filter(None, (given, family, suffix))) or first_text(parts, "CollectiveName")


def _dates(children: Children, warnings: Counter[str]) -> ParsedRow:
    """Return the day of electronic publication; else that of the issue, if it has one."""
    journal = next(iter(children.get("Journal", ())), None)
    issue = descend(journal, "JournalIssue", "PubDate") if journal is not None else None
    book = [one for book in children.get("Book", ()) for one in book if name_of(one) == "PubDate"]
    found = [*children.get("ArticleDate", ()), *([issue] if issue is not None else []), *book]
    printed = [(_date_text(one), _day(one, warnings)) for one in found]
    chosen = next((one for one in printed if one[1]), printed[0] if printed else (None, None))
    return {"published_text": chosen[0], "published_date": chosen[1]}


def _date_text(element: etree._Element) -> str | None:
    parts = children_of(element)
    words = (first_text(parts, name) for name in ("MedlineDate", "Year", "Season", "Month", "Day"))
    return " ".join(filter(None, words)) or None


def _day(element: etree._Element, warnings: Counter[str]) -> date | None:
    parts = children_of(element)
    year, month, day = (first_text(parts, name) for name in ("Year", "Month", "Day"))
    if not (year and month and day):
        return None
    number = MONTHS.index(month[:3].title()) + 1 if month[:3].title() in MONTHS else None
    try:
        found = make_date(int(year), number or int(month), int(day))
    except ValueError:
        found = None
    if found is None:
        warnings["PubDate is no date"] += 1
    return found


def _keywords(citation: etree._Element) -> list[str] | None:
    """Return the authors' keywords and the MeSH headings of the indexers."""
    lists = [one for one in citation if name_of(one) == "KeywordList"]
    own = [plain_line(text) for one in lists for text in texts_of(one)]
    headings = descend(citation, "MeshHeadingList")
    mesh = [text_of(descend(one, "DescriptorName")) for one in headings] if headings is not None else []
    return unique([*own, *mesh])
