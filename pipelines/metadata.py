"""What an asset says about itself in the UI: row counts, column schemas, previews, pictures.

All text that came out of a dump is escaped here before it is shown as Markdown. Nothing here is computed
that the library has not computed already.
"""

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg
import polars as pl

from paperlake.catalogue.table import Table
from paperlake.stages.runner import StageResult
from tests.support.lakes import TABLES

PREVIEW_ROWS = 5
PREVIEW_CHARS = 80  # a cell longer than this makes the table unreadable
_MARKDOWN_SPECIALS = str.maketrans({char: f"&#{ord(char)};" for char in "\\`*_{}[]()<>#+!|~&$"})


def stage_metadata(result: StageResult) -> dict[str, dg.MetadataValue]:
    """Row counts and facts of what a stage did."""
    metadata: dict[str, dg.MetadataValue] = {
        "reused": dg.MetadataValue.bool(result.reused),
        "seconds": dg.MetadataValue.float(round(result.seconds, 3)),
    }
    for name, value in result.facts.items():
        metadata[name] = _value(value)
    for name, count in result.row_counts.items():
        metadata[f"rows/{name}"] = dg.MetadataValue.int(count)
    if result.row_counts:
        main = result.stage if result.stage in result.row_counts else next(iter(result.row_counts))
        metadata["dagster/row_count"] = dg.MetadataValue.int(result.row_counts[main])
    return metadata


def _value(value: str | float | None) -> dg.MetadataValue:
    match value:
        case bool() | None:
            return dg.MetadataValue.text(str(value))
        case int():
            return dg.MetadataValue.int(value)
        case float():
            return dg.MetadataValue.float(value)
    return dg.MetadataValue.text(value)


def column_schema(table: Table) -> dg.TableSchema:
    """Dagster's column schema of a public table, with the descriptions of `schemas.py`."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=str(dtype),
                description=table.descriptions[name],
                constraints=dg.TableColumnConstraints(nullable=table.nullable(name)),
            )
            for name, dtype in table.dtypes.items()
        ]
    )


def stage_schemas(stage: str) -> dict[str, dg.TableSchema]:
    """Definition metadata: the schemas of all tables that a stage makes, its main one first."""
    tables = [table for table in TABLES.values() if table.stage == stage]
    schemas = {f"columns/{table.name}": column_schema(table) for table in tables}
    main = next((table for table in tables if table.name == stage), tables[0] if tables else None)
    return {"dagster/column_schema": column_schema(main), **schemas} if main else {}


def preview(frame: pl.DataFrame, columns: Iterable[str]) -> dg.MarkdownMetadataValue:
    """The first rows of some columns as a Markdown table."""
    names = [name for name in columns if name in frame.columns]
    return markdown_table(names, frame.select(names).head(PREVIEW_ROWS).rows())


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """Rows as a Markdown table; every cell is escaped and cut."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    if len(text) > PREVIEW_CHARS:
        text = text[: PREVIEW_CHARS - 1] + "…"
    return text.translate(_MARKDOWN_SPECIALS)


def picture(path: Path) -> dg.MarkdownMetadataValue:
    """A PNG file as an image inside Markdown."""
    encoded = base64.b64encode(path.read_bytes()).decode()
    return dg.MetadataValue.md(f"![{path.stem}](data:image/png;base64,{encoded})")
