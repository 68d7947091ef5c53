"""The registry of formats, and the detection of the format of a dump.

Detection goes by content, in the order of the registry: a format with unmistakable marks comes before one
that accepts any text. How a format is read is in the file of its reader.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.bibliography.bibtex import READER as BIBTEX
from paperlake.dumps.bibliography.tagged import READERS as TAGGED
from paperlake.dumps.listing.markdown import READER as LISTING_MARKDOWN
from paperlake.dumps.listing.reader import READER as LISTING_TEXT
from paperlake.dumps.mappings import NO_MAPPINGS, MappedReader, Mappings
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

READERS: tuple[Reader, ...] = (
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
    BIBTEX,
    *TAGGED,
    PARQUET,
    CSV,
    LISTING_MARKDOWN,
    LISTING_TEXT,
)


# A new mapping may change how a dump of these formats is read, and one of no known format.
MAPPED_FORMATS = frozenset({
    DumpFormat.CSV, DumpFormat.PARQUET, DumpFormat.PAPER_JSON, DumpFormat.LISTING_TEXT,
    DumpFormat.LISTING_MARKDOWN, None,
})  # fmt: skip


def detect(head: bytes, path: str, mappings: Mappings = NO_MAPPINGS) -> Reader | None:
    """Return the reader for a dump that begins with `head`; None if no format is recognised."""
    bound = (reader.bind(mappings) if isinstance(reader, MappedReader) else reader for reader in READERS)
    return next((reader for reader in bound if reader.recognises(head, path)), None)


def unknown_format_error(head: bytes) -> DumpError:
    """Return the error for a dump that begins with `head` and that no reader recognises."""
    if not head.strip():
        return DumpError("The dump is empty.", RejectCode.EMPTY_DUMP)
    if looks_binary(head):
        return DumpError("The dump is binary data of no known format.", RejectCode.UNKNOWN_FORMAT)
    return DumpError("The dump is text of no known format.", RejectCode.UNKNOWN_FORMAT)
