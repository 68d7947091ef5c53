"""Detection goes by content: what a dump is taken for, and what is said of one that is nothing known."""

from pathlib import Path

import pytest

from paperlake.dumps.formats import READERS, detect, why_unknown
from paperlake.dumps.reading import HEAD_BYTES

FOLDERS = {
    "listing": "listing_text",
    "listing_markdown": "listing_markdown",
    "saved_page": "saved_page",
    "daily_api": "daily_api",
}


def test_every_format_has_one_reader() -> None:
    assert sorted(reader.format for reader in READERS) == sorted(FORMATS)


@pytest.mark.real_data
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_dumps_are_taken_for_what_they_are(real_data: Path, folder: str) -> None:
    """Their names are hidden, so that nothing but the content can tell."""
    for file in (real_data / "dumps" / folder).iterdir():
        reader = detect(file.read_bytes()[:HEAD_BYTES], "dump")
        assert reader is not None
        assert reader.format == FOLDERS[folder]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "The dump is empty."),
        (b" \n\n", "The dump is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "The dump is binary data of no known format."),
        (b"PK\x03\x04" + bytes(60), "The dump is binary data of no known format."),
        (b'{"hello": "world"}', "The dump is text of no known format."),
        (b"[1, 2, 3]", "The dump is text of no known format."),
    ],
    ids=["zero bytes", "blanks", "picture", "archive", "object", "numbers"],
)
def test_what_is_no_dump_gets_a_reason(head: bytes, reason: str) -> None:
    reader = detect(head, "listing.txt")
    assert reader is None, reader.format
    assert why_unknown(head) == reason
