"""The registry of formats: which readers there are, and which one reads a dump.

Detection goes by content, in the order of the registry: a format whose marks are sure comes before one that
takes any text. How a format is read stands in the reader's own file.
"""

from __future__ import annotations

from paperlake.dumps.listing.markdown import READER as LISTING_MARKDOWN
from paperlake.dumps.listing.reader import READER as LISTING_TEXT
from paperlake.dumps.reading import Reader
from paperlake.dumps.structured.arxiv_snapshot import READER as ARXIV_SNAPSHOT
from paperlake.dumps.structured.daily_api import READER as DAILY_API
from paperlake.dumps.structured.saved_page import READER as SAVED_PAGE
from paperlake.dumps.text import looks_binary

READERS: tuple[Reader, ...] = (
    SAVED_PAGE,
    ARXIV_SNAPSHOT,
    DAILY_API,
    LISTING_MARKDOWN,
    LISTING_TEXT,
)


def detect(head: bytes, path: str) -> Reader | None:
    """The reader for a dump that begins with `head`; None if no format is recognised."""
    return next((reader for reader in READERS if reader.recognises(head, path)), None)


def why_unknown(head: bytes) -> str:
    """Why no reader takes a dump that begins with `head`, as the reason of a reject."""
    if not head.strip():
        return "The dump is empty."
    if looks_binary(head):
        return "The dump is binary data of no known format."
    return "The dump is text of no known format."
