"""Bibliographies and tables: without these a field could be lost, an accent damaged, or a line go missing."""

import random
import re

import pytest

from paperlake.dumps.formats import READERS, detect
from paperlake.dumps.reading import HEAD_BYTES, DumpError, Reader
from paperlake.dumps.text_lines import decode_lines
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, Read, read
from tests.support.works import WRITERS, Work, damaged, draw_works

FORMATS = tuple(WRITERS)
DAMAGES = 30
FURNITURE = {
    "bibtex": ("@comment", "@string", "@preamble"),
    "wos_text": ("FN ", "VR ", "EF"),
    "csv": ("Title,Authors",),
    "ris": tuple(map(str, range(1, 10))),  # rispy numbers the records
}


def reader_of(name: str) -> Reader:
    return next(reader for reader in READERS if reader.format == name)


def as_rows(found: Read) -> list[tuple[object, ...]]:
    columns = ("title", "abstract", "authors", "published_date", "doi", "venue", "keywords")
    return found.entries.select(columns).rows()


def expected(works: list[Work]) -> list[tuple[object, ...]]:
    return [
        (work.title, work.abstract, work.authors, work.published, work.doi, work.venue, work.keywords)
        for work in works
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_of_a_work_comes_back(name: str) -> None:
    works = draw_works()
    content = WRITERS[name](works)
    assert len(works) >= 20
    found = read(reader_of(name), content)
    assert as_rows(found) == expected(works)
    assert found.rejects.is_empty()
    detected = detect(content.encode()[:HEAD_BYTES], "dump")
    assert detected is not None
    assert detected.format == name


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "crlf", "cr", "cp1252"])
def test_encodings_and_line_ends_make_no_difference(name: str, encoding: str) -> None:
    works = draw_works()
    text = WRITERS[name](works)
    if encoding == "cp1252":
        works = [work for work in works if _fits_windows(work)]
        text = WRITERS[name](works)
    ends = {"crlf": "\r\n", "cr": "\r"}.get(encoding)
    content = text.replace("\n", ends).encode() if ends else text.encode(encoding)
    found = read(reader_of(name), MemoryDump(content, chunk_bytes=997))
    assert as_rows(found) == expected(works)
    assert found.parsed.line_count == len(decode_lines(content).lines)


def _fits_windows(work: Work) -> bool:
    try:
        "".join([work.title, work.abstract, *work.authors]).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def assert_accounted(name: str, found: Read, content: bytes) -> None:
    """Check that each line is in an entry or a reject, blank or furniture, and that titles stand in their lines."""
    lines = decode_lines(content).lines
    covered: set[int] = set()
    for row in (*found.entries.iter_rows(named=True), *found.rejects.iter_rows(named=True)):
        assert 1 <= row["line_start"] <= row["line_end"] <= len(lines)
        covered.update(range(row["line_start"], row["line_end"] + 1))
    furniture = FURNITURE.get(name, ())
    first = min(covered, default=0)
    if name == "csv":  # other lines may stand before the header
        first = next((number for number, line in enumerate(lines, 1) if line.startswith(furniture)), first)
    lost = [
        line
        for number, line in enumerate(lines, start=1)
        if number > first
        and number not in covered
        and line.strip(" \t,;\0")
        and not line.startswith(furniture)
    ]
    assert [line for line in lost if name != "bibtex" or re.match(r"\s*\w+ = ", line)] == []
    assert found.entries.get_column("entry_number").to_list() == list(range(1, found.entries.height + 1))
    for reject in found.rejects.iter_rows(named=True):
        assert reject["reason"]


@pytest.mark.parametrize("name", FORMATS)
def test_damage_never_raises_and_costs_few_records(name: str) -> None:
    """Lines deleted, doubled, swapped, cut and flipped, the end cut off."""
    works = draw_works()
    good = WRITERS[name](works)
    titles = {work.title for work in works}
    kept = 0
    for seed in range(DAMAGES):
        content = damaged(good, random.Random(seed)).encode()
        try:
            found = read(reader_of(name), MemoryDump(content, chunk_bytes=1009))
        except DumpError:
            assert name == "csv"  # the header is damaged
            continue
        assert_accounted(name, found, content)
        kept += len(titles & set(found.titles)) if len(content) > len(good.encode()) // 2 else len(titles)
    assert kept >= 0.8 * DAMAGES * len(titles)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_bytes_never_raise(name: str) -> None:
    random_ = random.Random(3)
    good = WRITERS[name](draw_works(6)).encode()
    for encoded in (good, good.decode().encode("utf-16")):
        for _ in range(DAMAGES // 2):
            content = bytearray(encoded)
            for _ in range(random_.randint(1, 8)):
                content[random_.randrange(len(content))] = random_.randrange(256)
            cut = bytes(content[: random_.randint(1, len(content))])
            reader = reader_of(name)
            reader.recognises(cut, "dump")
            if name != "csv" or reader.recognises(cut, "dump"):
                read(reader, MemoryDump(cut, chunk_bytes=512))


@pytest.mark.parametrize("name", FORMATS)
def test_a_line_past_the_limit_costs_its_record(name: str) -> None:
    works = draw_works(8)
    content = WRITERS[name](works).replace(works[0].title, works[0].title + " " + "x" * 3000)
    found = read(
        reader_of(name), MemoryDump(content.encode(), chunk_bytes=700), Settings(max_line_chars=2000)
    )
    assert found.codes == ["limit_exceeded"]
    assert found.titles == [work.title for work in works[1:]]
