"""The registry of formats, and the detection of the format of a dump.

Detection goes by content: each reader states its evidence, from 0 to 1, and the strongest evidence wins. At
equal evidence the order of the registry decides: a format with marks of its own comes before one that others
resemble. A new format is one line in `READERS`; how it is read is in the file of its reader.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.bibtex.reader import READER as BIBTEX
from paperlake.dumps.bibliography.tagged import READERS as TAGGED
from paperlake.dumps.digests.reader import READER as TEXT_DIGEST
from paperlake.dumps.fields.mappings import NO_MAPPINGS, MappedReader, Mappings
from paperlake.dumps.listing.markdown.reader import READER as LISTING_MARKDOWN
from paperlake.dumps.listing.reader import READER as LISTING_TEXT
from paperlake.dumps.reading import DumpError, Reader
from paperlake.dumps.scholarly_json.crossref import READER as CROSSREF
from paperlake.dumps.scholarly_json.cv_arxiv_daily import READER as CV_ARXIV_DAILY
from paperlake.dumps.scholarly_json.mapped import READER as MAPPED_JSON
from paperlake.dumps.scholarly_json.openalex import READER as OPENALEX
from paperlake.dumps.scholarly_json.openreview import READER as OPENREVIEW
from paperlake.dumps.scholarly_json.own_shape import READER as PAPER_JSON
from paperlake.dumps.scholarly_json.semantic_scholar import READER as SEMANTIC_SCHOLAR
from paperlake.dumps.structured.arxiv_snapshot import READER as ARXIV_SNAPSHOT
from paperlake.dumps.structured.daily_api import READER as DAILY_API
from paperlake.dumps.structured.saved_page import READER as SAVED_PAGE
from paperlake.dumps.tabular.delimited import READER as CSV
from paperlake.dumps.tabular.parquet import READER as PARQUET
from paperlake.dumps.text_lines import looks_binary
from paperlake.dumps.unrecognised import HOW_TO_GO_ON
from paperlake.dumps.xml_records.arxiv_feed import READER as ARXIV_FEED
from paperlake.dumps.xml_records.dblp import READER as DBLP_XML
from paperlake.dumps.xml_records.oai_pmh import READER as OAI_PMH
from paperlake.dumps.xml_records.pubmed import READER as PUBMED_XML

READERS: tuple[Reader, ...] = (
    # Markup and JSON.
    ARXIV_FEED,
    OAI_PMH,
    DBLP_XML,
    PUBMED_XML,
    SAVED_PAGE,
    ARXIV_SNAPSHOT,
    DAILY_API,
    CV_ARXIV_DAILY,
    OPENALEX,
    CROSSREF,
    SEMANTIC_SCHOLAR,
    OPENREVIEW,
    MAPPED_JSON,
    PAPER_JSON,
    # Bibliographies and tables.
    BIBTEX,
    *TAGGED,
    PARQUET,
    CSV,
    # Text. The last takes any text, and rejects it as a whole if it is no listing.
    LISTING_MARKDOWN,
    TEXT_DIGEST,
    LISTING_TEXT,
)


def detect(head: bytes, path: str, mappings: Mappings = NO_MAPPINGS) -> Reader | None:
    """Return the reader with the strongest evidence for a dump that begins with `head`; None without any."""
    readers = [reader.bind(mappings) if isinstance(reader, MappedReader) else reader for reader in READERS]
    evidence = [reader.recognises(head, path) for reader in readers]
    strongest = max(evidence)
    return readers[evidence.index(strongest)] if strongest > 0 else None


def unknown_format_error(head: bytes) -> DumpError:
    """Return the error for a dump that begins with `head` and that no reader recognises."""
    if not head.strip():
        return DumpError("The dump is empty.", RejectCode.EMPTY_DUMP)
    if looks_binary(head):
        return DumpError("The dump is binary data of no known format.", RejectCode.UNKNOWN_FORMAT)
    return DumpError(f"The dump is text of no known format. {HOW_TO_GO_ON}", RejectCode.UNKNOWN_FORMAT)
