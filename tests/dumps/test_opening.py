"""Hostile and broken files: each is read within bounds, or refused with a reason."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.opening import CHUNK_BYTES, DumpFile, compression_of, refusal_error, too_large
from paperlake.dumps.reading import HEAD_BYTES, DumpChangedError, DumpError, DumpTooLargeError
from paperlake.settings import Settings

CONTENT = os.urandom(1000) * 200


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, "zstd", asbytes=True))


def dump(tmp_path: Path, content: bytes, **bounds: int) -> DumpFile:
    file = tmp_path / "dump"
    file.write_bytes(content)
    return DumpFile(file, "dump", Settings(**bounds))


@pytest.mark.parametrize(
    "stored",
    [CONTENT, gzip.compress(CONTENT), zstd(CONTENT), gzip.compress(CONTENT[:9]) + gzip.compress(CONTENT[9:])],
    ids=["plain", "gzip", "zstd", "gzip in two members"],
)
def test_content_is_the_same_however_it_is_stored(tmp_path: Path, stored: bytes) -> None:
    opened = dump(tmp_path, stored)
    assert opened.content() == CONTENT
    assert b"".join(opened.chunks()) == CONTENT
    assert opened.head() == CONTENT[:HEAD_BYTES]


def test_compression_is_known_by_content_and_not_by_name() -> None:
    assert compression_of(gzip.compress(b"x")[:4]) == "gzip"
    assert compression_of(zstd(b"x")[:4]) == "zstd"
    assert compression_of(b"{}") is None
    assert compression_of(b"") is None


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_bomb_is_stopped_at_the_limit(tmp_path: Path, compress) -> None:
    """Without it a small file could fill the memory or the disk."""
    opened = dump(tmp_path, compress(b"\0" * 50_000_000), max_decompressed_bytes=10_000_000)
    assert opened.file.stat().st_size < 100_000
    taken: list[int] = []
    with pytest.raises(DumpTooLargeError, match="max_decompressed_bytes"):
        taken.extend(len(chunk) for chunk in opened.chunks())
    assert sum(taken) <= 10_000_000 + CHUNK_BYTES
    with pytest.raises(DumpTooLargeError, match="max_whole_bytes"):
        dump(tmp_path, compress(b"\0" * 5_000_000), max_whole_bytes=1_000_000).content()


def test_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    with pytest.raises(DumpTooLargeError, match="max_dump_bytes") as found:
        dump(tmp_path, CONTENT, max_dump_bytes=1000).head()
    assert found.value.code is RejectCode.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    "stored",
    [gzip.compress(CONTENT)[:-500], zstd(CONTENT)[:-500], gzip.compress(CONTENT) + b"junk", b"\x1f\x8b"],
    ids=["gzip cut off", "zstd cut off", "gzip and junk", "gzip's first bytes"],
)
def test_damaged_compression_is_a_reason(tmp_path: Path, stored: bytes) -> None:
    with pytest.raises(DumpError, match="damaged, or it breaks off") as found:
        dump(tmp_path, stored).content()
    assert found.value.code is RejectCode.DAMAGED_COMPRESSION


def test_file_that_vanishes(tmp_path: Path) -> None:
    opened = dump(tmp_path, CONTENT)
    opened.file.unlink()
    with pytest.raises(DumpChangedError, match="vanished") as found:
        opened.head()
    assert found.value.code is RejectCode.CHANGED_FILE


@pytest.mark.parametrize(
    "stored", [CONTENT * 50, gzip.compress(os.urandom(9_000_000))], ids=["plain", "gzip"]
)
def test_file_that_grows_while_it_is_read(tmp_path: Path, stored: bytes) -> None:
    """Without it half of a copy would be read as a whole dump, and never again."""
    opened = dump(tmp_path, stored)

    def read_and_grow() -> Iterator[bytes]:
        for place, chunk in enumerate(opened.chunks()):
            if place == 0:
                with opened.file.open("ab") as file:
                    file.write(b"")
                os.utime(opened.file, ns=(1, 1))
            yield chunk

    with pytest.raises(DumpChangedError, match="changed while it was read"):
        list(read_and_grow())


def test_file_that_is_another_than_the_inventory_saw(tmp_path: Path) -> None:
    file = tmp_path / "dump"
    file.write_bytes(CONTENT)
    with pytest.raises(DumpChangedError, match="changed after it was found"):
        DumpFile(file, "dump", Settings(), (len(CONTENT), 1)).head()


def test_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dump")
    with pytest.raises(DumpChangedError, match="no longer a plain file"):
        DumpFile(tmp_path / "dump", "dump", Settings()).head()


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(DumpError):
        DumpFile(tmp_path, "dump", Settings()).head()


def test_refusals_of_the_inventory_keep_their_code() -> None:
    """Without it a file past the limit would count as unreadable in a lake, and as too large elsewhere."""
    settings = Settings(max_dump_bytes=1000)
    assert refusal_error(too_large(2000, settings), 2000, settings).code is RejectCode.LIMIT_EXCEEDED
    assert refusal_error("The link leads nowhere.", 0, settings).code is RejectCode.UNREADABLE_FILE
    one_byte = Settings(max_dump_bytes=1)
    assert too_large(2, one_byte) == "The dump has 2 bytes, more than the limit of 1 (max_dump_bytes)."
