"""Titles, abstracts and file names that attack whoever shows them, and a lake's dump of them."""

import json
import unicodedata

from paperlake.lake import Lake
from paperlake.text.display import BIDI_CONTROLS
from paperlake.warehouse.reading import query

MARKS = "\u202e\u2066\u200e\x1b\x07\x00\x9b\x7f"

TITLES = [
    "<script>window.pwned = 1</script> Attention",
    "</script><script>window.pwned = 1</script> Transformers",
    "<img src=x onerror='window.pwned = 1'> Retrieval",
    "![picture](https://evil.example/a.png) and [link](javascript:alert(1)) Agents",
    "`code` **bold** | a | table | ~~struck~~ $math$ Models",
    "[bold red]Markup of the terminal[/bold red] [link=https://evil.example]here[/link]",
    "\x1b[31mRed\x1b[0m and \x1b]0;window title\x07 bells",
    "\x1b]8;;https://evil.example\x1b\\hidden link\x1b]8;;\x1b\\",
    "=HYPERLINK(\"https://evil.example\",\"click\")",
    "=cmd|'/c calc'!A1",
    "+SUM(1,2) of gains",
    "-2+3 losses",
    "@SUM(A1:A9) mentions",
    "Invoice \u202efdp.exe turned around",
    "Isolated \u2066words\u2069 and marks\u200e\u200f\u061c",
    "NUL \x00 inside and C1 \x9b31m too",
    "A" + "a" * 5000 + " very long word",
    "{{ 7 * 7 }} {% raw %} ${7*7} templates",
    "&lt;b&gt; already escaped &amp; entities",
    "עברית and العربية written from the right",
    "Line separator \u2028 and paragraph separator \u2029 inside",
    "'; DROP TABLE papers; --",
]  # fmt: skip
FILE_NAME = "2025-01-02 <img src=x onerror=window.pwned=1> [b]=1+1 \u202e\x1b[31m.json"


def hostile_dump() -> str:
    """A daily answer in which every text is hostile."""
    papers = [
        {
            "paper": {
                "id": f"2501.{number:05d}",
                "title": title,
                "summary": f"{title} <iframe src=https://evil.example></iframe> {MARKS} {TITLES[number - 1]}",
                "authors": [{"name": f"<b>{number}</b> =1+1 {MARKS}"}, {"name": "Ordinary Name"}],
                "publishedAt": "2025-01-01T00:00:00.000Z",
                "upvotes": number,
                "ai_keywords": ["<u>keyword</u>", "=1+1", f"[k](javascript:x()) {MARKS}"],
            },
            "organization": {"name": "<b>org</b>", "fullname": f"<b>Org</b> {MARKS}"},
            "title": title,
            "numComments": 1,
        }
        for number, title in enumerate(TITLES)
    ]
    return json.dumps([*papers, {"paper": {"id": "<script>", "summary": f"no title {MARKS}"}}, f"<b>{MARKS}"])


def stored_titles(lake: Lake) -> list[str]:
    return [row[0] for row in query(lake, "SELECT title FROM papers")[1]]


def steering(text: str) -> list[str]:
    """Characters that move a cursor, colour a terminal, or turn the direction of writing."""
    return [
        char
        for char in text
        if (unicodedata.category(char) == "Cc" and char != "\n")
        or char in BIDI_CONTROLS | {"\u2028", "\u2029"}
    ]
