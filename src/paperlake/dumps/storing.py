"""The two files of each dump in the lake: its entries and its rejects, with its row of `dumps` in the footer.

A pair of files is trusted when both footers tell that they were made from the same thing; so a run that was
killed between the two reads the dump again. What is in the rows is decided in `parse.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.lake import Lake
from paperlake.schemas import ENTRIES, REJECTS, Table

FOOTER_KEY = b"paperlake"
_DATES = ("snapshot_date", "listed_date")


class DumpFiles:
    """Takes the entries and rejects of one dump, part by part."""

    def __init__(self, entries: pq.ParquetWriter, rejects: pq.ParquetWriter) -> None:
        self._entries = entries
        self._rejects = rejects

    def add(self, entries: pl.DataFrame, rejects: pl.DataFrame) -> None:
        """Append the rows of one part."""
        for writer, frame in ((self._entries, entries), (self._rejects, rejects)):
            if frame.height:
                writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def seal(self, made_from: str, row: dict[str, Any]) -> None:
        """Write into both footers what the rows were made from, and the row of `dumps`."""
        content = json.dumps({"made_from": made_from, "row": row}, default=date.isoformat)
        for writer in (self._entries, self._rejects):
            writer.add_key_value_metadata({FOOTER_KEY: content.encode()})


@contextmanager
def write_dump(lake: Lake, dump_id: str) -> Iterator[DumpFiles]:
    """Files for one dump; they take their places when the context ends without an error."""
    with (
        lake.writing(lake.entries(dump_id)) as entries_file,
        lake.writing(lake.rejects(dump_id)) as rejects_file,
        _writer(entries_file, ENTRIES) as entries,
        _writer(rejects_file, REJECTS) as rejects,
    ):
        yield DumpFiles(entries, rejects)


def _writer(file: object, table: Table) -> pq.ParquetWriter:
    schema = table.empty().to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    return pq.ParquetWriter(file, schema, compression="zstd", write_page_checksum=True)


def stored_row(lake: Lake, dump_id: str, made_from: str) -> dict[str, Any] | None:
    """The row of `dumps` for a dump whose files were made from `made_from`; None if there are none."""
    footers = []
    for path in (lake.entries(dump_id), lake.rejects(dump_id)):
        try:
            metadata = pq.read_metadata(path)
            footers.append((metadata.num_rows, json.loads(metadata.metadata[FOOTER_KEY])))
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            return None  # missing or damaged: the dump is read again
    (entry_count, footer), (reject_count, other) = footers
    row: dict[str, Any] = footer["row"]
    if footer != other or footer["made_from"] != made_from:
        return None
    if (entry_count, reject_count) != (row["entry_count"], row["reject_count"]):
        return None
    return {**row, **{name: row[name] and date.fromisoformat(row[name]) for name in _DATES}}


def remove_other_dumps(lake: Lake, dump_ids: set[str]) -> int:
    """Delete the files of all dumps but these; return how many files went."""
    count = 0
    for folder in (lake.entries("any").parent, lake.rejects("any").parent):
        if folder.is_dir():
            for path in folder.glob("*.parquet"):
                if path.stem not in dump_ids:
                    path.unlink(missing_ok=True)
                    count += 1
    return count
