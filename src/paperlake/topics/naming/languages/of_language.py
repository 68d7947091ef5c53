"""The grammar of each language other than English."""

from __future__ import annotations

from functools import cache

from paperlake.languages.supported import CHINESE, JAPANESE
from paperlake.topics.naming.languages.european import EuropeanGrammar
from paperlake.topics.naming.languages.unspaced import UnspacedGrammar

OtherGrammar = EuropeanGrammar | UnspacedGrammar


@cache
def grammar_of(language: str) -> OtherGrammar:
    """Return the rules for a language that `languages_of` names, other than English."""
    return UnspacedGrammar(language) if language in (CHINESE, JAPANESE) else EuropeanGrammar(language)
