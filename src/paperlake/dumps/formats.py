"""The registry of formats, and the detection of the format of a dump.

Detection goes by content, in the order of the registry: a format with unmistakable marks comes before one
that accepts any text. How a format is read is in the file of its reader.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.listing.markdown import READER as LISTING_MARKDOWN
from paperlake.dumps.listing.reader import READER as LISTING_TEXT
from paperlake.dumps.reading import DumpError, Reader
from paperlake.dumps.structured.arxiv_snapshot import READER as ARXIV_SNAPSHOT
from paperlake.dumps.structured.daily_api import READER as DAILY_API
from paperlake.dumps.structured.saved_page import READER as SAVED_PAGE
from paperlake.dumps.text_lines import looks_binary
from paperlake.dumps.xml_records.arxiv_feed import READER as ARXIV_FEED
from paperlake.dumps.xml_records.dblp import READER as DBLP_XML
from paperlake.dumps.xml_records.oai_pmh import READER as OAI_PMH
from paperlake.dumps.xml_records.pubmed import READER as PUBMED_XML

READERS: tuple[Reader, ...] = (
    ARXIV_FEED,
    OAI_PMH,
    DBLP_XML,
    PUBMED_XML,
    SAVED_PAGE,
    ARXIV_SNAPSHOT,
    DAILY_API,
    LISTING_MARKDOWN,
    LISTING_TEXT,
)


def detect(head: bytes, path: str) -> Reader | None:
    """Return the reader for a dump that begins with `head`; None if no format is recognised."""
    return next((reader for reader in READERS if reader.recognises(head, path)), None)


def unknown_format_error(head: bytes) -> DumpError:
    """Return the error for a dump that begins with `head` and that no reader recognises."""
    if not head.strip():
        return DumpError("The dump is empty.", RejectCode.EMPTY_DUMP)
    if looks_binary(head):
        return DumpError("The dump is binary data of no known format.", RejectCode.UNKNOWN_FORMAT)
    return DumpError("The dump is text of no known format.", RejectCode.UNKNOWN_FORMAT)
