"""Word lists of naming: words that end a phrase, and words that say nothing of a subject.

The lists are text files in `data/`, one word per line, read when first needed. How phrases are cut and chosen
is in `phrases.py` and `labels.py`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_COMMENT = "#"


@cache
def word_list(name: str) -> frozenset[str]:
    """Read a list of `data/` by its name without ".txt"; lines that begin with # are comments."""
    text = files(__package__).joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith(_COMMENT))


def function_words() -> frozenset[str]:
    """Return the English function words."""
    return word_list("function_words")


def generic_words() -> frozenset[str]:
    """Return the nouns of research in general: a phrase may hold them, but not consist of them."""
    return word_list("generic_words")


def generic_fields() -> frozenset[str]:
    """Return the keys of phrases that name a field although all their words are generic."""
    return word_list("generic_fields")


def subjects() -> frozenset[str]:
    """Return the words after which a word of `verb_like_words()` is a verb."""
    return word_list("subjects")


@cache
def breaking_words() -> frozenset[str]:
    """Return the words at which a sentence is cut into phrases."""
    return (
        function_words()
        | _inflect(word_list("verbs"))
        | word_list("verb_forms")
        | word_list("evaluative_words")
    )


@cache
def verb_like_words() -> frozenset[str]:
    """Return the words that are verbs after a subject or "to", and may be nouns elsewhere."""
    return word_list("noun_verbs") | word_list("verbs")


def _inflect(verbs: frozenset[str]) -> frozenset[str]:
    """Return the regular forms of verbs, without those that are nouns as often."""
    forms: set[str] = set()
    for verb in verbs:
        stem = verb.removesuffix("e")
        stem_y = verb[:-1] + "i" if verb.endswith("y") and verb[-2] not in "aeiou" else stem
        ending_s = "es" if verb.endswith(("s", "x", "ch", "sh")) else "s"
        third = verb[:-1] + "ies" if stem_y.endswith("i") else verb + ending_s
        if verb not in word_list("noun_verbs"):
            forms |= {verb, third}
        forms |= {stem_y + "ed"}
        forms |= {stem + "ing"} - word_list("ing_nouns")
    return frozenset(forms)
