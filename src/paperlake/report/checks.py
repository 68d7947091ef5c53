"""Check the finished HTML before it is published.

A page that lacks a topic, disagrees with the counts of the warehouse, or fetches anything is not published.
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

# Attributes that make an element fetch something.
_FETCHING_ATTRIBUTES = {
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
_LOCAL_PREFIXES = ("data:", "#")


class _Page(HTMLParser):
    """Collect from a page its topics, counts, packed columns, and everything that would be fetched or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.topic_ids: set[str] = set()
        self.counts: dict[str, int] = {}
        self.packed: dict[str, str] = {}
        self.external: list[str] = []
        self._inside: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-topic-row" in given:
            self.topic_ids.add(given["data-topic-row"])
        if "data-count" in given:
            self.counts[given["data-count"]] = int(given.get("value", "-1"))
        self.external += [
            f"<{tag} {name}={(value or '')[:80]!r}>"
            for name, value in attrs
            if _is_external(tag, name, value)
        ]
        self._inside = (tag, given.get("id", "")) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            return
        tag, name = self._inside
        if tag == "style" and _STYLE_FETCH.search(data):
            self.external.append("a style that fetches")
        if tag == "script" and name:
            self.packed[name] = self.packed.get(name, "") + data


def _is_external(tag: str, name: str, value: str | None) -> bool:
    """Return whether an attribute runs a script, fetches something, or links to no web address."""
    text = value or ""
    if name.startswith("on"):
        return True
    if name in _FETCHING_ATTRIBUTES:
        return not text.startswith(_LOCAL_PREFIXES)
    if name == "href":
        if tag == "a":
            return not (text.startswith("#") or is_web_address(text))
        return not text.startswith(_LOCAL_PREFIXES)
    return False


PAGE_CHECKS = (
    Check(REPORT, "report_holds_every_topic", "Every topic of the warehouse is on the page."),
    Check(REPORT, "report_counts_agree", "The counts on the page are those of the warehouse."),
    Check(REPORT, "report_is_self_contained", "The page fetches nothing and runs nothing from elsewhere."),
)


def check_page(html: str, content: Content) -> dict[str, Found]:
    """Compare a finished page with its content, and look for anything that it would fetch.

    Args:
        html: The page.
        content: The rows read from the warehouse.

    Returns:
        Rows checked and failures, by the name of the check.
    """
    page = _Page()
    page.feed(html)
    page.close()
    topics = {topic["topic_id"] for topic in content.topics}
    missing = [f"topic {topic_id}: not on the page" for topic_id in sorted(topics - page.topic_ids)]
    return {
        "report_holds_every_topic": (len(topics), missing),
        "report_counts_agree": _counts_agree(page, content),
        "report_is_self_contained": (len(html), page.external),
    }


def _counts_agree(page: _Page, content: Content) -> Found:
    expected = {name: content.overview[name] for name in page.counts}
    failures = [
        f"{name}: {page.counts[name]} on the page, {count} in the warehouse"
        for name, count in expected.items()
        if page.counts[name] != count
    ]
    paper_count = content.overview["paper_count"]
    facts = json.loads(page.packed["facts"])
    drawn = min(paper_count, content.papers.height) if content.density is not None else paper_count
    packed = {
        "facts": (facts["paper_count"], drawn),
        "topic": (len(unpacked(page.packed["papers-topic"])) // 2, drawn),
        "title": (unpacked(page.packed["papers-title"]).count(b"\n") + bool(paper_count), drawn),
        "lake": (facts["lake_count"], paper_count),
    }
    failures += [
        f"{name}: {found} papers on the map, {wanted} in the warehouse"
        for name, (found, wanted) in packed.items()
        if found != wanted
    ]
    return len(expected) + len(packed), failures
