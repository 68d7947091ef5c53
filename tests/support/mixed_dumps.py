"""The same works as dumps of every format: each with what its source writes, and without what it lacks.

Accents are LaTeX in BibTeX and entities in DBLP; Crossref has JATS, OpenAlex an inverted index; names are
`Family, Given` in bibliographies; listings have no ids; DBLP and most records of Crossref have no abstract.
"""

from __future__ import annotations

import html
import io
import json
import random
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl

from tests.support import listing_writer, scholarly_records, works, xml_writer
from tests.support.mixed_works import Work

MAX_SHOWN_CHARS = 260  # of an abstract in a spreadsheet
_MACROS = {
    "\u0301": "'", "\u0300": "`", "\u0302": "^", "\u0308": '"', "\u0303": "~", "\u030c": "v", "\u0327": "c", "\u030a": "r",
    "\u0307": ".", "\u0328": "k",
}  # fmt: skip
_LETTERS = {"ø": "{\\o}", "Ø": "{\\O}", "Ł": "{\\L}", "ł": "{\\l}", "ß": "{\\ss}"}


def latex(text: str) -> str:
    """Return a text with its accents as LaTeX writes them."""
    found: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if char in _MACROS:
            mark = _MACROS[char]
            found[-1] = f"{{\\{mark}{{{found[-1]}}}}}" if mark.isalpha() else f"{{\\{mark}{found[-1]}}}"
        else:
            found.append(_LETTERS.get(char, char))
    return "".join(found)


# Bibliographies and tables


class _Reference(works.Work):
    """A work whose PubMed id is the one that other formats state."""

    @property
    def pmid(self) -> str:
        return str(70_000 + self.number)


def _reference(work: Work, has_doi: bool = True, has_abstract: bool = True) -> works.Work:
    return _Reference(
        title=work.title, abstract=work.abstract if has_abstract else "", authors=work.authors, published=work.day,
        doi=work.doi if has_doi else "", venue=work.venue, keywords=work.keywords, number=work.number,
    )  # fmt: skip


def bibtex(found: Sequence[Work]) -> str:
    """Return entries: one third with a DOI, one with arXiv's eprint, one without any id; braces keep case."""
    parts = []
    for work in found:
        names = " and ".join(f"{latex(family)}, {latex(given)}" for given, family in work.people)
        ids = (
            f"  doi = {{{work.doi}}},\n",
            f"  eprint = {{{work.arxiv_id}}},\n  archiveprefix = {{arXiv}},\n",
            "",
        )[work.number % 3]
        title = latex(work.title).replace("Net", "{N}et").replace("&", "\\&")
        abstract = latex(work.abstract).replace("%", "\\%").replace("&", "\\&")
        parts.append(
            f"@article{{key{work.number},\n  title = {{{title}}},\n  author = {{{names}}},\n"
            f"  journal = {{{latex(work.venue).replace('&', chr(92) + '&')}}},\n  year = {work.day.year},\n{ids}"
            f"  abstract = {{{abstract}}},\n}}\n"
        )
    return "\n".join(parts)


def ris(found: Sequence[Work]) -> str:
    return works.to_ris([_reference(work, work.number % 2 == 0) for work in found])


def table(found: Sequence[Work]) -> str:
    return works.to_csv([_reference(work, work.number % 4 == 0) for work in found])


def spreadsheet(found: Sequence[Work]) -> str:
    """Return tab-separated cells, with the abstracts cut as a spreadsheet does."""
    cut = [
        replace(
            _reference(work, has_doi=False),
            abstract=f"{work.abstract[:MAX_SHOWN_CHARS].rsplit(' ', 1)[0]}...",
        )
        for work in found
    ]
    return works.to_csv(cut, "\t")


def kaggle(found: Sequence[Work]) -> str:
    """Return a CSV of arXiv's papers with its columns."""
    frame = pl.DataFrame([
        {"id": work.arxiv_id, "title": work.title, "abstract": f"  {work.abstract}\n", "authors": ", ".join(work.authors),
         "categories": " ".join(work.categories), "update_date": str(work.day + timedelta(days=3))}
        for work in found
    ])  # fmt: skip
    return frame.write_csv()


def parquet(found: Sequence[Work]) -> bytes:
    content = io.BytesIO()
    rows = works.csv_rows([_reference(work) for work in found])
    pl.DataFrame(rows, schema=list(works.CSV_COLUMNS), orient="row").write_parquet(content)
    return content.getvalue()


