"""Damaged JSON: without these a broken byte could end a run, or a paper vanish without a reject."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.dumps.formats import detect
from paperlake.dumps.reading import DumpError
from paperlake.dumps.structured.json_scanner import JsonScanner
from paperlake.settings import Settings
from tests.dumps.scholarly_json.test_formats_of_services import MADE, SHAPES
from tests.support import scholarly_records as records
from tests.support.memory_dump import MemoryDump, read
from tests.support.scholarly_records import works

WORKS = works(5)
CONTENTS = [
    SHAPES[shape]([make(work) for work in WORKS]).encode() for make in MADE.values() for shape in SHAPES
] + [json.dumps(records.cv_arxiv_daily(WORKS)).encode()]
PIECES = (
    b"",
    b"}",
    b"{",
    b"]",
    b"[",
    b'"',
    b",",
    b"\\",
    b"\n",
    b"\x00",
    b"\xff",
    b"null",
    b"5",
    b'"title":',
    b"\\ud800",
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a content with one to four places overwritten, inserted, cut or repeated."""
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(content) or 1)
        length = chance.choice((0, 1, 2, 50, 700))
        way = chance.randrange(4)
        if way == 0:
            content = content[:place] + chance.choice(PIECES) + content[place + length :]
        elif way == 1:
            content = content[:place] + chance.randbytes(length % 60) + content[place:]
        elif way == 2:
            content = content[:place]
        else:
            content = content[: place + length] + content[place:]
    return content


def check_damage(seed: int) -> None:
    chance = random.Random(seed)
    content = damaged(chance.choice(CONTENTS), chance)
    reader = detect(content[:65_536], "some/dump.json")
    if reader is None or str(reader.format).startswith("listing"):
        return
    try:
        found = read(reader, MemoryDump(content, chunk_bytes=chance.choice((7, 300, 1 << 20))))
    except DumpError:
        return
    numbers = [*found.entries["entry_number"], *found.rejects["entry_number"].drop_nulls()]
    assert len(set(numbers)) == len(numbers)
    assert found.entries.height + found.rejects.height


@pytest.mark.parametrize("seed", range(300))
def test_damage_never_raises_and_is_accounted_for(seed: int) -> None:
    check_damage(seed)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.lists(st.integers(), max_size=2), min_size=1),
             min_size=1, max_size=5),
    st.integers(1, 30),
    st.sampled_from(["list", "row", "wrapped", "pretty"]),
)  # fmt: skip
def test_objects_are_the_same_however_the_stream_is_cut(objects: list[object], chunk: int, way: str) -> None:
    path, text = {
        "list": ((None,), json.dumps(objects)),
        "row": ((), "".join(map(json.dumps, objects))),
        "wrapped": (("x", None), json.dumps({"meta": {"x": [{"y": 2}]}, "x": objects, "z": [{"w": 1}]})),
        "pretty": ((None,), json.dumps(objects, indent=1)),
    }[way]  # fmt: skip
    whole = text.encode()
    chunks = (whole[start : start + chunk] for start in range(0, len(whole), chunk))
    found = list(JsonScanner(path, 10_000).elements(chunks))
    assert [json.loads(element.text) for element in found] == objects
    assert [element.number for element in found] == list(range(1, len(objects) + 1))


def test_an_endless_object_is_cut_and_does_not_fill_the_memory() -> None:
    def endless():
        yield b'[{"title": "'
        for _ in range(50):
            yield b'x\\"' * 10_000
        yield b'"}, {"title": "b"}]'

    found = list(JsonScanner((None,), 1000).elements(endless()))
    assert [len(element.text) for element in found] == [1001, 14]


@pytest.mark.parametrize("shape", ["list", "pretty list", "below a key, pretty", "objects in a row"])
def test_a_cut_dump_says_that_it_ends_there(shape: str) -> None:
    content = SHAPES[shape]([records.openalex(work) for work in WORKS])
    content = content[: content.rindex("abstract_inverted_index") + 90]
    reader = detect(content.encode(), "x")
    assert reader is not None
    found = read(reader, content)
    assert found.entries.height == len(WORKS) - 1
    assert found.reasons == ["The dump ends in the middle of this object."]


def test_a_broken_object_of_a_pretty_list_costs_itself() -> None:
    content = SHAPES["pretty list"]([records.own_shape(work) for work in works(24)])
    place = content.index('"authors"', len(content) * 2 // 3)
    broken = content[:place] + "{[" + content[place:]
    assert broken != content
    reader = detect(content.encode(), "x")
    assert reader is not None
    found = read(reader, broken)
    assert (found.entries.height, found.rejects.height) == (23, 1)


def test_limits_are_rejects_of_their_objects() -> None:
    deep = '{"title": "A", "authors": "B", "abstract": ' + "[" * 150 + "]" * 150 + "}"
    long = json.dumps({**records.own_shape(WORKS[0]), "notes": "x" * 5000})
    content = "\n".join(
        [json.dumps(records.own_shape(WORKS[0])), deep, long, json.dumps(records.own_shape(WORKS[1]))]
    )
    reader = detect(content.encode(), "x")
    assert reader is not None
    found = read(reader, content, Settings(max_line_chars=4000))
    assert found.entries["entry_number"].to_list() == [1, 4]
    assert found.codes == ["limit_exceeded", "limit_exceeded"]
