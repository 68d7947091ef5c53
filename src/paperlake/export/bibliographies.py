"""Papers as BibTeX, RIS or CSL-JSON: one file per table or query that has a column paper_id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from paperlake.bibliography import FORMATS as BIBLIOGRAPHIES
from paperlake.bibliography import BibliographyFormat, Citation, citations
from paperlake.errors import UsageError
from paperlake.export.formats import Source, Writer
from paperlake.progress import Advance

PAPER_ID = "paper_id"


def papers_of(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """Return the papers of a table or query, each once, in the order of its rows.

    Raises:
        UsageError: It has no column paper_id.
    """
    if PAPER_ID not in {column.name for column in source.columns}:
        raise UsageError(
            f"A bibliography is of papers, and {source.name} has no column {PAPER_ID}. Export the table "
            "papers, or a query with that column."
        )
    query = (
        f"SELECT {PAPER_ID} FROM (SELECT {PAPER_ID}, row_number() OVER () AS place FROM {source.query}) "  # noqa: S608
        f"WHERE {PAPER_ID} IN (SELECT papers.{PAPER_ID} FROM papers) GROUP BY {PAPER_ID} ORDER BY min(place)"
    )
    return Source.of(connection, source.name, query)


def _writer(chosen: BibliographyFormat) -> Writer:
    def write(
        connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, advance: Advance
    ) -> list[Path]:
        path = folder / f"{source.name}.{chosen.ending}"
        paper_ids = [str(row[0]) for row in connection.execute(f"FROM {source.query}").fetchall()]
        cited = _counted(citations(connection, paper_ids), advance)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(chosen.write(cited, True))
        return [path]

    return write


def _counted(cited: Iterator[Citation], advance: Callable[[int], None]) -> Iterator[Citation]:
    for one in cited:
        yield one
        advance(1)


WRITERS: dict[str, Writer] = {name: _writer(chosen) for name, chosen in BIBLIOGRAPHIES.items()}