# XML


class _XmlPaper(xml_writer.Paper):
    """A paper whose ids in PubMed are those that other formats state."""

    @property
    def pmid(self) -> int:
        return 70_000 + self.number

    @property
    def pmcid(self) -> str:
        return f"PMC{80_000 + self.number}"


def _xml_paper(work: Work) -> xml_writer.Paper:
    has_doi = work.number % 3 == 0
    return _XmlPaper(
        number=work.number, title=work.title, abstract=work.abstract, authors=tuple(work.people), published=work.day,
        updated=work.day + timedelta(days=work.number % 50), arxiv_id=work.arxiv_id, doi=work.doi if has_doi else None,
        venue=work.venue if has_doi else None, categories=tuple(work.categories),
    )  # fmt: skip


def _xml(write: Callable[[list[xml_writer.Paper]], str | bytes]) -> Callable[[Sequence[Work]], str | bytes]:
    return lambda found: write([_xml_paper(work) for work in found])


# JSON


def _lines(objects: Iterable[object]) -> str:
    return "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in objects)


def _records(build: Callable[[Work], dict[str, object]]) -> Callable[[Sequence[Work]], str]:
    return lambda found: _lines(build(work) for work in found)


def crossref(work: Work) -> dict[str, object]:
    """Return a record: two of three have no abstract, and one of two does not name its preprint."""
    record = scholarly_records.crossref(work)
    if work.number % 3:
        del record["abstract"]
    if work.number % 2:
        del record["relation"]
    return record


def openalex(work: Work) -> dict[str, object]:
    """Return a work: one of four has no abstract, and one of two no copy on arXiv."""
    record = scholarly_records.openalex(work)
    if work.number % 4 == 0:
        record["abstract_inverted_index"] = None
    if work.number % 2:
        record["locations"] = []
    return record


def semantic_scholar(work: Work) -> dict[str, object]:
    """Return a paper: one of three has no DOI, and another one no abstract."""
    record = scholarly_records.semantic_scholar(work)
    if work.number % 3 == 0:
        record["externalIds"] = {"ArXiv": work.arxiv_id, "CorpusId": 500 + work.number}
    if work.number % 3 == 1:
        record["abstract"] = None
    return record


def own_shape(work: Work) -> dict[str, object]:
    record = scholarly_records.own_shape(work)
    if work.number % 2:
        del record["doi"]
    return record


def europe_pmc(work: Work) -> dict[str, object]:
    names = ", ".join(f"{family} {given[0]}" for given, family in work.people)
    return {
        "id": str(70_000 + work.number), "source": "MED", "pmid": str(70_000 + work.number), "doi": work.doi,
        "title": f"{work.title}.", "authorString": f"{names}.", "journalTitle": work.venue, "pubYear": str(work.day.year),
        "abstractText": f"<h4>Background</h4>{html.escape(work.abstract, quote=False)}",
        "firstPublicationDate": str(work.day),
    }  # fmt: skip


def daily_api(found: Sequence[Work]) -> str:
    return json.dumps([
        {"paper": scholarly_records.daily_paper(work), "numComments": work.number % 9, "title": work.title}
        for work in found
    ])  # fmt: skip


def saved_page(found: Sequence[Work]) -> str:
    props = html.escape(json.dumps({"dailyPapers": json.loads(daily_api(found))}))
    return (
        "<!doctype html><html><head><title>Daily Papers</title></head><body>"
        f'<div data-target="DailyPapers" data-props="{props}"></div></body></html>'
    )


# Listings and digests


def listing(layout: str) -> Callable[[Sequence[Work]], str]:
    """Return the writer of a listing page as text; it shows no ids and no names."""

    def write(found: Sequence[Work]) -> str:
        papers = [
            listing_writer.Paper(
                work.title, work.abstract, len(work.people), published_text=f"{work.day:%b} {work.day.day}, {work.day.year}",
                comment_count=work.number % 7 or None,
            )
            for work in found
        ]  # fmt: skip
        furniture = ["Daily Papers", "Daily", "Weekly", "Monthly"]
        return (
            "\n".join(listing_writer.write_listing(random.Random(1), papers, layout, furniture).lines) + "\n"
        )

    return write


