"""The rules for phrases of Chinese and Japanese, which have no blanks between words.

Chinese is split into words by jieba's dictionary. In Japanese, compounds of Han characters and katakana are
the nouns, and hiragana, which endings and particles are written in, separate them; compounds are taken
in pairs of characters, of which those are a phrase that begin and end at a boundary often enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from paperlake.languages.supported import CHINESE
from paperlake.topics.naming.languages.english import phrase_key
from paperlake.topics.naming.languages.grammar import Group, readable, word_lists

_NOUN_TAGS = ("n", "v", "a", "b", "j", "l", "i", "eng")  # of jieba, with their kinds: nr, vn
_VERB_OR_NONE = ("v", "d")
_JAPANESE = re.compile(
    r"(?P<han>[\u3005\u4e00-\u9fff\u3400-\u4dbf]+)|(?P<kana>[\u30a1-\u30fa\u30fc]{2,})|(?P<latin>[A-Za-z][\w-]*)"
    r"|(?P<cut>[^\s])"
)
_PAIR = 2  # characters


class UnspacedGrammar:
    """The rules of Chinese or Japanese."""

    links: frozenset[str] = frozenset()

    def __init__(self, language: str) -> None:
        lists = word_lists(language)
        self._is_chinese = language == CHINESE
        self._generic = lists.get("generic", frozenset())
        self._breaking = lists.get("breaking", frozenset())

    def groups(self, text: str) -> Iterator[Group]:
        """Cut a text at punctuation, particles and verbs."""
        group: list[str] = []
        for word in self._words(text):
            if word is not None:
                group.append(word)
            elif group:
                yield group, False
                group = []
        if group:
            yield group, False

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the word: it is not inflected."""
        return (word,)

    def key(self, surface: str) -> str:
        """Return the key that `phrase_key` gives for the phrase as it is written."""
        return phrase_key(readable(surface))

    def spelling(self, surfaces: Counter[str]) -> str | None:
        """Return the most frequent spelling."""
        return min(surfaces, key=lambda surface: (-surfaces[surface], len(surface), surface))

    def can_name(self, text: str, title_count: int) -> bool:
        """Return whether a phrase of so many titles can be a label: two words or more."""
        return self.weight(text) > 1 and title_count > 0

    def weight(self, text: str) -> int:
        """Return the number of words, of two characters each."""
        return max(1, len(text) // _PAIR) if not text.isascii() else len(text.split())

    def is_generic(self, surface: str) -> bool:
        """Return whether the phrase or all its words are of research in general."""
        words = surface.split()
        return readable(surface) in self._generic or all(
            word in self._generic or len(word) == 1 for word in words
        )

    def _words(self, text: str) -> Iterator[str | None]:
        """Yield the words that may be in a phrase, and None between two phrases."""
        if self._is_chinese:
            yield from self._chinese(text)
            return
        for match in _JAPANESE.finditer(text):
            if match["cut"] or len(match[0]) == 1:
                yield None
            elif match["han"]:
                yield from (match[0][start : start + _PAIR] for start in range(0, len(match[0]), _PAIR))
            else:
                yield match[0]

    def _chinese(self, text: str) -> Iterator[str | None]:
        import rjieba  # noqa: PLC0415

        for word, tag in rjieba.tag(text):
            is_noun = tag.startswith(_NOUN_TAGS) and word[0].isalpha()
            is_short_verb = len(word) == 1 and tag.startswith(_VERB_OR_NONE)
            yield word if is_noun and not is_short_verb and word not in self._breaking else None
