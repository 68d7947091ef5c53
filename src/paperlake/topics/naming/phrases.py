"""Extracting noun-phrase-like word groups from titles and abstracts, in the spelling of the papers.

A phrase is one to four words between function words, verbs and punctuation that often ends there ("large
language" never does, "large language models" does). Spellings that differ in hyphens, case or number are
one phrase. Labels are chosen in `labels.py`; docs/decisions/0006-own-phrases.md compares with others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from paperlake.languages.detection import languages_of
from paperlake.languages.supported import ENGLISH
from paperlake.topics.naming.languages.english import EnglishGrammar, phrase_key, phrase_words, singular
from paperlake.topics.naming.languages.grammar import MARK, Grammar, readable
from paperlake.topics.naming.languages.of_language import OtherGrammar, grammar_of
from paperlake.topics.naming.wordlists import generic_fields, generic_words, verb_like_words
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
MAX_ABSTRACT_CHARS = 4_000  # the longest abstracts are bodies pasted by mistake

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
    weights: list[int]
    """How many words each counts as."""
    marked_keys: dict[str, str]
    """The key of each spelling, in lower case, of phrases of other languages than English."""
    presence: Floats
    """Non-zero weights of occurrence, aligned with `rows` and `columns`."""
    rows: Ints
    columns: Ints
    paper_count: int

    def key(self, text: str) -> str:
        """Return the key of a phrase as a label has it."""
        return self.marked_keys.get(text.casefold()) or phrase_key(text)


@dataclass
class _Spelling:
    """One spelling of a phrase, and where it occurs."""

    occurrences: int = 0
    open_left: int = 0
    open_right: int = 0
    title_papers: list[int] = field(default_factory=list)
    papers: list[int] = field(default_factory=list)
    """In ascending order; a paper may be listed twice."""


@dataclass(frozen=True)
class _Found:
    """A phrase that is in enough papers, with the papers that hold it."""

    phrase: Phrase
    text: str
    can_name: bool
    weight: int
    title_papers: frozenset[int]
    papers: frozenset[int]


def build_phrases(titles: Sequence[str], abstracts: Sequence[str | None], min_papers: int) -> PhraseTable:
    """Extract all phrases of at least `min_papers` papers of one language, with the papers that hold them.

    Args:
        titles: One per paper.
        abstracts: One per paper; None where there is none.
        min_papers: Rarer phrases are names of single methods.
    """
    papers = list(zip(titles, abstracts, strict=True))
    joined = pl.Series([f"{title} {abstract or ''}" for title, abstract in papers], dtype=pl.String)
    languages = languages_of(joined)
    found: list[_Found] = []
    for language in [ENGLISH, *sorted(set(languages) - {ENGLISH})]:
        grammar: EnglishGrammar | OtherGrammar = (
            EnglishGrammar() if language == ENGLISH else grammar_of(language)
        )
        rows = [row for row, own in enumerate(languages) if own == language]
        found += _phrases_of([(row, *papers[row]) for row in rows], grammar, min_papers)
    return _table(found, len(titles))


def _phrases_of(
    papers: Sequence[tuple[int, str, str | None]], grammar: EnglishGrammar | OtherGrammar, min_papers: int
) -> list[_Found]:
    """Return the phrases of papers of one language, in order of their keys."""
    cases = _Cases()
    texts: _Texts = []
    for paper, title, abstract in papers:
        for text, is_title in ((title, True), (abstract or "", False)):
            groups = list(grammar.groups(text[:MAX_ABSTRACT_CHARS]))
            cases.count(groups, is_title)
            texts.append((paper, is_title, groups))
    spellings = _count_spellings(texts, _rare_words(texts, min_papers, grammar), grammar.links)
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for surface in spellings:
        by_key[grammar.key(surface)].append(surface)
    found = []
    for key in sorted(by_key):
        of_key = {surface: spellings[surface] for surface in by_key[key]}
        holders = frozenset(paper for spelling in of_key.values() for paper in spelling.papers)
        in_title = frozenset(paper for spelling in of_key.values() for paper in spelling.title_papers)
        if len(holders) >= min_papers:
            phrase = _merge(key, of_key)
            if isinstance(grammar, EnglishGrammar):
                if not _is_candidate(phrase):
                    continue
                text = cases.written(phrase.surfaces)
                can_name = _can_name(text, phrase, len(in_title))
            else:
                surface = phrase.surfaces.most_common(1)[0][0]
                if not (in_title and phrase.is_whole) or len(surface) < 2 or grammar.is_generic(surface):
                    continue
                text = readable(grammar.spelling(phrase.surfaces) or cases.written(phrase.surfaces))
                can_name = grammar.can_name(text, len(in_title))
            found.append(_Found(phrase, text, can_name, grammar.weight(text), in_title, holders))
    return found


def _rare_words(texts: _Texts, min_papers: int, grammar: Grammar) -> frozenset[str]:
    """Return words as written that neither as a whole nor in all their parts are in enough papers."""
    last_paper: dict[str, int] = {}
    papers: Counter[str] = Counter()
    parts: dict[str, tuple[str, ...]] = {}
    for paper, _, groups in texts:
        for words, _ in groups:
            for word in words:
                if word not in parts:
                    parts[word] = grammar.parts(word)
                for part in parts[word]:
                    if last_paper.get(part) != paper:
                        last_paper[part] = paper
                        papers[part] += 1
    return frozenset(
        word
        for word, (whole, *split) in parts.items()
        if papers[whole] < min_papers and (not split or any(papers[part] < min_papers for part in split))
    )


def _count_spellings(texts: _Texts, rare: frozenset[str], links: frozenset[str]) -> dict[str, _Spelling]:
    """Count every run of words of the groups that holds no rare word, and where it occurs.

    A run neither begins nor ends with one of `links`.
    """
    spellings: dict[str, _Spelling] = {}
    for paper, is_title, groups in texts:
        for words, _ in groups:
            count = len(words)
            for start in range(count):
                if words[start] in links:
                    continue
                surface = ""
                for end in range(start + 1, min(start + MAX_PHRASE, count) + 1):
                    word = words[end - 1]
                    is_link = word in links
                    if word in rare and not is_link:
                        break
                    surface = f"{surface} {word}" if surface else word
                    if is_link:
                        continue
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


def _table(found: list[_Found], paper_count: int) -> PhraseTable:
    cells = [
        (paper, column, TITLE_WEIGHT if paper in one.title_papers else ABSTRACT_WEIGHT)
        for column, one in enumerate(found)
        for paper in one.papers
    ]
    cells.sort()
    rows, columns, weights = zip(*cells, strict=True) if cells else ((), (), ())
    return PhraseTable(
        keys=[one.phrase.key for one in found],
        texts=[one.text for one in found],
        can_name=[one.can_name for one in found],
        title_counts=np.array([len(one.title_papers) for one in found], dtype=np.int64),
        words=[phrase_words(one.text) for one in found],
        weights=[one.weight for one in found],
        marked_keys={
            readable(surface).casefold(): one.phrase.key
            for one in found
            if MARK in one.phrase.key
            for surface in one.phrase.surfaces
        },
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
