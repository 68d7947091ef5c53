"""Prepare text for display: one line without control characters, excerpts, counts with their noun.

Used by terminals, pages and previews. Escaping for HTML or Markdown is done by the code that writes them.
"""

from __future__ import annotations

# Characters that change the direction of the text after them: one title could look like another.
BIDI_CONTROLS = frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
)
REPLACEMENT = "\ufffd"


def one_line(text: str) -> str:
    """Return a text as one line, without characters that control a terminal or the direction of writing."""
    return "".join(
        " " if char.isspace() else char if char.isprintable() and char not in BIDI_CONTROLS else REPLACEMENT
        for char in text
    )


def excerpt(text: str, max_chars: int) -> str:
    """Return a text as one line of at most `max_chars`, spaces folded; a cut text ends with an ellipsis."""
    # only the beginning is read: a text may be a megabyte long
    line = " ".join(one_line(text[: 4 * max_chars]).split())
    if len(line) <= max_chars and len(text) <= 4 * max_chars:
        return line
    return line[: max_chars - 1].rstrip() + "…"


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
