"""Authors in JSON: a text, a list of names, objects as the services write them, or lists of name parts."""

from __future__ import annotations

import re

from paperlake.dumps.scholarly_json.values import Warnings, is_empty, warn
from paperlake.dumps.structured.json_objects import known_text
from paperlake.text.folding import fold
from paperlake.text.markup import strip_tags
from paperlake.text.names import natural_order, split_names

LABEL = "authors"
ET_AL = "authors end with et al., so that author_count is too low"
MAX_AUTHORS = 20_000  # the largest collaborations have some 5,000

# Keys of a whole name, of its parts, and of an object around it; the first that is there counts.
_NAME_KEYS = (
    "name", "display_name", "full_name", "fullName", "fullname", "literal", "author_name", "text",
    "raw_author_name", "preferred_name", "username", "value",
)  # fmt: skip
_GIVEN_KEYS = ("given", "first", "firstName", "first_name", "given_name", "givenName", "forename", "initials")
_FAMILY_KEYS = ("family", "last", "lastName", "last_name", "family_name", "familyName", "surname")
_SUFFIX_KEYS = ("suffix", "sequence_suffix")
_AROUND_KEYS = ("author", "authors", "author_list", "authorList", "creators", "person")
_ET_AL = re.compile(r"\bet\.?\s*al\b\.?|\band others\b", re.IGNORECASE)
_ET_AL_ALONE = re.compile(r"\W*(?:et\.?\s*al\.?|and others|others|\.\.\.|…)\W*", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"[\s,]*\bet\.?\s*al\b\.?$|\s\d{4}$", re.IGNORECASE
)  # the number of a namesake in DBLP
_LETTER = re.compile(r"[^\W\d_]")


def read_authors(value: object, warnings: Warnings) -> list[str] | None:
    """Return the names of the authors, given names first; None if the value holds none.

    Raises:
        BadObjectError: A name holds lone surrogates.
    """
    if is_empty(value):
        return None
    if isinstance(value, str):
        return _names_of_text(value, warnings)
    if isinstance(value, dict):
        value = _list_of_object(value)
    if not isinstance(value, list):
        warn(warnings, LABEL, value)
        return None
    if len(value) == 1 and isinstance(value[0], str):
        return _names_of_text(value[0], warnings)
    if len(value) > MAX_AUTHORS:
        warnings[f"authors has more than {MAX_AUTHORS:,} names"] += 1
    names = [name for one in value[:MAX_AUTHORS] if (name := _name(one, warnings))]
    if names and (_ET_AL.search(names[-1]) or _ET_AL_ALONE.fullmatch(names[-1])):
        warnings[ET_AL] += 1
    bare = [_AFTER_NAME.sub("", name) for name in names if not _ET_AL_ALONE.fullmatch(name)]
    return _in_order([name for name in bare if _LETTER.search(name)])


def _in_order(names: list[str]) -> list[str] | None:
    """Return names with the given names first.

    `Family GI` is turned round only if all names are so: `Yunfan LU` among others has its family name last.
    """
    plain = [name for name in names if "," not in name]
    are_initials = all(natural_order(name) != name for name in plain)
    return [natural_order(name) if are_initials or "," in name else name for name in names] or None


def _list_of_object(value: dict[str, object]) -> object:
    """Return the list in `{"author": […]}`; a single author as a list of one."""
    inner = next((value[key] for key in _AROUND_KEYS if key in value), value)
    return [inner] if isinstance(inner, str | dict) else inner


def _names_of_text(text: str, warnings: Warnings) -> list[str] | None:
    known = known_text(text, "name of an author")
    bare = fold(strip_tags(known)) if known else None
    if bare is None:
        return None
    if bare.startswith("[") and bare.endswith("]"):
        quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", bare)
        if quoted:
            return [natural_order(one or other) for one, other in quoted if one or other] or None
    if _ET_AL.search(bare):
        warnings[ET_AL] += 1
        bare = _ET_AL.sub(" ", bare).strip(" ,;")
    return split_names(bare)


def _name(value: object, warnings: Warnings) -> str | None:
    """Return the name of one author; None if there is none."""
    if is_empty(value):
        return None
    if isinstance(value, str):
        return fold(known_text(value, "name of an author"))
    if isinstance(value, dict):
        return _name_of_object(value, warnings)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        family, given, *rest = [*value, "", ""][:4]
        return fold(known_text(" ".join((given, family, *rest[:1])), "name of an author"))
    warn(warnings, "an author", value)
    return None


def _name_of_object(value: dict[str, object], warnings: Warnings) -> str | None:
    family = _part(value, _FAMILY_KEYS)
    whole = _part(value, _NAME_KEYS)
    if family and not (whole and " " in whole and not _part(value, _GIVEN_KEYS)):
        middle = value.get("middle")
        middles = (
            " ".join(part for part in middle if isinstance(part, str)) if isinstance(middle, list) else ""
        )
        parts = (_part(value, _GIVEN_KEYS), middles, family, _part(value, _SUFFIX_KEYS))
        return fold(" ".join(part for part in parts if part))
    if whole:
        return whole
    for key in _AROUND_KEYS:
        inner = value.get(key)
        if isinstance(inner, dict):
            return _name_of_object(inner, warnings) or _part(value, ("raw_author_name",))
        if isinstance(inner, str):
            return _name(inner, warnings)
    warnings["an author has no name"] += 1
    return None


def _part(value: dict[str, object], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        part = value.get(key)
        if isinstance(part, str):
            text = fold(strip_tags(known_text(part, "name of an author") or ""))
            if text:
                return text
    return None
