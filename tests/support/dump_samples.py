"""One small dump of each format, from which the fuzz of the readers and others begin.

A new format joins with one line; titles are of real papers or invented, texts are written for this project.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

from paperlake.catalogue.vocabulary import DumpFormat
from tests.support.lakes import SAMPLES


@dataclass(frozen=True)
class DumpSample:
    """A dump with its path relative to raw/."""

    path: str
    content: bytes


PAPERS = [
    {
        "paper": {
            "id": f"2406.0924{number}",
            "title": title,
            "summary": f"We look at {title.lower()}.\nNothing was found in {number + 2} years — not even café ☕.",
            "authors": [{"name": "Ada Lovelace", "hidden": False}, {"name": "G. Boole"}],
            "publishedAt": "2024-06-13T15:46:55.000Z",
            "upvotes": 10 + number,
            "ai_keywords": ["ponds", "ducks"],
            "organization": {"name": "acme", "fullname": "Acme Lab"},
        },
        "numComments": number,
    }
    for number, title in enumerate(("Ponds and Their Ducks", "Counting Birds with Weak Labels"))
]
ARXIV_LINES = [
    {
        "id": f"0704.000{number}",
        "title": f"On the Depth of Ponds {number}",
        "abstract": "  We measure ponds.\n  Some are deep, $d > 3$.\n",
        "authors": "A. Lovelace (1), C. Babbage and G. Boole ((1) London)",
        "authors_parsed": [["Lovelace", "A.", ""], ["Babbage", "C.", "Jr"]],
        "categories": "cs.CL math.CO",
        "doi": "10.1000/xyz123",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        "update_date": "2008-11-26",
    }
    for number in range(3)
]
CARD = """<article><a href="/papers/2401.00001"><img src="x.png"></a>
  <a href="/login?next=%2Fpapers"><svg></svg><div>12</div></a>
  <h3><a href="/papers/2401.00001">A Paper about Ponds &amp; Lakes</a></h3>
  <a href="/papers/2401.00001"><ul><li>· 14 authors</li></ul></a>
  <a href="/papers/2401.00001#community"><svg></svg> 3 </a></article>"""
PAGE = f"""<!doctype html><html><head><title>Daily Papers</title></head><body>
  <div data-target="DailyPapers" data-props="{html.escape(json.dumps({"dailyPapers": PAPERS}))}"></div>
  <time datetime="2024-01-09T00:00:00.000Z">Jan 9</time>{CARD}{CARD}</body></html>"""
MARKDOWN_ENTRY = """[12](https://example.org/login?next=x)

### [Ponds and Their Ducks {number}](https://example.org/papers/2606.0000{number})

Ducks swim in ponds, and we count them for {number} years.

[- ![](https://example.org/a.jpeg)\\\\
- 3 authors](https://example.org/papers/2606.0000{number})

·

May 29

[4](https://example.org/papers/2606.0000{number}#community)

"""
MARKDOWN = (
    "---\nurl: https://example.org/papers\nretrieved: 2026-06-10\n---\n# Daily Papers\n\n- Daily\n- Weekly\n\n"
    + "".join(MARKDOWN_ENTRY.format(number=number) for number in (1, 2, 3))
)

DUMP_SAMPLES: dict[DumpFormat, DumpSample] = {
    DumpFormat.LISTING_TEXT: DumpSample(
        "a.txt", (SAMPLES / "listing/browser_copy.txt").read_bytes()[:12_000]
    ),
    DumpFormat.LISTING_MARKDOWN: DumpSample("a.md", MARKDOWN.encode()),
    DumpFormat.SAVED_PAGE: DumpSample("a.html", PAGE.encode()),
    DumpFormat.DAILY_API: DumpSample("daily_api/a.json", json.dumps(PAPERS, ensure_ascii=False).encode()),
    DumpFormat.ARXIV_SNAPSHOT: DumpSample(
        "a.json", "".join(f"{json.dumps(line)}\n" for line in ARXIV_LINES).encode()
    ),
}
