"""Detection by content: the format of each kind of dump, and the reason for unknown content."""

from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.formats import READERS, detect, unknown_format_error
from paperlake.dumps.reading import HEAD_BYTES
from paperlake.dumps.unrecognised import HOW_TO_GO_ON

FOLDERS = {
    "listing": "listing_text",
    "listing_markdown": "listing_markdown",
    "saved_page": "saved_page",
    "daily_api": "daily_api",
}
UNKNOWN_TEXT = f"The dump is text of no known format. {HOW_TO_GO_ON}"


def test_every_format_has_a_reader() -> None:
    assert {reader.format for reader in READERS} == set(DumpFormat)


def test_the_strongest_evidence_wins_and_ties_go_by_order(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def __init__(self, evidence: float) -> None:
            self.recognises = lambda head, path: evidence

    weak, strong, equal = Fake(0.1), Fake(0.6), Fake(0.6)
    monkeypatch.setattr("paperlake.dumps.formats.READERS", (weak, strong, equal))
    assert detect(b"x", "x") is strong
    monkeypatch.setattr("paperlake.dumps.formats.READERS", (Fake(0), Fake(False)))
    assert detect(b"x", "x") is None


def test_the_message_for_unknown_text_names_every_format() -> None:
    assert all(name in HOW_TO_GO_ON for name in DumpFormat)


@pytest.mark.real_data
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_dumps_get_their_format(real_data: Path, folder: str) -> None:
    """Their names are hidden, so that nothing but the content can tell."""
    for file in (real_data / "dumps" / folder).iterdir():
        reader = detect(file.read_bytes()[:HEAD_BYTES], "dump")
        assert reader is not None
        assert reader.format == FOLDERS[folder]


@pytest.mark.parametrize(
    ("head", "code", "reason"),
    [
        (b"", RejectCode.EMPTY_DUMP, "The dump is empty."),
        (b" \n\n", RejectCode.EMPTY_DUMP, "The dump is empty."),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            RejectCode.UNKNOWN_FORMAT,
            "The dump is binary data of no known format.",
        ),
        (b"PK\x03\x04" + bytes(60), RejectCode.UNKNOWN_FORMAT, "The dump is binary data of no known format."),
        (b'{"hello": "world"}', RejectCode.UNKNOWN_FORMAT, UNKNOWN_TEXT),
        (b"[1, 2, 3]", RejectCode.UNKNOWN_FORMAT, UNKNOWN_TEXT),
    ],
    ids=["zero bytes", "blanks", "picture", "archive", "object", "numbers"],
)
def test_unknown_content_gets_a_reason(head: bytes, code: RejectCode, reason: str) -> None:
    reader = detect(head, "listing.txt")
    assert reader is None, reader.format
    error = unknown_format_error(head)
    assert (error.code, str(error)) == (code, reason)
