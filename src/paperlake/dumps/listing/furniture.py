"""Furniture of saved listing pages: menus, headings and buttons, as lines or glued to a title.

Only lines that equal known furniture word for word are furniture. Unknown lines are rejects, which is decided
in `blocks.py`. Messages for users say "page chrome".
"""

from __future__ import annotations

import re

from paperlake.dumps.fields.dates import MONTH_PATTERN, PrintedDate, read_printed_date

# In the order of a page.
FURNITURE = (
    "new",
    "Get trending papers in your email inbox once a day!",
    "Get trending papers in your email inbox!",
    "Subscribe",
    "Daily Papers",
    "byAK and the research community",
    "by AK and the research community",
    "Daily",
    "Weekly",
    "Monthly",
    "Trending Papers",
)
_FURNITURE_SET = frozenset(FURNITURE)
# Whole lines that no other text has; `new` and `Subscribe` stand in menus everywhere.
SITE_PHRASES = frozenset({
    "Get trending papers in your email inbox once a day!",
    "Get trending papers in your email inbox!",
    "Daily Papers",
    "byAK and the research community",
    "by AK and the research community",
    "Trending Papers",
    "Trending Papers ranked by GitHub stars activity",
    "Daily Papers - Hugging Face",
    "Trending Papers - Hugging Face",
})  # fmt: skip
# Words of the menus and footers around such pages, in lower case; no title is equal to one of them.
_MENU = frozenset({
    "about", "blog", "buckets new",
    "careers", "collections", "community", "company", "cookies", "datasets", "docs",
    "enterprise", "hugging face", "home", "jobs", "load more", "log in", "login", "log out", "menu", "models",
    "next", "papers", "posts", "previous", "pricing", "privacy", "search", "settings", "share", "sign in",
    "sign up", "solutions", "spaces", "system theme", "terms", "tos", "upvote", "view all", "website",
})  # fmt: skip
_RULE = re.compile(r"([-=_*~#]\s?){3,}")
_SUBMITTER = re.compile(r"Submitted by\b.{0,80}")

# Words that no title begins with, glued to one: `SubscribeTransformer Language Models …`.
_GLUED = re.compile(
    r"(?:(?:new)?Get trending papers in your email inbox(?: once a day)?!"
    r"|Subscribe(?![drs]*(?:[\s\-–—:.,;!?]|$))"
    r"|(?:Daily|Trending) Papers(?=[^\s\-–—:.,;!?)])"
    r"|by ?AK and the research community)+(?=\S)"
)
GLUED_BEGINNINGS = ("Get trending", "newGet", "Subscribe", "Daily Papers", "Trending Papers", "byAK", "by AK")
# Words that a title may begin with: glued only directly after furniture.
_GLUED_AFTER_FURNITURE = re.compile(
    rf"(?:new|(?:{MONTH_PATTERN}) \d{{1,2}})(?=[A-Z])|(?:Daily|Weekly|Monthly)(?=[^\s\-–—:.,;!?)'’])"
)


def is_furniture(line: str) -> bool:
    """Return whether a folded line is furniture of a listing page, or a horizontal rule."""
    return (
        line in _FURNITURE_SET
        or line in SITE_PHRASES
        or line.lower() in _MENU
        or _RULE.fullmatch(line) is not None
    )


def is_submitter(line: str) -> bool:
    """Return whether a folded line names the submitter of a paper: furniture within an entry."""
    return _SUBMITTER.fullmatch(line) is not None


def unglue(line: str, after_furniture: bool) -> tuple[str, PrintedDate | None] | None:
    """Return the title without glued furniture, and the lone date if that is glued; None if nothing is.

    Args:
        line: A folded line.
        after_furniture: True if the line before is furniture, so that more words count as glued.
    """
    match = _GLUED.match(line)
    if match is None and after_furniture:
        match = _GLUED_AFTER_FURNITURE.match(line)
    if match is None:
        return None
    return line[match.end() :].strip(), read_printed_date(match[0])
