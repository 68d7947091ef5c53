"""Detection of the language of a text, by itself: other texts make no difference.

English texts are recognised by their function words, which costs little. Of the others, Chinese and Japanese
are told by their scripts, and all others by py3langid, a naive Bayes classifier over byte sequences that is
shipped with its model. What it finds counts only if the text has stop words of that language.
docs/decisions/0024-languages.md compares detectors.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import polars as pl

from paperlake.languages.scripts import UNSPACED_CLASS
from paperlake.languages.supported import (
    CHINESE,
    ENGLISH,
    JAPANESE,
    NAMES,
    RUSSIAN,
    english_stop_words,
    fold_word,
    stop_words,
)

# Function words of English that are no words of the other languages.
_ENGLISH_WORDS = r" (?:the|and|that|with|this|which|from|are|our|these|by|using|an|its|into) "
MAX_ENGLISH_GAP = 150  # characters for each of these words: a text with more of them is English
MAX_CHARS = 2_000  # of a text that the classifier reads
MIN_UNSPACED_SHARE = 0.3  # of the letters, in Chinese and Japanese texts; they hold names in Latin script
MIN_KANA_SHARE = 0.1  # of these, in Japanese
MIN_CYRILLIC_SHARE = 0.5  # of the letters, in Russian texts: their titles may hold no stop word
MIN_ASCII_WORDS = 2  # stop words of another language in a text without accents: English titles have "via"
# Languages that others would be taken for: a text in one of them is treated as English is.
_OTHERS = ("ar", "bg", "el", "he", "id", "ko", "uk", "vi")

_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(f"[{UNSPACED_CLASS}]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


def languages_of(texts: pl.Series) -> list[str]:
    """Return the code of the language of each text: one of `NAMES`, "zh", "ja", or else "en"."""
    words = texts.str.count_matches(_ENGLISH_WORDS).cast(pl.Int64) * MAX_ENGLISH_GAP
    english = words >= texts.str.len_chars().cast(pl.Int64).clip(lower_bound=1)
    languages = [ENGLISH] * len(texts)
    for row in (~english).arg_true().to_list():
        languages[row] = language_of(texts[row])
    return languages


def language_of(text: str) -> str:
    """Return the code of the language of one text, without the short cut for English.

    >>> language_of("Die Segmentierung von Bildern"), language_of("医学图像分割")
    ('de', 'zh')
    """
    text = text[:MAX_CHARS]
    unspaced = len(_UNSPACED.findall(text))
    if unspaced and unspaced >= MIN_UNSPACED_SHARE * len(_LETTER.findall(text)):
        if 2 * len(_HANGUL.findall(text)) > unspaced:
            return ENGLISH
        return JAPANESE if len(_KANA.findall(text)) >= MIN_KANA_SHARE * unspaced else CHINESE
    if len(_CYRILLIC.findall(text)) > MIN_CYRILLIC_SHARE * len(_LETTER.findall(text)):
        return RUSSIAN if _identifier().classify(text)[0] == RUSSIAN else ENGLISH
    words = [fold_word(word) for word in _WORD.findall(text)]
    known = Counter(language for word in words for language in _by_stop_word().get(word, ()))
    least = max(MIN_ASCII_WORDS if text.isascii() else 1, sum(word in english_stop_words() for word in words))
    if not any(count >= least for count in known.values()):
        return ENGLISH
    found = str(_identifier().classify(text)[0])
    return found if found in NAMES and known[found] >= least else ENGLISH


@cache
def _by_stop_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language in NAMES:
        for word in stop_words(language):
            found[word] = (*found.get(word, ()), language)
    return found


@cache
def _identifier() -> Any:  # noqa: ANN401  # py3langid has no types
    """Return the classifier, restricted to languages that occur; loading its model takes a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([ENGLISH, CHINESE, JAPANESE, *NAMES, *_OTHERS])
    return identifier
