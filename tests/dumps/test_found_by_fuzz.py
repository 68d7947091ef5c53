"""Small dumps with which the storm of mutated dumps made a reader raise; each is read or rejected now."""

import json
from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.bibtex.reader import READER as BIBTEX
from paperlake.dumps.fields.dates import make_date
from paperlake.dumps.stage import parse_file
from paperlake.settings import Settings
from tests.support import scholarly_records, xml_writer
from tests.support.memory_dump import read

CROSSREF = scholarly_records.crossref(scholarly_records.works(1)[0]) | {
    "published": {"date-parts": [[2021, 10**25, 4]]},
    "issued": {"date-parts": [[2021, 10**25, 4]]},
}
PUBMED = xml_writer.pubmed(xml_writer.papers(1)).replace("<Day>", f"<Day>{10**25}")
DUMPS = {
    "a month past a machine word.jsonl": json.dumps(CROSSREF).encode(),
    "a day past a machine word.xml": PUBMED.encode(),
}


@pytest.mark.parametrize("name", DUMPS)
def test_no_reader_fails(tmp_path: Path, settings: Settings, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(DUMPS[name])
    _dump, entries, rejects = parse_file(file, settings)
    assert RejectCode.READER_FAILED not in set(rejects["reason_code"])
    assert entries.height + rejects.height > 0


@pytest.mark.parametrize("day", [(2021, 10**25, 1), (2021, 1, 10**25), (10**25, 1, 1)])
def test_a_number_past_a_machine_word_is_no_date(day: tuple[int, int, int]) -> None:
    assert make_date(*day) is None


def test_a_broken_bibtex_entry_without_text_in_its_lines_is_a_reject() -> None:
    found = read(BIBTEX, b"\\\n\n@@{")
    assert found.codes == [RejectCode.TRUNCATED]
