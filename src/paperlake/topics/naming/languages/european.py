"""The rules for phrases of European languages other than English, by stop words, stems and word lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache

from paperlake.languages.supported import fold_word, language_stems, stop_words
from paperlake.topics.naming.languages.grammar import ELIDED, MARK, Group, word_lists
from paperlake.topics.naming.languages.tokens import tokens

CACHED_WORDS = 1 << 16
MIN_COMPOUND = 9  # letters of a single German word that says as much as two English ones
MIN_TITLES = 2  # that hold a single word, for it to be a label
COMPOUNDING = frozenset({"da", "de", "fi", "hu", "nl", "sv"})
_SENTENCE_ENDS = frozenset(".!?:")
_ELISION = re.compile(r"\b([cdjlmnst]|qu|dell|nell|all|un)['’](?=\w)", re.IGNORECASE)
_VERB = {"ru": re.compile(r"(?:ют|ает|яет|ует|ются|ется|ится)$")}
# First word of a spelling that a label has rather than an inflected one.
_BASE_FORM = {
    "de": re.compile(r"[a-zäöüß]+e [A-ZÄÖÜ]|[A-ZÄÖÜ]"),
    "ru": re.compile(r"\w+(?:[ыи]е|[ыи]й|ая|яя|[ое]е|ние) "),
}


class EuropeanGrammar:
    """The rules of a language with stop words and stems: groups are cut at stop words and verbs."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._lists = word_lists(language)
        self._stem = lru_cache(CACHED_WORDS)(self._stem_of)

    @cached_property
    def links(self) -> frozenset[str]:
        """Prepositions of noun phrases; none in German and Russian."""
        return self._lists.get("links", frozenset())

    def groups(self, text: str) -> Iterator[Group]:
        """Cut a text at punctuation, stop words and verbs; in German also where no noun follows a noun."""
        group: list[str] = []
        starts_sentence = group_starts = True
        for token in tokens(_ELISION.sub(rf"\1{ELIDED} ", text)):
            is_link = bool(group) and token.lower() in self.links
            if not is_link and (self._cuts(token) or self._begins_another(group, token)):
                yield from self._whole(group, group_starts)
                group = []
            if is_link or not self._cuts(token):
                group_starts = group_starts if group else starts_sentence
                group.append(token)
            starts_sentence = token in _SENTENCE_ENDS
        yield from self._whole(group, group_starts)

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the stem of a word."""
        return (self._stem(word),)

    def key(self, surface: str) -> str:
        """Return the stems of a phrase, marked with the language; links are as written."""
        words = (word if word in self.links else self._stem(word) for word in surface.split())
        return f"{self._language}{MARK}{' '.join(words)}"

    def spelling(self, surfaces: Counter[str]) -> str | None:
        """Return the most frequent spelling that is not inflected; None where case is to be counted.

        In German and Russian the ending of the first word tells; German nouns keep their capitals.
        """
        pattern = _BASE_FORM.get(self._language)
        if pattern is None:
            return None
        base = [surface for surface in surfaces if pattern.match(surface + " ")]
        found = min(base or surfaces, key=lambda surface: (-surfaces[surface], len(surface), surface))
        is_title_case = found.split()[0].istitle() and self._language != "de"
        return found[:1].lower() + found[1:] if is_title_case else found

    def can_name(self, text: str, title_count: int) -> bool:
        """Return whether a phrase of so many titles can be a label."""
        return self.weight(text) > 1 or title_count >= MIN_TITLES

    def weight(self, text: str) -> int:
        """Return the number of words; compounds of German and its like count twice."""
        words = text.split()
        if len(words) == 1 and self._language in COMPOUNDING and len(text) >= MIN_COMPOUND:
            return 2
        return len(words)

    def is_generic(self, surface: str) -> bool:
        """Return whether all words are nouns of research in general."""
        return all(word in self.links or self._stem(word) in self._generic for word in surface.split())

    def _stem_of(self, word: str) -> str:
        return language_stems([fold_word(word)], self._language)[0]

    @cached_property
    def _generic(self) -> frozenset[str]:
        words = sorted(self._lists.get("generic", frozenset()))
        return frozenset(language_stems(words, self._language))

    def _whole(self, group: list[str], starts_sentence: bool) -> Iterator[Group]:
        while group and group[-1].lower() in self.links:
            group = group[:-1]
        if group:
            yield group, starts_sentence

    def _cuts(self, token: str) -> bool:
        """Return whether a token is in no phrase."""
        if not token[0].isalpha() or len(token) == 1 or token.endswith(ELIDED):
            return True
        folded, pattern = fold_word(token), _VERB.get(self._language)
        breaking = self._lists.get("breaking", frozenset())
        return (
            folded in stop_words(self._language)
            or folded in breaking
            or (pattern is not None and pattern.search(folded) is not None)
        )

    def _begins_another(self, group: list[str], token: str) -> bool:
        """Return whether a German word that is no noun follows one: the phrase ends before it."""
        return self._language == "de" and bool(group) and token[:1].islower() and not group[-1][:1].islower()
