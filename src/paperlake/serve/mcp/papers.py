"""Tools about papers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from mcp_types import CallToolResult
from pydantic import Field

from paperlake.queries import Builds, papers
from paperlake.queries.finding import Selection, browse, search
from paperlake.search import Filters, Mode
from paperlake.serve.api import contents
from paperlake.serve.api.models import PaperResult
from paperlake.serve.mcp import models
from paperlake.serve.mcp.answers import answer, explained
from paperlake.serve.mcp.parameters import Cursor, Limit, PaperName, Query, Topic, WithAbstracts
from paperlake.serve.parameters import check_days


class PaperTools:
    """Tools about papers."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    @explained
    def search_papers(  # noqa: PLR0917  # its parameters
        self,
        query: Query = "",
        topic: Topic = None,
        category: Annotated[
            str | None, Field(max_length=200, description="cs.CL, or cs for its whole archive.")
        ] = None,
        organization: Annotated[
            str | None, Field(max_length=300, description="A part of the organization's name.")
        ] = None,
        published_from: Annotated[date | None, Field(description="First day of publication.")] = None,
        published_to: Annotated[date | None, Field(description="Last day of publication.")] = None,
        has_code: Annotated[bool, Field(description="Only papers with a link to code.")] = False,
        min_upvotes: Annotated[int | None, Field(ge=0, le=10**9, description="Fewest upvotes.")] = None,
        sort: Annotated[
            Literal["relevance", "newest", "votes", "seen"],
            Field(description="The order; seen is by the day on which a dump first had the paper."),
        ] = "relevance",
        by: Annotated[Mode, Field(description="Search by meaning, words, or both.")] = "both",
        limit: Limit = 10,
        cursor: Cursor = None,
        with_abstracts: WithAbstracts = False,
    ) -> Annotated[CallToolResult, models.FoundResult]:
        """Find papers by a text, at most the best 100; without a text, list all that meet the filters."""
        check_days(published_from, published_to)
        filters = Filters(
            topic or None,
            published_from,
            published_to,
            organization or None,
            category or None,
            has_code or None,
            min_upvotes,
        )
        with self._builds.reading() as build:
            found = search(build, query, Selection(filters), by, sort, cursor, limit, with_facets=False)
            why = ("similarity", "word_score", "matched")
            content = contents.listing(found, "total", "next", "notice", "is_no_good_match")
            content["rows"] = [models.listed_paper(row, with_abstracts, *why) for row in found.rows]
            return answer(build, content)

    @explained
    def get_paper(self, paper: PaperName) -> Annotated[CallToolResult, PaperResult]:
        """Return a paper with abstract, authors, topics, votes by day, and the entries it was merged from."""
        with self._builds.reading() as build:
            return answer(build, contents.paper(build, papers.named(build, paper)[0]))

    @explained
    def similar_papers(
        self, paper: PaperName, limit: Limit = 10, with_abstracts: WithAbstracts = False
    ) -> Annotated[CallToolResult, models.SimilarResult]:
        """Return the papers nearest in meaning to one paper, nearest first."""
        with self._builds.reading() as build:
            paper_id = papers.named(build, paper)[0]
            near = papers.similar(build, paper_id, limit)
            rows = [models.listed_paper(row, with_abstracts, "rank", "similarity") for row in near]
            return answer(build, {"paper_id": paper_id, "rows": rows})

    @explained
    def whats_new(
        self,
        since: Annotated[
            date | None,
            Field(description="First seen in a dump retrieved on this day or later (default: the newest)."),
        ] = None,
        topic: Topic = None,
        limit: Limit = 20,
        cursor: Cursor = None,
        with_abstracts: WithAbstracts = False,
    ) -> Annotated[CallToolResult, models.NewResult]:
        """List papers by the day on which a dump first had them, newest first."""
        with self._builds.reading() as build:
            first = since or papers.newest_day(build)
            found = browse(build, Selection(Filters(topic or None), seen_from=first), "seen", cursor, limit)
            content = contents.listing(found, "total", "next")
            content["rows"] = [models.listed_paper(row, with_abstracts) for row in found.rows]
            return answer(build, content)

    @explained
    def rising_papers(
        self,
        days: Annotated[
            int, Field(ge=1, le=365, description="Days before the newest dump that states votes.")
        ] = 7,
        limit: Limit = 20,
        with_abstracts: WithAbstracts = False,
    ) -> Annotated[CallToolResult, models.RisingResult]:
        """List the papers that gained most upvotes in the last days."""
        with self._builds.reading() as build:
            found = papers.rising(build, days, limit)
            rows = [models.listed_paper(row, with_abstracts, "upvotes_gained") for row in found]
            return answer(build, {"rows": rows})
