"""What SQL can ask: tables, views and macros with their comments, which are those of the catalogue."""

from __future__ import annotations

from paperlake.queries.open_builds.builds import Build, Row


def tables(build: Build) -> tuple[Row, ...]:
    """Return tables and views by name: name, kind (table or view), comment."""
    return build.rows("tables")


def columns(build: Build, table: str) -> tuple[Row, ...]:
    """Return the columns of a table or view: name, type, is_nullable, comment; none if it is unknown."""
    return build.rows("columns", {"table": table})


def macros(build: Build) -> tuple[Row, ...]:
    """Return macros by name: name, is_table, parameters, comment."""
    return build.rows("macros")
