"""Search one build of the warehouse: by meaning, by words, or by both.

A `Searcher` keeps the build open and what every search needs (the binary codes, the query's model), so that
only the first search is slow. Parsing a query is in `query.py`, the steps of a search in `retrieval.py` and
`results.py`.
"""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

import duckdb

from paperlake.dedup.paper_names import Identifier
from paperlake.embedding.query import QueryEmbedder
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.search.filters import Filters, check_filters
from paperlake.search.open_index import OpenIndex
from paperlake.search.query import Query, parse_query
from paperlake.search.relevance import Relevance
from paperlake.search.results import Found, Ranked, identified_results, ranked_results
from paperlake.search.retrieval import Mode, retrieve
from paperlake.settings import Settings
from paperlake.vectors.arrays import Flags
from paperlake.warehouse.reading import connect


class Searcher:
    """One build of the warehouse, open for searching by any number of threads.

    A rebuild does not affect it; construct another one to search the next build.

    Args:
        lake: The lake.
        settings: Decides the embedder of the queries.
        connection: Open on a build of the warehouse, for this searcher alone; the current build if None.
        embedder: Shared with other searchers, so that the model is loaded once; constructed if None.

    Raises:
        LakeError: There is no warehouse yet, or it was built without a search index.
    """

    def __init__(
        self,
        lake: Lake,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection | None = None,
        embedder: QueryEmbedder | None = None,
    ) -> None:
        self._stack = ExitStack()
        if connection is None:
            connection = self._stack.enter_context(connect(lake))
        else:
            self._stack.callback(connection.close)
        self.embedder = embedder or QueryEmbedder(settings)
        try:
            self.index = OpenIndex(connection, str(lake.warehouse))
        except BaseException:
            self.close()
            raise
        self._stack.callback(self.index.forget)
        self.relevance = Relevance(self.index, self.embedder)

    def __enter__(self) -> Searcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and forget what was read of it."""
        self._stack.close()

    def search(
        self, text: str, limit: int = 10, mode: Mode = "both", filters: Filters | None = None
    ) -> Found:
        """Find papers for a text, best first: the rows of `rank`.

        Returns:
            Rows of score, paper_id, title, ... and the highlights of each (see `highlights`).

        Raises:
            UsageError, ModelError: As `rank`.
        """
        ranked = self.rank(text, limit, mode, filters)
        return Found(ranked.rows(self.index.papers(ranked.numbers)), ranked.notice)

    def rank(self, text: str, limit: int = 10, mode: Mode = "both", filters: Filters | None = None) -> Ranked:
        """Find papers for a text, best first.

        A text that is an identifier finds its paper alone. Quoted phrases must be in a paper literally. A
        paper of exactly this title is first. Where no word matches and no paper is near in meaning, no paper
        is found, and a notice says so.

        Args:
            text: The query.
            limit: Maximum number of papers.
            mode: By `meaning`, by `words`, or `both`.
            filters: Conditions that the papers must meet.

        Raises:
            UsageError: The text is empty, or no paper can meet the filters.
            ModelError: Mode is `meaning` and the warehouse's model is not available.
        """
        if not text.strip():
            raise UsageError("The query is empty.")
        filters = filters or Filters()
        with self.index.connection.cursor() as cursor:
            check_filters(cursor, filters)
        query = parse_query(text)
        allowed = self.index.allowed(filters)
        if query.identifier:
            return self._identified(query, query.identifier, allowed, limit)
        hits = retrieve(self.index, self.embedder, query, mode, allowed)
        hits = self.relevance.judge(hits, mode, allowed)
        return ranked_results(self.index, query, hits, limit)

    def _identified(self, query: Query, identifier: Identifier, allowed: Flags | None, limit: int) -> Ranked:
        known = self.index.identified(identifier)
        numbers = known if allowed is None else known[allowed[known]]
        notice = None
        if not len(numbers):
            where = " among the papers that meet the filters" if len(known) else ""
            notice = f"No paper has the {identifier.kind} {identifier.value}{where}."
        return identified_results(self.index, query, numbers, limit, notice)
