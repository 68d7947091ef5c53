"""One small dump of each format, from which the fuzz of the readers and others begin.

A new format joins with one line; titles are of real papers or invented, texts are written for this project.
"""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from paperlake.catalogue.vocabulary import DumpFormat
from tests.support import scholarly_records, works, xml_writer
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

[Ducks swim in ponds, and we count them for {number} years.](https://example.org/papers/2606.0000{number})

[- ![](https://example.org/a.jpeg)\\\\
- 3 authors](https://example.org/papers/2606.0000{number})

·

May 29[4](https://example.org/papers/2606.0000{number}#community)

"""
MARKDOWN = (
    "---\nurl: https://example.org/papers\nretrieved: 2026-06-10\n---\n# Daily Papers\n\n- Daily\n- Weekly\n\n"
    + "".join(MARKDOWN_ENTRY.format(number=number) for number in (1, 2, 3))
)

DIGEST = "# Digest of ponds\n\n" + "".join(
    f"## {number}. Ice on Ponds {number}: A Field Study\n\n**Authors**: Ada Lovelace, Charles Babbage\n\n"
    f"**Link**: [PDF](https://arxiv.org/pdf/2608.0000{number}) | [Code](https://github.com/x/pond{number})\n\n"
    f"**Published**: 2026-08-0{number}\n\n**Categories**: cs.CL, cs.AI\n\n**Abstract**: We study how ponds "
    f"freeze and propose a model of the ice. Experiments on {number} ponds reduce the error.\n\n---\n"
    for number in range(1, 6)
)
WORKS = works.draw_works(5)
RECORDS = scholarly_records.works(4)
XML_PAPERS = xml_writer.papers(4)


def _lines(objects: Iterable[object]) -> bytes:
    """Return objects as JSON lines."""
    return "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in objects).encode()


def _parquet() -> bytes:
    content = io.BytesIO()
    rows = works.csv_rows(WORKS)
    pl.DataFrame(rows, schema=list(works.CSV_COLUMNS), orient="row").write_parquet(content)
    return content.getvalue()


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
    DumpFormat.TEXT_DIGEST: DumpSample("digest.md", DIGEST.encode()),
    **{
        DumpFormat(name): DumpSample(f"a.{name}", write(WORKS).encode())
        for name, write in works.WRITERS.items()
    },
    DumpFormat.CSV: DumpSample("a.csv", works.to_csv(WORKS).encode()),
    DumpFormat.PARQUET: DumpSample("a.parquet", _parquet()),
    DumpFormat.OPENALEX: DumpSample("a.jsonl", _lines(map(scholarly_records.openalex, RECORDS))),
    DumpFormat.CROSSREF: DumpSample("a.jsonl", _lines(map(scholarly_records.crossref, RECORDS))),
    DumpFormat.SEMANTIC_SCHOLAR: DumpSample(
        "a.jsonl", _lines(map(scholarly_records.semantic_scholar, RECORDS))
    ),
    DumpFormat.OPENREVIEW: DumpSample("a.jsonl", _lines(map(scholarly_records.openreview, RECORDS))),
    DumpFormat.PAPER_JSON: DumpSample("a.jsonl", _lines(map(scholarly_records.own_shape, RECORDS))),
    DumpFormat.CV_ARXIV_DAILY: DumpSample(
        "a.json", json.dumps(scholarly_records.cv_arxiv_daily(RECORDS)).encode()
    ),
    DumpFormat.ARXIV_FEED: DumpSample("a.xml", xml_writer.atom(XML_PAPERS).encode()),
    DumpFormat.OAI_PMH: DumpSample("a.xml", xml_writer.oai(XML_PAPERS).encode()),
    DumpFormat.DBLP_XML: DumpSample("a.xml", xml_writer.dblp(XML_PAPERS)),
    DumpFormat.PUBMED_XML: DumpSample("a.xml", xml_writer.pubmed(XML_PAPERS).encode()),
}
