"""`paperlake publish`: the lake as a folder for a data hub or an archive, whole or not at all.

All tables are of one build of the warehouse. The same lake gives the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from paperlake import __version__, stage_list
from paperlake.catalogue.files import WAREHOUSE
from paperlake.errors import ExportError
from paperlake.export.folder import refuse_inside_lake, whole_folder
from paperlake.lake import Lake
from paperlake.lake.files import hash_bytes
from paperlake.progress import Progress, Silent
from paperlake.publish.dataset import (
    DataFile,
    Dataset,
    LakeFacts,
    PublishedTable,
    TopicFacts,
    left_out,
    published_form,
)
from paperlake.publish.descriptions.card import data_card, licences, to_yaml
from paperlake.publish.descriptions.citation import citation
from paperlake.publish.descriptions.croissant import croissant
from paperlake.publish.descriptions.datapackage import datapackage
from paperlake.publish.earlier import CHECKSUMS, PROVENANCE, check_replaceable
from paperlake.publish.provenance import manifests, provenance
from paperlake.publish.publication import read_publication
from paperlake.publish.writing import data_file, reading, write_database, write_table
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql

SCRATCH = ".scratch"


@dataclass(frozen=True)
class Published:
    """What was written."""

    tables: Sequence[PublishedTable]
    files: Sequence[DataFile]
    """All files, in order of path; the list of hashes is the last."""


def publish(
    lake: Lake,
    settings: Settings,
    folder: Path,
    has_abstracts: bool = True,
    force: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Write the lake as a data set into a new folder.

    Args:
        lake: The lake; its warehouse must be up to date.
        settings: The settings of the lake.
        folder: What to make; its parent must exist, and it must lie outside the lake.
        has_abstracts: Whether to publish abstracts, and texts that may contain parts of one.
        force: Whether to replace an earlier data set in which a description was edited.
        progress: Where long work says how far it is.

    Raises:
        UsageError: The folder is in the way, or curated/publication.toml is wrong.
        LakeError: There is no warehouse, or it is older than the tables or the settings.
        ExportError: A file could not be written; the folder is as it was before.
    """
    refuse_inside_lake(lake, folder)
    publication = read_publication(lake)
    commits = manifests(lake, settings)
    warehouse = lake.path_of(WAREHOUSE)
    try:
        with whole_folder(folder, lambda target: check_replaceable(target, force)) as partial:
            with reading(warehouse, partial / SCRATCH) as connection:
                tables = _write_tables(connection, partial, has_abstracts, progress or Silent())
                facts = _facts(connection, has_abstracts)
            shutil.rmtree(partial / SCRATCH, ignore_errors=True)
            database = write_database(tables, partial, progress or Silent())
            dataset = Dataset(publication, tables, database, facts, has_abstracts, __version__)
            content = provenance(commits, settings, has_abstracts, _content_hash(tables))
            described = _describe(dataset, content, partial)
            files = _write_checksums([*described, database, *_files(tables)], partial)
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        raise ExportError(
            f"Publishing to {folder} failed: {error}. The folder is as it was before; make room or choose "
            "another, and publish again."
        ) from error
    return Published(tables, files)


def _write_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, has_abstracts: bool, progress: Progress
) -> list[PublishedTable]:
    found = connection.execute("SELECT len(embedding) FROM embeddings LIMIT 1").fetchone()
    dimension = int(found[0]) if found else _stated_dimension(connection)
    written = []
    for table in stage_list.PIPELINE.public_tables:
        (count,) = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone() or (0,)  # noqa: S608
        form = published_form(table, dimension, has_abstracts)
        with progress.task(f"Publishing {table.name}", count, "rows") as advance:
            written.append(write_table(connection, form, folder, has_abstracts, advance))
    return written


def _stated_dimension(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the length of the vectors of a table without rows."""
    sql = (
        "SELECT data_type FROM duckdb_columns() WHERE table_name = 'embeddings' AND column_name = 'embedding'"
    )
    (declared,) = connection.execute(sql).fetchone() or ("FLOAT[1]",)
    return int(str(declared).partition("[")[2].rstrip("]"))


def _facts(connection: duckdb.DuckDBPyConnection, has_abstracts: bool) -> LakeFacts:
    def rows(name: str) -> list[tuple[Any, ...]]:
        return connection.execute(read_sql(__package__, name)).fetchall()

    found = connection.execute("SELECT * FROM papers ORDER BY paper_id LIMIT 1")
    names = [column[0] for column in found.description or []]
    example = dict(zip(names, next(iter(found.fetchall()), ()), strict=False))
    papers = next(table for table in stage_list.PIPELINE.public_tables if table.name == "papers")
    example |= dict.fromkeys(left_out(papers, has_abstracts) if example else ())
    ((published_from, published_to),) = rows("days")
    return LakeFacts(
        topics=[TopicFacts(*row) for row in rows("topics")],
        entries_by_format=[(name, dumps, entries) for name, dumps, entries in rows("formats")],
        licenses=[(name, count) for name, count in rows("licenses")],
        published_from=published_from,
        published_to=published_to,
        example=example,
    )


def _describe(dataset: Dataset, content: dict[str, Any], folder: Path) -> list[DataFile]:
    """Write the files that describe the data; return them."""
    texts: dict[str, Callable[[], str]] = {
        "README.md": lambda: data_card(dataset),
        "LICENSES.md": lambda: licences(dataset),
        "CITATION.cff": lambda: to_yaml(citation(dataset)),
        "croissant.json": lambda: _json(croissant(dataset)),
        "datapackage.json": lambda: _json(datapackage(dataset)),
        PROVENANCE: lambda: _json(content),
    }
    for name, make in texts.items():
        (folder / name).write_bytes(make().encode())
    return [data_file(folder / name, folder) for name in texts]


def _write_checksums(files: Sequence[DataFile], folder: Path) -> list[DataFile]:
    """Write the hashes of all files, as `sha256sum -c` reads them; return all files with this one."""
    ordered = sorted(files, key=lambda file: file.path)
    lines = [f"{file.sha256}  {file.path}\n" for file in ordered]
    (folder / CHECKSUMS).write_bytes("".join(lines).encode())
    return [*ordered, data_file(folder / CHECKSUMS, folder)]


def _files(tables: Sequence[PublishedTable]) -> list[DataFile]:
    return [file for table in tables for file in table.files]


def _content_hash(tables: Sequence[PublishedTable]) -> str:
    return hash_bytes(json.dumps([[file.path, file.sha256] for file in _files(tables)]).encode())


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
