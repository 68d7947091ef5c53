"""The text of a label: joining phrases, cutting titles, comparing labels by their words."""

from __future__ import annotations

from paperlake.topics.naming.languages.english import phrase_words, singular
from paperlake.topics.naming.wordlists import generic_words

MAX_LABEL = 60  # characters; the schema of `topics` has the same limit
JOINT = " and "  # between two phrases of a label
LOOSE_PREFIX = "Other: "  # of the label of a group whose papers have little in common


def contains_words(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Return whether `inner` is in `outer` as a run of whole words."""
    return any(outer[start : start + len(inner)] == inner for start in range(len(outer) - len(inner) + 1))


def shortened(title: str, length: int) -> str:
    """Cut a title at a word so that it fits, with an ellipsis."""
    return title if len(title) <= length else title[:length].rsplit(" ", 1)[0][: length - 1] + "…"


def is_acronym(short: str, long: str) -> bool:
    """Return whether a word of one phrase consists of the initials of another, like ASR, NER and GNNs."""
    initials = "".join(word[0] for word in long.casefold().split())
    return len(initials) > 1 and any(
        word.isupper() and word.casefold().endswith(initials)
        for word in (part.rstrip("s") for part in short.split())
    )


def join_phrases(first: str, second: str) -> str:
    """Join two phrases to one label; a last word that two pairs of words share is said once.

    >>> join_phrases("web agents", "GUI agents")
    'web and GUI agents'
    """
    words = first.split(), second.split()
    if all(len(pair) == 2 for pair in words) and singular(words[0][1].casefold()) == singular(
        words[1][1].casefold()
    ):
        first = words[0][0]
    return f"{first}{JOINT}{second}"


def as_label(text: str) -> str:
    """Capitalise the first letter of a phrase, unless its first word has a case of its own ("mT5")."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.islower() else text


def content_words(label: str) -> frozenset[str]:
    """Return the words of a label that are not of research in general.

    >>> content_words("Text embeddings") == content_words("Embedding models")
    True
    """
    words = frozenset(phrase_words(label.removeprefix(LOOSE_PREFIX)))
    return words - generic_words() or words


def say_the_same(one: str, other: str) -> bool:
    """Return whether two labels, or a phrase of each, differ in generic words alone."""
    parts = [{content_words(part) for part in label.split(JOINT)} for label in (one, other)]
    return bool(parts[0] & parts[1])


def as_second_phrase(label: str) -> str:
    """Undo the capital first letter of a label, unless its first word has a case of its own."""
    return label[:1].lower() + label[1:] if label.split(" ", 1)[0][1:].islower() else label
