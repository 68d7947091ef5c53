"""Servers on loopback that answer like arXiv's OAI-PMH and OpenAlex, in pages, with failures on request."""

import json
from dataclasses import dataclass, field
from datetime import date

from tests.support import xml_writer
from tests.support.http_server import Raw, Reply, Request, Server
from tests.support.xml_writer import Paper

PAGE_PAPERS = 3


@dataclass
class Pages:
    """A scripted source: papers by day, replies in place of pages, and what was asked for."""

    server: Server
    by_day: dict[str, list[Paper]] = field(default_factory=dict)
    instead: dict[str, list[Reply | Raw]] = field(default_factory=dict)
    """Replies to give first, by `day` or `day/page` (from 1)."""
    asked: list[str] = field(default_factory=list)
    """`day/page` of each request that got its page."""

    def give(self, day: date, count: int, first: int = 0) -> None:
        self.by_day[day.isoformat()] = xml_writer.papers(first + count)[first:]

    def page(self, day: str, number: int) -> Reply | Raw:
        for key in (f"{day}/{number}", day):
            if self.instead.get(key):
                return self.instead[key].pop(0)
        self.asked.append(f"{day}/{number}")
        found = self.by_day.get(day, [])
        begin = (number - 1) * PAGE_PAPERS
        return self.answer(day, number, found[begin : begin + PAGE_PAPERS], len(found))

    def answer(self, day: str, number: int, found: list[Paper], total: int) -> Reply:
        raise NotImplementedError


class OaiPages(Pages):
    """Answers of ListRecords; a token is `day|page`."""

    def __call__(self, request: Request) -> Reply | Raw:
        token = request.query.get("resumptionToken")
        if token is None:
            assert request.query["from"] == request.query["until"]
            return self.page(request.query["from"], 1)
        assert set(request.query) == {"verb", "resumptionToken"}, "a token excludes all else"
        day, _, number = token.partition("|")
        return self.page(day, int(number))

    def answer(self, day: str, number: int, found: list[Paper], total: int) -> Reply:
        if not found:
            return Reply(xml_writer.oai_error("noRecordsMatch").encode())
        is_last = number * PAGE_PAPERS >= total
        token = "" if is_last else f"{day}|{number + 1}"
        return Reply(xml_writer.oai(found, token=token).encode())


class OpenAlexPages(Pages):
    """Answers of /works; a cursor is `day|page`. The last page has no works, as OpenAlex's."""

    def __call__(self, request: Request) -> Reply | Raw:
        cursor = request.query["cursor"]
        if cursor == "*":
            span = dict(part.split(":", 1) for part in request.query["filter"].split(","))
            return self.page(span["from_updated_date"], 1)
        day, _, number = cursor.partition("|")
        return self.page(day, int(number))

    def answer(self, day: str, number: int, found: list[Paper], total: int) -> Reply:
        meta = {
            "count": total,
            "per_page": PAGE_PAPERS,
            "next_cursor": f"{day}|{number + 1}" if found else None,
        }
        return Reply(json.dumps({"meta": meta, "results": [work(paper) for paper in found]}).encode())


def work(paper: Paper) -> dict:
    """One work in the shape of OpenAlex."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(paper.abstract.split()):
        places.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{1000 + paper.number}",
        "doi": paper.doi and f"https://doi.org/{paper.doi}",
        "title": paper.title,
        "display_name": paper.title,
        "publication_date": str(paper.published),
        "updated_date": f"{paper.updated}T00:00:00",
        "authorships": [{"author": {"display_name": name}} for name in paper.names],
        "abstract_inverted_index": places,
        "ids": {"openalex": f"https://openalex.org/W{1000 + paper.number}"},
        "primary_location": {"source": paper.venue and {"display_name": paper.venue}, "license": "cc-by"},
    }
