"""What the rules of a language are, by which its phrases are cut and counted, and the word lists they read.

Word lists are in `data/`, one file per language: nouns of research in general, function words that may be
inside a phrase ("redes de sensores"), and verbs at which one ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Protocol

from paperlake.languages.scripts import UNSPACED_CLASS
from paperlake.languages.supported import fold_word

MARK = ":"  # between the code of a language and the stems of a phrase
ELIDED = "ʼ"  # a letter of its own, for the apostrophe of a shortened word: "dʼ énergie"
_BLANKS = re.compile(rf"(?<=[{UNSPACED_CLASS}]) (?=[{UNSPACED_CLASS}])|(?<={ELIDED}) ")

Group = tuple[list[str], bool]
"""Words between two cuts, as written, and whether the first of them begins a sentence."""


class Grammar(Protocol):
    """The rules of one language."""

    @property
    def links(self) -> frozenset[str]:
        """Words that may be inside a phrase, but not begin or end it."""

    def groups(self, text: str) -> Iterator[Group]:
        """Cut a text into groups of words."""

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the forms by which the papers that hold a word are counted."""

    def key(self, surface: str) -> str:
        """Return one key for all spellings of a phrase."""

    def weight(self, text: str) -> int:
        """Return how many words a phrase counts as."""


def readable(surface: str) -> str:
    """Return words joined by blanks as they are written.

    >>> readable("深度 学习"), readable("réseau dʼ énergie")
    ('深度学习', "réseau d'énergie")
    """
    return _BLANKS.sub("", surface).replace(ELIDED, "'")


@cache
def word_lists(language: str) -> dict[str, frozenset[str]]:
    """Read the lists of a language, folded; none where there is no file."""
    path = files(__package__).joinpath("data", f"{language}.txt")
    if not path.is_file():
        return {}
    lines = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines())
    return {
        name: frozenset(fold_word(word.replace("'", ELIDED)) for word in words.split())
        for name, _, words in lines
    }
