"""Evidence that a text is a listing of papers, scored on the whole file, and the marks of other documents.

A text is a listing if it shows papers (author slots, phrases of the site, abstracts worded as such) arranged
as a listing arranges them (titles and abstracts cover it), and hardly any line is one that only other
documents have. The score is the product of the three; the constants were set on real listings against some
ten thousand documentation and source files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paperlake.dumps.listing.blocks import EntryDraft
from paperlake.dumps.listing.evidence.wording import is_academic
from paperlake.dumps.listing.furniture import SITE_PHRASES
from paperlake.dumps.listing.line_marks import LineKind, Tokens
from paperlake.dumps.listing.text_shapes import MAX_ABSTRACT

MIN_SCORE = 0.35  # of negatives none scored above 0.19, of listings of five papers or more none below 0.4
PHRASE_WEIGHT = 0.5  # of one phrase of the site; two make it nearly sure
DATE_SLOT_WEIGHT = 0.5  # of a date with a separator; lists of blog posts have it too
COVERAGE_POWER = 2  # without marks; marks make up for it, since menus and broken entries surround them
OTHER_LINE_WEIGHT = 4  # a listing with a quarter of such lines has no evidence left
MIN_OTHER_LINES = 3  # fewer are a stray line
MIN_REPEATED_KEYS = 3  # times that `Key:` begins a line; titles have colons too
MIN_TITLE_WORDS = 3.0  # on average; headings of documents have fewer
FEW_ENTRIES = 3  # any heading with a paragraph is a pair; so few ask for more words each
MIN_WORDS_FEW = 5  # academic words of each abstract among so few

_OTHER_LINE = re.compile(
    r"```|~~~|<!--|</?[a-zA-Z!][^>]*>|\|.*\||[|+][-=+|: ]{3,}$"  # fences, markup, tables
    r"|#{1,6} |\*\*|__\w|[-*+>o] |\d{1,3}[.)] |\.\. |:\w+: ?|!\[|\[[^\]]*\]\(|\[[^\]]*\]: "  # Markdown, reST
    r"|\\[a-zA-Z]+[{\[]|%% |@\w+[{(\s]|@\w+$"  # LaTeX, BibTeX, decorators, Texinfo
    r"|(?:[A-Z][A-Z0-9]|ER)  ?- |(?:PT|AU|TI|SO|ER|EF) [A-Z]?|%[A-Z] "  # RIS, Web of Science, EndNote
    r"|(?:import|from|def|class|return|if|elif|else|for|while|try|except|function|func|fn|let|var|const|use|"
    r"package|public|private|static|void|int|char|struct|namespace|using|export|module|end|begin|my|sub|"
    r"SELECT|INSERT|CREATE|FROM|RUN|COPY)\b.*[:;{}()=]$"
    r"|import [\w.]+(?: as \w+)?;?$|from [\w.]+ import |return [\w.\[({\"']\S*;?$"
    r"|'[^']*', |\"[^\"]*\", |'[^']*',$|\"[^\"]*\",$"  # items of a list in code
    r"|#!|#include\b|#define\b|//|/\*|\*/|>>> |\$ |# |--|;; "
    r"|(?:From|To|Cc|Subject|Date|Message-ID|In-Reply-To|Reply-To|Received|MIME-Version|Content-Type): "
    r"|\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d|\[?\d{1,2}:\d\d(?::\d\d)?[\] ,]|\[(?:INFO|DEBUG|WARN|ERROR)"
)
_CODE_END = re.compile(r"[;{}]$|\)\s*[:;{]$|[)\]}],$|->|=>|:=|\w = \S+$|\w\(\)")
_KEY = re.compile(r"([A-Za-z][\w .-]{0,30}?)\s?[:=]\s")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Evidence:
    """Shares, 0 to 1, of what was found in a text."""

    entry_count: int
    papers: float
    """Evidence that the pairs are papers, by wording, author slots and phrases of the site."""
    marks: float
    """The part of it that is author slots and phrases."""
    coverage: float
    """Part of the text that is titles, abstracts and slots, by lines and by characters, the lower of both."""
    titles: float
    """Length of the titles in words, on average, as a part of `MIN_TITLE_WORDS`."""
    other: float
    """Part of the lines that only other documents have."""

    @property
    def score(self) -> float:
        """Return the evidence that the text is a listing; enough is `MIN_SCORE`."""
        if not self.entry_count:
            return 0.0
        arrangement = self.coverage ** (COVERAGE_POWER * (1 - self.marks)) * self.titles
        return float(self.papers * arrangement * max(0.0, 1 - OTHER_LINE_WEIGHT * self.other))


def weigh(tokens: Tokens, drafts: Sequence[EntryDraft], furniture: Iterable[int]) -> Evidence:
    """Return the evidence of a text.

    Args:
        tokens: The lines of the whole text.
        drafts: The entries that were found.
        furniture: Places of lines that are furniture.
    """
    chrome = set(furniture)
    count = len(drafts)
    if not count:
        return Evidence(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    slots = sum(_slot_weight(tokens, draft) for draft in drafts) / count
    phrases = len({tokens.texts[place] for place in chrome} & SITE_PHRASES)
    marks = 1 - (1 - slots) * (1 - PHRASE_WEIGHT) ** phrases
    least = MIN_WORDS_FEW if count <= FEW_ENTRIES else None
    wording = sum(is_academic(" ".join(draft.paragraphs), least) for draft in drafts) / count
    words = sum(len(_WORD.findall(draft.title)) for draft in drafts) / count
    return Evidence(
        entry_count=count,
        papers=1 - (1 - wording) * (1 - marks),
        marks=marks,
        coverage=_coverage(tokens, drafts, chrome),
        titles=min(1.0, words / MIN_TITLE_WORDS),
        other=other_share(tokens),
    )


def _slot_weight(tokens: Tokens, draft: EntryDraft) -> float:
    kinds = {tokens.kinds[place] for place in draft.slot}
    if LineKind.AUTHORS in kinds:
        return 1.0
    return DATE_SLOT_WEIGHT if {LineKind.SEPARATOR, LineKind.DATE} <= kinds else 0.0


def _coverage(tokens: Tokens, drafts: Sequence[EntryDraft], chrome: set[int]) -> float:
    covered = {place for draft in drafts for place in (*draft.places, *draft.slot)}
    covered |= {draft.number for draft in drafts if draft.number is not None}
    rest = [
        place
        for place in range(len(tokens.texts))
        if place not in covered and place not in chrome and tokens.kinds[place] in _CONTENT
    ]
    lines = len(covered) / (len(covered) + len(rest))
    chars = _size(tokens, covered)
    return min(lines, chars / (chars + _size(tokens, rest)))


def _size(tokens: Tokens, places: Iterable[int]) -> int:
    """Return the characters in lines; one endless line counts as an abstract."""
    return sum(min(len(tokens.texts[place]), MAX_ABSTRACT) for place in places)


_CONTENT = frozenset({LineKind.TEXT, LineKind.NOISE, LineKind.TOO_LONG, LineKind.NUMBER})


def is_other_document(tokens: Tokens) -> bool:
    """Return whether so many lines are of other documents that no entries could outweigh them."""
    return OTHER_LINE_WEIGHT * other_share(tokens) >= 1


def other_share(tokens: Tokens) -> float:
    """Return the part of the lines that only other documents have: code, tables, keys, mail, logs."""
    pairs = zip(tokens.texts, tokens.kinds, strict=True)
    lines = [text for text, kind in pairs if kind is not LineKind.FURNITURE]
    keys: Counter[str] = Counter()
    other = 0
    for line in lines:
        if _OTHER_LINE.match(line) or line.count("://") > 1 or (len(line) < 120 and _CODE_END.search(line)):
            other += 1
        elif (key := _KEY.match(line)) is not None:
            keys[key[1]] += 1
    other += sum(count for count in keys.values() if count >= MIN_REPEATED_KEYS)
    return other / max(len(lines), 1) if other >= MIN_OTHER_LINES else 0.0
