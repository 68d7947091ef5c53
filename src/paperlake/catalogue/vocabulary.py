"""Closed vocabularies: every value that a coded column may hold, named once, and the patterns of ids.

Each vocabulary is a `StrEnum`, so a member is its own text in tables, SQL and JSON. What a value means
is said here and shown in docs/tables.md. Loads no Pandera, so that a search may use it.
"""

from __future__ import annotations

from enum import StrEnum

ID_PATTERN = r"^[0-9a-f]{16}$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"
IDENTIFIER_PATTERN = r"^[a-z0-9]+:\S+$"
ARXIV_ID_PATTERN = r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"


class Code(StrEnum):
    """A value of a closed vocabulary, with what it means.

    >>> RejectCode.EMPTY_DUMP == "empty_dump"
    True
    """

    description: str

    def __new__(cls, value: str, description: str = "") -> Code:
        """Return the member; the description is shown in the docs."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


class DumpFormat(StrEnum):
    """How a dump is written."""

    LISTING_TEXT = "listing_text"
    LISTING_MARKDOWN = "listing_markdown"
    TEXT_DIGEST = "text_digest"
    SAVED_PAGE = "saved_page"
    DAILY_API = "daily_api"
    ARXIV_SNAPSHOT = "arxiv_snapshot"
    BIBTEX = "bibtex"
    RIS = "ris"
    PUBMED_TEXT = "pubmed_text"
    WOS_TEXT = "wos_text"
    ENDNOTE_TEXT = "endnote_text"
    CSV = "csv"
    PARQUET = "parquet"
    OPENALEX = "openalex"
    CROSSREF = "crossref"
    SEMANTIC_SCHOLAR = "semantic_scholar"
    OPENREVIEW = "openreview"
    PAPER_JSON = "paper_json"
    CV_ARXIV_DAILY = "cv_arxiv_daily"
    ARXIV_FEED = "arxiv_feed"
    OAI_PMH = "oai_pmh"
    DBLP_XML = "dblp_xml"
    PUBMED_XML = "pubmed_xml"


class Layout(StrEnum):
    """How a listing text or a digest arranges its lines."""

    CARDS = "cards"
    TITLED = "titled"
    COMPACT = "compact"
    BLOCKS = "blocks"
    HEADINGS = "headings"
    TABLE = "table"


class RejectCode(Code):
    """Why a part of a dump is not an entry."""

    UNREADABLE_FILE = (
        "unreadable_file",
        "The file cannot be opened or must not be: no permission, a pipe, a link that leaves raw/.",
    )
    CHANGED_FILE = (
        "changed_file",
        "The file vanished or changed while it was read; the next run reads it again.",
    )
    DAMAGED_COMPRESSION = "damaged_compression", "The gzip or zstd stream is corrupt or truncated."
    LIMIT_EXCEEDED = (
        "limit_exceeded",
        "A limit was passed: bytes, characters of a line, nesting depth, number of entries.",
    )
    EMPTY_DUMP = "empty_dump", "The dump contains nothing but white space."
    UNKNOWN_FORMAT = "unknown_format", "No reader recognises the content."
    NOT_A_LISTING = (
        "not_a_listing",
        "Text without the evidence that a listing of papers has: a README, prose, source code.",
    )
    NO_ENTRIES = "no_entries", "The format is recognised, and the dump contains no paper."
    UNSAFE_MARKUP = (
        "unsafe_markup",
        "XML that declares entities of its own; they can grow without limit or name other files.",
    )
    NOT_A_PAPER = (
        "not_a_paper",
        "A record that is no paper: the source has deleted it, it is an error message, or a data set.",
    )
    MALFORMED = "malformed", "The syntax is broken: text that should be JSON and is not."
    TRUNCATED = "truncated", "The text ends before the object or entry does."
    DAMAGED_TEXT = (
        "damaged_text",
        "Bytes or characters that are no text: invalid encoding, control characters, lone surrogates.",
    )
    WRONG_TYPE = (
        "wrong_type",
        "Valid JSON of another type than the format has there, such as a number for an object.",
    )
    MISSING_FIELD = (
        "missing_field",
        "A part that every entry needs is absent: the title, the paper, the link to it.",
    )
    READER_FAILED = (
        "reader_failed",
        "The reader of the format failed on this dump, a mistake of paperlake; the log has the traceback.",
    )
    INVALID_VALUE = "invalid_value", "A field has a value that the rules of its column do not allow."
    INCOMPLETE_ENTRY = (
        "incomplete_entry",
        "A text of a listing without the title, the abstract or the author slot that entries of it have.",
    )
    AMBIGUOUS_TEXT = (
        "ambiguous_text",
        "Texts of a listing that can be paired to titles and abstracts in more than one way.",
    )
    REPEATED_TEXT = "repeated_text", "A line of a listing that only repeats another."
    UNPLACED_TEXT = (
        "unplaced_text",
        "Lines of a listing that belong to no entry and are not known page chrome.",
    )


class MatchMethod(Code):
    """What joined an entry to its paper, or brought two texts together."""

    FIRST = "first", "The first source of the paper, which gives it its id."
    SAME_TEXT = "same_text", "Title and abstract are equal under the normalisation."
    SAME_IDENTIFIER = "same_identifier", "An arXiv id or DOI is equal."
    SAME_TITLE = "same_title", "The titles are equal, and nothing speaks against it."
    NEAR_DUPLICATE = (
        "near_duplicate",
        "Many words are in common. As match_method, the match score is above the threshold, too; in matches, "
        "the decision may be `different`.",
    )
    DECIDED = "decided", "A person decided it in curated/decisions.csv."


class MatchDecision(StrEnum):
    """What was decided about a pair of texts."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class LabelSource(Code):
    """Where the label of a topic comes from."""

    PHRASES = "phrases", "Phrases of its papers, or a name of a field that they hold."
    CURATED = "curated", "A person wrote it in curated/topics.csv."
    LLM = "llm", "A language model wrote it; its description, too."


class TopicEvent(StrEnum):
    """What a fit did to a topic."""

    BORN = "born"
    DIED = "died"
    SPLIT = "split"
    MERGED = "merged"
