"""The languages that texts are told apart by, with their stop words (stop-words) and stems (Snowball).

Stop words and stems are of folded words: lower case, without accents, as the search index has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

ENGLISH = "en"  # also of texts whose language is not known
CHINESE, JAPANESE, RUSSIAN = "zh", "ja", "ru"
# Code of ISO 639-1, and the name by which both packages know the language.
NAMES = {
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
# Snowball knows these endings of Portuguese with their accents alone.
_PORTUGUESE_ENDING = re.compile(r"([cs])(a|oe)(o|s)$")
_MARKS = re.compile(r"[\u0300-\u0305\u0307-\u036f]|(?<!и)\u0306")
_LINKED = re.compile(r"[^\w]+")


def fold_word(word: str) -> str:
    """Return a word in lower case without accents; the letter "й" is one of its own.

    >>> fold_word("Größe"), fold_word("réseau")
    ('große', 'reseau')
    """
    if word.isascii():
        return word.lower()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", word.lower()))
    return unicodedata.normalize("NFC", plain)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language, folded; none for English, Chinese and Japanese."""
    if language not in NAMES:
        return frozenset()
    from stop_words import get_stop_words  # noqa: PLC0415

    written = get_stop_words(NAMES[language])
    return frozenset(part for word in written for part in _LINKED.split(fold_word(word)) if part)


@cache
def english_stop_words() -> frozenset[str]:
    """Return the English stop words of the same package, to weigh them against those of other languages."""
    from stop_words import get_stop_words  # noqa: PLC0415

    return frozenset(word for word in get_stop_words("english") if word.isalpha())


def language_stems(words: Sequence[str], language: str) -> list[str]:
    """Return the stem of each folded word by Snowball's rules for one of `NAMES`.

    >>> language_stems(["redes", "informacoes", "informacao"], "pt")
    ['red', 'inform', 'inform']
    """
    import Stemmer  # noqa: PLC0415

    if language == "pt":
        words = [_PORTUGUESE_ENDING.sub(_with_tilde, word) for word in words]
    return list(Stemmer.Stemmer(NAMES[language]).stemWords(list(words)))


def _with_tilde(match: re.Match[str]) -> str:
    consonant = "ç" if match[1] == "c" else "s"
    return f"{consonant}{'ã' if match[2] == 'a' else 'õe'}{match[3]}"
