"""Extracting noun-phrase-like word groups from titles and abstracts, in the spelling of the papers.

A phrase is one to four words between function words, verbs and punctuation that often ends there ("large
language" never does, "large language models" does). Spellings that differ in hyphens, case or number are
one phrase. Labels are chosen in `labels.py`; docs/decisions/0006-own-phrases.md compares with others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from paperlake.topics.naming.wordlists import (
    breaking_words,
    generic_fields,
    generic_words,
    subjects,
    verb_like_words,
)
from paperlake.vectors.arrays import Floats, Ints

MAX_PHRASE = 4  # words; longer ones are names of single methods
TITLE_WEIGHT = 1.0  # what an occurrence in the title counts
ABSTRACT_WEIGHT = 0.5  # what an occurrence in the abstract alone counts
MIN_BOUNDARY_SHARE = 0.3  # a phrase begins and ends at a phrase boundary at least this often
MAX_WORD_OPEN_SHARE = 0.45  # a single word followed by another more often is an adjective or a modifier
MAX_NAME_OPEN_SHARE = 0.65  # ... and one that is followed by another more often names nothing alone
MIN_PLURAL_TITLES = 4  # a plural of one word ("transformers") names a field if so many titles hold it
MASS_ENDINGS = ("ion", "ing", "ity", "ness", "ment", "ism", "sis", "graphy", "logy", "ics", "ance", "ence")
OTHER_ENDINGS = ("ible", "able", "ous", "ful", "less", "ed", "ize", "ise", "ive", "ish", "ant", "ent", "ary")
ADJECTIVE_ENDINGS = ("al", "ic", "ar")  # of a word without a plural: "unital" is none, "signal" has one
MIN_PLURAL_SHARE = 0.2  # written in the plural this often relative to the singular, a label has the plural
MIN_LOWER_SHARE = 0.25  # a word written in lower case this often is an ordinary word
CACHED_WORDS = 1 << 16  # words whose form is cached: the vocabulary of 100,000 papers
MAX_ABSTRACT_CHARS = 4_000  # the longest abstracts are bodies pasted by mistake

_NOISE = re.compile(r"\$[^$]{0,300}\$|https?://\S+|\\[A-Za-z]+|[{}]")
_ACCENT = re.compile(r"""\\[`'"^~=.]\s*\{?\\?([A-Za-z])\}?""")  # Gr\"obner
_TOKEN = re.compile(r"(?:\d+-?)?[^\W\d_][\w+]*(?:[-‐‑–'’./][\w+]+)*|[.,;:!?()\[\]\"“”—|/]|\S")
_APOSTROPHE = re.compile(r"['’]s?$")
_SENTENCE_ENDS = frozenset(".!?:")
_HYPHENS = re.compile(r"[-‐‑–/]")

_Texts = list[tuple[int, bool, list[tuple[list[str], bool]]]]  # paper, whether its title, groups of words


@dataclass
class Phrase:
    """One phrase of the corpus, under all its spellings."""

    key: str
    surfaces: Counter[str] = field(default_factory=Counter)
    occurrences: int = 0
    open_left: int = 0
    """Occurrences that follow another word of the same group: the phrase is a part of a longer one."""
    open_right: int = 0
    """Occurrences that are followed by another word of the same group."""

    @property
    def is_whole(self) -> bool:
        """Whether it occurs alone often enough to be more than a piece of longer phrases."""
        free = 1.0 - MIN_BOUNDARY_SHARE
        return self.open_left <= free * self.occurrences and self.open_right <= free * self.occurrences


@dataclass(frozen=True)
class PhraseTable:
    """The phrases of a corpus with their spelling and the papers that hold them."""

    keys: list[str]
    texts: list[str]
    """Each phrase as the papers write it, first letter as inside a sentence."""
    title_counts: Ints
    """Number of titles that hold each phrase."""
    can_name: list[bool]
    """Whether each can be a label: no single word that needs a second one."""
    words: list[tuple[str, ...]]
    """Its words in lower case and singular, split at hyphens: what containment is judged on."""
    presence: Floats
    """Non-zero weights of occurrence, aligned with `rows` and `columns`."""
    rows: Ints
    columns: Ints
    paper_count: int


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
    """Return the words of a phrase in lower case and singular, split at hyphens."""
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
    for token in _TOKEN.findall(_NOISE.sub(" , ", _ACCENT.sub(r"\1", text))):
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


@dataclass
class _Spelling:
    """One spelling of a phrase, and where it occurs."""

    occurrences: int = 0
    open_left: int = 0
    open_right: int = 0
    title_papers: list[int] = field(default_factory=list)
    papers: list[int] = field(default_factory=list)
    """In ascending order; a paper may be listed twice."""


def build_phrases(titles: Sequence[str], abstracts: Sequence[str | None], min_papers: int) -> PhraseTable:
    """Extract all phrases of at least `min_papers` papers, with the papers that hold them.

    Args:
        titles: One per paper.
        abstracts: One per paper; None where there is none.
        min_papers: Rarer phrases are names of single methods.
    """
    cases = _Cases()
    texts: _Texts = []
    for paper, (title, abstract) in enumerate(zip(titles, abstracts, strict=True)):
        for text, is_title in ((title, True), (abstract or "", False)):
            groups = list(word_groups(text[:MAX_ABSTRACT_CHARS]))
            cases.count(groups, is_title)
            texts.append((paper, is_title, groups))
    spellings = _count_spellings(texts, _rare_words(texts, min_papers))
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for surface in spellings:
        by_key[phrase_key(surface)].append(surface)
    kept = []
    for key in sorted(by_key):
        papers = {paper for surface in by_key[key] for paper in spellings[surface].papers}
        if len(papers) >= min_papers:
            phrase = _merge(key, {surface: spellings[surface] for surface in by_key[key]})
            if _is_candidate(phrase):
                kept.append(phrase)
    return _table(kept, spellings, cases, len(titles))


def _rare_words(texts: _Texts, min_papers: int) -> frozenset[str]:
    """Return words as written that neither as a whole nor in all their parts are in enough papers."""
    last_paper: dict[str, int] = {}
    papers: Counter[str] = Counter()
    parts: dict[str, tuple[str, ...]] = {}
    for paper, _, groups in texts:
        for words, _ in groups:
            for word in words:
                if word not in parts:
                    split = phrase_words(word)
                    parts[word] = ("".join(split), *split) if len(split) > 1 else split
                for part in parts[word]:
                    if last_paper.get(part) != paper:
                        last_paper[part] = paper
                        papers[part] += 1
    return frozenset(
        word
        for word, (whole, *split) in parts.items()
        if papers[whole] < min_papers and (not split or any(papers[part] < min_papers for part in split))
    )


def _count_spellings(texts: _Texts, rare: frozenset[str]) -> dict[str, _Spelling]:
    """Count every run of words of the groups that holds no rare word, and where it occurs."""
    spellings: dict[str, _Spelling] = {}
    for paper, is_title, groups in texts:
        for words, _ in groups:
            count = len(words)
            for start in range(count):
                surface = ""
                for end in range(start + 1, min(start + MAX_PHRASE, count) + 1):
                    word = words[end - 1]
                    if word in rare:
                        break
                    surface = f"{surface} {word}" if surface else word
                    spelling = spellings.get(surface)
                    if spelling is None:
                        spelling = spellings[surface] = _Spelling()
                    spelling.occurrences += 1
                    spelling.open_left += start > 0
                    spelling.open_right += end < count
                    (spelling.title_papers if is_title else spelling.papers).append(paper)
    for spelling in spellings.values():
        spelling.papers.extend(spelling.title_papers)
    return spellings


def _merge(key: str, spellings: dict[str, _Spelling]) -> Phrase:
    """Merge all spellings of a phrase."""
    return Phrase(
        key,
        Counter({surface: spelling.occurrences for surface, spelling in spellings.items()}),
        sum(spelling.occurrences for spelling in spellings.values()),
        sum(spelling.open_left for spelling in spellings.values()),
        sum(spelling.open_right for spelling in spellings.values()),
    )


def _is_candidate(phrase: Phrase) -> bool:
    if not phrase.is_whole or len(phrase.key) < 2:
        return False
    text = phrase.surfaces.most_common(1)[0][0]
    words = phrase_words(text)
    if len(words) == 1 and _is_no_noun(text.casefold(), words[0], phrase):
        return False
    if phrase.key in generic_fields():
        return True
    return not all(word in generic_words() or word.isdigit() for word in words)


def _can_name(text: str, phrase: Phrase, title_count: int) -> bool:
    """Return whether a phrase can be a label alone: several words, a name, a mass noun, a known plural."""
    if " " in text or any(letter.isupper() for letter in text[1:]):
        return True
    if singular(text) in generic_words() or phrase.open_right > MAX_NAME_OPEN_SHARE * phrase.occurrences:
        return False
    if singular(text) != text:
        return title_count >= MIN_PLURAL_TITLES
    has_plural = any(singular(surface.casefold()) != surface.casefold() for surface in phrase.surfaces)
    return text.endswith(MASS_ENDINGS) or not (has_plural or text.endswith(ADJECTIVE_ENDINGS))


def _is_no_noun(word: str, stem: str, phrase: Phrase) -> bool:
    """Return whether a single word is more likely a verb or an adjective."""
    if word.endswith("ing"):
        return phrase.open_right > MAX_WORD_OPEN_SHARE * phrase.occurrences
    return stem in verb_like_words() or word.endswith(OTHER_ENDINGS)


def _table(
    phrases: list[Phrase], spellings: dict[str, _Spelling], cases: _Cases, paper_count: int
) -> PhraseTable:
    cells: list[tuple[int, int, float]] = []
    in_titles: list[int] = []
    for column, phrase in enumerate(phrases):
        in_title = {paper for surface in phrase.surfaces for paper in spellings[surface].title_papers}
        everywhere = {paper for surface in phrase.surfaces for paper in spellings[surface].papers}
        in_titles.append(len(in_title))
        cells += [
            (paper, column, TITLE_WEIGHT if paper in in_title else ABSTRACT_WEIGHT) for paper in everywhere
        ]
    cells.sort()
    rows, columns, weights = zip(*cells, strict=True) if cells else ((), (), ())
    texts = [cases.written(phrase.surfaces) for phrase in phrases]
    return PhraseTable(
        keys=[phrase.key for phrase in phrases],
        texts=texts,
        can_name=[
            _can_name(text, phrase, titles)
            for text, phrase, titles in zip(texts, phrases, in_titles, strict=True)
        ],
        title_counts=np.array(in_titles, dtype=np.int64),
        words=[phrase_words(text) for text in texts],
        presence=np.array(weights, dtype=np.float64),
        rows=np.array(rows, dtype=np.int64),
        columns=np.array(columns, dtype=np.int64),
        paper_count=paper_count,
    )


class _Cases:
    """Counts how each word is cased where case carries meaning: inside sentences of abstracts."""

    def __init__(self) -> None:
        self._inside: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._titles: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def count(self, groups: Sequence[tuple[list[str], bool]], is_title: bool) -> None:
        """Count the casing of words, leaving out those that begin a sentence."""
        seen = self._titles if is_title else self._inside
        for words, starts_sentence in groups:
            for position, word in enumerate(words):
                if position or not starts_sentence or is_title:
                    seen[word.casefold()][word] += 1
                    for part in _HYPHENS.split(word) if "-" in word else ():
                        seen[part.casefold()][part] += 1

    def written(self, surfaces: Counter[str]) -> str:
        """Return the most frequent spelling of a phrase, each word cased as inside a sentence."""
        spellings: Counter[str] = Counter()
        for surface, count in surfaces.items():
            spellings[surface.casefold()] += count
        best = min(spellings, key=lambda spelling: (-spellings[spelling], len(spelling), spelling))
        plurals = [spelling for spelling in sorted(spellings) if spelling in (best + "s", best + "es")]
        if plurals and spellings[plurals[0]] >= MIN_PLURAL_SHARE * spellings[best]:
            best = plurals[0]
        originals = {surface.casefold(): surface for surface in sorted(surfaces, key=lambda s: surfaces[s])}
        return " ".join(
            self._word(lower, original)
            for lower, original in zip(best.split(), originals[best].split(), strict=True)
        )

    def _word(self, lower: str, original: str) -> str:
        seen = self._inside.get(lower)
        if seen:
            if seen[lower] >= MIN_LOWER_SHARE * seen.total():
                return lower
            return min(seen, key=lambda form: (-seen[form], form))
        parts = re.split(r"([-‐‑–/])", original)
        return "".join(part.lower() if _is_title_case(part) else part for part in parts)


def _is_title_case(word: str) -> bool:
    return word[:1].isupper() and word[1:].islower()
