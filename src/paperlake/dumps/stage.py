"""The stage that turns dumps into entries and rejects: each content once, each dump by itself.

A dump that cannot be read becomes one reject and never blocks the others. How a dump is read is in
`dump_rows.py`.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, INVENTORY, REJECTS
from paperlake.dumps.dump_rows import DumpSums, check_rows, dump_row, read_dump, whole_reject
from paperlake.dumps.fields.mappings import read_mappings
from paperlake.dumps.identity import content_id
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import DumpError
from paperlake.dumps.storing.dump_tasks import Dump
from paperlake.dumps.storing.parsing import Parsing
from paperlake.dumps.storing.partitions import partitions_of, shared_partitions
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file
from paperlake.lake.manifest import Facts
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.stages.checks import Check, Found, TableReader, check
from paperlake.stages.run import StageRun
from paperlake.stages.stage import Stage
from paperlake.text.display import plural


def parse_file(path: Path, settings: Settings) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """Read one dump without a lake.

    Returns:
        Its row of `dumps`, its entries and its rejects, with all columns of their tables. A dump that cannot
        be read has no entries and one reject.

    Raises:
        UsageError: There is no such file, or a mapping of its lake is malformed.
    """
    if not path.is_file():
        raise UsageError(f"Cannot parse {path}: there is no such file.")
    row = dump_row(path_in_raw(path), hashlib.sha256(b"").hexdigest(), path.stat().st_size)
    try:
        if path.stat().st_size <= settings.max_dump_bytes:
            row = dump_row(row["path"], hash_file(path), row["byte_size"])
        file = DumpFile(
            path, row["path"], settings, mappings=read_mappings(_lake_of(path, settings).mappings)
        )
        opened = read_dump(file, row, settings)
        sums, parts = opened.sums, [check_rows(opened.sums, rows) for rows in opened.rows]
    except OSError as error:
        raise UsageError(f"Cannot parse {path}: {error.strerror}.") from error
    except DumpError as error:
        sums, rows = whole_reject(row, error)
        parts = [rows]
    for rows in parts:
        sums.add(rows)
    entries, rejects = (pl.concat(frames) for frames in zip(*parts, strict=True))
    return sums.row, entries, rejects


def _one_per_content(inventory: pl.DataFrame) -> pl.DataFrame:
    """Return the inventory's rows, one per content: the first in order of name."""
    return inventory.sort("path").unique("sha256", keep="first", maintain_order=True)


def _build(run: StageRun) -> Facts:
    """Parse what is new, keep what is known."""
    dumps = _one_per_content(run.read(INVENTORY))
    parsing = Parsing(run)
    started = time.monotonic()
    with run.progress.task("Reading dumps", dumps.height, "dumps") as advance:
        _take_all(parsing, dumps, advance)
    seconds = time.monotonic() - started
    parsed = sorted(parsing.done, key=lambda sums: str(sums.row["path"]))
    table = DUMPS.frame([sums.row for sums in parsed])
    run.write(DUMPS, table)
    _report(run, table, parsed)
    if not any(sums.is_wrong for sums in parsed):
        for rows in (ENTRIES, REJECTS):
            run.order(rows, sorted(set(partitions_of(table))))
    if parsing.unread_count:
        run.build_again_next_time()
    return {
        "parsed_dump_count": parsing.read_count,
        "known_dump_count": dumps.height - parsing.read_count,
        "entries": int(table["entry_count"].sum()),
        "rejects": int(table["reject_count"].sum()),
        "warnings": int(table["warning_count"].sum()),
        "unread_dump_count": parsing.unread_count,
        "megabytes_per_second": round(parsing.read_bytes / 1e6 / seconds, 2) if parsing.read_count else None,
    }


