"""The terms of the sources that a data set was collected from, as far as they are known; no legal advice."""

from __future__ import annotations

from dataclasses import dataclass

from paperlake.catalogue.vocabulary import DumpFormat


@dataclass(frozen=True)
class SourceTerms:
    """The terms under which a source gives its records."""

    source: str
    metadata: str
    """Of titles, authors, identifiers, dates, counts."""
    abstracts: str
    url: str | None = None
    """Where the source states them."""


_UNKNOWN = "Those of the service that the file came from; the file does not say which."
_ABSTRACTS = "Belong to the authors or publishers of the papers."
_ARXIV = SourceTerms(
    "arXiv's metadata",
    "CC0-1.0.",
    "CC0-1.0 as part of the metadata; the papers have licences of their own (`license`).",
    "https://info.arxiv.org/help/api/tou.html",
)
_DAILY = SourceTerms(
    "the daily listing of Hugging Face",
    "The site's terms of service.",
    "Those of arXiv's metadata, CC0-1.0; `summary` is written by the site's model.",
    "https://huggingface.co/terms-of-service",
)
_PUBMED = SourceTerms(
    "PubMed",
    "Free to use; the National Library of Medicine asks to be named.",
    "Some belong to their publishers.",
    "https://www.nlm.nih.gov/databases/download/terms_and_conditions.html",
)


def _unknown(source: str) -> SourceTerms:
    return SourceTerms(source, _UNKNOWN, _ABSTRACTS)


TERMS: dict[DumpFormat, SourceTerms] = {
    DumpFormat.LISTING_TEXT: _unknown("text copied from a listing of papers"),
    DumpFormat.LISTING_MARKDOWN: _unknown("a listing of papers in Markdown"),
    DumpFormat.TEXT_DIGEST: _unknown("a digest by e-mail or in text"),
    DumpFormat.SAVED_PAGE: _DAILY,
    DumpFormat.DAILY_API: _DAILY,
    DumpFormat.ARXIV_SNAPSHOT: _ARXIV,
    DumpFormat.ARXIV_FEED: _ARXIV,
    DumpFormat.CV_ARXIV_DAILY: _ARXIV,
    DumpFormat.OAI_PMH: SourceTerms(
        "a repository that answers OAI-PMH",
        "Those of the repository; of arXiv, CC0-1.0.",
        "Those of the repository; of arXiv, CC0-1.0.",
        "https://info.arxiv.org/help/oa/index.html",
    ),
    DumpFormat.OPENALEX: SourceTerms(
        "OpenAlex", "CC0-1.0.", _ABSTRACTS, "https://docs.openalex.org/additional-help/faq"
    ),
    DumpFormat.CROSSREF: SourceTerms(
        "Crossref",
        "Facts, without known restrictions.",
        _ABSTRACTS,
        "https://www.crossref.org/documentation/retrieve-metadata/rest-api/",
    ),
    DumpFormat.SEMANTIC_SCHOLAR: SourceTerms(
        "Semantic Scholar",
        "ODC-By-1.0 for its data sets; the licence of its API.",
        _ABSTRACTS,
        "https://www.semanticscholar.org/product/api/license",
    ),
    DumpFormat.OPENREVIEW: SourceTerms(
        "OpenReview", "The site's terms of use.", _ABSTRACTS, "https://openreview.net/legal/terms"
    ),
    DumpFormat.DBLP_XML: SourceTerms(
        "dblp", "CC0-1.0.", "It has none.", "https://dblp.org/db/about/copyright.html"
    ),
    DumpFormat.PUBMED_XML: _PUBMED,
    DumpFormat.PUBMED_TEXT: _PUBMED,
    DumpFormat.WOS_TEXT: SourceTerms(
        "Web of Science",
        "Licensed to subscribers: ask Clarivate before publishing records.",
        _ABSTRACTS,
        "https://clarivate.com/legal-center/terms-of-business/",
    ),
    DumpFormat.ENDNOTE_TEXT: _unknown("an export of a reference manager"),
    DumpFormat.BIBTEX: _unknown("a BibTeX file"),
    DumpFormat.RIS: _unknown("a RIS file"),
    DumpFormat.CSV: _unknown("a table"),
    DumpFormat.PARQUET: _unknown("a table in Parquet"),
    DumpFormat.PAPER_JSON: _unknown("papers as JSON"),
}
