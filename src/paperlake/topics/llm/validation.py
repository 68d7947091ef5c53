"""Checks of an answer: one JSON object with a name that is a name, and a description that describes.

An answer is text of a machine that has read titles of strangers, so that nothing of it is believed. What
passes has no markup, address or control character, and is not taken from one title alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from paperlake.catalogue.topic_tables import MAX_LABEL_CHARS
from paperlake.topics.naming.label_text import LOOSE_PREFIX, as_label
from paperlake.topics.naming.languages.english import phrase_words
from paperlake.topics.naming.wordlists import function_words

MIN_NAME_CHARS = 2
MAX_NAME_CHARS = MAX_LABEL_CHARS - len(LOOSE_PREFIX)  # so that the label of a loose group fits, too
MAX_NAME_WORDS = 8
MIN_DESCRIPTION_CHARS = 20
MAX_DESCRIPTION_CHARS = 300
MAX_SENTENCES = 3
MAX_COPIED_WORDS = 5  # in a row that a description may share with a title: a term has as many
MAX_ANSWER_CHARS = 20_000  # of a model that thinks aloud first

_NAME_CHARS = frozenset(" -–/&+,'’().")  # besides letters, marks and digits
_DESCRIPTION_CHARS = _NAME_CHARS | frozenset('—;:%"“”‘')
_LETTERS = ("L", "M", "Nd", "Nl")
_THOUGHTS = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:https?|www|ftp|mailto|javascript)\b\s*[:.]|[^\W\d_]{2,}\.[^\W\d_]{2,}", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|$)")
_WORDS = re.compile(r"[\w'’-]+")


@dataclass(frozen=True)
class TopicName:
    """A name and a description that passed the checks."""

    name: str
    description: str


class RefusedAnswerError(Exception):
    """An answer that failed a check; the message says which, as the end of a sentence."""


class _Written(msgspec.Struct):
    name: str
    description: str


def checked_answer(text: str, evidence: Iterable[str], titles: Iterable[str]) -> TopicName:
    """Return the name and description of an answer.

    Args:
        text: The answer as it came.
        evidence: Phrases and keywords of the topic.
        titles: Of its papers, as they were shown.

    Raises:
        RefusedAnswerError: A check failed.
    """
    written = _parsed(text)
    name = as_label(_one_line(written.name))
    description = _one_line(written.description)
    titles = list(titles)
    for problem in (
        _problem_of_name(name),
        _problem_of_source(name, evidence, titles),
        _problem_of_description(description, titles),
    ):
        if problem:
            raise RefusedAnswerError(problem)
    return TopicName(name, description)


def _parsed(text: str) -> _Written:
    """Return the JSON object of an answer; a code fence around it and thoughts before it are left out."""
    text = _THOUGHTS.sub("", text[:MAX_ANSWER_CHARS], count=1).strip()
    fenced = _FENCED.search(text)
    try:
        return msgspec.json.decode(fenced[1] if fenced else text, type=_Written)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise RefusedAnswerError(
            'it is not one JSON object with the texts "name" and "description"'
        ) from None


def _one_line(text: str) -> str:
    """Return a text in Unicode's composed form, without white space around it; inside, it must be spaces."""
    return unicodedata.normalize("NFC", text).strip()


def _foreign_char(text: str, allowed: frozenset[str]) -> bool:
    """Return whether a text has a character besides letters, digits and some punctuation.

    Letters in another guise, such as bold ones of mathematics, are none.
    """
    return unicodedata.normalize("NFKC", text) != text or any(
        char not in allowed and not unicodedata.category(char).startswith(_LETTERS) for char in text
    )


def _problem_of_name(name: str) -> str | None:
    """Return why a text is no name of a topic; None if it is one."""
    words = [word.casefold() for word in _WORDS.findall(name)]
    rules = {
        f"the name has fewer than {MIN_NAME_CHARS} or more than {MAX_NAME_CHARS} characters": (
            not MIN_NAME_CHARS <= len(name) <= MAX_NAME_CHARS
        ),
        f"the name has more than {MAX_NAME_WORDS} words": len(words) > MAX_NAME_WORDS,
        "the name has markup, a line break or another character that no name has": (
            _foreign_char(name, _NAME_CHARS) or not name[:1].isalnum() or not any(map(str.isalpha, name))
        ),
        "the name has an address": bool(_ADDRESS.search(name)),
        "the name is a sentence, not a noun phrase": (
            bool(_SENTENCE_END.search(name)) or _has(words, "sentence_words") or _has(words, "talk_words")
        ),
        "the name has words of praise or empty words": _has(words, "praise_words"),
        "the name says nothing of a subject": _is_generic(name),
    }
    return next((problem for problem, is_so in rules.items() if is_so), None)


def _problem_of_description(description: str, titles: list[str]) -> str | None:
    """Return why a text is no description of a topic; None if it is one."""
    words = [word.casefold() for word in _WORDS.findall(description)]
    rules = {
        f"the description has fewer than {MIN_DESCRIPTION_CHARS} or more than {MAX_DESCRIPTION_CHARS} "
        "characters": not MIN_DESCRIPTION_CHARS <= len(description) <= MAX_DESCRIPTION_CHARS,
        "the description has markup, a line break or another character that no plain sentence has": (
            _foreign_char(description, _DESCRIPTION_CHARS)
        ),
        "the description has an address": bool(_ADDRESS.search(description)),
        f"the description has more than {MAX_SENTENCES} sentences": (
            len(_SENTENCE_END.findall(description)) > MAX_SENTENCES
        ),
        "the description talks to a reader": _has(words, "talk_words"),
        "the description repeats a title": any(_shares_run(words, title) for title in titles),
    }
    return next((problem for problem, is_so in rules.items() if is_so), None)


def _problem_of_source(name: str, evidence: Iterable[str], titles: list[str]) -> str | None:
    """Return a problem where all words of a name that the data have are of one title alone."""
    words = frozenset(phrase_words(name)) - function_words()
    known = frozenset(word for text in evidence for word in phrase_words(text))
    if words & known or len(titles) < 2:
        return None
    held = [words & frozenset(_title_words(title)) for title in titles]
    holders = [found for found in held if found]
    is_of_one = len(holders) == 1 and len(holders[0]) * 2 > len(words)
    return "the name is taken from one title alone" if is_of_one else None


def _title_words(title: str) -> tuple[str, ...]:
    return phrase_words(" ".join(_WORDS.findall(title)))


def _shares_run(words: list[str], title: str) -> bool:
    """Return whether words have a longer run in common with a title than a term has."""
    of_title = [word.casefold() for word in _WORDS.findall(title)]
    size = MAX_COPIED_WORDS + 1
    runs = {tuple(of_title[at : at + size]) for at in range(len(of_title) - size + 1)}
    return any(tuple(words[at : at + size]) in runs for at in range(len(words) - size + 1))


def _is_generic(name: str) -> bool:
    """Return whether no word of a name is about a subject, as in "New methods and applications"."""
    return frozenset(phrase_words(name)) <= function_words() | _word_list("empty_words")


def _has(words: Iterable[str], list_name: str) -> bool:
    return not _word_list(list_name).isdisjoint(words)


@cache
def _word_list(name: str) -> frozenset[str]:
    text = files(__package__).joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
