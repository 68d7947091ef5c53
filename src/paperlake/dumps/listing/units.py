"""The texts of a run: joins wrapped lines, and separates the organization from them.

A run is the text between two author slots, or between furniture. Titles and abstracts are told apart in
`blocks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from paperlake.dumps.listing.line_marks import LineKind, Tokens
from paperlake.dumps.listing.text_shapes import (
    MAX_TITLE,
    Shape,
    Wrap,
    ends_sentence,
    is_prose,
    is_wrapped_paragraph,
    shape_of,
    wraps_onto,
)

MAX_ORGANIZATION = 100  # characters; the longest seen on such a page, printed twice, has 84
MAX_ORGANIZATION_WORDS = 14
_AUTHORS_DAMAGED = re.compile(r"\d+ |.*\bauthors?$")  # an author slot with a wrong letter is no organization


@dataclass
class TextUnit:
    """One text of a run: a line, or several lines of a wrapped text."""

    text: str
    places: list[int]
    """Places in the tokens."""
    shape: Shape
    unsure: bool = False
    """True if it may be the lower part of a wrapped text."""


@dataclass
class TextRun:
    """Consecutive texts of a page, and the author slot after them."""

    texts: list[int]
    slot: list[int]
    number: int | None = None
    """The place of the number before the title, if the page shows one there."""
    is_first: bool = False
    """True for the first run of a page, which may have menus before its title."""


@dataclass(frozen=True)
class PageTraits:
    """Traits of a page that decide how its runs are read."""

    has_slots: bool
    is_gapped: bool
    """True if blank lines separate texts, so that adjacent lines are one wrapped text."""
    longest_short: int
    """Length of the longest line that is no abstract, in characters."""
    lacks_abstracts: bool
    """True if any entry has a slot but no long text."""


def make_units(tokens: Tokens, places: Sequence[int], page: PageTraits) -> list[TextUnit]:
    """Return the texts of a run, wrapped lines joined."""
    units: list[TextUnit] = []
    block: list[int] = []
    for place in places:
        is_long = len(tokens.texts[place]) > MAX_TITLE
        if block and (is_long or tokens.lines[place] != tokens.lines[block[-1]] + 1):
            units += _units_of_block(tokens, block, page)
            block = []
        if is_long:
            units.append(_unit(tokens, [place]))
        else:
            block.append(place)
    return units + _units_of_block(tokens, block, page)


def _units_of_block(tokens: Tokens, block: list[int], page: PageTraits) -> list[TextUnit]:
    """Return the texts in adjacent short lines."""
    lines = [tokens.texts[place] for place in block]
    if page.is_gapped and len(block) > 2:
        if is_wrapped_paragraph(lines):
            return [_unit(tokens, block)]
        if is_wrapped_paragraph(lines[1:]):
            return [_unit(tokens, block[:1]), _unit(tokens, block[1:])]
    units: list[TextUnit] = []
    joined: list[int] = []
    unsure = False
    for place in block:
        longest = page.longest_short if page.is_gapped and len(block) == 2 else None
        wrap = wraps_onto(tokens.texts[joined[-1]], tokens.texts[place], longest) if joined else Wrap.NO
        if joined and wrap is not Wrap.YES:
            units.append(_unit(tokens, joined))
            joined = []
        joined.append(place)
        unsure = unsure or wrap is Wrap.UNSURE
    return [*units, _unit(tokens, joined, unsure)] if joined else units


def _unit(tokens: Tokens, places: list[int], unsure: bool = False) -> TextUnit:
    text = " ".join(tokens.texts[place] for place in places)
    return TextUnit(text, list(places), shape_of(text), unsure)


def take_organization(units: list[TextUnit], slot: list[int], tokens: Tokens, page: PageTraits) -> str | None:
    """Return the organization in place of the authors, and move its lines into the slot; None without one."""
    kinds = [tokens.kinds[place] for place in slot]
    if len(units) < 2 or LineKind.SEPARATOR not in kinds or LineKind.AUTHORS in kinds:
        return None
    name = units[-1]
    if not _can_be_organization(name.text) or tokens.damaged.intersection(name.places):
        return None
    if len(units) == 2:
        is_set_apart = tokens.lines[name.places[0]] > tokens.lines[units[0].places[-1]] + 1
        is_at_slot = tokens.lines[slot[0]] <= tokens.lines[name.places[-1]] + 1
        if not (page.is_gapped and is_set_apart and is_at_slot):
            return None
    elif not is_body(units[-2]) and units[-2].text != name.text:
        return None
    while len(units) > 1 and units[-1].text == name.text:
        slot[:0] = units.pop().places
    return name.text


def _can_be_organization(text: str) -> bool:
    if len(text) > MAX_ORGANIZATION or len(text.split()) > MAX_ORGANIZATION_WORDS:
        return False
    if not text[0].isalnum() or _AUTHORS_DAMAGED.match(text):
        return False
    return not ends_sentence(text) or text.endswith(("Inc.", "Ltd.", "Corp.", "Co."))


def is_body(unit: TextUnit) -> bool:
    """Return whether a text looks like an abstract or a paragraph of one."""
    return unit.shape is Shape.LONG or is_prose(unit.text)
