"""The stage that turns dumps into entries and rejects: each content once, each dump by itself.

A dump that cannot be read becomes one reject and never blocks the others. How a dump is read stands in
`dump_rows.py`, how its files are written in `storing.py`.
"""

from __future__ import annotations

import hashlib
import time
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from paperlake.checks import CheckResult, outcome
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
from paperlake.dumps.identity import content_id
from paperlake.dumps.inventory import read_inventory
from paperlake.dumps.opening import DumpFile, refusal_error
from paperlake.dumps.reading import PART_ROWS, DumpChangedError, DumpError
from paperlake.dumps.storing import remove_other_dumps, stored_row, write_dump
from paperlake.errors import UsageError
from paperlake.lake import Lake, hash_file
from paperlake.progress import Progress, Silent
from paperlake.schemas import DUMPS, ENTRIES, REJECTS
from paperlake.settings import Settings
from paperlake.stages import Made, StageResult, fingerprint, last_result, run_stage

STAGE = "parsed_entries"
CHANGED = "changed_dump_count"  # a fact of the stage: such dumps are tried again by the next run
NOT_TO_BE_REUSED = "changed while read"  # no fingerprint is like that


def make_parsed_entries(lake: Lake, settings: Settings, progress: Progress | None = None) -> StageResult:
    """Bring dumps, entries and rejects up to date with the inventory.

    Only dumps whose content and path were not parsed by this code and these settings before are read.

    Raises:
        CheckFailedError: A reader lost a line or miscounted; the files of that dump stay as they were.
    """
    dumps = _one_a_content(read_inventory(lake))
    made_from = fingerprint(STAGE, settings, dumps.select("path", "sha256", "refusal").rows())
    known = last_result(lake, STAGE, made_from)
    if known is not None and known.facts.get(CHANGED):
        lake.stamp(STAGE).unlink(missing_ok=True)
    result = run_stage(lake, STAGE, made_from, lambda: _make(lake, settings, progress or Silent(), dumps))
    remove_other_dumps(lake, {content_id(sha256) for sha256 in dumps.get_column("sha256")})
    return result


def read_entries(lake: Lake) -> pl.DataFrame:
    """All entries of all dumps, in the order of the table `dumps`."""
    dump_ids = lake.read_table("dumps").get_column("dump_id")
    return pl.concat([ENTRIES.empty(), *(lake.read_parquet(lake.entries(name)) for name in dump_ids)])


def read_rejects(lake: Lake) -> pl.DataFrame:
    """All rejects of all dumps, in the order of the table `dumps`."""
    dump_ids = lake.read_table("dumps").get_column("dump_id")
    return pl.concat([REJECTS.empty(), *(lake.read_parquet(lake.rejects(name)) for name in dump_ids)])


def parse_file(path: Path, settings: Settings) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """Read one dump without a lake.

    Returns:
        Its row of `dumps`, its entries and its rejects, with all columns of their tables. A dump that cannot
        be read has no entries and one reject.

    Raises:
        UsageError: There is no such file.
    """
    if not path.is_file():
        raise UsageError(f"Cannot parse {path}: there is no such file.")
    row = dump_row(_path_in_raw(path), hashlib.sha256(b"").hexdigest(), path.stat().st_size)
    try:
        if path.stat().st_size <= settings.max_dump_bytes:
            row = dump_row(row["path"], hash_file(path), row["byte_size"])
        opened = read_dump(DumpFile(path, row["path"], settings), row, settings)
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


def _one_a_content(inventory: pl.DataFrame) -> pl.DataFrame:
    """The inventory's rows, one a content: the first in order of name."""
    return inventory.sort("path").unique("sha256", keep="first", maintain_order=True)


def _make(lake: Lake, settings: Settings, progress: Progress, dumps: pl.DataFrame) -> Made:
    """Parse what is new, take over what is known."""
    lake.stamp(STAGE).unlink(missing_ok=True)  # before the first dump's files change: see run_stage
    parsing = _Parsing(lake, settings)
    started = time.monotonic()
    with progress.task("Reading dumps", dumps.height, "dumps") as advance:
        for dump in dumps.iter_rows(named=True):
            parsing.take(dump)
            advance(1)
        parsing.flush()
    seconds = time.monotonic() - started
    parsed = sorted(parsing.done, key=lambda sums: str(sums.row["path"]))
    table = DUMPS.frame([sums.row for sums in parsed])
    entry_count, reject_count = int(table["entry_count"].sum()), int(table["reject_count"].sum())
    dump_ids = table.get_column("dump_id").to_list()
    return Made(
        tables={"dumps": table},
        checks=_checks(table, parsed),
        facts={
            "parsed_dump_count": parsing.read_count,
            "known_dump_count": dumps.height - parsing.read_count,
            "entries": entry_count,
            "rejects": reject_count,
            CHANGED: parsing.changed_count,
            "megabytes_per_second": round(parsing.read_bytes / 1e6 / seconds, 2)
            if parsing.read_count
            else None,
        },
        row_counts={"entries": entry_count, "rejects": reject_count},
        written=[path for name in dump_ids for path in (lake.entries(name), lake.rejects(name))],
    )


