"""Schemes of identifiers: which of them name one work each, and when two sets of them name two works.

An identifier is `scheme:value`. Equal identifiers join, of any scheme but those of containers. Different ones
of one scheme part two works only where a work has one of the scheme.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTAINER_SCHEMES = frozenset({"isbn", "issn"})
"""Name a journal or a volume, which has many works."""

# A work rightly has several of these: OpenAlex, MAG and Semantic Scholar list a preprint and its published
# version apart, and DBLP has a record of the preprint (`journals/corr`) beside the one of the proceedings.
SHARED_SCHEMES = frozenset({"corpusid", "handle", "mag", "openalex", "s2"})
_DBLP_PREPRINT = re.compile(r"journals/corr/")

# DOIs by registrants that post preprints, and by repositories that give each version a DOI of its own.
_PREPRINT_DOI = re.compile(
    r"10\.(?:1101/\d|64898/|21203/rs\.|20944/preprints|31234/|31219/|31235/|26434/|2139/ssrn|36227/|22541/"
    r"|33774/|14293/|32388/|13140/|48550/)"
)
_REPOSITORY_DOI = re.compile(r"10\.(?:5281/|6084/|17605/|17632/|5061/|7910/)")
ARXIV_DOI = r"^10\.48550/arxiv\.(.+?)(?:v\d+)?$"
_ARXIV_DOI = re.compile(ARXIV_DOI)
_F1000_VERSION = re.compile(r"^(10\.12688/\w+\.\d+)\.\d+$")

ARXIV = "arxiv"
DOI = "doi"
PREPRINT_DOI = "preprint doi"
HEADING = "heading"
# Where both sides have an identifier of one of these, it decides alone, the first first.
DECISIVE_SCHEMES = (ARXIV, DOI)


def doi_identity(doi: str) -> str:
    """Return a DOI without the version that preprint servers and F1000 append.

    >>> doi_identity("10.21203/rs.3.rs-1234/v2"), doi_identity("10.1000/v2")
    ('10.21203/rs.3.rs-1234', '10.1000/v2')
    """
    if _PREPRINT_DOI.match(doi) or _REPOSITORY_DOI.match(doi):
        return re.sub(r"[./-]?v\d+$", "", doi)
    return _F1000_VERSION.sub(r"\1", doi)


def plain_identifier(identifier: str) -> str:
    """Return an identifier as it is compared: a `doi:` as the DOI column is, the DOI of arXiv as an arXiv id.

    >>> plain_identifier("doi:10.48550/arxiv.2401.00001v2"), plain_identifier("doi:10.5281/zenodo.7.v3")
    ('arxiv:2401.00001', 'doi:10.5281/zenodo.7')
    """
    scheme, _, value = identifier.partition(":")
    if scheme != DOI:
        return identifier
    preprint = _ARXIV_DOI.match(value)
    return f"{ARXIV}:{preprint[1]}" if preprint else f"{DOI}:{doi_identity(value)}"


def exclusive_scheme(identifier: str) -> str | None:
    """Return the scheme within which a work has one identifier only; None for schemes with several.

    A DOI of a preprint server is of another scheme than the publisher's, for a work has both.
    """
    scheme, _, value = identifier.partition(":")
    if scheme == DOI:
        return None if _REPOSITORY_DOI.match(value) else PREPRINT_DOI if _PREPRINT_DOI.match(value) else DOI
    if scheme == "dblp" and _DBLP_PREPRINT.match(value):
        return None
    return None if scheme in SHARED_SCHEMES or scheme in CONTAINER_SCHEMES else scheme


@dataclass(frozen=True)
class Identifiers:
    """The identifiers of one group or of one text, by exclusive scheme; the others are not here."""

    by_scheme: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, identifiers: Iterable[str]) -> Identifiers:
        """Sort identifiers by scheme."""
        found: dict[str, set[str]] = defaultdict(set)
        for identifier in identifiers:
            scheme = exclusive_scheme(identifier)
            if scheme is not None:
                found[scheme].add(identifier)
        return (
            cls({scheme: frozenset(values) for scheme, values in found.items()}) if found else NO_IDENTIFIERS
        )

    def contradict(self, other: Identifiers) -> bool:
        """Return whether two sets of identifiers name two works.

        arXiv ids decide where both sides have one, else publishers' DOIs, for a preprint and its journal
        version have two DOIs. Of the other schemes one difference counts, unless another is equal. A heading
        by known authors contradicts any other identifier but an arXiv id, and another heading.
        """
        if not self.by_scheme or not other.by_scheme:
            return False
        common = self.by_scheme.keys() & other.by_scheme.keys()
        for scheme in DECISIVE_SCHEMES:
            if scheme in common:
                return self.by_scheme[scheme].isdisjoint(other.by_scheme[scheme])
        if common:
            return all(self.by_scheme[scheme].isdisjoint(other.by_scheme[scheme]) for scheme in common)
        return (HEADING in self.by_scheme or HEADING in other.by_scheme) and not (
            self.by_scheme.keys() == {ARXIV} or other.by_scheme.keys() == {ARXIV}
        )

    def union(self, other: Identifiers) -> Identifiers:
        """Return the identifiers of both."""
        if not other.by_scheme:
            return self
        if not self.by_scheme:
            return other
        schemes = self.by_scheme.keys() | other.by_scheme.keys()
        empty: frozenset[str] = frozenset()
        return Identifiers(
            {
                scheme: self.by_scheme.get(scheme, empty) | other.by_scheme.get(scheme, empty)
                for scheme in schemes
            }
        )


NO_IDENTIFIERS = Identifiers({})
