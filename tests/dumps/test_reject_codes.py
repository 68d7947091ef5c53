"""Every reject code comes from some dump, and no reject of a dump is without one."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.dump_rows import dump_row, read_dump, whole_reject
from paperlake.dumps.opening import DumpFile, refusal_error
from paperlake.dumps.reading import DumpError
from paperlake.dumps.stage import parse_file
from paperlake.settings import Settings
from tests.support import xml_writer

TITLE = "Tidal Forces in Networks of Small Oscillators"
OTHER = "Counting Birds with Weak Labels: A Field Study"
BODY = ("We study small oscillators in networks and show where phases meet in experiments. " * 5).strip()
OTHER_BODY = (
    "Birds are challenging to count; our approach improves recent estimates by species. " * 5
).strip()
ARXIV = '{"title": "On Ponds", "abstract": "We look.", "categories": "cs.CL", "report-no": null, '


def listing(*texts: str) -> bytes:
    return "\n\n".join([TITLE, BODY, *texts, OTHER, OTHER_BODY]).encode()


SLOT = ("3 authors", "·", "Mar 6, 2024")


DUMPS: dict[RejectCode, bytes] = {
    RejectCode.DAMAGED_COMPRESSION: gzip.compress(b"x" * 1000)[:-9],
    RejectCode.LIMIT_EXCEEDED: (ARXIV + '"x": ' + "[" * 150 + "]" * 150 + "}\n").encode(),
    RejectCode.EMPTY_DUMP: b" \n",
    RejectCode.UNKNOWN_FORMAT: b'{"hello": 1}',
    RejectCode.NOT_A_LISTING: b"Dear all,\n\nsee you on Friday.\n",
    RejectCode.NO_ENTRIES: b"<html></html>",
    RejectCode.MALFORMED: (ARXIV + '"x": 1}\n{\n').encode(),
    RejectCode.TRUNCATED: json.dumps([{"paper": {"title": "Ponds", "summary": "We look."}}, {"paper": {}}])[
        :-9
    ].encode(),
    RejectCode.DAMAGED_TEXT: listing("Bad \x00 bytes", OTHER_BODY),
    RejectCode.WRONG_TYPE: json.dumps([{"paper": {"title": "Ponds", "summary": "We look."}}, 5]).encode(),
    RejectCode.MISSING_FIELD: json.dumps([{"paper": {"title": "Ponds", "summary": "We look."}}, {}]).encode(),
    RejectCode.INVALID_VALUE: (ARXIV + '"versions": [{"created": ""}]}\n').encode(),
    RejectCode.INCOMPLETE_ENTRY: listing("Lanterns: Fast Lookup for Sorted Logs"),
    RejectCode.AMBIGUOUS_TEXT: "\n\n".join(
        [TITLE, BODY, *SLOT, OTHER, "Sponsored: Try Our New Thing for Free", OTHER_BODY, *SLOT]
    ).encode(),
    RejectCode.REPEATED_TEXT: listing(BODY),
    RejectCode.NOT_A_PAPER: b"@article{a, title={T}, year={2020}}\n@misc{b, title={A page}}\n",
    RejectCode.UNPLACED_TEXT: listing("⟨⟩ ¤¤"),
    RejectCode.NOT_A_PAPER: xml_writer.oai([], deleted=2).encode(),
    RejectCode.UNSAFE_MARKUP: xml_writer.dblp(xml_writer.papers(1)).replace(
        b'"dblp-2024-01-01.dtd"', b'"x.dtd" [<!ENTITY a "b">]'
    ),
}


@pytest.mark.parametrize("code", DUMPS)
def test_a_dump_gets_the_code_of_its_damage(tmp_path: Path, settings: Settings, code: RejectCode) -> None:
    file = tmp_path / "dump"
    file.write_bytes(DUMPS[code])
    _row, _entries, rejects = parse_file(file, settings)
    assert set(rejects.get_column("reason_code")) == {code}


def test_a_file_that_changes_gets_its_code(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "dump"
    file.write_bytes(listing())
    row = dump_row("dump", "0" * 64, 1)
    with pytest.raises(DumpError) as found:
        read_dump(DumpFile(file, "dump", settings, expected=(1, 1)), row, settings)
    assert code_of(found.value) == RejectCode.CHANGED_FILE


def test_a_refused_file_gets_its_code(settings: Settings) -> None:
    refused = refusal_error("A link that leaves raw/ is not followed.", 0, settings)
    assert code_of(refused) == RejectCode.UNREADABLE_FILE


def code_of(error: DumpError) -> str:
    """The code in the only reject of a dump that could not be read."""
    _sums, (entries, rejects) = whole_reject(dump_row("dump", "0" * 64, 1), error)
    assert entries.is_empty()
    assert isinstance(rejects, pl.DataFrame)
    return str(rejects.get_column("reason_code").item())


def test_no_code_is_left_out() -> None:
    """Without it the vocabulary could name a reason that no dump can have."""
    elsewhere = {
        RejectCode.UNSAFE_MARKUP,
        RejectCode.CHANGED_FILE,
        RejectCode.UNREADABLE_FILE,
        RejectCode.READER_FAILED,
    }
    tested = {*DUMPS, *elsewhere}
    assert tested == set(RejectCode)
