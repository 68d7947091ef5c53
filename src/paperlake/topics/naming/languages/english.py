"""The rules for English phrases: words in lower case and singular, and where a sentence is cut.

A group of words ends at function words, verbs and punctuation. Word lists are in `wordlists.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from paperlake.languages.scripts import with_pairs
from paperlake.topics.naming.languages.tokens import tokens
from paperlake.topics.naming.wordlists import (
    breaking_words,
    subjects,
    verb_like_words,
)

CACHED_WORDS = 1 << 16  # words whose form is cached: the vocabulary of 100,000 papers

_APOSTROPHE = re.compile(r"['’]s?$")
_SENTENCE_ENDS = frozenset(".!?:")
_HYPHENS = re.compile(r"[-‐‑–/]")


@lru_cache(CACHED_WORDS)
def singular(word: str) -> str:
    """Return the singular of an English noun in lower case, roughly; other words stay as they are.

    >>> singular("studies")
    'study'
    """
    if len(word) <= 3 or word.endswith(("ss", "us", "is", "ics", "ous", "'s")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word.removesuffix("s")


def phrase_words(text: str) -> tuple[str, ...]:
    """Return the words of a phrase in lower case and singular, split at hyphens; of Chinese, pairs."""
    if not text.isascii():
        text = with_pairs(text)
    return tuple(singular(word) for word in _HYPHENS.sub(" ", text.casefold()).split())


def word_set(text: str) -> frozenset[str]:
    """Return all words of a phrase, split at hyphens and joined: "pre-training" has "pretraining" too."""
    joined = (singular(_HYPHENS.sub("", word)) for word in text.casefold().split())
    return frozenset((*phrase_words(text), *joined))


def phrase_key(text: str) -> str:
    """Return one key for all spellings of a phrase.

    >>> phrase_key("Fine-tuning") == phrase_key("finetuning")
    True
    """
    return "".join(phrase_words(text))


def word_groups(text: str) -> Iterator[tuple[list[str], bool]]:
    """Cut a text at punctuation, function words and verbs.

    Yields:
        The words between two cuts, as written, and whether the first of them begins a sentence.
    """
    group: list[str] = []
    starts_sentence = group_starts = True
    after_subject = False
    for token in tokens(text):
        kind = _classify(token)
        if kind.word is None or kind.breaks or (after_subject and kind.may_be_verb):
            if group:
                yield group, group_starts
                group = []
        else:
            group_starts = group_starts if group else starts_sentence
            group.append(kind.word)
            if kind.ends_group:
                yield group, group_starts
                group = []
        starts_sentence, after_subject = token in _SENTENCE_ENDS, kind.is_subject
    if group:
        yield group, group_starts


class _Kind(NamedTuple):
    """Effect of a token on the group of words around it."""

    word: str | None
    """Without its possessive; None for punctuation and numbers."""
    breaks: bool
    ends_group: bool
    may_be_verb: bool
    is_subject: bool


@lru_cache(CACHED_WORDS)
def _classify(token: str) -> _Kind:
    if not token[0].isalnum() or token.isdigit():
        return _Kind(None, breaks=True, ends_group=False, may_be_verb=False, is_subject=False)
    word = _APOSTROPHE.sub("", token)
    lower = word.casefold()
    breaks = (
        (lower in breaking_words() and not (word.isupper() and len(word) > 2))
        or (lower.endswith("ly") and len(lower) > 4)
        or len(word) == 1
    )
    return _Kind(word, breaks, word != token, lower in verb_like_words(), lower in subjects())


class EnglishGrammar:
    """The rules of `Grammar` for English."""

    links: frozenset[str] = frozenset()

    def groups(self, text: str) -> Iterator[tuple[list[str], bool]]:
        """Cut a text with `word_groups`."""
        return word_groups(text)

    def parts(self, word: str) -> tuple[str, ...]:
        """Return a word as a whole, and where it has hyphens its parts."""
        split = phrase_words(word)
        return ("".join(split), *split) if len(split) > 1 else split

    def key(self, surface: str) -> str:
        """Return `phrase_key` of a phrase."""
        return phrase_key(surface)

    def weight(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())
