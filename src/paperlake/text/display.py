"""Text from dumps as people may see it: one line that cannot steer what shows it.

For terminals, pages and previews alike; escaping for HTML or Markdown comes after, where that is written.
"""

from __future__ import annotations

# Characters that change the direction of what follows: a title could pretend to be another.
BIDI_CONTROLS = frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
)
REPLACEMENT = "\ufffd"


def one_line(text: str) -> str:
    """A text as one line that cannot move a cursor, colour a terminal or turn the direction of writing."""
    return "".join(
        " " if char.isspace() else char if char.isprintable() and char not in BIDI_CONTROLS else REPLACEMENT
        for char in text
    )


def excerpt(text: str, most_chars: int) -> str:
    """The same, with white space folded and cut to a length; a cut text ends with an ellipsis."""
    # what is cut away need not be looked at: a text may be a megabyte long
    line = " ".join(one_line(text[: 4 * most_chars]).split())
    if len(line) <= most_chars and len(text) <= 4 * most_chars:
        return line
    return line[: most_chars - 1].rstrip() + "…"
