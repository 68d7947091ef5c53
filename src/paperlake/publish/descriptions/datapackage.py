"""datapackage.json: the data set as a Data Package, with schemas, primary and foreign keys.

https://datapackage.org/standard/data-package/
"""

from __future__ import annotations

from typing import Any

import polars as pl

from paperlake.catalogue.table import Table
from paperlake.publish.dataset import Dataset, PublishedTable

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES: dict[Any, str] = {
    pl.String: "string",
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.List: "array",
    pl.Array: "array",
}


def datapackage(dataset: Dataset) -> dict[str, Any]:
    """Return the description of a data set."""
    publication = dataset.publication
    terms = publication.license_terms
    described: dict[str, Any] = {
        "$schema": PROFILE,
        "name": "papers",
        "title": publication.title,
        "description": publication.description,
        "version": publication.version,
        "keywords": list(publication.keywords),
        "contributors": [
            {"title": author.full_name, "roles": ["creator"]} for author in publication.cited_authors
        ],
    }
    if publication.license and terms:
        described["licenses"] = [{"name": publication.license, "path": terms.url}]
    if publication.released:
        described["created"] = f"{publication.released.isoformat()}T00:00:00Z"
    if publication.url:
        described["homepage"] = publication.url
    if publication.doi:
        described["id"] = f"https://doi.org/{publication.doi}"
    keys = {table.name: table.table.key for table in dataset.tables}
    described["resources"] = [_resource(table, keys) for table in dataset.tables]
    return described


def _resource(table: PublishedTable, keys: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": table.name,
        "type": "table",
        "description": table.table.description,
        "path": [file.path for file in table.files],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": sum(file.byte_size for file in table.files),
        "rowCount": table.row_count,
    }
    if len(table.files) == 1:  # the hash of several files together is not defined
        described |= {"path": table.files[0].path, "hash": f"sha256:{table.files[0].sha256}"}
    described["schema"] = _schema(table.table, keys)
    return described


def _schema(table: Table, keys: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    described: dict[str, Any] = {"fields": [_field(table, name) for name in table.dtypes]}
    if table.key:
        described["primaryKey"] = list(table.key)
    if table.references:
        described["foreignKeys"] = [
            {
                "fields": list(columns),
                # A table that refers to itself is named by an empty text.
                "reference": {"resource": "" if name == table.name else name, "fields": list(keys[name])},
            }
            for columns, name in table.references.items()
        ]
    return described


def _field(table: Table, name: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "type": _TYPES[table.dtypes[name].base_type()],
        "description": table.descriptions[name],
    }
    if not table.nullable(name):
        described["constraints"] = {"required": True}
    return described
