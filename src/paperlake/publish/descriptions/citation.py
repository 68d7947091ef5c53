"""CITATION.cff: how to cite the data set, in the Citation File Format 1.2.0.

https://github.com/citation-file-format/citation-file-format
"""

from __future__ import annotations

from typing import Any

from paperlake.publish.dataset import Dataset
from paperlake.publish.publication import Author


def citation(dataset: Dataset) -> dict[str, Any]:
    """Return the content of CITATION.cff."""
    publication = dataset.publication
    described: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this data set, please cite it as below.",
        "type": "dataset",
        "title": publication.title,
        "abstract": publication.description,
        "version": publication.version,
        "authors": [_author(author) for author in publication.cited_authors],
        "keywords": sorted(set(publication.keywords)),
    }
    if publication.license:
        described["license"] = publication.license
    if publication.released:
        described["date-released"] = publication.released.isoformat()
    if publication.doi:
        described["doi"] = publication.doi
    if publication.url:
        described["url"] = publication.url
    return described


def _author(author: Author) -> dict[str, str]:
    stated = {
        "name": author.name,
        "family-names": author.family_names if author.name is None else None,
        "given-names": author.given_names if author.name is None else None,
        "affiliation": author.affiliation if author.name is None else None,
        "orcid": author.orcid,
    }
    return {key: value for key, value in stated.items() if value}
