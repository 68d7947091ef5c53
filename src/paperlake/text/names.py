"""Names of people: authors in one text to a list, one spelling, and a key to compare names by.

Rules of the two orders of a name are those of BibTeX: `Given Family` and `Family, Suffix, Given`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from paperlake.text.folding import fold

# Words before a family name that are part of it, in lower case.
PARTICLES = frozenset(
    {"al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la",
     "le", "ten", "ter", "van", "von", "zu", "zum", "zur"}
)  # fmt: skip
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})
MAX_INITIALS = 4  # `Family GI`: more capitals are a word

# Words of the names of groups, in lower case.
GROUP_WORDS = frozenset(
    {"association", "collaboration", "committee", "community", "consortium", "council", "foundation", "group",
     "initiative", "institute", "lab", "laboratory", "labs", "network", "project", "society", "team",
     "university"}
)  # fmt: skip

_INITIALS = re.compile(rf"(?:[^\W\d_]\.?[ -]?){{1,{MAX_INITIALS}}}")
_AND = re.compile(r"\s+(?:and|&)\s+|\s*;\s*")
_COMMA = re.compile(r"\s*,\s*")
_ET_AL = re.compile(r"[,;]?\s*\b(?:et\s+al\.?|and\s+others)\s*\.?$", re.IGNORECASE)
_NOTES = re.compile(r"\s*[\[(][^()\[\]]*[\])]|[*†‡§¶∗]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # family and given name without a blank
_LETTER = re.compile(r"[^\W\d_]")
_NO_PERSON = re.compile(r"[,;/&@]|\b(?:and|others|et al)\b", re.IGNORECASE)
_ONE_INVERTED = re.compile(  # a family name of one word and its particles, and one to three given names
    rf"(?:(?:{'|'.join(sorted(PARTICLES))})\s)*[^\s,;.]{{2,}}, ?"
    r"[^\W\d_][^\s,;.]+(?: (?!and |& )[^\s,;.]+\.?){0,2}"
)


@dataclass(frozen=True)
class Name:
    """A name and its parts; the name of a group, or of one word, has no parts."""

    whole: str
    """The name, given names first."""
    family: str = ""
    """With the particles before it."""
    given: str = ""
    suffix: str = ""
    """`Jr`, `III`."""

    @property
    def inverted(self) -> str:
        """Return `Family, Given` or `Family, Suffix, Given`; the whole name where it has no parts."""
        return ", ".join(part for part in (self.family, self.suffix, self.given) if part) or self.whole


def split_name(name: str) -> Name:
    """Return the parts of a name with the given names first, as BibTeX finds them; see `Name`.

    >>> split_name("Ludwig van Beethoven").inverted, split_name("John W. Tukey Jr").inverted
    ('van Beethoven, Ludwig', 'Tukey, Jr, John W.')
    >>> split_name("The ATLAS Collaboration").inverted, split_name("OpenAI").inverted
    ('The ATLAS Collaboration', 'OpenAI')
    """
    words = name.split()
    if len(words) < 2 or _NO_PERSON.search(name) or GROUP_WORDS & {word.casefold() for word in words}:
        return Name(name)
    has_suffix = len(words) > 2 and words[-1].rstrip(".").casefold() in SUFFIXES
    suffix = words.pop() if has_suffix else ""
    begin = _family_begin(words)
    return Name(name, " ".join(words[begin:]), " ".join(words[:begin]), suffix)


def split_names(text: str | None) -> list[str] | None:
    """Return the authors of one text, given names first; None if it holds no name.

    Separators are semicolons and `and`; commas where each part has more than one word or where there is no
    other separator. In `Family, Given; Family, Given`, and in one `Family, Given Given`, the comma separates
    the parts of a name; in `Family GI, Family GI` it separates names.

    >>> split_names("Lovelace, Ada; Babbage, Charles")
    ['Ada Lovelace', 'Charles Babbage']
    >>> split_names("A. Lovelace, C. Babbage and G. Boole.")
    ['A. Lovelace', 'C. Babbage', 'G. Boole']
    >>> split_names("Lovelace A, Babbage C")
    ['A Lovelace', 'C Babbage']
    >>> split_names("Hopper, Grace B.")
    ['Grace B. Hopper']
    """
    # Twice, since affiliations nest: `A. Lovelace (1) ((1) Turin)`.
    folded = fold(_NOTES.sub(" ", _NOTES.sub(" ", text))) if text else None
    if folded is None:
        return None
    folded = _ET_AL.sub("", folded)
    if _ONE_INVERTED.fullmatch(folded) and not _UNSPACED.search(folded):
        return [natural_order(folded)]
    if folded.count(".") == 1 or not re.search(r"\b[^\W\d_]\.$", folded):
        folded = folded.rstrip(". ")
    parts = [part for part in _AND.split(folded) if part]
    if ";" in folded or _are_inverted(parts):
        names = parts
    else:
        names = [name for part in parts for name in _split_at_commas(part)]
    known = [natural_order(name) for name in names if _LETTER.search(name)]
    return known or None


def _are_inverted(parts: list[str]) -> bool:
    """Return whether each of several parts is one name with its comma, as in BibTeX."""
    return len(parts) > 1 and all(1 <= part.count(",") <= 2 for part in parts)


def _split_at_commas(part: str) -> list[str]:
    """Return the names of a part whose commas separate names, or the two halves of one name."""
    pieces = [piece for piece in _COMMA.split(part) if piece]
    if _UNSPACED.search(part):
        return pieces
    if len(pieces) == 2 and (" " not in pieces[0] or _INITIALS.fullmatch(pieces[1])) and " " not in pieces[1]:
        return [part]  # `Lovelace, Ada`, `van Rossum, G.`
    halves = [f"{family}, {given}" for family, given in zip(pieces[::2], pieces[1::2], strict=False)]
    if len(pieces) % 2 == 0 and (
        all(_INITIALS.fullmatch(given) for given in pieces[1::2])
        or (len(pieces) > 2 and not any(" " in piece for piece in pieces))
    ):
        return halves  # `Lovelace, A., Babbage, C.` and `Lovelace, Ada, Babbage, Charles`
    joined: list[str] = []
    for piece in pieces:
        if joined and piece.rstrip(".").casefold() in SUFFIXES:
            joined[-1] += f" {piece}"
        else:
            joined.append(piece)
    return joined


def natural_order(name: str) -> str:
    """Return a name with the given names first: `Family, Given` and `Family GI` are turned round.

    >>> natural_order("van Rossum, Guido")
    'Guido van Rossum'
    >>> natural_order("Vaswani AB")
    'AB Vaswani'
    """
    name = name.strip(" ,;")
    if "," in name:
        pieces = [piece for piece in _COMMA.split(name) if piece]
        if len(pieces) == 3 and pieces[1].rstrip(".").casefold() in SUFFIXES:
            return f"{pieces[2]} {pieces[0]} {pieces[1]}"
        return " ".join([*pieces[1:2], pieces[0], *pieces[2:]])
    words = name.split()
    last = words[-1] if words else ""
    initials = last.replace(".", "").replace("-", "")
    has_initials = len(words) > 1 and last.isupper() and initials.isalpha() and len(initials) <= MAX_INITIALS
    is_family_first = has_initials and len(words[0].rstrip(".")) > 1 and not words[0].isupper()
    if is_family_first and last.casefold() not in SUFFIXES:
        return " ".join([last, *words[:-1]])
    return name


def name_key(name: str) -> str | None:
    """Return family name and initials, folded: equal for most spellings of one name.

    Accents and case are folded, particles belong to the family name, suffixes are left out.

    >>> name_key("Ada King Lovelace"), name_key("Lovelace, A. K."), name_key("Ludwig van Beethoven")
    ('lovelace ak', 'lovelace ak', 'van beethoven l')
    """
    words = natural_order(name).replace(".", " ").split()
    while len(words) > 1 and _plain(words[-1]) in SUFFIXES:
        words.pop()
    begin = _family_begin(words)
    family = " ".join(filter(None, map(_plain, words[begin:])))
    initials = "".join(map(_initials, words[:begin]))
    return f"{family} {initials}".strip() or None


def _family_begin(words: list[str]) -> int:
    """Return the place of the first word of the family name: a particle before the last word, or that."""
    begin = max(len(words) - 1, 0)
    while begin > 1 and _plain(words[begin - 1]) in PARTICLES:
        begin -= 1
    return begin


def _plain(word: str) -> str:
    """Return the letters of a word, without accents and in lower case; a hyphen becomes a blank."""
    letters = unicodedata.normalize("NFKD", word.replace("-", " ")).casefold()
    return "".join(letter for letter in letters if letter.isalpha() or letter == " ").strip()


def _initials(given: str) -> str:
    """Return the initials of one given name: `jp` of `Jean-Pierre`, all letters of `JP`."""
    if given.isupper() and len(given) <= MAX_INITIALS:
        return _plain(given).replace(" ", "")
    return "".join(part[0] for part in _plain(given).split())
