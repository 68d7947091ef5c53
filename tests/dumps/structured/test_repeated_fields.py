"""Objects with a field twice: without these the last value won silently."""

import json

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.structured.arxiv_snapshot import READER as ARXIV
from paperlake.dumps.structured.daily_api import READER as DAILY
from paperlake.dumps.structured.json_objects import decode
from tests.support.memory_dump import Read, read

LINE = '{"id": "0704.0001", "title": "On Ponds", "abstract": "We look.", "categories": "cs.CL"%s}\n'
PAPER = '{"paper": {"id": "2401.00001", "title": "On Ponds", "summary": "We look."%s}}'


def rejected(found: Read) -> list[tuple[int, str, str]]:
    return found.rejects.select("entry_number", "reason_code", "reason").rows()


@pytest.mark.parametrize(
    "field", ['"title": "Others"', '"abstract" : null', '"versions": [], "versions": []']
)
def test_a_line_with_a_field_twice_is_a_reject(field: str) -> None:
    found = read(ARXIV, LINE % "" + LINE % f", {field}")
    name = json.loads("{" + field.split(",", maxsplit=1)[0] + "}").popitem()[0]
    assert found.entries["entry_number"].to_list() == [1]
    reason = f"The object has the field {name!r} more than once."
    assert rejected(found) == [(2, RejectCode.MALFORMED, reason)]


@pytest.mark.parametrize(
    "text", [r', "comments": "say \"title\": and \"title\":"', ', "x": {"y": 1, "z": 2}']
)
def test_a_name_within_a_text_is_no_field(text: str) -> None:
    found = read(ARXIV, LINE % text)
    assert found.titles == ["On Ponds"]


@pytest.mark.parametrize(
    ("field", "name"),
    [(', "title": "Others"', "title"), (', "organization": {"name": 1, "name": 2}', "name")],
)
@pytest.mark.parametrize("damage", ["", "]", '"'])
def test_an_object_with_a_field_twice_is_a_reject(field: str, name: str, damage: str) -> None:
    """Also in an answer that is broken and is split object by object."""
    found = read(DAILY, f"[{PAPER % ''}, {PAPER % field}, {PAPER % ''}{damage}]")
    reason = f"The object has the field {name!r} more than once."
    assert (2, RejectCode.MALFORMED, reason) in rejected(found)
    assert found.entries["entry_number"].to_list()[0] == 1


def test_values_without_repetition_are_those_of_the_strict_parser() -> None:
    assert decode(b'{"a": {"b": [1, 1.5, "x"]}}') == {"a": {"b": [1, 1.5, "x"]}}
    assert type(decode(b'{"a": 1}')) is dict
