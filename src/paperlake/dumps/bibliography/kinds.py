"""Types of records that are no papers, or are some only with an identifier: in BibTeX, RIS and EndNote."""

from __future__ import annotations

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.fields.paper_marks import is_paper_host
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.structured.json_objects import BadObjectError

# Programs, data, patents, news, films: with titles, authors, dates, often DOIs. An arXiv id outweighs it.
OTHER_WORKS = frozenset({
    "software", "dataset", "data", "patent", "artwork", "audio", "image", "movie", "music", "video",
    "performance", "legislation", "jurisdiction", "comp", "dbase", "pat", "mpct", "sound", "art", "advs",
    "slide", "news", "mgzn", "legal", "case", "stat", "bill", "hear", "map", "icomm", "computer program",
    "film or broadcast", "newspaper article", "magazine article", "online database", "statute", "hearing",
    "personal communication", "audiovisual material",
})  # fmt: skip
# Pages of the web, as preprints are: an arXiv id, a DOI or a link to a site of papers tells them apart.
WEB_PAGES = frozenset({
    "online", "electronic", "www", "webpage", "elec", "web", "blog", "multi", "web page",
    "electronic source",
})  # fmt: skip


def require_paper(kind: str, row: ParsedRow) -> None:
    """Refuse a record whose type says that it is something else than a paper.

    Args:
        kind: The type, such as `software`, `NEWS` or `Web Page`.
        row: The columns that the record fills.

    Raises:
        BadObjectError: It is no paper.
    """
    folded = kind.casefold()
    if row.get("arxiv_id") is not None or folded not in OTHER_WORKS | WEB_PAGES:
        return
    url = row.get("url")
    if folded in WEB_PAGES and (row.get("doi") or (isinstance(url, str) and is_paper_host(url))):
        return
    without = "an arXiv id" if folded in OTHER_WORKS else "an arXiv id, a DOI or a link to a site of papers"
    raise BadObjectError(f"A record of type {kind} without {without} is no paper.", RejectCode.NOT_A_PAPER)
