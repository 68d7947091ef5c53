"""Damaged JSON: one value, a broken list, texts of fields."""

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.reading import RejectReason
from paperlake.dumps.structured.json_objects import (
    BadObjectError,
    UndecodedElement,
    decode,
    is_deeper_than,
    known_text,
    split_list,
)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", RejectCode.MALFORMED),
        (b"[" * 100_000, RejectCode.LIMIT_EXCEEDED),
        (b"[" + b"9" * 5000 + b"]", RejectCode.LIMIT_EXCEEDED),
    ],
    ids=["cut", "nested", "digits"],
)
def test_invalid_json_has_a_code(raw: bytes, code: RejectCode) -> None:
    with pytest.raises(BadObjectError) as found:
        decode(raw)
    assert found.value.reason == RejectReason(code, str(found.value))


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('[{"a": 1}, 2]', [('{"a": 1}', False), ("2", False)]),
        ('["a,]", [1, 2]]', [('"a,]"', False), ("[1, 2]", False)]),
        ('[1, {"a"', [("1", False), ('{"a"', True)]),
        ("[1,", [("1", False), ("", True)]),
        ("[1,,2]", [("1", False), ("", False), ("2", False)]),
        ("[]", []),
    ],
    ids=["whole", "brackets in texts", "cut in an element", "cut after one", "empty element", "empty"],
)
def test_broken_lists_are_split(text: str, elements: list[tuple[str, bool]]) -> None:
    assert list(split_list(text, 1)) == [UndecodedElement(*element) for element in elements]


@pytest.mark.parametrize(("value", "levels"), [(5, 0), ([], 1), ([[]], 2), ({"a": [{}]}, 3)], ids=str)
def test_depth_counts_lists_and_objects(value: object, levels: int) -> None:
    assert not is_deeper_than(value, levels)
    assert levels == 0 or is_deeper_than(value, levels - 1)


def test_texts_of_fields() -> None:
    assert known_text("Ponds", "title") == "Ponds"
    assert known_text("", "title") is None
    assert known_text(5, "title") is None
    with pytest.raises(BadObjectError, match="The title contains") as found:
        known_text("half \ud800", "title")
    assert found.value.code is RejectCode.DAMAGED_TEXT