def _checks(dumps: pl.DataFrame, parsed: list[DumpSums]) -> list[CheckResult]:
    """Rows were checked where they were read, and bad ones moved; here it is added up."""
    lines = int(dumps["line_count"].sum())
    return [
        outcome("entries", "entries_schema", int(dumps["entry_count"].sum()), ()),
        outcome(
            "rejects",
            "rejects_schema",
            int(dumps["reject_count"].sum()),
            [e for sums in parsed for e in sums.bad_rejects],
        ),
        outcome("dumps", "line_accounting", lines, [line for sums in parsed for line in sums.lost_lines]),
        outcome("dumps", "counts_add_up", dumps.height, [e for sums in parsed for e in sums.wrong_counts]),
    ]


def _path_in_raw(path: Path) -> str:
    """The path below the nearest folder `raw`, as in a lake; the name alone elsewhere."""
    parts = path.absolute().parts
    if "raw" in parts[:-1]:
        return "/".join(parts[len(parts) - parts[::-1].index("raw") :])
    return path.name


class _Parsing:
    """Parses dumps one after the other and writes their files.

    Dumps of one part are held back and checked together: Pandera costs 17 ms a call, whatever the rows.
    """

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake = lake
        self._settings = settings
        self._held: list[tuple[str, DumpSums, PartRows]] = []
        self._held_rows = 0
        self.done: list[DumpSums] = []
        self.read_count = self.read_bytes = self.changed_count = 0

    def take(self, dump: dict[str, Any]) -> None:
        """Parse one dump of the inventory, unless its files are there already."""
        made_from = fingerprint(STAGE, self._settings, dump["path"], dump["sha256"], dump["refusal"])
        stored = stored_row(self._lake, content_id(dump["sha256"]), made_from)
        if stored is not None:
            self.done.append(DumpSums(stored))
            return
        self.read_count += 1
        self.read_bytes += dump["byte_size"]
        row = dump_row(dump["path"], dump["sha256"], dump["byte_size"])
        expected = (dump["byte_size"], dump["modified_ns"])
        try:
            if dump["refusal"] is not None:
                raise refusal_error(dump["refusal"], dump["byte_size"], self._settings)
            file = DumpFile(self._lake.raw / dump["path"], dump["path"], self._settings, expected)
            self._read(made_from, read_dump(file, row, self._settings))
        except DumpError as error:
            if isinstance(error, DumpChangedError):
                self.changed_count += 1
                made_from = NOT_TO_BE_REUSED
            self._write(made_from, *whole_reject(row, error))

    def _read(self, made_from: str, opened: OpenedRows) -> None:
        """Hold back a dump of one part; write a larger one part by part."""
        first = next(opened.rows)
        second = next(opened.rows, None)
        if second is None:
            self._held.append((made_from, opened.sums, first))
            self._held_rows += sum(frame.height for frame in first)
            if self._held_rows > PART_ROWS:
                self.flush()
            return
        try:
            with write_dump(self._lake, opened.sums.row["dump_id"]) as files:
                for rows in chain((first, second), opened.rows):
                    checked = check_rows(opened.sums, rows)
                    opened.sums.add(checked)
                    files.add(*checked)
                files.seal(made_from, opened.sums.row)
                if opened.sums.is_wrong:
                    raise _DoNotPublishError
        except _DoNotPublishError:
            pass  # the stage fails by its checks, with the files of before in place
        self.done.append(opened.sums)

    def flush(self) -> None:
        """Check and write the dumps that were held back."""
        held, self._held, self._held_rows = self._held, [], 0
        if not held:
            return
        all_good = not any(
            broken_rules(table, pl.concat([rows[place] for _, _, rows in held]))
            for place, table in enumerate((ENTRIES, REJECTS))
        )
        for made_from, sums, rows in held:
            self._write(made_from, sums, rows if all_good else check_rows(sums, rows))

    def _write(self, made_from: str, sums: DumpSums, rows: PartRows) -> None:
        sums.add(rows)
        if not sums.is_wrong:
            with write_dump(self._lake, sums.row["dump_id"]) as files:
                files.add(*rows)
                files.seal(made_from, sums.row)
        self.done.append(sums)


class _DoNotPublishError(Exception):
    """Leaves the context of half-written files, so that they are thrown away."""
