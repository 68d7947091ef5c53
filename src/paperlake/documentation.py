"""Pages of docs/ that are generated from the code: `python -m paperlake.documentation docs`.

The tables from the catalogue, the settings from `settings/`, and the presets of embedding models as a part
of embedding.md; a test fails when a page is stale.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from paperlake import stage_list
from paperlake.catalogue.table import Table
from paperlake.catalogue.vocabulary import Code, MatchMethod, RejectCode
from paperlake.embedding.choosing.presets import presets_markdown
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.load import sql_type
from paperlake.warehouse.views import VIEWS, macros_sql

VIEWS_PACKAGE = "paperlake.warehouse"

_HEAD = """\
# Tables

Generated from `src/paperlake/catalogue/` by `make docs`; do not edit. Each is a table of
`data_lake/warehouse/papers.duckdb`, with the same descriptions as comments, and a set of Parquet files of the
lake. An unknown value is NULL, never an empty string, 0 or an invented date.

[Views](#views) and [macros](#macros) over them are at the end.
"""


def tables_markdown() -> str:
    """Return the page of tables."""
    tables = (table_section(table) for table in stage_list.PIPELINE.public_tables)
    codes = [
        _codes("rejects.reason_code", RejectCode),
        _codes("paper_sources.match_method and matches.method", MatchMethod),
    ]
    return "\n".join([_HEAD, *tables, *codes, _views(), _macros()])


def _views() -> str:
    """Return the section of views, with the columns that their tables do not have."""
    lines = ["## Views", "", "Their other columns are those of the tables named.", ""]
    for name, description in comments("VIEW", read_sql(VIEWS_PACKAGE, "views")):
        own, tables = VIEWS[name]
        of = " and ".join(f"`{table.name}`" for table in tables)
        lines += [f"### {name}", "", description + (f" Has the columns of {of}." if of else ""), ""]
        if own:
            lines += [
                "| column | |",
                "|---|---|",
                *(f"| `{column}` | {text} |" for column, text in own.items()),
            ]
            lines.append("")
    return "\n".join(lines)


def _macros() -> str:
    """Return the section of macros."""
    rows = [f"| `{name}` | {text} |" for name, text in comments("MACRO(?: TABLE)?", macros_sql())]
    head = "Called like tables, `FROM rising(7)`; [queries.md](queries.md) shows each with its output."
    return "\n".join(["## Macros", "", head, "", "| macro | |", "|---|---|", *rows, ""])


def comments(kind: str, sql: str) -> list[tuple[str, str]]:
    """Return name and comment of each view or macro of SQL statements, in order.

    >>> comments("VIEW", "COMMENT ON VIEW ponds IS 'A pond''s depth.';")
    [('ponds', "A pond's depth.")]
    """
    found = re.findall(rf"COMMENT ON {kind} (\w+) IS '((?:[^']|'')*)';", sql)
    return [(name, text.replace("''", "'")) for name, text in found]


def table_section(table: Table, level: int = 2) -> str:
    """Return the section of a table: its key and its columns, below a heading of a level."""
    key = f" Key: {', '.join(f'`{column}`' for column in table.key)}." if table.key else ""
    lines = [
        f"{'#' * level} {table.name}",
        "",
        f"{table.description}{key} Built by the stage `{table.stage}`.",
        "",
        "| column | type | NULL | |",
        "|---|---|---|---|",
    ]
    for name, dtype in table.dtypes.items():
        null = "yes" if table.nullable(name) else ""
        lines.append(f"| `{name}` | {sql_type(dtype)} | {null} | {table.descriptions[name]} |")
    return "\n".join([*lines, ""])


def _codes(column: str, codes: type[Code]) -> str:
    """Return the table of the values of a column with a closed vocabulary."""
    rows = [f"| `{code}` | {code.description} |" for code in codes]
    return "\n".join([f"## Values of {column}", "", "| value | |", "|---|---|", *rows, ""])


def settings_markdown() -> str:
    """Return the page of settings."""
    stages = stage_list.PIPELINE.stages
    deciding = {
        name: ", ".join(f"`{stage.name}`" for stage in stages if name in stage.settings)
        for name in Settings.model_fields
    }
    lines = [
        "# Settings",
        "",
        "Generated from `src/paperlake/settings/` by `make docs`; do not edit. A setting has the value of",
        "the first of these sources that has one:",
        "",
        "1. an option of the command line: `--lake`, `run --embedder`, `run --reembed`, `ui --port`;",
        "2. the environment variable;",
        "3. `paperlake.toml` in the lake, where `PAPERLAKE_SIMILAR_COUNT` is the line `similar_count = 20`:",
        "   names in lower case, without prefix, without tables. `lake` and secrets are refused there;",
        "4. for the settings that choose the model, the run that computed the lake's vectors, unless one of",
        "   them is set above to another value ([embedding.md](embedding.md#the-lake-remembers-its-model));",
        "5. the default.",
        "",
        "`paperlake config` shows each value and its source. A variable `PAPERLAKE_...` or a key that is no",
        "setting is an error, which names the nearest one.",
        "",
        "| variable | default | what it does | decides the tables of |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `PAPERLAKE_{name.upper()}` | {default} | {field.description} | {deciding[name]} |")
    return "\n".join([*lines, ""])


PAGES = {"tables.md": tables_markdown, "settings.md": settings_markdown}

PRESETS_PAGE = "embedding.md"
_PRESETS = re.compile(r"(<!-- presets -->\n).*?(?=<!-- end of presets -->)", re.DOTALL)


def with_presets(page: str) -> str:
    """Return a page with the table of presets between its two marks."""
    return _PRESETS.sub(lambda found: f"{found[1]}\n{presets_markdown()}\n\n", page)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, make in PAGES.items():
        (folder / name).write_text(make())
    (folder / PRESETS_PAGE).write_text(with_presets((folder / PRESETS_PAGE).read_text()))
