"""croissant.json: the data set in the Croissant format 1.1, with columns, keys and file hashes.

The DuckDB file is left out: it repeats the tables, and its bytes, and so its hash, differ from time to time.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

from typing import Any

import polars as pl

from paperlake.publish.dataset import Dataset, PublishedTable
from paperlake.publish.writing import DATA

PARQUET = "application/x-parquet"
_TYPES: dict[Any, str] = {
    pl.String: "sc:Text",
    pl.Int64: "sc:Integer",
    pl.Float64: "sc:Float",
    pl.Float32: "sc:Float",
    pl.Boolean: "sc:Boolean",
    pl.Date: "sc:Date",
}
# The context of the specification, as mlcroissant writes it.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(dataset: Dataset) -> dict[str, Any]:
    """Return the description of a data set."""
    publication = dataset.publication
    terms = publication.license_terms
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": publication.title,
        "description": publication.description,
        "version": publication.version,
        "license": terms.url if terms else "See LICENSES.md.",
        "keywords": list(publication.keywords),
        "inLanguage": publication.language,
        "citeAs": cite_as(dataset),
        "creator": [_creator(name, orcid) for name, orcid in _creators(dataset)],
        "isLiveDataset": False,
    }
    if publication.released:
        described["datePublished"] = publication.released.isoformat()
    if publication.url:
        described["url"] = publication.url
    if publication.doi:
        described["identifier"] = f"https://doi.org/{publication.doi}"
    described["distribution"] = [one for table in dataset.tables for one in _distribution(table)]
    described["recordSet"] = [_record_set(table) for table in dataset.tables]
    return described


def cite_as(dataset: Dataset) -> str:
    """Return the reference to the data set as one text."""
    publication = dataset.publication
    names = "; ".join(author.full_name for author in publication.cited_authors)
    year = f" ({publication.released.year})" if publication.released else ""
    place = f" https://doi.org/{publication.doi}" if publication.doi else f" {publication.url or ''}".rstrip()
    return f"{names}{year}. {publication.title}. Version {publication.version}.{place}"


def _creators(dataset: Dataset) -> list[tuple[str, str | None]]:
    return [(author.full_name, author.orcid) for author in dataset.publication.cited_authors]


def _creator(name: str, orcid: str | None) -> dict[str, str]:
    if orcid:
        return {"@type": "sc:Person", "name": name, "url": orcid}
    return {"@type": "sc:Organization", "name": name}


def _files_id(table: PublishedTable) -> str:
    """Return the id of what the columns of a table are read from."""
    return table.files[0].path if len(table.files) == 1 else f"{DATA}/{table.name}"


def _distribution(table: PublishedTable) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.byte_size} B",
            "encodingFormat": PARQUET,
            "sha256": file.sha256,
        }
        for file in table.files
    ]
    if len(files) > 1:
        files.append(
            {
                "@type": "cr:FileSet",
                "@id": _files_id(table),
                "name": _files_id(table),
                "description": f"All files of the table {table.name}.",
                "encodingFormat": PARQUET,
                "includes": f"{DATA}/{table.name}/*.parquet",
            }
        )
    return files


def _record_set(table: PublishedTable) -> dict[str, Any]:
    described: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.table.description,
    }
    if table.table.key:
        described["key"] = [{"@id": f"{table.name}/{column}"} for column in table.table.key]
    described["field"] = [_field(table, name) for name in table.table.dtypes]
    return described


def _field(table: PublishedTable, name: str) -> dict[str, Any]:
    dtype = table.table.dtypes[name]
    kind = "fileObject" if len(table.files) == 1 else "fileSet"
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{name}",
        "name": f"{table.name}/{name}",
        "description": table.table.descriptions[name],
        "source": {kind: {"@id": _files_id(table)}, "extract": {"column": name}},
    }
    if isinstance(dtype, pl.Array):
        described |= {
            "dataType": _TYPES[dtype.inner.base_type()],
            "isArray": True,
            "arrayShape": str(dtype.size),
        }
    elif isinstance(dtype, pl.List):
        described |= {"dataType": _TYPES[dtype.inner.base_type()], "isArray": True, "arrayShape": "-1"}
    else:
        described["dataType"] = _TYPES[dtype.base_type()]
    return described
