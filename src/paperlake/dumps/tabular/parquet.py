"""The reader of `parquet`: tables of papers, streamed by batches; only the columns of papers are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.bibliography.parts import PartBuilder, snapshot_day
from paperlake.dumps.fields.mappings import NO_MAPPINGS, Mappings
from paperlake.dumps.reading import DumpError, DumpTooLargeError, OpenDump, ParsedDump, ParsedPart
from paperlake.dumps.structured.json_objects import BadObjectError, is_deeper_than
from paperlake.dumps.structured.paper_objects import show
from paperlake.dumps.tabular.columns import (
    VERSIONS,
    Fields,
    needs_values,
    paper_fields,
    shows_paper,
    stated_work,
)
from paperlake.settings import Settings
from paperlake.text.display import plural

MAGIC = b"PAR1"
BATCH_ROWS = 2_000
SAMPLE_ROWS = 20  # that decide where the names of the columns do not
MAX_SHOWN_COLUMNS = 12


class ParquetReader:
    """Reads a table of papers; the number of an entry is that of its row."""

    format = DumpFormat.PARQUET

    def __init__(self, mappings: Mappings = NO_MAPPINGS) -> None:
        """Bind the mappings of a lake, which are tried before the list of names."""
        self._mappings = mappings

    def bind(self, mappings: Mappings) -> ParquetReader:
        """Return a reader that tries these mappings before the list of names."""
        return ParquetReader(mappings)

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether it is Parquet; only `read` can look at the columns, which stand at the end."""
        return head.startswith(MAGIC)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read batch by batch.

        Raises:
            DumpError: The file is damaged, or has no columns of papers.
        """
        file = open_parquet(dump, settings)
        names = file.schema_arrow.names
        mapping = self._mappings.find(dump.path, names)
        fields = mapping.fields() if mapping else paper_fields(names)
        if fields and mapping is None and needs_values(names, fields) and not _shows_papers(file, fields):
            fields = None
        if fields is None:
            shown = ", ".join(names[:MAX_SHOWN_COLUMNS])
            raise DumpError(
                f"The table has no columns of papers, but {shown}. Say in curated/mappings/ which column is "
                "which; paperlake parse FILE --suggest-mapping writes a first one.",
                RejectCode.UNKNOWN_FORMAT,
            )
        snapshot = snapshot_day(dump)
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=None,
            parts=_parts(file, dump, fields, snapshot, settings.max_json_depth),
        )


READER = ParquetReader()


def open_parquet(dump: OpenDump, settings: Settings) -> pq.ParquetFile:
    """Return a dump as an open Parquet file.

    Raises:
        DumpTooLargeError: Its columns have more bytes than the settings allow.
        DumpError: It is damaged.
    """
    try:
        with dump.file.open("rb") as file:
            is_plain = file.read(len(MAGIC)) == MAGIC
    except OSError:
        is_plain = False
    try:
        opened = pq.ParquetFile(dump.file if is_plain else pa.BufferReader(dump.content()))
        metadata = opened.metadata
        size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(error) from error
    if size > settings.max_decompressed_bytes:
        limit = plural(settings.max_decompressed_bytes, "byte")
        raise DumpTooLargeError(
            f"The dump contains more than {limit} when it is opened (max_decompressed_bytes)."
        )
    return opened


def _damaged(error: Exception) -> DumpError:
    problem = (str(error).splitlines() or ["unknown"])[0][:200]
    return DumpError(f"The Parquet file is damaged: {problem}", RejectCode.MALFORMED)


def _shows_papers(file: pq.ParquetFile, fields: Fields) -> bool:
    """Return whether most of the first rows show a paper.

    Raises:
        DumpError: The file is damaged.
    """
    wanted = [*dict.fromkeys(name for names in fields.values() for name in names)]
    try:
        batch = next(file.iter_batches(batch_size=SAMPLE_ROWS, columns=wanted), None)
        rows = batch.to_pylist() if batch is not None else []
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _damaged(error) from error
    return 2 * sum(shows_paper(row, fields) for row in rows) > len(rows)


def _parts(
    file: pq.ParquetFile, dump: OpenDump, fields: Fields, latest: date | None, max_depth: int
) -> Iterator[ParsedPart]:
    wanted = [*dict.fromkeys(name for names in fields.values() for name in names)]
    if VERSIONS in file.schema_arrow.names:
        wanted.append(VERSIONS)
    builder = PartBuilder()
    number = 0
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
            for cells in batch.to_pylist():
                number += 1
                _take(cells, number, fields, latest, max_depth, builder)
            if builder.is_full:
                yield builder.part()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _damaged(error) from error
    dump.head()  # raises if the file was changed meanwhile
    yield builder.part()


def _take(
    cells: dict[str, Any],
    number: int,
    fields: Fields,
    latest: date | None,
    max_depth: int,
    builder: PartBuilder,
) -> None:
    """Add a row to the entries or rejects."""
    try:
        if is_deeper_than(cells, max_depth):
            raise BadObjectError(
                f"The row nests in more than {plural(max_depth, 'level')} (max_json_depth).",
                RejectCode.LIMIT_EXCEEDED,
            )
        work = stated_work(cells, fields)
        builder.row_entry(number, work.row(latest), work.warnings)
    except BadObjectError as error:
        builder.row_reject(error.reason, show(cells), number)
