"""Pages of docs/ that are made from the code: `python -m paperlake.documentation docs`.

The tables from `schemas.py`, the settings from `settings.py`; a test fails when a page is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

from paperlake.schemas import TABLES, Table, embeddings_table
from paperlake.settings import Settings
from paperlake.warehouse.build import sql_type

BUNDLED_DIMENSION = 384  # of the default model; another model has another

_HEAD = """\
# Tables

Made from `src/paperlake/schemas.py` by `make docs`; do not edit. Each is a table of
`data_lake/warehouse/papers.duckdb`, where the same descriptions stand as comments, and a Parquet file of the
lake. An unknown value is NULL, never an empty string, 0 or an invented date.

Views: `topic_tree` (subtopics under their topics), `filed_papers` (papers with the labels of their topics),
`review_pairs` (pairs of texts that are nearly the same paper).
"""


def tables_markdown() -> str:
    """The whole page."""
    tables = [*TABLES.values()]
    tables.insert(7, embeddings_table(BUNDLED_DIMENSION))
    return "\n".join([_HEAD, *(_section(table) for table in tables)])


def _section(table: Table) -> str:
    key = f" Key: {', '.join(f'`{column}`' for column in table.key)}." if table.key else ""
    lines = [
        f"## {table.name}",
        "",
        f"{table.description}{key} Made by `{table.stage}`.",
        "",
        "| column | type | NULL | |",
        "|---|---|---|---|",
    ]
    for name, dtype in table.dtypes.items():
        null = "yes" if table.nullable(name) else ""
        lines.append(f"| `{name}` | {sql_type(dtype)} | {null} | {table.descriptions[name]} |")
    return "\n".join([*lines, ""])


def settings_markdown() -> str:
    """The page of settings."""
    lines = [
        "# Settings",
        "",
        "Made from `src/paperlake/settings.py` by `make docs`; do not edit. All are environment variables;",
        "`--lake` and `paperlake run --embedder` override theirs.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `PAPERLAKE_{name.upper()}` | {default} | {field.description} |")
    return "\n".join([*lines, ""])


PAGES = {"tables.md": tables_markdown, "settings.md": settings_markdown}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (Path(sys.argv[1]) / name).write_text(make())
