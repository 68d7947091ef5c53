"""The stage that turns dumps into entries and rejects: each content once, each dump by itself.

A dump that cannot be read becomes one reject and never blocks the others. How a dump is read is in
`dump_rows.py`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, INVENTORY, REJECTS
from paperlake.dumps.dump_rows import (
    DumpSums,
    OpenedRows,
    PartRows,
    broken_rules,
    check_rows,
    dump_row,
    read_dump,
    whole_reject,
)
from paperlake.dumps.fields.mappings import read_mappings
from paperlake.dumps.formats import MAPPED_FORMATS
from paperlake.dumps.identity import content_id
from paperlake.dumps.opening import DumpFile, refusal_error
from paperlake.dumps.reading import PART_ROWS, DumpError, PassingDumpError
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file, to_arrow
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.checks import Check, Found, TableReader, check
from paperlake.stages.partition_file import read_footer
from paperlake.stages.run import StageRun
from paperlake.stages.stage import Stage, hash_json

NOT_READ_YET = "not read yet"  # no fingerprint is equal to it: such a dump is read again


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
    parsing = _Parsing(run)
    started = time.monotonic()
    with run.progress.task("Reading dumps", dumps.height, "dumps") as advance:
        for dump in dumps.iter_rows(named=True):
            parsing.take(dump)
            advance(1)
        parsing.flush()
    seconds = time.monotonic() - started
    parsed = sorted(parsing.done, key=lambda sums: str(sums.row["path"]))
    table = DUMPS.frame([sums.row for sums in parsed])
    run.write(DUMPS, table)
    _report(run, table, parsed)
    if not any(sums.is_wrong for sums in parsed):
        for rows in (ENTRIES, REJECTS):
            run.order(rows, table["dump_id"].to_list())
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
    """The entries and rejects of every dump are as many as its row of dumps says."""
    dumps = reader.read(DUMPS)
    entries, rejects = reader.row_counts(ENTRIES), reader.row_counts(REJECTS)
    failures = []
    for dump_id, path, *counted in dumps.select("dump_id", "path", "entry_count", "reject_count").iter_rows():
        found = [entries.get(dump_id, 0), rejects.get(dump_id, 0)]
        if counted != found:
            failures.append(
                f"{path}: {counted[0]} entries and {counted[1]} rejects counted, "
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


class _Parsing:
    """Parses dumps one after the other and writes their partitions.

    Dumps of one part are held back and checked together: Pandera costs 17 ms per call, whatever the rows.
    """

    def __init__(self, run: StageRun) -> None:
        self._run = run
        self._known_rows = _known_rows(run)
        self._mappings = read_mappings(run.lake.mappings)
        self._held: list[tuple[str, DumpSums, PartRows]] = []
        self._held_rows = 0
        self.done: list[DumpSums] = []
        self.read_count = self.read_bytes = self.unread_count = 0

    def take(self, dump: dict[str, Any]) -> None:
        """Parse one dump of the inventory, unless its partitions are there already."""
        settings = self._run.settings
        decides = [
            PARSED_ENTRIES.code_version(settings), dump["path"], dump["sha256"], dump["refusal"]
        ]  # fmt: skip
        plain, mapped = hash_json(decides), hash_json([*decides, self._mappings.fingerprint()])
        dump_id = content_id(dump["sha256"])
        known = self._keep(dump_id, plain) or self._keep(dump_id, mapped)
        if known is not None:
            self.done.append(DumpSums(known))
            return
        self.read_count += 1
        self.read_bytes += dump["byte_size"]
        row = dump_row(dump["path"], dump["sha256"], dump["byte_size"])
        expected = (dump["byte_size"], dump["modified_ns"])
        try:
            if dump["refusal"] is not None:
                raise refusal_error(dump["refusal"], dump["byte_size"], settings)
            file = DumpFile(
                self._run.lake.raw / dump["path"], dump["path"], settings, expected, self._mappings
            )
            opened = read_dump(file, row, settings)
            self._read(mapped if row["format"] in MAPPED_FORMATS else plain, opened)
        except DumpError as error:
            built_from = mapped if error.format in MAPPED_FORMATS else plain
            if isinstance(error, PassingDumpError):
                self.unread_count += 1
                built_from = NOT_READ_YET
            self._write(built_from, *whole_reject(row, error))

    def _keep(self, dump_id: str, built_from: str) -> dict[str, Any] | None:
        """Keep the partitions of a dump; return its row of `dumps`, or None if one of them is not there."""
        kept = [self._run.keep(table, dump_id, built_from) for table in (ENTRIES, REJECTS)]
        row = None
        if all(kept) and kept[0]:
            row = self._known_rows.get(dump_id) or _row_of(self._run.lake.root / kept[0].path)
        if row is None:
            for table in (ENTRIES, REJECTS):
                self._run.drop(table, dump_id)
        return row

    def _read(self, built_from: str, opened: OpenedRows) -> None:
        """Hold back a dump of one part; write a larger one part by part."""
        first = next(opened.rows)
        second = next(opened.rows, None)
        if second is None:
            self._held.append((built_from, opened.sums, first))
            self._held_rows += sum(frame.height for frame in first)
            if self._held_rows > PART_ROWS:
                self.flush()
            return
        with _discarding(), self._writers(built_from, opened.sums) as add:
            for rows in chain((first, second), opened.rows):
                checked = check_rows(opened.sums, rows)
                opened.sums.add(checked)
                add(checked)
            if opened.sums.is_wrong:
                raise _DiscardError
        self.done.append(opened.sums)

    def flush(self) -> None:
        """Check and write the dumps that were held back."""
        held, self._held, self._held_rows = self._held, [], 0
        if not held:
            return
        together = [pl.concat([rows[place] for _, _, rows in held]) for place in (0, 1)]
        if any(broken_rules(table, together[place]) for place, table in enumerate((ENTRIES, REJECTS))):
            for built_from, sums, rows in held:
                self._write(built_from, sums, check_rows(sums, rows))
            return
        arrow = [to_arrow(frame) for frame in together]
        starts = [0, 0]
        for built_from, sums, rows in held:
            parts = [
                table.slice(start, rows[place].height)
                for place, (table, start) in enumerate(zip(arrow, starts, strict=True))
            ]
            starts = [start + frame.height for start, frame in zip(starts, rows, strict=True)]
            self._write(built_from, sums, rows, parts)

    def _write(
        self, built_from: str, sums: DumpSums, rows: PartRows, arrow: Sequence[pa.Table] | None = None
    ) -> None:
        """Write one dump; `arrow` has the same rows if they were converted together with others."""
        sums.add(rows)
        if not sums.is_wrong:
            with self._writers(built_from, sums) as add:
                add(arrow or rows)
        self.done.append(sums)

    @contextmanager
    def _writers(self, built_from: str, sums: DumpSums) -> Iterator[Callable[[Sequence[Any]], None]]:
        """Write both partitions of a dump; footers state inputs and row."""
        dump_id = str(sums.row["dump_id"])
        with (
            self._run.partition(ENTRIES, dump_id, built_from) as entries,
            self._run.partition(REJECTS, dump_id, built_from) as rejects,
        ):

            def add(rows: Sequence[Any]) -> None:
                entries.add(rows[0])
                rejects.add(rows[1])

            yield add
            footer = {"built_from": built_from, "row": json.dumps(sums.row, default=date.isoformat)}
            entries.annotate(footer)
            rejects.annotate(footer)


class _DiscardError(Exception):
    """Leaves the context of half-written partitions, so that they are discarded."""


@contextmanager
def _discarding() -> Iterator[None]:
    """Discard half-written partitions: the stage fails by its checks, and the last commit stays."""
    with suppress(_DiscardError):
        yield


def _known_rows(run: StageRun) -> dict[str, dict[str, Any]]:
    """Return the rows of dumps of the last commit, by dump_id; footers have them, too."""
    if not (run.previous and DUMPS.name in run.previous.outputs):
        return {}
    try:
        return {str(row["dump_id"]): row for row in run.lake.read(DUMPS).iter_rows(named=True)}
    except LakeError:
        return {}


def _row_of(entries: Path) -> dict[str, Any] | None:
    """Return the row of `dumps` in the footer of a partition."""
    try:
        row: dict[str, Any] = json.loads((read_footer(entries) or {})["row"])
    except (KeyError, ValueError):
        return None
    return {
        **row,
        **{name: row[name] and date.fromisoformat(row[name]) for name in ("snapshot_date", "listed_date")},
    }


PARSED_ENTRIES = Stage(
    name="parsed_entries",
    description="Read every new dump into entries and rejects; a dump that is known is not read again.",
    reads=(INVENTORY,),
    writes=(DUMPS, ENTRIES, REJECTS),
    version=2,
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
