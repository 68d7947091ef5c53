"""A dump in memory, and the result of a reader for it."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from paperlake.dumps.fields.mappings import NO_MAPPINGS, Mappings
from paperlake.dumps.reading import ENTRY_COLUMNS, HEAD_BYTES, REJECT_COLUMNS, ParsedDump, Reader
from paperlake.settings import Settings


@dataclass
class MemoryDump:
    """An `OpenDump` without a file."""

    bytes_: bytes
    path: str = "some/dump"
    chunk_bytes: int = 1 << 20
    file: Path = Path("in-memory")
    mappings: Mappings = NO_MAPPINGS

    @classmethod
    def of(cls, file: Path, folder: str) -> "MemoryDump":
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        return cls(content, f"{folder}/{file.name}")

    def head(self) -> bytes:
        return self.bytes_[:HEAD_BYTES]

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.bytes_), self.chunk_bytes):
            yield self.bytes_[start : start + self.chunk_bytes]

    def content(self) -> bytes:
        return self.bytes_


@dataclass
class Read:
    """The whole result of a reader."""

    parsed: ParsedDump
    entries: pl.DataFrame
    rejects: pl.DataFrame
    warnings: dict[str, int]

    @property
    def reasons(self) -> list[str]:
        return self.rejects.get_column("reason").to_list()

    @property
    def codes(self) -> list[str]:
        return self.rejects.get_column("reason_code").to_list()

    @property
    def titles(self) -> list[str]:
        return self.entries.get_column("title").to_list()

    def row(self, index: int = 0) -> dict[str, object]:
        return self.entries.row(index, named=True)


def read(reader: Reader, content: bytes | str | MemoryDump, settings: Settings | None = None) -> Read:
    """Read a dump to its end, and check the types of every part."""
    if isinstance(content, str):
        content = content.encode()
    dump = content if isinstance(content, MemoryDump) else MemoryDump(content)
    parsed = reader.read(dump, settings or Settings())
    parts = list(parsed.parts)
    for part in parts:
        assert dict(part.entries.schema) == ENTRY_COLUMNS
        assert dict(part.rejects.schema) == REJECT_COLUMNS
    return Read(
        parsed,
        pl.concat([pl.DataFrame(schema=ENTRY_COLUMNS), *(part.entries for part in parts)]),
        pl.concat([pl.DataFrame(schema=REJECT_COLUMNS), *(part.rejects for part in parts)]),
        dict(sum((Counter(part.warnings) for part in parts), Counter())),
    )
