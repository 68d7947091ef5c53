"""Mutated dumps of each format: a reader never raises, loses no line, and gives rows that obey their tables."""

import random
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.dump_rows import broken_rules, dump_row, read_dump
from paperlake.dumps.formats import detect
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import DumpError, Reader
from paperlake.settings import Settings
from tests.support.dump_samples import DUMP_SAMPLES
from tests.support.memory_dump import MemoryDump, read
from tests.support.mutating import mutate
from tests.support.storm import size

DUMPS = size(120, 1_000)  # of one format in one test
BATCH = 250  # dumps whose rows are checked together
SEEDS = [sample.content for sample in DUMP_SAMPLES.values()]


@pytest.mark.parametrize("dump_format", list(DUMP_SAMPLES), ids=str)
def test_each_sample_is_read_by_its_reader(dump_format: DumpFormat) -> None:
    sample = DUMP_SAMPLES[dump_format]
    reader = detect(sample.content, sample.path)
    assert reader is not None
    assert reader.format == dump_format
    found = read(reader, MemoryDump(sample.content, sample.path))
    assert found.entries.height > 1, "mutations of a sample without entries would test rejects alone"
    assert found.rejects.height <= 1  # the sample of a listing ends in mid-entry


@pytest.mark.parametrize("piece", range(size(1, 20)))
@pytest.mark.parametrize("dump_format", list(DUMP_SAMPLES), ids=str)
def test_mutated_dumps_are_read_or_rejected(
    dump_format: DumpFormat, piece: int, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    sample = DUMP_SAMPLES[dump_format]
    reader = detect(sample.content, sample.path)
    assert reader is not None
    settings = Settings(max_line_chars=20_000, max_json_depth=100)
    file = tmp_path / Path(sample.path).name
    draw = random.Random(f"{dump_format} {piece}")
    entries: list[pl.DataFrame] = []
    rejects: list[pl.DataFrame] = []
    entry_count = reject_count = 0
    for number in range(DUMPS):
        content = mutate(draw, sample.content, SEEDS)
        try:
            file.write_bytes(content)
            rows = read_whole(reader, DumpFile(file, sample.path, settings), settings)
        except BaseException as error:
            error.add_note(f"dump {number} of {dump_format}: {content[:3000]!r}")
            raise
        entries += [one for one, _ in rows]
        rejects += [one for _, one in rows]
        if len(rejects) >= BATCH or number == DUMPS - 1:
            entry_count += sum(one.height for one in entries)
            reject_count += sum(one.height for one in rejects)
            require_rules(entries, rejects)
            entries, rejects = [], []
    record_property(f"dumps of {dump_format}", DUMPS)
    record_property("entries", entry_count)
    record_property("rejects", reject_count)
    assert entry_count > DUMPS // 20


def read_whole(reader: Reader, dump: DumpFile, settings: Settings) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Read a dump with one reader, as a run does; the rows of one that is refused are none."""
    row = dump_row(dump.path, f"{zlib.crc32(dump.file.read_bytes()):064x}", dump.file.stat().st_size)
    try:
        if not is_read_by(reader, dump):
            list(reader.read(dump, settings).parts)  # as if it had recognised the dump
        opened = read_dump(dump, row, settings)
        rows = list(opened.rows)
    except DumpError as error:
        failed = error.code == RejectCode.READER_FAILED
    else:
        for one in rows:
            opened.sums.add(one)
        assert not opened.sums.is_wrong, (opened.sums.lost_lines, opened.sums.wrong_counts)
        return rows
    assert not failed
    return []


def is_read_by(reader: Reader, dump: DumpFile) -> bool:
    """Return whether a run reads the dump with a reader of that format."""
    found = detect(dump.head(), dump.path)
    return found is not None and found.format == reader.format


def require_rules(entries: list[pl.DataFrame], rejects: list[pl.DataFrame]) -> None:
    """Every reject obeys the rules of its table; an entry that breaks one becomes a reject in a run."""
    if rejects:
        assert broken_rules(REJECTS, pl.concat(rejects)) == {}
    if entries:
        broken_rules(ENTRIES, pl.concat(entries))