def listing_markdown(found: Sequence[Work]) -> str:
    site = "https://example.org"
    return (
        "---\nurl: https://example.org/papers\nretrieved: 2026-06-10\n---\n# Daily Papers\n\n- Daily\n- Weekly\n\n"
        + "".join(
            f"[{work.number or '-'}]({site}/login?next=x)\n\n### [{work.title}]({site}/papers/{work.arxiv_id})\n\n"
            f"[{work.abstract}]({site}/papers/{work.arxiv_id})\n\n"
            f"[- ![]({site}/a.jpeg)\\\\\n- {len(work.people)} authors]({site}/papers/{work.arxiv_id})\n\n·\n\n"
            f"{work.day:%b} {work.day.day}, {work.day.year}[{work.number % 9 + 1}]({site}/papers/{work.arxiv_id}#community)\n\n"
            for work in found
        )
    )


def digest(found: Sequence[Work]) -> str:
    return "# Digest\n\n" + "".join(
        f"## {place}. {work.title}\n\n**Authors**: {', '.join(work.authors)}\n\n"
        f"**Link**: [PDF](https://arxiv.org/pdf/{work.arxiv_id})\n\n**Published**: {work.day}\n\n"
        f"**Abstract**: {work.abstract}\n\n---\n"
        for place, work in enumerate(found, start=1)
    )


def paper_blocks(found: Sequence[Work]) -> str:
    return "".join(
        f"Title: {work.title}\nPDF: https://arxiv.org/pdf/{work.arxiv_id}\nSummary: {work.abstract}\n---\n"
        for work in found
    )


WRITERS: dict[str, Callable[[Sequence[Work]], str | bytes]] = {
    "arxiv_snapshot.json": _records(scholarly_records.arxiv_snapshot),
    "daily_arxiv_enhanced.jsonl": _records(scholarly_records.daily_arxiv_enhanced),
    "arxiv_api.json": lambda found: json.dumps([scholarly_records.arxiv_api_result(work) for work in found], indent=1),
    "daily_api.json": daily_api,
    "daily_papers_bare.json": lambda found: json.dumps([scholarly_records.daily_paper(work) for work in found]),
    "saved_page.html": saved_page,
    "cards.txt": listing("cards"),
    "titled.txt": listing("titled"),
    "compact.txt": listing("compact"),
    "listing.md": listing_markdown,
    "digest.md": digest,
    "blocks.txt": paper_blocks,
    "openalex.jsonl": _records(openalex),
    "crossref.jsonl": _records(crossref),
    "semantic_scholar.jsonl": _records(semantic_scholar),
    "openreview.jsonl": _records(scholarly_records.openreview),
    "papers.json": lambda found: json.dumps({"papers": [own_shape(work) for work in found]}),
    "europe_pmc.json": lambda found: json.dumps({"resultList": {"result": [europe_pmc(work) for work in found]}}),
    "cv_arxiv_daily.json": lambda found: json.dumps(scholarly_records.cv_arxiv_daily(list(found))),
    "references.bib": bibtex,
    "references.ris": ris,
    "pubmed.nbib": lambda found: works.to_nbib([_reference(work, work.number % 2 == 0) for work in found]),
    "wos.txt": lambda found: works.to_wos([_reference(work, work.number % 3 > 0, work.number % 5 > 0) for work in found]),
    "endnote.enw": lambda found: works.to_endnote([_reference(work, has_doi=False) for work in found]),
    "papers.csv": table,
    "kaggle.csv": kaggle,
    "papers.tsv": spreadsheet,
    "papers.parquet": parquet,
    "atom.xml": _xml(xml_writer.atom),
    "rss.xml": _xml(xml_writer.rss),
    **{f"{prefix}.xml": _xml(lambda found, prefix=prefix: xml_writer.oai(found, prefix)) for prefix in ("arXiv", "arXivRaw", "oai_dc")},
    "dblp.xml": _xml(lambda found: xml_writer.dblp(found, end=".")),
    "pubmed.xml": _xml(lambda found: xml_writer.pubmed(found, is_odd=False)),
}  # fmt: skip
"""The writer of each dump, by its name."""


def content(name: str, found: Sequence[Work]) -> bytes:
    """Return a dump of works as bytes."""
    written = WRITERS[name](found)
    return written if isinstance(written, bytes) else written.encode()
