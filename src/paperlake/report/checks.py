"""What must hold of the page before it is published, read back from the finished HTML.

A page that lost a topic, counts other than the warehouse does, or reaches out to the network is not shown.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from paperlake.catalogue.files import REPORT
from paperlake.report.content import Content
from paperlake.report.links import is_web_address
from paperlake.report.payload import unpacked
from paperlake.stages.checks import Check, Found

# Attributes by which an element would fetch something.
_FETCHING = {
    "src",
    "srcset",
    "data",
    "poster",
    "background",
    "action",
    "formaction",
    "manifest",
    "xlink:href",
}
_STYLE_FETCH = re.compile(r"@import|url\(\s*['\"]?(?!data:)", re.IGNORECASE)
_HARMLESS = ("data:", "#")


class _Page(HTMLParser):
    """What stands in a page: topics, packed columns, and whatever would be fetched or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.topic_ids: set[str] = set()
        self.counts: dict[str, int] = {}
        self.packed: dict[str, str] = {}
        self.reaching: list[str] = []
        self._inside: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-topic-row" in given:
            self.topic_ids.add(given["data-topic-row"])
        if "data-count" in given:
            self.counts[given["data-count"]] = int(given.get("value", "-1"))
        self.reaching += [
            f"<{tag} {name}={(value or '')[:80]!r}>" for name, value in attrs if _reaches(tag, name, value)
        ]
        self._inside = (tag, given.get("id", "")) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            return
        tag, name = self._inside
        if tag == "style" and _STYLE_FETCH.search(data):
            self.reaching.append("a style that fetches")
        if tag == "script" and name:
            self.packed[name] = self.packed.get(name, "") + data


def _reaches(tag: str, name: str, value: str | None) -> bool:
    """Whether an attribute runs something, fetches something, or links to what is no web address."""
    text = value or ""
    if name.startswith("on"):
        return True
    if name in _FETCHING:
        return not text.startswith(_HARMLESS)
    if name == "href":
        if tag == "a":
            return not (text.startswith("#") or is_web_address(text))
        return not text.startswith(_HARMLESS)
    return False


PAGE_CHECKS = (
    Check(REPORT, "report_holds_every_topic", "Every topic of the warehouse is on the page."),
    Check(REPORT, "report_counts_agree", "The counts on the page are those of the warehouse."),
    Check(REPORT, "report_is_self_contained", "The page fetches nothing and runs nothing from elsewhere."),
)


def check_page(html: str, content: Content) -> dict[str, Found]:
    """Check a finished page against what it should show.

    Args:
        html: The page.
        content: What was read from the warehouse.

    Returns:
        What was found, by the name of the check.
    """
    page = _Page()
    page.feed(html)
    page.close()
    topics = {topic["topic_id"] for topic in content.topics}
    missing = [f"topic {topic_id}: not on the page" for topic_id in sorted(topics - page.topic_ids)]
    return {
        "report_holds_every_topic": (len(topics), missing),
        "report_counts_agree": _counts_agree(page, content),
        "report_is_self_contained": (len(html), page.reaching),
    }


def _counts_agree(page: _Page, content: Content) -> Found:
    expected = {name: content.overview[name] for name in page.counts}
    failures = [
        f"{name}: {page.counts[name]} on the page, {count} in the warehouse"
        for name, count in expected.items()
        if page.counts[name] != count
    ]
    paper_count = content.overview["paper_count"]
    packed = {
        "facts": json.loads(page.packed["facts"])["paper_count"],
        "topic": len(unpacked(page.packed["papers-topic"])) // 2,
        "title": unpacked(page.packed["papers-title"]).count(b"\n") + bool(paper_count),
    }
    failures += [
        f"{name}: {count} papers on the map, {paper_count} in the warehouse"
        for name, count in packed.items()
        if count != paper_count
    ]
    return len(expected) + len(packed), failures
