"""Find the papers that a reading list names in a build of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from paperlake.queries.naming import papers_of_names, papers_of_titles
from paperlake.reading_lists.files import Listed, ReadingList
from paperlake.text.display import plural

MAX_WARNED_LINES = 3

NOT_IN_LAKE = "no paper of the lake has this name"


@dataclass(frozen=True)
class ResolvedList:
    """A reading list with its papers."""

    name: str
    paper_ids: tuple[str, ...]
    """Each once, in the order of the list."""
    unresolved: tuple[Listed, ...]
    """The lines that name no paper of the lake, each with its problem."""

    def warning(self) -> str | None:
        """Return a sentence about the lines that name no paper; None if every line does."""
        if not self.unresolved:
            return None
        first = ", ".join(
            f"{one.file} line {one.line} ({one.text})" for one in self.unresolved[:MAX_WARNED_LINES]
        )
        others = len(self.unresolved) - MAX_WARNED_LINES
        more = f" and {others:,} more" if others > 0 else ""
        verb = "names" if len(self.unresolved) == 1 else "name"
        return (
            f"Reading list {self.name}: {plural(len(self.unresolved), 'line')} {verb} no paper of the lake: "
            f"{first}{more}. `paperlake status` shows why."
        )


def resolve(connection: duckdb.DuckDBPyConnection, found: ReadingList) -> ResolvedList:
    """Find the papers of a list: by the first identifier that any paper has, else by the title.

    Args:
        connection: Open on a build of the warehouse.
        found: The list.
    """
    papers = _papers(connection, found.listed)
    unresolved = [
        one if one.problem else Listed(one.file, one.line, one.text, problem=NOT_IN_LAKE)
        for place, one in enumerate(found.listed)
        if place not in papers
    ]
    ordered = [paper_id for place in sorted(papers) for paper_id in papers[place]]
    return ResolvedList(found.name, tuple(dict.fromkeys(ordered)), tuple(unresolved))


def _papers(connection: duckdb.DuckDBPyConnection, listed: tuple[Listed, ...]) -> dict[int, list[str]]:
    """Return the papers of each place in the list that names one."""
    names = [name for one in listed for name in one.names]
    by_name = papers_of_names(connection, names)
    papers: dict[int, list[str]] = {}
    for place, one in enumerate(listed):
        known = next((by_name[name] for name in one.names if name in by_name), None)
        if known:
            papers[place] = known
    titles = {place: one.title for place, one in enumerate(listed) if one.title and place not in papers}
    return papers | papers_of_titles(connection, titles)
