"""Splitting titles and abstracts into words and punctuation."""

from __future__ import annotations

import re

_NOISE = re.compile(r"\$[^$]{0,300}\$|https?://\S+|\\[A-Za-z]+|[{}]")
_ACCENT = re.compile(r"""\\[`'"^~=.]\s*\{?\\?([A-Za-z])\}?""")  # Gr\"obner
_TOKEN = re.compile(r"(?:\d+-?)?[^\W\d_][\w+]*(?:[-‐‑–'’./][\w+]+)*|[.,;:!?()\[\]\"“”—|/]|\S")


def tokens(text: str) -> list[str]:
    """Return the words and punctuation marks of a text; formulas and links are commas."""
    return _TOKEN.findall(_NOISE.sub(" , ", _ACCENT.sub(r"\1", text)))
