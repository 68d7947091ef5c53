"""Closed vocabularies: every value that a coded column may hold, named once.

Each is a `StrEnum`, so a member is its own text in tables, SQL and JSON. What a value means is said here and
shown in docs/tables.md.
"""

from __future__ import annotations

from enum import StrEnum


class DumpFormat(StrEnum):
    """How a dump is written."""

    LISTING_TEXT = "listing_text"
    LISTING_MARKDOWN = "listing_markdown"
    SAVED_PAGE = "saved_page"
    DAILY_API = "daily_api"
    ARXIV_SNAPSHOT = "arxiv_snapshot"


class Layout(StrEnum):
    """How a listing text arranges its lines."""

    CARDS = "cards"
    TITLED = "titled"
    COMPACT = "compact"


class RejectCode(StrEnum):
    """Why a part of a dump is not an entry."""

    NOT_READABLE = "not_readable"
    """The file cannot be opened, listed or decompressed, or leaves raw/."""
    TOO_LARGE = "too_large"
    """A limit of the settings was passed: bytes, line length, depth, number of entries."""
    UNKNOWN_FORMAT = "unknown_format"
    """No reader knows the text."""
    NO_ENTRIES = "no_entries"
    """The format is known, and no paper was found."""
    MALFORMED = "malformed"
    """The syntax is broken: JSON, HTML or an encoding that cannot be decoded."""
    MISSING_FIELD = "missing_field"
    """A field that every entry needs is absent, such as a title."""
    INVALID_VALUE = "invalid_value"
    """A field holds a value that its column does not allow."""
    UNPLACED_TEXT = "unplaced_text"
    """Lines of a listing that belong to no entry and are no page chrome."""
    INCOMPLETE_ENTRY = "incomplete_entry"
    """An entry of a listing that lacks parts its layout promises."""


class MatchMethod(StrEnum):
    """What joined an entry to its paper, or brought two texts together."""

    FIRST = "first"
    SAME_TEXT = "same_text"
    SAME_IDENTIFIER = "same_identifier"
    SAME_TITLE = "same_title"
    NEAR_DUPLICATE = "near_duplicate"
    DECIDED = "decided"


class MatchDecision(StrEnum):
    """What was decided about a pair of texts."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class TopicEvent(StrEnum):
    """What a fit did to a topic."""

    BORN = "born"
    DIED = "died"
    SPLIT = "split"
    MERGED = "merged"
