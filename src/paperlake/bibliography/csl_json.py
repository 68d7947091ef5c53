"""Write CSL-JSON, the input of citeproc and of Zotero: one array of items.

The fields are those of https://resource.citationstyles.org/schema/v1.0/input/json/csl-data.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from paperlake.bibliography.citation import Citation
from paperlake.bibliography.venues import Kind
from paperlake.text.names import Name

TYPES = {Kind.ARTICLE: "article-journal", Kind.CONFERENCE: "paper-conference", Kind.PREPRINT: "article"}


def write_csl_json(citations: Iterable[Citation], with_abstract: bool = True) -> Iterator[str]:
    """Yield an array with one item per citation, each on its own line."""
    separator = "[\n"
    for one in citations:
        yield f"{separator}{json.dumps(_item(one, with_abstract), ensure_ascii=False)}"
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _item(citation: Citation, with_abstract: bool) -> dict[str, Any]:
    arxiv = f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else None
    is_preprint = citation.kind is Kind.PREPRINT
    item = {
        "id": citation.key,
        "type": TYPES[citation.kind],
        "title": citation.title,
        "author": [_author(name) for name in citation.authors],
        "issued": {"date-parts": [list(citation.published)]} if citation.published else None,
        "container-title": citation.venue,
        "genre": "preprint" if is_preprint and arxiv else None,
        "publisher": "arXiv" if is_preprint and arxiv else None,
        "number": arxiv if is_preprint else None,
        "archive": "arXiv" if arxiv else None,
        "archive_location": arxiv,
        "DOI": citation.doi,
        "URL": citation.url,
        "keyword": ", ".join(citation.keywords),
        "abstract": citation.abstract if with_abstract else None,
    }
    return {name: value for name, value in item.items() if value}


def _author(name: Name) -> dict[str, str]:
    if not name.family:
        return {"literal": name.whole}
    parts = {"family": name.family, "given": name.given, "suffix": name.suffix}
    return {part: text for part, text in parts.items() if text}
