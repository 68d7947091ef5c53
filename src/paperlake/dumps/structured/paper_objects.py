"""One paper object of the daily listing's API, as a row of `entries`.

daily_api holds such objects by themselves, saved_page holds them in an attribute. Fields that nobody knows
do not matter; a missing title makes a reject. Decoding is done before, in `json_objects.py`.
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
from paperlake.dumps.dates import read_iso_day
from paperlake.dumps.structured.json_objects import (
    BadObjectError,
    Piece,
    decode,
    excerpt,
    fold,
    fold_paragraphs,
    is_deeper_than,
    known_text,
)

Row = dict[str, object]

# A printed dictionary is parsed by Python's own parser, which takes some 100 times its size in memory.
PRINTED_CHARS = 1 << 20
INT64_MAX = (1 << 63) - 1

_VERSIONED_ID = re.compile(rf"{ARXIV_ID_PATTERN[:-1]}(v\d+)?$", re.ASCII)


def objects_to_rows(
    objects: Sequence[object], first_number: int, latest: date | None, max_depth: int
) -> tuple[list[Row], list[Row]]:
    """Entries and rejects of a list of API objects, each with its `entry_number`.

    Args:
        objects: Decoded values; a `Piece` is one that is still to be decoded, and a string holds a printed
            Python dictionary or JSON within JSON.
        first_number: The number of the first of them.
        latest: The day of retrieval: no paper was published after it.
        max_depth: An object that nests deeper is a reject.
    """
    entries: list[Row] = []
    rejects: list[Row] = []
    for number, value in enumerate(objects, start=first_number):
        try:
            row = paper_row(_decoded(value, max_depth), latest)
        except BadObjectError as error:
            rejects.append({"entry_number": number, "reason": str(error), "text": show(value)})
        else:
            entries.append({"entry_number": number, **row})
    return entries, rejects


def _decoded(value: object, max_depth: int) -> object:
    if isinstance(value, Piece):
        value = _decoded_piece(value)
    if isinstance(value, str):
        value = read_printed(value)
    if is_deeper_than(value, max_depth):
        raise BadObjectError(f"The object nests in more than {max_depth} levels (max_json_depth).")
    return value


def _decoded_piece(piece: Piece) -> object:
    if not piece.text:
        raise BadObjectError("The dump ends before its list does." if piece.is_cut else "There is nothing.")
    try:
        return decode(piece.text.encode(errors="surrogateescape"))
    except BadObjectError as error:
        if piece.is_cut:
            raise BadObjectError("The dump ends in the middle of this object.") from error
        raise


def paper_row(value: object, latest: date | None) -> Row:
    """The columns of `entries` that one API object fills.

    Raises:
        BadObjectError: It is no paper: not an object, without `paper`, without a title.
    """
    if not isinstance(value, dict):
        raise BadObjectError(f"Not an object but {_kind(value)}.")
    paper = value.get("paper")
    if not isinstance(paper, dict):
        raise BadObjectError("The object has no paper.")
    title = fold(known_text(paper.get("title"), "title") or known_text(value.get("title"), "title"))
    if title is None:
        raise BadObjectError("The paper has no title.")
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
    """The value of a string that holds JSON, or a dictionary as Python prints it.

    Raises:
        BadObjectError: It is neither, or too long.
    """
    if len(text) > PRINTED_CHARS:
        raise BadObjectError(
            f"A printed dictionary of {len(text):,} characters; read up to {PRINTED_CHARS:,}."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unknown escapes in somebody else's text
            value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    else:
        return value
    try:
        return decode(text.encode(errors="surrogatepass"))
    except BadObjectError:
        raise BadObjectError("A text that is neither JSON nor a printed Python dictionary.") from None


def arxiv_id(value: object) -> str | None:
    """An arXiv id without its version; None if it is none."""
    found = _VERSIONED_ID.match(value.strip()) if isinstance(value, str) else None
    return found[1] if found else None


def count(value: object, least: int = -INT64_MAX) -> int | None:
    """A whole number that a table can hold; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= INT64_MAX:
        return value
    return None


def show(value: object) -> str | None:
    """What a reject shows of a value."""
    if isinstance(value, Piece):
        return excerpt(value.text)
    if isinstance(value, str):
        return excerpt(value)
    try:
        return excerpt(msgspec.json.encode(value).decode())
    except (UnicodeEncodeError, TypeError, RecursionError, OverflowError):
        return excerpt(f"({_kind(value)} that cannot be shown)")


def _kind(value: object) -> str:
    names: dict[type, str] = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else "something else")


def _author_names(authors: object) -> list[str] | None:
    """Names in order; hidden authors count, an author without a name is left out."""
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
