"""Names of the fields of a paper, as columns of tables and as keys of JSON objects, and what each means.

The only list of synonyms; the readers of tabular dumps and of JSON of other shapes use it. Names are compared
without case, blanks and punctuation: `Publication Date` and `publicationDate` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class PaperField(StrEnum):
    """What a column or key of a paper states; most are columns of `entries`."""

    TITLE = "title"
    ABSTRACT = "abstract"
    SUMMARY = "summary"
    AUTHORS = "authors"
    AUTHOR_COUNT = "author_count"
    PUBLISHED = "published_date"
    YEAR = "year"  # alone no day: it is kept as published_text where no date is given
    UPDATED = "updated_date"
    ID = "id"  # an arXiv id, a DOI, a link, or an id that only its source knows
    ARXIV_ID = "arxiv_id"
    DOI = "doi"
    URL = "url"
    PDF_URL = "pdf_url"  # read for the id that it may contain; the link where there is no other
    CODE_URL = "code_url"
    CODE_STAR_COUNT = "code_star_count"
    PROJECT_URL = "project_url"
    VENUE = "venue"
    LICENSE = "license"
    CATEGORIES = "categories"
    KEYWORDS = "keywords"
    UPVOTE_COUNT = "upvote_count"
    COMMENT_COUNT = "comment_count"
    PMID = "pmid"
    PMCID = "pmcid"
    OPENALEX = "openalex"
    MAG = "mag"
    CORPUS_ID = "corpusid"
    S2_ID = "s2"
    DBLP = "dblp"
    ACL = "acl"
    OPENREVIEW = "openreview"
    EID = "eid"  # of Scopus
    WOS = "wos"  # of Web of Science


# The scheme of each field that goes to the column `identifiers`.
IDENTIFIER_SCHEMES = {
    field: field.value
    for field in (
        PaperField.PMID, PaperField.PMCID, PaperField.OPENALEX, PaperField.MAG, PaperField.CORPUS_ID,
        PaperField.S2_ID, PaperField.DBLP, PaperField.ACL, PaperField.OPENREVIEW, PaperField.EID,
        PaperField.WOS,
    )
}  # fmt: skip

# In order of preference: where a record has several names of one field, the first is taken, and the next
# where it is empty. `summary` means the abstract where no name of an abstract is present (`fields_of`).
SYNONYMS: dict[PaperField, tuple[str, ...]] = {
    PaperField.TITLE: (
        "title", "paper_title", "article_title", "document_title", "display_name", "title_en", "titles",
        "paper_name", "work_title", "publication_name", "title_text", "标题", "论文标题", "题目",
    ),
    PaperField.ABSTRACT: (
        "abstract", "paper_abstract", "abstract_text", "abstract_note", "abstract_en", "abstracts",
        "abstract_raw", "original_abstract", "article_abstract", "摘要",
    ),
    PaperField.SUMMARY: (
        "summary", "tldr", "ai_summary", "short_summary", "ai_tldr", "one_sentence_summary",
        "llm_summary", "summary_text", "summaries",
    ),
    PaperField.AUTHORS: (
        "authors", "author_names", "author_full_names", "authors_list", "author_list", "list_of_authors",
        "paper_authors", "author", "authorships", "author_string", "creators", "creator", "contributors",
        "作者",
    ),
    PaperField.AUTHOR_COUNT: (
        "author_count", "num_authors", "number_of_authors", "n_authors", "authors_count",
    ),
    PaperField.PUBLISHED: (
        "published_date", "publication_date", "date_published", "published", "published_at",
        "publish_date", "first_publication_date", "first_published", "published_on", "pub_date",
        "date_of_publication", "submitted_date", "submission_date", "date_submitted", "submitted",
        "submitted_at", "date", "paper_date", "online_date", "issue_date", "cover_date", "created",
        "created_date", "date_created", "create_date", "release_date", "announced_date", "publish_time",
        "published_time", "published_print", "published_online", "issued", "日期", "发布日期",
    ),
    PaperField.YEAR: (
        "year", "publication_year", "pub_year", "published_year", "year_published", "paper_year", "年份",
    ),
    PaperField.UPDATED: (
        "updated_date", "update_date", "updated", "updated_at", "last_updated", "date_updated",
        "last_revised", "modified", "last_modified", "date_modified", "revised_date",
    ),
    PaperField.ID: ("id", "paper_id", "identifier", "uid", "article_id", "entry_id"),
    PaperField.ARXIV_ID: ("arxiv_id", "arxiv", "arxiv_number", "eprint", "arxiv_identifier"),
    PaperField.DOI: ("doi", "doi_url", "doi_link", "paper_doi", "digital_object_identifier"),
    PaperField.URL: (
        "url", "link", "paper_url", "paper_link", "abs_url", "abs", "url_abs", "abstract_url",
        "arxiv_url", "arxiv_link", "article_url", "external_url", "html_url", "entry_url",
        "landing_page_url", "source_url", "links", "链接",
    ),
    PaperField.PDF_URL: (
        "pdf_url", "pdf", "url_pdf", "pdf_link", "link_pdf", "open_access_pdf", "full_text_url",
    ),
    PaperField.CODE_URL: (
        "code_url", "code", "code_link", "github", "github_url", "github_repo", "github_link", "repo",
        "repo_url", "repository", "repository_url", "url_code",
    ),
    PaperField.CODE_STAR_COUNT: ("code_star_count", "github_stars", "stars", "star_count", "num_stars"),
    PaperField.PROJECT_URL: (
        "project_url", "project_page", "project", "project_link", "homepage", "website",
    ),
    PaperField.VENUE: (
        "venue", "journal", "journal_ref", "journal_reference", "journal_name", "journal_title",
        "journal_book", "conference", "conference_name", "proceedings", "proceeding", "booktitle",
        "publication_title", "source_title", "container_title", "publication_venue", "venue_name",
        "conference_title", "full_source_title", "journal_info",
    ),
    PaperField.LICENSE: ("license", "licence", "license_url", "rights", "copyright_license"),
    PaperField.CATEGORIES: (
        "categories", "category", "arxiv_categories", "subjects", "subject", "terms", "primary_category",
        "subject_areas", "tasks", "fields_of_study", "research_areas", "wos_categories",
    ),
    PaperField.KEYWORDS: (
        "keywords", "author_keywords", "keyword", "keyphrases", "index_terms", "index_keywords",
        "ai_keywords", "keywords_plus", "mesh_terms", "ieee_terms", "keyword_list", "tags", "manual_tags",
        "关键词",
    ),
    PaperField.UPVOTE_COUNT: ("upvote_count", "upvotes", "votes", "num_upvotes", "likes"),
    PaperField.COMMENT_COUNT: ("comment_count", "num_comments", "number_of_comments"),
    PaperField.PMID: ("pmid", "pubmed_id", "pubmed", "medline_id"),
    PaperField.PMCID: ("pmcid", "pubmed_central_id", "pmc"),
    PaperField.OPENALEX: ("openalex_id", "openalex"),
    PaperField.MAG: ("mag_id", "mag", "microsoft_academic_id"),
    PaperField.CORPUS_ID: ("corpus_id", "s2_corpus_id"),
    PaperField.S2_ID: ("s2_id", "s2_paper_id", "semantic_scholar_id", "ss_id"),
    PaperField.DBLP: ("dblp", "dblp_id", "dblp_key"),
    PaperField.ACL: ("acl_id", "anthology_id", "acl_anthology_id"),
    PaperField.OPENREVIEW: ("openreview_id", "openreview_forum"),
    PaperField.EID: ("eid", "scopus_id"),
    PaperField.WOS: ("ut", "wos_id", "ut_unique_wos_id", "accession_number_wos"),
}  # fmt: skip

# Names that tell of something else than a paper: a book, a post, a product, a film, a place, a package.
COUNTER_NAMES = frozenset({
    "isbn13", "isbn10", "asin", "price", "currency", "sku", "stock", "genre", "genres", "director",
    "cast", "imdbid", "runtime", "episode", "season", "slug", "permalink", "excerpt", "body", "markdown",
    "html", "contenthtml", "bodytext", "feedurl", "guid", "thumbnailurl", "duration", "viewcount",
    "latitude", "longitude", "geometry", "coordinates", "ingredients", "servings", "address", "phone",
    "email", "salary", "company", "jobtitle", "dependencies", "devdependencies", "scripts", "version",
    "main", "schema", "openapi", "messages", "role", "assignee", "milestone", "issuenumber",
    "repositoryname", "pagecount", "shelf", "rating", "pagesread", "celltype", "nbformat",
})  # fmt: skip

_IGNORED = re.compile(r"[\W_]+")


def fold_name(name: str) -> str:
    """Return a name without case, blanks and punctuation.

    >>> fold_name("Publication-Date"), fold_name("publicationDate ")
    ('publicationdate', 'publicationdate')
    """
    return _IGNORED.sub("", name.casefold())


_FIELDS = {
    fold_name(name): (field, place)
    for field, names in SYNONYMS.items()
    for place, name in enumerate(names)
}  # fmt: skip
_AMBIGUOUS_SUMMARY = frozenset({"summary", "summaries", "summarytext"})


def field_of(name: str) -> PaperField | None:
    """Return the field that a name means; None if it is in no list. `summary` is that of `fields_of`."""
    found = _FIELDS.get(fold_name(name))
    return found[0] if found else None


def fields_of(names: Iterable[str]) -> dict[PaperField, list[str]]:
    """Return the fields of one record or table: for each, the names that mean it, in order of preference.

    A name in no list is left out. `summary` means the abstract where no name of an abstract is present.

    >>> fields_of(["Title", "Summary", "tl;dr"])[PaperField.ABSTRACT]
    ['Summary']
    """
    found: dict[PaperField, list[tuple[int, str]]] = {}
    for name in names:
        known = _FIELDS.get(fold_name(name))
        if known is not None:
            found.setdefault(known[0], []).append((known[1], name))
    if PaperField.ABSTRACT not in found and PaperField.SUMMARY in found:
        abstract = [one for one in found[PaperField.SUMMARY] if fold_name(one[1]) in _AMBIGUOUS_SUMMARY]
        rest = [one for one in found.pop(PaperField.SUMMARY) if one not in abstract]
        found |= {
            field: ones
            for field, ones in ((PaperField.ABSTRACT, abstract), (PaperField.SUMMARY, rest))
            if ones
        }
    return {field: [name for _, name in sorted(ones)] for field, ones in found.items()}


def name_papers(names: Iterable[str]) -> bool:
    """Return whether the names of one record or table are those of papers: by the names alone.

    A title and an abstract, and authors, an identifier of papers, a venue or a date beside them; or a title,
    authors and an identifier of papers. A name of `COUNTER_NAMES` counts against it unless an arXiv id, a DOI
    or another identifier of papers is named.
    """
    names = list(names)
    fields = set(fields_of(names))
    if PaperField.TITLE not in fields:
        return False
    identified = bool(fields & {PaperField.ARXIV_ID, PaperField.DOI, *IDENTIFIER_SCHEMES})
    if not identified and any(fold_name(name) in COUNTER_NAMES for name in names):
        return False
    has_abstract = any(field_of(name) is PaperField.ABSTRACT for name in names)
    has_authors = PaperField.AUTHORS in fields
    beside = {PaperField.VENUE, PaperField.PUBLISHED, PaperField.YEAR, PaperField.CATEGORIES}
    if has_abstract:
        return has_authors or identified or bool(fields & beside)
    return has_authors and identified
