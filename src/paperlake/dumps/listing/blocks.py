"""Combining the lines of a listing to entries: pairs titles with abstracts, and rejects what fits no pair.

Works on one run of texts (between two author slots, or between furniture) at a time, so that damage costs
only its own run. Texts whose order is ambiguous become rejects. Fields are read in `reader.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.listing.line_marks import LineKind, Tokens
from paperlake.dumps.listing.text_shapes import (
    MAX_ABSTRACT,
    MAX_TITLE,
    MIN_LONG,
    Shape,
    can_be_title,
    continues,
    ends_sentence,
    has_sentences,
    is_heading,
    is_label_beside,
    is_prose,
    is_sentence,
    reads_like_abstract,
)
from paperlake.dumps.listing.units import (
    PageTraits,
    TextRun,
    TextUnit,
    is_body,
    make_units,
    take_organization,
)
from paperlake.dumps.reading import RejectReason

NO_ABSTRACT = RejectReason(
    RejectCode.INCOMPLETE_ENTRY,
    "A short text without abstract or author slot: a title that lost its abstract, or a stray line.",
)
NO_TITLE = RejectReason(
    RejectCode.INCOMPLETE_ENTRY,
    "A paragraph without a title: one that lost its title, or a second paragraph of the abstract above.",
)
UNSURE_ORDER = RejectReason(
    RejectCode.AMBIGUOUS_TEXT,
    "Titles and abstracts do not alternate here, so that it is unsure which belong together.",
)
UNSURE_TEXT = RejectReason(
    RejectCode.AMBIGUOUS_TEXT, "It is unsure which of these texts is a title and which an abstract."
)
REPEATED = RejectReason(RejectCode.REPEATED_TEXT, "The text above, repeated.")
CUT_OFF = RejectReason(
    RejectCode.TRUNCATED,
    "The text breaks off before the author slot and the date that other entries here have.",
)
DAMAGED = RejectReason(RejectCode.DAMAGED_TEXT, "The text contains bytes or characters that are no text.")
HEADING = RejectReason(RejectCode.UNPLACED_TEXT, "A heading inside a document, not a title.")
NUMBER_ALONE = RejectReason(
    RejectCode.UNPLACED_TEXT, "A number that could be votes or comments, of no entry that could be read."
)
SLOT_ALONE = RejectReason(RejectCode.UNPLACED_TEXT, "An author slot or a date that belongs to no entry.")


@dataclass
class EntryDraft:
    """An entry whose fields are not read yet, as places in the tokens."""

    title: str
    paragraphs: list[str]
    """The paragraphs of the abstract; empty without an abstract."""
    places: list[int]
    """Places in the tokens of title and abstract, in order."""
    slot: list[int] = field(default_factory=list)
    organization: str | None = None
    number: int | None = None
    """The place of the number before the title."""


@dataclass
class DecodedRun:
    """The entries and rejects of one run."""

    drafts: list[EntryDraft] = field(default_factory=list)
    rejected: list[tuple[list[int], RejectReason]] = field(default_factory=list)
    """Places, and the reason why they are no entry."""


def decode_run(tokens: Tokens, run: TextRun, page: PageTraits) -> DecodedRun:
    """Find the entries of one run.

    A run that ends with a slot holds one entry: title, abstract in one or more paragraphs, slot. Any other
    run is split at its anchors: an anchor is a short text that is followed by a long one.
    """
    if not run.texts:
        return DecodedRun(rejected=[(run.slot, SLOT_ALONE)])
    if _is_regular(tokens, run):
        title, abstract = (tokens.texts[place] for place in run.texts)
        return DecodedRun([EntryDraft(title, [abstract], run.texts, run.slot, None, run.number)])
    units = make_units(tokens, run.texts, page)
    decoded = DecodedRun()
    slot = list(run.slot)
    organization = take_organization(units, slot, tokens, page)
    _drop_repeats(units, decoded)
    if slot and _may_be_moved(units, page):
        decoded.rejected.append(([place for unit in units for place in unit.places], UNSURE_TEXT))
    elif slot and _is_one_entry(units):
        _add_draft(decoded, units[0], units[1:])
    else:
        _decode_open(units, page, decoded, may_be_between=bool(slot) and not run.is_first)
    if slot:
        _give_slot(decoded, slot, organization, _is_slot_of_last(units, decoded))
    elif page.has_slots:
        _reject_cut_off(decoded)
    _give_number(decoded, run, units)
    _reject_damaged(decoded, tokens)
    return decoded


def _is_regular(tokens: Tokens, run: TextRun) -> bool:
    """Return whether a run is just a title, a long abstract and an author slot: the fast path."""
    if len(run.texts) != 2 or not run.slot or tokens.kinds[run.slot[0]] is not LineKind.AUTHORS:
        return False
    title, abstract = (tokens.texts[place] for place in run.texts)
    if len(title) > MAX_TITLE or len(abstract) < MIN_LONG or not can_be_title(title):
        return False
    return not tokens.damaged.intersection(run.texts)


def _drop_repeats(units: list[TextUnit], decoded: DecodedRun) -> None:
    for place in range(len(units) - 1, 0, -1):
        if units[place].text == units[place - 1].text:
            decoded.rejected.append((units.pop(place).places, REPEATED))


def _may_be_moved(units: list[TextUnit], page: PageTraits) -> bool:
    """Return whether one of several long texts may be the abstract that another entry of the page lacks."""
    return page.lacks_abstracts and sum(unit.shape is Shape.LONG for unit in units) > 1


def _is_one_entry(units: list[TextUnit]) -> bool:
    """Return whether the texts before a slot are certainly a title and its abstract, or only a title."""
    title, *paragraphs = units
    if title.shape is Shape.LONG or title.unsure or not can_be_title(title.text):
        return False
    if title.shape is Shape.BETWEEN:
        return len(paragraphs) == 1 and paragraphs[0].shape is Shape.LONG
    if len(paragraphs) == 1:
        return paragraphs[0].shape is not Shape.SHORT or (
            is_prose(paragraphs[0].text) and not is_prose(title.text)
        )
    if is_prose(title.text) or sum(len(unit.text) for unit in paragraphs) > MAX_ABSTRACT:
        return False
    *inner, last = paragraphs or units
    return (last is title or is_body(last)) and all(
        unit.shape is Shape.LONG or has_sentences(unit.text) for unit in inner
    )


def _add_draft(decoded: DecodedRun, title: TextUnit, paragraphs: Sequence[TextUnit]) -> None:
    decoded.drafts.append(
        EntryDraft(
            title=title.text,
            paragraphs=[unit.text for unit in paragraphs],
            places=[place for unit in (title, *paragraphs) for place in unit.places],
        )
    )


def _decode_open(units: list[TextUnit], page: PageTraits, decoded: DecodedRun, may_be_between: bool) -> None:
    """Split a run at its anchors; texts between the anchors are judged alone.

    Args:
        units: The texts.
        page: The traits of the page.
        decoded: Entries and rejects are added to it.
        may_be_between: True if, of two short texts before a long one, the first may be the title and the
            second a stray line. This is so where slots separate entries.
    """
    done = 0
    for place in range(len(units) - 1):
        if place < done or not _is_anchor(units, place):
            continue
        doubtful = _doubt_around(units, place, done, page, may_be_between)
        if doubtful is not None:
            _decode_rest(units[done : doubtful[0]], page, decoded)
            for unit in units[doubtful[0] : doubtful[1]]:
                decoded.rejected.append((unit.places, UNSURE_ORDER))
            done = doubtful[1]
            continue
        _decode_rest(units[done:place], page, decoded)
        _add_draft(decoded, units[place], [units[place + 1]])
        done = place + 2
    _decode_rest(units[done:], page, decoded)


def _is_anchor(units: list[TextUnit], place: int) -> bool:
    title, body = units[place], units[place + 1]
    return title.shape is Shape.SHORT and body.shape is Shape.LONG and can_be_title(title.text)


def _doubt_around(
    units: list[TextUnit], place: int, done: int, page: PageTraits, may_be_between: bool
) -> tuple[int, int] | None:
    """Return the range of texts around an anchor that can be paired in several ways; None if unambiguous.

    Where no blank lines separate texts, two short texts before two long ones may be two entries whose lines
    were swapped. A line directly below another may be the end of a title. A sentence between a title and a
    long text may be an abstract, followed by the abstract of another entry. A label may be between a title
    and its abstract.
    """
    if place - 1 < done or units[place - 1].shape is not Shape.SHORT:
        return None
    before, title = units[place - 1].text, units[place].text
    after_is_long = place + 2 < len(units) and units[place + 2].shape is Shape.LONG
    if after_is_long and not page.is_gapped:
        return place - 1, place + 3
    is_abstract = is_sentence(title) and not is_prose(before) and _has_short_abstracts(units)
    is_label = is_label_beside(title, before) or (may_be_between and not is_label_beside(before, title))
    return (place - 1, place + 2) if units[place].unsure or is_abstract or is_label else None


def _has_short_abstracts(units: list[TextUnit]) -> bool:
    """Return whether any title is followed by a sentence and then by another title or nothing."""
    return any(
        title.shape is Shape.SHORT
        and not is_prose(title.text)
        and body.shape is Shape.SHORT
        and is_sentence(body.text)
        and (after is None or after.shape is Shape.SHORT)
        for title, body, after in zip(units, units[1:], [*units[2:], None], strict=False)
    )


def _decode_rest(rest: list[TextUnit], page: PageTraits, decoded: DecodedRun) -> None:
    """Sort texts that are no anchors into continued paragraphs, short abstracts and rejects."""
    place = 0
    if decoded.drafts and rest:
        draft = decoded.drafts[-1]
        is_adjacent = not decoded.rejected or max(decoded.rejected[-1][0]) < draft.places[0]
        while place < len(rest) and is_adjacent and continues(draft.paragraphs[-1], rest[place].text):
            if sum(map(len, draft.paragraphs)) + len(rest[place].text) > MAX_ABSTRACT:
                break
            draft.paragraphs.append(rest[place].text)
            draft.places += rest[place].places
            place += 1
    while place < len(rest):
        if not page.has_slots and _is_short_pair(rest, place):
            _add_draft(decoded, rest[place], [rest[place + 1]])
            place += 2
        else:
            decoded.rejected.append((rest[place].places, _rest_reason(rest[place])))
            place += 1


def _is_short_pair(rest: list[TextUnit], place: int) -> bool:
    """Return whether here is a title with an abstract that is too short for an anchor."""
    if place + 1 >= len(rest):
        return False
    title, body = rest[place], rest[place + 1]
    if title.shape is not Shape.SHORT or not can_be_title(title.text) or is_prose(title.text):
        return False
    return reads_like_abstract(body.text)


def _rest_reason(unit: TextUnit) -> RejectReason:
    """Return the reason why a text is no part of an entry, by its looks."""
    if is_heading(unit.text):
        return HEADING
    if is_body(unit):
        return NO_TITLE
    return NO_ABSTRACT if unit.shape is Shape.SHORT else UNSURE_TEXT


def _is_slot_of_last(units: list[TextUnit], decoded: DecodedRun) -> bool:
    """Return whether no other body of text is between the last entry and the slot."""
    if not decoded.drafts:
        return False
    last = decoded.drafts[-1].places[-1]
    return not any(is_body(unit) for unit in units if unit.places[0] > last)


def _give_slot(decoded: DecodedRun, slot: list[int], organization: str | None, is_sure: bool) -> None:
    """Assign the slot to the entry before it, or reject it with the texts that it may belong to."""
    if is_sure:
        draft = decoded.drafts[-1]
        draft.slot, draft.organization = slot, organization
        return
    if decoded.rejected:
        last = max(range(len(decoded.rejected)), key=lambda index: decoded.rejected[index][0][-1])
        places, reason = decoded.rejected[last]
        decoded.rejected[last] = ([*places, *slot], reason)
    else:
        decoded.rejected.append((slot, SLOT_ALONE))


def _reject_cut_off(decoded: DecodedRun) -> None:
    """Reject entries without a slot, on a page with slots, whose abstract does not end with a sentence."""
    kept = []
    for draft in decoded.drafts:
        if ends_sentence(draft.paragraphs[-1]):
            kept.append(draft)
        else:
            decoded.rejected.append((draft.places, CUT_OFF))
    decoded.drafts = kept


def _give_number(decoded: DecodedRun, run: TextRun, units: list[TextUnit]) -> None:
    """Assign the number before the first text to the entry that begins there."""
    if run.number is None:
        return
    first = units[0].places[0]
    for draft in decoded.drafts:
        if draft.places[0] == first:
            draft.number = run.number
            return
    decoded.rejected.append(([run.number], NUMBER_ALONE))


def _reject_damaged(decoded: DecodedRun, tokens: Tokens) -> None:
    if not tokens.damaged:
        return
    sound = [draft for draft in decoded.drafts if not tokens.damaged.intersection(draft.places)]
    for draft in decoded.drafts:
        if tokens.damaged.intersection(draft.places):
            number = [] if draft.number is None else [draft.number]
            decoded.rejected.append(([*number, *draft.places, *draft.slot], DAMAGED))
    decoded.drafts = sound
