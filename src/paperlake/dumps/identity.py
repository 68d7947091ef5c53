"""The identity of a text: the frozen normalisation, version 1, and the ids that are computed with it.

Published ids depend on every step here, so none may ever change; tests compare with stored examples. The
normalisation for deduplication is another one, in `dedup/text/`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

ID_DIGITS = 16  # 64 bits: among ten million texts the chance of one collision is 3 in a million

_DROPPED = frozenset({"Cf"})  # joiners, soft hyphens and other invisible characters
_BLANKS = frozenset({"Cc", "Zs", "Zl", "Zp", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sk"})


class _Folding(dict[int, str]):
    """A cache from code points to their replacements, by Unicode category."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        folded = "" if category in _DROPPED else " " if category in _BLANKS else chr(code)
        self[code] = folded
        return folded


_FOLDING = _Folding()
# The same for ASCII in a tenth of the time.
_ASCII_FOLDING = bytes(ord(_FOLDING[code].lower()) for code in range(128)) + bytes(range(128, 256))


def normalise(text: str) -> str:
    """Return a text under normalisation version 1.

    The steps are NFKC, case folding and NFKC again; before and after them, punctuation, white space and
    modifier signs become one blank between words, and invisible characters are removed. Letters, marks,
    digits and symbols stay.
    """
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_FOLDING).split()).decode()
    # Translated before too: NFKC would turn a separate accent into a blank and a mark.
    folded = unicodedata.normalize("NFKC", text.translate(_FOLDING)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).translate(_FOLDING).split())


def entry_id(title: str, abstract: str | None) -> str:
    """Return the identity of a text: 16 hexadecimal digits, equal for equal texts in all dumps."""
    text = f"{normalise(title)}\n{normalise(abstract) if abstract else ''}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def entry_ids(titles: Iterable[str], abstracts: Iterable[str | None]) -> list[str]:
    """Return the `entry_id` of each pair."""
    return [entry_id(title, abstract) for title, abstract in zip(titles, abstracts, strict=True)]


def content_id(sha256: str) -> str:
    """Return the `dump_id` of a content by its SHA-256 in hexadecimal."""
    return sha256[:ID_DIGITS]