def _take_all(parsing: Parsing, dumps: pl.DataFrame, advance: Advance) -> None:
    """Parse the dumps of the inventory: large ones in order of path, then small ones by partition."""
    ids = pl.Series("dump_id", [content_id(sha256) for sha256 in dumps["sha256"]], dtype=pl.String)
    own: list[Dump] = []
    shared: dict[str, list[Dump]] = {}
    partitions = shared_partitions(dumps.select(ids, "byte_size"))
    for partition, row in zip(partitions, dumps.iter_rows(named=True), strict=True):
        (own if partition is None else shared.setdefault(partition, [])).append(parsing.dump(row))
    parsing.take_all(own, shared, advance)


def _report(run: StageRun, dumps: pl.DataFrame, parsed: list[DumpSums]) -> None:
    """Report the checks that were made row by row while reading; bad entries became rejects there."""
    entry_count, reject_count = int(dumps["entry_count"].sum()), int(dumps["reject_count"].sum())
    run.report("entries_schema", entry_count, ())
    run.report("rejects_schema", reject_count, [line for sums in parsed for line in sums.bad_rejects])
    run.report(
        "line_accounting", int(dumps["line_count"].sum()), [e for sums in parsed for e in sums.lost_lines]
    )
    run.report("entry_numbers_grow", dumps.height, [line for sums in parsed for line in sums.wrong_counts])


@check(DUMPS, "counts_add_up")
def counts_add_up(reader: TableReader) -> Found:
    """The entries and rejects in every partition are as many as the rows of its dumps say."""
    dumps = reader.read(DUMPS)
    counted = (
        dumps.with_columns(partitions_of(dumps))
        .group_by("partition")
        .agg(pl.len(), pl.col("path").first(), pl.col("entry_count", "reject_count").sum())
        .sort("partition")
    )
    entries, rejects = reader.row_counts(ENTRIES), reader.row_counts(REJECTS)
    failures = []
    for partition, count, path, entry_count, reject_count in counted.iter_rows():
        found = (entries.get(partition, 0), rejects.get(partition, 0))
        if found != (entry_count, reject_count):
            more = f" and {plural(count - 1, 'dump')} more" if count > 1 else ""
            failures.append(
                f"{path}{more}: {entry_count} entries and {reject_count} rejects counted, "
                f"{found[0]} and {found[1]} found"
            )
    return dumps.height, failures


def _lake_of(path: Path, settings: Settings) -> Lake:
    """Return the lake in whose raw/ a file is; the one of the settings elsewhere."""
    parts = path.absolute().parts
    if "raw" in parts[:-1]:
        return Lake(Path(*parts[: len(parts) - parts[::-1].index("raw") - 1]))
    return Lake(settings.lake)


def path_in_raw(path: Path) -> str:
    """Return the path below the nearest folder `raw`, as in a lake; the name alone elsewhere."""
    parts = path.absolute().parts
    if "raw" in parts[:-1]:
        return "/".join(parts[len(parts) - parts[::-1].index("raw") :])
    return path.name


PARSED_ENTRIES = Stage(
    name="parsed_entries",
    description="Read every new dump into entries and rejects; a dump that is known is not read again.",
    reads=(INVENTORY,),
    writes=(DUMPS, ENTRIES, REJECTS),
    version=4,
    inputs=lambda context: read_mappings(context.lake.mappings).fingerprint(),
    when_inputs_change="curated/mappings has changed",
    build=_build,
    settings=(
        "max_dump_bytes",
        "max_decompressed_bytes",
        "max_whole_bytes",
        "max_line_chars",
        "max_json_depth",
        "max_xml_record_bytes",
        "max_dump_entries",
    ),
    checks=(
        Check(
            DUMPS,
            "line_accounting",
            "Every line of a text dump is part of an entry, page chrome, blank, or part of a reject.",
        ),
        Check(ENTRIES, "entry_numbers_grow", "Entries of a dump are numbered in its order, none twice."),
        counts_add_up,
    ),
    kinds=frozenset({"polars", "parquet"}),
)
