"""The identity of a text: the frozen normalisation, version 1, and the ids that are made with it.

Published ids depend on every step here, so none may ever change; tests pin vectors. The normalisation that
finds duplicates is another one, in `dedup`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

ID_DIGITS = 16  # 64 bits: among ten million texts the chance of one collision is 3 in a million

_DROPPED = frozenset({"Cf"})  # joiners, soft hyphens and other characters that nobody sees
_BLANKS = frozenset({"Cc", "Zs", "Zl", "Zp", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sk"})


class _Folding(dict[int, str]):
    """Code points and what they become; filled as they are met, by their Unicode category."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        folded = "" if category in _DROPPED else " " if category in _BLANKS else chr(code)
        self[code] = folded
        return folded


_FOLDING = _Folding()
# The same for ASCII at a tenth of the cost.
_ASCII_FOLDING = bytes(ord(_FOLDING[code].lower()) for code in range(128)) + bytes(range(128, 256))


def normalise(text: str) -> str:
    """The text under normalisation version 1.

    NFKC, case folded, NFKC again; before and after it, punctuation, white space and modifier signs become
    one blank between words, and what is invisible goes. Letters, marks, digits and symbols stay.
    """
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_FOLDING).split()).decode()
    # Folded first too: NFKC would turn an accent that stands alone into a blank and a mark.
    folded = unicodedata.normalize("NFKC", text.translate(_FOLDING)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).translate(_FOLDING).split())


def entry_id(title: str, abstract: str | None) -> str:
    """The identity of a text: 16 hexadecimal digits, equal for equal texts in whatever dump."""
    text = f"{normalise(title)}\n{normalise(abstract) if abstract else ''}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def entry_ids(titles: Iterable[str], abstracts: Iterable[str | None]) -> list[str]:
    """`entry_id` of each pair."""
    return [entry_id(title, abstract) for title, abstract in zip(titles, abstracts, strict=True)]


def content_id(sha256: str) -> str:
    """The `dump_id` of a content by its SHA-256 in hexadecimal."""
    return sha256[:ID_DIGITS]
