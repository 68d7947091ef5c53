"""Resources: what the tables, views and macros of the warehouse contain, as Markdown."""

from __future__ import annotations

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from paperlake.errors import PaperlakeError
from paperlake.queries import Builds, Row, schema

TABLES_URI = "paperlake://tables"
TABLE_URI = "paperlake://tables/{name}"
MACROS_URI = "paperlake://macros"
MARKDOWN = "text/markdown"


class Descriptions:
    """The descriptions, from the comments of the newest build."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    def tables(self) -> str:
        """Describe each table and view of the warehouse in one line."""
        lines = [f"- `{row['name']}` ({row['kind']}): {row['comment']}" for row in self.table_rows()]
        return "\n".join(["# Tables and views", "", *lines, ""])

    def table(self, name: str) -> str:
        """Describe the columns of a table or view."""
        found = [row for row in self.table_rows() if row["name"] == name]
        if not found:
            raise ResourceNotFoundError(f"There is no table {name}. {TABLES_URI} lists them.")
        head = [
            f"# {name}",
            "",
            str(found[0]["comment"]),
            "",
            "| column | type | NULL | |",
            "|---|---|---|---|",
        ]
        try:
            with self._builds.reading() as build:
                return "\n".join([*head, *map(_column, schema.columns(build, name)), ""])
        except PaperlakeError as error:
            raise ResourceError(str(error)) from error

    def macros(self) -> str:
        """Describe the macros: what people ask daily, as functions of SQL."""
        try:
            with self._builds.reading() as build:
                rows = schema.macros(build)
        except PaperlakeError as error:
            raise ResourceError(str(error)) from error
        return "\n".join(["# Macros", "", *map(_macro, rows), ""])

    def table_rows(self) -> tuple[Row, ...]:
        """Return the rows of `schema.tables`."""
        try:
            with self._builds.reading() as build:
                return schema.tables(build)
        except PaperlakeError as error:
            raise ResourceError(str(error)) from error


def _column(row: Row) -> str:
    null = "yes" if row["is_nullable"] else ""
    return f"| `{row['name']}` | {row['type']} | {null} | {row['comment'] or ''} |"


def _macro(row: Row) -> str:
    call = f"{row['name']}({', '.join(row['parameters'])})"
    use = f"FROM {call}" if row["is_table"] else f"SELECT {call}"
    return f"- `{use}`: {row['comment']}"
