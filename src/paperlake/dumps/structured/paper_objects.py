"""One paper object of the daily listing's API, as a row of `entries`.

Dumps of daily_api are lists of such objects; a saved_page has them in an attribute. Unknown fields are
ignored; an object without a title is a reject. JSON is decoded in `json_objects.py`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from paperlake.catalogue.columns import ARXIV_ID_PATTERN
from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.dates import read_iso_day
from paperlake.dumps.reading import ParsedRow, reject_row
from paperlake.dumps.structured.json_objects import (
    BadObjectError,
    UndecodedElement,
    decode,
    is_deeper_than,
    known_text,
    refuse_repeated_fields,
)
from paperlake.text.display import plural, reject_text
from paperlake.text.folding import fold, fold_paragraphs

# Characters; a printed dictionary is parsed by Python's own parser, in some 100 times its size of memory.
MAX_PRINTED_CHARS = 1 << 20
MAX_INT64 = (1 << 63) - 1

_VERSIONED_ID = re.compile(rf"{ARXIV_ID_PATTERN[:-1]}(v\d+)?$", re.ASCII)


def objects_to_rows(
    objects: Sequence[object], first_number: int, latest: date | None, max_depth: int
) -> tuple[list[ParsedRow], list[ParsedRow]]:
    """Return the entries and rejects of a list of API objects, each with its `entry_number`.

    Args:
        objects: Decoded values, or elements of a broken list. A string is a printed Python dictionary or
            JSON within JSON.
        first_number: The number of the first of them.
        latest: The day of retrieval; a later date of publication is left out.
        max_depth: An object that nests deeper is a reject.
    """
    entries: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    for number, value in enumerate(objects, start=first_number):
        try:
            row = paper_row(_decoded(value, max_depth), latest)
        except BadObjectError as error:
            rejects.append(reject_row(error.reason, show(value), entry_number=number))
        else:
            entries.append({"entry_number": number, **row})
    return entries, rejects


def _decoded(value: object, max_depth: int) -> object:
    if isinstance(value, UndecodedElement):
        value = _decode_element(value)
    if isinstance(value, str):
        value = read_printed(value)
    if is_deeper_than(value, max_depth):
        raise BadObjectError(
            f"The object nests in more than {plural(max_depth, 'level')} (max_json_depth).",
            RejectCode.LIMIT_EXCEEDED,
        )
    refuse_repeated_fields(value)
    return value


def _decode_element(element: UndecodedElement) -> object:
    if not element.text:
        if element.is_cut:
            raise BadObjectError("The dump ends before its list does.", RejectCode.TRUNCATED)
        raise BadObjectError("There is nothing.", RejectCode.MALFORMED)
    try:
        return decode(element.text.encode(errors="surrogateescape"))
    except BadObjectError as error:
        if element.is_cut:
            raise BadObjectError(
                "The dump ends in the middle of this object.", RejectCode.TRUNCATED
            ) from error
        raise


def paper_row(value: object, latest: date | None) -> ParsedRow:
    """Return the columns of `entries` that one API object fills.

    Raises:
        BadObjectError: The value is not an object, or has no `paper` or no title.
    """
    if not isinstance(value, dict):
        raise BadObjectError(f"Not an object but {_kind(value)}.", RejectCode.WRONG_TYPE)
    paper = value.get("paper")
    if not isinstance(paper, dict):
        raise BadObjectError("The object has no paper.", RejectCode.MISSING_FIELD)
    title = fold(known_text(paper.get("title"), "title") or known_text(value.get("title"), "title"))
    if title is None:
        raise BadObjectError("The paper has no title.", RejectCode.MISSING_FIELD)
    authors = paper.get("authors")
    published_text = fold(known_text(paper.get("publishedAt"), "publication date"))
    published = read_iso_day(published_text)
    return {
        "title": title,
        "abstract": fold_paragraphs(known_text(paper.get("summary"), "abstract")),
        "author_count": (len(authors) or None) if isinstance(authors, list) else None,
        "authors": _author_names(authors),
        "organization": _organization(paper) or _organization(value),
        "published_date": None if published and latest and published > latest else published,
        "published_text": published_text,
        "comment_count": count(value.get("numComments"), least=0),
        "upvote_count": count(paper.get("upvotes")),
        "arxiv_id": arxiv_id(paper.get("id")),
        "keywords": _texts(paper.get("ai_keywords"), "keywords"),
    }


def read_printed(text: str) -> object:
    """Return the value of a string that holds JSON, or a dictionary as Python prints it.

    Raises:
        BadObjectError: The string holds neither, or has more than `MAX_PRINTED_CHARS` characters.
    """
    if len(text) > MAX_PRINTED_CHARS:
        raise BadObjectError(
            f"A printed dictionary of {len(text):,} characters; read up to {MAX_PRINTED_CHARS:,}.",
            RejectCode.LIMIT_EXCEEDED,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about unknown escapes in the dump
            value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    else:
        return value
    try:
        return decode(text.encode(errors="surrogatepass"))
    except BadObjectError:
        raise BadObjectError(
            "A text that is neither JSON nor a printed Python dictionary.", RejectCode.MALFORMED
        ) from None


def arxiv_id(value: object) -> str | None:
    """Return an arXiv id without its version; None if the value is none."""
    found = _VERSIONED_ID.match(value.strip()) if isinstance(value, str) else None
    return found[1] if found else None


def count(value: object, least: int = -MAX_INT64) -> int | None:
    """Return a whole number from `least` to `MAX_INT64`; None for any other value."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_INT64:
        return value
    return None


def show(value: object) -> str | None:
    """Return a value as the text of a reject."""
    if isinstance(value, UndecodedElement):
        return reject_text(value.text)
    if isinstance(value, str):
        return reject_text(value)
    try:
        return reject_text(msgspec.json.encode(value).decode())
    except (UnicodeEncodeError, TypeError, RecursionError, OverflowError):
        return reject_text(f"({_kind(value)} that cannot be shown)")


def _kind(value: object) -> str:
    names: dict[type, str] = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else "something else")


def _author_names(authors: object) -> list[str] | None:
    """Return the names in order, hidden authors included; an author without a name is left out."""
    if not isinstance(authors, list):
        return None
    names = [author.get("name") if isinstance(author, dict) else author for author in authors]
    return _texts(names, "name of an author")


def _organization(value: dict[str, Any]) -> str | None:
    found = value.get("organization")
    if isinstance(found, dict):
        full = fold(known_text(found.get("fullname"), "organization"))
        return full or fold(known_text(found.get("name"), "organization"))
    return fold(known_text(found, "organization"))


def _texts(values: object, name: str) -> list[str] | None:
    if not isinstance(values, list):
        return None
    folded = (fold(known_text(value, name)) for value in values)
    return [text for text in folded if text] or None
