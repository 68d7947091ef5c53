"""What a saved listing page holds besides papers: menus, headings, buttons, and how they stick to a title.

Only lines that are furniture word for word are taken for it; a line that is merely unknown is a reject, and
that is decided in `listing_blocks.py`.
"""

from __future__ import annotations

import re

from paperlake.dumps.dates import MONTH_PATTERN, PrintedDate, read_printed_date

# In the order in which a page shows them.
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
# Words of the menus and footers around such pages, in lower case; as a whole line no title is one of them.
_MENU = frozenset({
    "about", "blog", "careers", "collections", "community", "company", "cookies", "datasets", "docs",
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
# Words that a title may well begin with: glued only where furniture stands right before.
_GLUED_AFTER_FURNITURE = re.compile(
    rf"(?:new|(?:{MONTH_PATTERN}) \d{{1,2}})(?=[A-Z])|(?:Daily|Weekly|Monthly)(?=[^\s\-–—:.,;!?)'’])"
)


def is_furniture(line: str) -> bool:
    """Whether a folded line is furniture of a listing page, or a rule drawn across it."""
    return line in _FURNITURE_SET or line.lower() in _MENU or _RULE.fullmatch(line) is not None


def is_submitter(line: str) -> bool:
    """Whether a folded line says who submitted the paper: furniture of an entry."""
    return _SUBMITTER.fullmatch(line) is not None


def unglue(line: str, after_furniture: bool) -> tuple[str, PrintedDate | None] | None:
    """The title behind furniture that is glued to it, and the lone date if that is what is glued.

    None if nothing is glued.
    """
    match = _GLUED.match(line)
    if match is None and after_furniture:
        match = _GLUED_AFTER_FURNITURE.match(line)
    if match is None:
        return None
    return line[match.end() :].strip(), read_printed_date(match[0])
