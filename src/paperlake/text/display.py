"""Excerpts of texts from dumps: one safe line for people, and the text that a reject stores.

For terminals, pages and previews alike; escaping for HTML or Markdown is done where that is written.
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


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in the right form; the plural is `noun` + "s" if not given.

    >>> counted(1, "entry", "entries"), counted(2000, "level")
    ('1 entry', '2,000 levels')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def reject_text(text: str) -> str | None:
    """Return the beginning of a text for the table `rejects`, with its line breaks; None if nothing is left.

    Lone surrogates become question marks; a text of more than `MAX_REJECT_TEXT_CHARS` characters is cut and
    ends with an ellipsis.
    """
    shown = text[: MAX_REJECT_TEXT_CHARS + 1].encode(errors="replace").decode().strip()
    if len(shown) > MAX_REJECT_TEXT_CHARS:
        shown = shown[: MAX_REJECT_TEXT_CHARS - 1] + ELLIPSIS
    return shown or None
