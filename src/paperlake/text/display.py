"""Prepare text for display: one line without control characters, excerpts, counts with their noun, durations.

Used by terminals, pages and previews. Escaping for HTML or Markdown is done by the code that writes them.
"""

from __future__ import annotations

MAX_REJECT_TEXT_CHARS = 500  # of the text that a reject stores: enough to find and judge the place

# Characters that change the direction of the text after them: one title could look like another.
BIDI_CONTROLS = frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
)
REPLACEMENT = "\ufffd"
ELLIPSIS = "…"


def one_line(text: str) -> str:
    r"""Return a text as one line that cannot move a cursor, colour a terminal or reverse the direction.

    >>> one_line("Ponds\nand \x1b[31mLakes")
    'Ponds and \ufffd[31mLakes'
    """
    if text.isprintable():  # nearly every text: of spaces and direction controls, " " alone is printable
        return text
    return "".join(
        " " if char.isspace() else char if char.isprintable() and char not in BIDI_CONTROLS else REPLACEMENT
        for char in text
    )


def excerpt(text: str, max_chars: int) -> str:
    """Return a text as `one_line` does, white space folded, of at most `max_chars` characters.

    A cut text ends with an ellipsis.
    """
    # Only the beginning is read: a text may be a megabyte long.
    line = " ".join(one_line(text[: 4 * max_chars]).split())
    if len(line) <= max_chars and len(text) <= 4 * max_chars:
        return line
    return line[: max_chars - 1].rstrip() + ELLIPSIS


def reject_text(text: str) -> str | None:
    """Return the beginning of a text for the table `rejects`, with its line breaks; None if nothing is left.

    Lone surrogates become question marks; a text of more than `MAX_REJECT_TEXT_CHARS` characters is cut and
    ends with an ellipsis.
    """
    shown = text[: MAX_REJECT_TEXT_CHARS + 1].encode(errors="replace").decode().strip()
    if len(shown) > MAX_REJECT_TEXT_CHARS:
        shown = shown[: MAX_REJECT_TEXT_CHARS - 1] + ELLIPSIS
    return shown or None


def plural(count: int, noun: str) -> str:
    """Return a count with its noun in the right number, thousands separated.

    Args:
        count: How many there are.
        noun: The singular, one word or more; the last word takes the ending of a regular English plural.

    >>> plural(1, "reject"), plural(2, "entry"), plural(1200, "match")
    ('1 reject', '2 entries', '1,200 matches')
    """
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith(('s', 'x', 'z', 'ch', 'sh')) else 's'}"


def singular(noun: str) -> str:
    """Return the singular of a regular English plural: of the name of a table, or of a unit of progress.

    >>> singular("entries"), singular("matches"), singular("paper sources")
    ('entry', 'match', 'paper source')
    """
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith(("ses", "xes", "zes", "ches", "shes")):
        return noun[:-2]
    return noun.removesuffix("s")


def duration(seconds: float) -> str:
    """Return a length of time, rounded to what people want to know.

    >>> duration(0.31), duration(40), duration(200), duration(7500)
    ('0.3 s', '40 s', '3 min', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min"
