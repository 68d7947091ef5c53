"""Metadata of assets: row counts, column schemas, previews, pictures. Nothing is computed here."""

import base64
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from paperlake.catalogue.files import REPORT, TOPIC_MAP, WAREHOUSE
from paperlake.catalogue.table import Table
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.runner import StageResult
from paperlake.stages.stage import Output
from paperlake.text.display import excerpt

PREVIEW_ROWS = 5
MAX_PREVIEW_CHARS = 80
DAMAGED = "The table was damaged since it was built: `paperlake status --verify` says what to do."


def output_metadata(lake: Lake, output: Output, result: StageResult, pipeline: Pipeline) -> dict[str, Any]:
    """Return the metadata of one materialized output of a stage of the pipeline."""
    metadata: dict[str, Any] = {
        "reused": result.reused,
        "seconds": round(result.seconds, 3),
        **{name: str(value) if value is None else value for name, value in result.facts.items()},
    }
    if isinstance(output, Table):
        metadata["dagster/row_count"] = result.row_counts[output.name]
        if output.preview:
            metadata["preview"] = _preview_of(lake, output)
        return metadata
    path = lake.root / (output.published_as or result.manifest.outputs[output.name][0].path)
    metadata["path"] = dg.MetadataValue.path(path)
    metadata["bytes"] = path.stat().st_size
    if output == WAREHOUSE:
        metadata["contents"] = _warehouse_contents(lake, pipeline)
    if output == REPORT:
        metadata["url"] = dg.MetadataValue.url(path.as_uri())
    if output == TOPIC_MAP:
        metadata["map"] = picture(path)
    return metadata


def _warehouse_contents(lake: Lake, pipeline: Pipeline) -> dg.TableMetadataValue:
    """Return the tables of the DuckDB file with their rows."""
    counts: dict[str, int] = {}
    for manifest in pipeline.manifests(lake).values():
        counts.update(manifest.row_counts)
    tables = pipeline.public_tables_until(pipeline.stage(WAREHOUSE.stage))
    return table_value(["table", "rows"], [(table.name, counts.get(table.name)) for table in tables])


def column_schema(table: Table) -> dg.TableSchema:
    """Return the column schema of a table, as the catalogue declares it."""
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


def column_lineage(table: Table, reads: tuple[Output, ...]) -> dg.TableColumnLineage:
    """Return the lineage of columns by name.

    A column follows from the columns of the same name in the tables that the stage reads: ids, and columns
    that survivorship chooses. Columns that are computed under a new name have no lineage here.
    """
    return dg.TableColumnLineage(
        {
            name: [
                dg.TableColumnDep(dg.AssetKey(read.name), name)
                for read in reads
                if isinstance(read, Table) and name in read.dtypes
            ]
            for name in table.dtypes
        }
    )


def _preview_of(lake: Lake, table: Table) -> dg.MetadataValue[Any]:
    """Return the first rows of a table; a sentence for one that was damaged since its commit."""
    try:
        return preview(lake.scan(table).select(table.preview).head(PREVIEW_ROWS).collect())
    except (LakeError, OSError, pl.exceptions.PolarsError):  # no reason to end a run that does not read it
        return dg.MetadataValue.text(DAMAGED)


def preview(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """Return rows as a table; cells are one line of printable text."""
    return table_value(frame.columns, frame.rows())


def table_value(columns: list[str], rows: list[tuple[Any, ...]]) -> dg.TableMetadataValue:
    """Return rows as a table of texts; cells are one line of printable text."""
    return dg.MetadataValue.table(
        [
            dg.TableRecord({name: _cell(value) for name, value in zip(columns, row, strict=True)})
            for row in rows
        ],
        schema=dg.TableSchema([dg.TableColumn(name, "string") for name in columns]),
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return excerpt(text, MAX_PREVIEW_CHARS)


def picture(path: Path) -> dg.MarkdownMetadataValue:
    """Return a PNG file as an image."""
    encoded = base64.b64encode(path.read_bytes()).decode()
    return dg.MetadataValue.md(f"![{path.stem}](data:image/png;base64,{encoded})")
