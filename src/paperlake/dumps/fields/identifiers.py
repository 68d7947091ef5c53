"""Identifiers of papers in one spelling: arXiv ids, DOIs, and `scheme:value` of other schemes."""

from __future__ import annotations

import re

from paperlake.catalogue.vocabulary import ARXIV_ID_PATTERN, IDENTIFIER_PATTERN

_ARXIV_ID = re.compile(
    rf"(?:https?://(?:www\.|export\.)?(?:arxiv|alphaxiv)\.org/(?:abs|pdf|html)/|oai:arxiv\.org:|arxiv:\s*)?"
    rf"({ARXIV_ID_PATTERN[1:-1]})(?:v\d+)?(?:\.pdf)?/?$",
    re.ASCII | re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({ARXIV_ID_PATTERN[1:-1]})(?:v\d+)?$", re.ASCII | re.IGNORECASE)
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN)
_LINK_WITH_ID = re.compile(
    r"https?://(?:www\.)?(?:aclanthology\.org/(?P<acl>[A-Z]\d\d-\d{4}|\d{4}\.[a-z0-9-]+\.\d+)|"
    r"openreview\.net/(?:forum|pdf)\?id=(?P<openreview>[\w-]+)|"
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(?P<pmid>\d+))(?:\.pdf)?/?(?:[&#].*)?$"
)
# What stands around an id that is written as a link.
_AROUND_ID = re.compile(
    r"^https?://(?:www\.|pubmed\.|pmc\.)?(?:openalex\.org|ncbi\.nlm\.nih\.gov(?:/pubmed|/pmc/articles)?|"
    r"dblp\.org/rec|dblp\.uni-trier\.de/rec|aclanthology\.org)/(?:works/)?|(?:pmid|wos|dblp|corpusid):\s*|/+$",
    re.IGNORECASE,
)


def read_arxiv_id(value: object) -> str | None:
    """Return an arXiv id without its version; None if the value is none.

    Takes a bare id, `arXiv:…`, a link to arxiv.org, and the DOI that arXiv gives.

    >>> read_arxiv_id("http://arxiv.org/abs/0704.0001v1")
    '0704.0001'
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    found = _ARXIV_ID.match(text) or _ARXIV_DOI.match(read_doi(text) or "")
    return found[1] if found else None


def identifier_of_link(link: str) -> str | None:
    """Return the `scheme:value` of a link to a known site of papers; None for others, arXiv and DOIs.

    >>> identifier_of_link("https://aclanthology.org/P19-1001.pdf")
    'acl:P19-1001'
    """
    found = _LINK_WITH_ID.match(link.strip())
    return identifier(str(found.lastgroup), found[str(found.lastgroup)]) if found else None


def _is_unicode(text: str) -> bool:
    """Return whether a text holds no lone surrogates."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def read_doi(value: object) -> str | None:
    """Return a DOI in lower case without `https://doi.org/`; None if the value is none.

    >>> read_doi("https://doi.org/10.1000/ABC")
    '10.1000/abc'
    """
    found = _DOI.match(value.strip()) if isinstance(value, str) and _is_unicode(value) else None
    return found[1].rstrip(".,;").lower() if found else None


def identifier(scheme: str, value: object) -> str | None:
    """Return `scheme:value`; None if the value is no text or number, or holds white space.

    >>> identifier("pmid", 17216039)
    'pmid:17216039'
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = f"{scheme}:{str(value).strip()}"
    return text if _IDENTIFIER.match(text) and _is_unicode(text) else None


def read_identifier(scheme: str, value: object) -> str | None:
    """Return `scheme:value` of an id that may be written as a link; None if the value is none.

    >>> read_identifier("openalex", "https://openalex.org/W2741809807")
    'openalex:W2741809807'
    >>> read_identifier("pmcid", "https://www.ncbi.nlm.nih.gov/pmc/articles/4153834")
    'pmcid:PMC4153834'
    """
    if isinstance(value, str):
        value = _AROUND_ID.sub("", value.strip())
    if scheme == "pmcid" and re.fullmatch(r"\d+", str(value), re.ASCII):
        value = f"PMC{value}"
    return identifier(scheme, value)
