"""One paper object of the daily listing's API, as a row of `entries`.

Dumps of daily_api are lists of such objects; a saved_page has them in an attribute. Unknown fields are
ignored; an object without a title is a reject. JSON is decoded in `json_objects.py`.
"""

from __future__ import annotations

import ast
import re
import warnings as python_warnings
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from paperlake.catalogue.vocabulary import ARXIV_ID_PATTERN, RejectCode
from paperlake.dumps.fields.dates import read_iso_day
from paperlake.dumps.reading import ParsedRow, reject_row
from paperlake.dumps.scholarly_json.object_reader import checked_row
from paperlake.dumps.scholarly_json.values import Warnings, warn
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
# Fields of a paper that other sites' objects do not have; in the spelling of the API or of its client.
BARE_FIELDS = frozenset({
    "discussionId", "discussion_id", "submittedOnDailyAt", "submitted_on_daily_at", "submittedOnDailyBy",
    "submitted_by", "submittedBy", "ai_summary", "ai_keywords", "upvotes",
})  # fmt: skip

LABELS = {"summary": "abstract", "publishedAt": "publication date"}  # in messages

_VERSIONED_ID = re.compile(rf"{ARXIV_ID_PATTERN[:-1]}(v\d+)?$", re.ASCII)


def objects_to_rows(
    objects: Sequence[object],
    first_number: int,
    latest: date | None,
    max_depth: int,
    warnings: Warnings | None = None,
) -> tuple[list[ParsedRow], list[ParsedRow]]:
    """Return the entries and rejects of a list of API objects, each with its `entry_number`.

    Args:
        objects: Decoded values, or elements of a broken list. A string is a printed Python dictionary or
            JSON within JSON.
        first_number: The number of the first of them.
        latest: The day of retrieval; a later date of publication is left out.
        max_depth: An object that nests deeper is a reject.
        warnings: Where fields that are not understood are counted, if wanted.
    """
    entries: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    for number, value in enumerate(objects, start=first_number):
        seen: Warnings = Counter()
        try:
            row = checked_row(paper_row(_decoded(value, max_depth), latest, seen), latest)
        except BadObjectError as error:
            rejects.append(reject_row(error.reason, show(value), entry_number=number))
        else:
            if warnings is not None:
                warnings.update(seen)
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


def paper_row(value: object, latest: date | None, warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that one API object fills, bare or below `paper`.

    Raises:
        BadObjectError: The value is not an object, or has no `paper` or no title.
    """
    if not isinstance(value, dict):
        raise BadObjectError(f"Not an object but {_kind(value)}.", RejectCode.WRONG_TYPE)
    paper = value.get("paper")
    if not isinstance(paper, dict):
        if "title" not in value or not ({"id", "summary", "authors", "upvotes"} & value.keys()):
            raise BadObjectError("The object has no paper.", RejectCode.MISSING_FIELD)
        paper = value
    title = fold(_text(paper, "title", warnings) or _text(value, "title", warnings))
    if title is None:
        raise BadObjectError("The paper has no title.", RejectCode.MISSING_FIELD)
    published_text = fold(_first_text(paper, ("publishedAt", "published_at"), warnings))
    published = read_iso_day(published_text)
    authors = paper.get("authors")
    if authors is not None and not isinstance(authors, list):
        warn(warnings, "authors", authors)
    return {
        "title": title,
        "abstract": fold_paragraphs(_text(paper, "summary", warnings)),
        "author_count": (len(authors) or None) if isinstance(authors, list) else None,
        "authors": _author_names(authors),
        "organization": _organization(paper) or _organization(value),
        "published_date": None if published and latest and published > latest else published,
        "published_text": published_text,
        "comment_count": _count(value, ("numComments", "num_comments", "comments"), warnings, least=0),
        "upvote_count": _count(paper, ("upvotes",), warnings),
        "arxiv_id": arxiv_id(paper.get("id")),
        "code_url": _link(paper, ("githubRepo", "github_repo"), warnings),
        "code_star_count": _count(paper, ("githubStars", "github_stars"), warnings, least=0),
        "project_url": _link(paper, ("projectPage", "project_page"), warnings),
        "summary": fold_paragraphs(_first_text(paper, ("ai_summary", "aiSummary"), warnings)),
        "keywords": _texts(_first(paper, ("ai_keywords", "aiKeywords")), "keywords", warnings),
    }


def is_bare_paper(value: object, is_wrapped: bool = False) -> bool:
    """Return whether a value is the object of a paper: title, summary, and fields that only this API has.

    An object that stands below `paper` (`is_wrapped`) needs no such field.
    """
    if not isinstance(value, dict) or not {"id", "title", "summary"} <= value.keys():
        return False
    return is_wrapped or bool(value.keys() & BARE_FIELDS)


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
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")  # about unknown escapes in the dump
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
    return _texts(names, "name of an author", Counter())


def _organization(value: dict[str, Any]) -> str | None:
    found = value.get("organization")
    if isinstance(found, dict):
        full = fold(known_text(found.get("fullname"), "organization"))
        return full or fold(known_text(found.get("name"), "organization"))
    return fold(known_text(found, "organization"))


def _first(value: dict[str, Any], names: tuple[str, ...]) -> object:
    """Return the first member of several names that is not null."""
    return next((value[name] for name in names if value.get(name) is not None), None)


def _text(value: dict[str, Any], name: str, warnings: Warnings) -> str | None:
    return _first_text(value, (name,), warnings)


def _first_text(value: dict[str, Any], names: tuple[str, ...], warnings: Warnings) -> str | None:
    found = _first(value, names)
    if found is not None and not isinstance(found, str):
        warn(warnings, LABELS.get(names[0], names[0]), found)
    return known_text(found, LABELS.get(names[0], names[0]))


def _count(
    value: dict[str, Any], names: tuple[str, ...], warnings: Warnings, least: int = -MAX_INT64
) -> int | None:
    found = _first(value, names)
    number = count(found, least)
    if found is not None and number is None:
        warnings[f"{names[0]} is no whole number{' from 0' if least == 0 else ''}"] += 1
    return number


def _link(value: dict[str, Any], names: tuple[str, ...], warnings: Warnings) -> str | None:
    """Return a link; other texts are counted and left out."""
    found = _first(value, names)
    if found is None or found == "":
        return None
    text = known_text(found, names[0])
    if text is None or not re.match(r"https?://\S+$", text.strip(), re.IGNORECASE):
        warnings[f"{names[0]} is no link"] += 1
        return None
    return text.strip()


def _texts(values: object, name: str, warnings: Warnings) -> list[str] | None:
    if not isinstance(values, list):
        if values is not None:
            warn(warnings, name, values)
        return None
    folded = (fold(known_text(value, name)) for value in values)
    return [text for text in folded if text] or None
