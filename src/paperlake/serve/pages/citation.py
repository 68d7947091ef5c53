"""A paper as BibTeX, to copy from its page."""

from __future__ import annotations

import re
import unicodedata

from paperlake.queries import Row
from paperlake.text.display import one_line

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_NOT_KEY = re.compile(r"[^a-z0-9]+")
MAX_KEY_CHARS = 20


def bibtex(paper: Row) -> str:
    """Return a paper as one BibTeX entry, its key from the first author, the year and the paper_id."""
    published, authors = paper["published_date"], paper["authors"] or []
    fields = {
        "title": f"{{{_escaped(paper['title'])}}}",
        "author": " and ".join(
            f"{{{_escaped(name)}}}" if "," in name else _escaped(name) for name in authors
        ),
        "year": str(published.year) if published else "",
        "journal": _escaped(paper["venue"] or ""),
        "doi": paper["doi"] or "",
        "eprint": paper["arxiv_id"] or "",
        "eprinttype": "arxiv" if paper["arxiv_id"] else "",
        "url": _escaped(paper["url"] or ""),
    }
    kind = "article" if paper["venue"] else "misc"
    lines = [f"  {name} = {{{one_line(value)}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{_key(paper)},\n" + ",\n".join(lines) + "\n}"


def _key(paper: Row) -> str:
    family = (paper["authors"] or ["paper"])[0].split()[-1:] or ["paper"]
    letters = _NOT_KEY.sub("", unicodedata.normalize("NFKD", family[0]).lower())[:MAX_KEY_CHARS]
    year = paper["published_date"].year if paper["published_date"] else ""
    return f"{letters or 'paper'}{year}-{paper['paper_id'][:6]}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in text)
