"""Questions for many names of papers at once: identifiers and titles, each with one scan of the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import duckdb

from paperlake.dedup.paper_names import Identifier
from paperlake.text.sql_files import read_sql


def papers_of_names(
    connection: duckdb.DuckDBPyConnection, names: Sequence[Identifier]
) -> dict[Identifier, list[str]]:
    """Return the ids of the papers of each identifier that any has; see `paperlake.search.named`."""
    distinct = list(dict.fromkeys(names))
    asked = {
        "places": list(range(len(distinct))),
        "kinds": [name.kind for name in distinct],
        "names": [name.value for name in distinct],
    }
    found: dict[Identifier, list[str]] = defaultdict(list)
    if distinct:
        rows = connection.execute(read_sql(__package__, "named_papers"), asked).fetchall()
        for place, paper_id in rows:
            found[distinct[place]].append(paper_id)
    return dict(found)


def papers_of_titles(
    connection: duckdb.DuckDBPyConnection, titles: Mapping[int, str]
) -> dict[int, list[str]]:
    """Return the ids of the papers of each title that any has, by the key of the title."""
    found: dict[int, list[str]] = defaultdict(list)
    if titles:
        asked = {"places": list(titles), "titles": list(titles.values())}
        for place, paper_id in connection.execute(read_sql(__package__, "titled_papers"), asked).fetchall():
            found[place].append(paper_id)
    return dict(found)
