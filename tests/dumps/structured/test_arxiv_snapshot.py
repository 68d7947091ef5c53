"""arxiv_snapshot: without these a line could vanish, a text keep its line breaks, or memory grow with a file."""

import gzip
import json
from datetime import date
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.structured import arxiv_snapshot, json_stream
from paperlake.dumps.structured.arxiv_snapshot import READER
from paperlake.dumps.structured.json_stream import line_blocks
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, read


def line(number: int = 1, **changes: object) -> str:
    paper = {
        "id": f"1801.{number:05d}",
        "authors": "ignored",
        "title": f"On the Colour of Ponds,\n  part {number}",
        "comments": "12 pages",
        "doi": None,
        "categories": "cs.CL cs.AI",
        "abstract": "  We look at ponds.\nThey are\n  green.\n",
        "update_date": "2008-11-26",
        "journal-ref": "J. Ponds 3\n (2008) 1",
        "license": "http://example.org/by/",
        "versions": [
            {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
            {"version": "v2", "created": "x"},
        ],
        "authors_parsed": [["Lovelace", "Ada", ""], ["Turing", "Alan", "Jr."]],
        **changes,
    }
    return json.dumps(paper)


def lines(*given: str) -> str:
    return "".join(one + "\n" for one in given)


def test_every_field_of_a_line_arrives() -> None:
    found = read(READER, lines(line(1, doi="10.1000/ABC 10.1000/DEF", id="1801.00001v3")))
    assert {name: value for name, value in found.row().items() if value is not None} == {
        "entry_number": 1,
        "title": "On the Colour of Ponds, part 1",
        "abstract": "We look at ponds. They are green.",
        "author_count": 2,
        "authors": ["Ada Lovelace", "Alan Turing Jr."],
        "published_date": date(2007, 4, 2),
        "published_text": "Mon, 2 Apr 2007 19:18:42 GMT",
        "year_inferred": False,
        "arxiv_id": "1801.00001",
        "doi": "10.1000/abc",
        "categories": ["cs.CL", "cs.AI"],
        "updated_date": date(2008, 11, 26),
        "venue": "J. Ponds 3 (2008) 1",
        "license": "http://example.org/by/",
    }


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"categories": "cs.AI,cs.CL, cs.AI  math.CO"}, "categories", ["cs.AI", "cs.CL", "math.CO"]),
        ({"categories": " "}, "categories", None),
        ({"categories": 5}, "categories", None),
        ({"id": "hep-th/9901001"}, "arxiv_id", "hep-th/9901001"),
        ({"id": "10.1/x"}, "arxiv_id", None),
        ({"id": 1801.5}, "arxiv_id", None),
        ({"abstract": "One.\n\n  Two\nlines.\n \t\nThree."}, "abstract", "One.\n\nTwo lines.\n\nThree."),
        ({"abstract": "\n "}, "abstract", None),
        ({"abstract": None}, "abstract", None),
        ({"abstract": ["x"]}, "abstract", "x"),
        ({"abstract": 5}, "abstract", None),
        ({"doi": " "}, "doi", None),
        ({"doi": {}}, "doi", None),
        ({"versions": []}, "published_date", None),
        ({"versions": "v1"}, "published_date", None),
        ({"versions": [{"created": "2007-04-02T19:18:42Z"}]}, "published_date", date(2007, 4, 2)),
        ({"versions": [{"created": "Mon, 2 Apr 2007 23:18:42 -0500"}]}, "published_date", date(2007, 4, 3)),
        ({"versions": [{"created": "Mon, 99 Apr 2007 23:18:42 GMT"}]}, "published_date", None),
        ({"versions": [{"created": "someday"}]}, "published_date", None),
        ({"versions": [{"created": 5}]}, "published_date", None),
        ({"authors_parsed": [["Gödel", "Kurt \\'e", ""]]}, "authors", ["Kurt \\'e Gödel"]),
        ({"authors_parsed": [["Plato"]]}, "authors", ["Plato"]),
        ({"authors_parsed": [["", "", ""], ["Plato", "", ""]]}, "authors", ["Plato"]),
        ({"authors_parsed": [["\U0001f600", "A"]]}, "authors", ["A \U0001f600"]),
        ({"authors_parsed": None, "authors": "A. Lovelace, C. Babbage (1, 2) and G. Boole ((1) Turin)"}, "authors",
         ["A. Lovelace", "C. Babbage", "G. Boole"]),
        ({"authors_parsed": [[1, 2.5]], "authors": "A. Lovelace"}, "authors", ["A. Lovelace"]),
        ({"authors_parsed": "x", "authors": "Anderson Sandberg"}, "authors", ["Anderson Sandberg"]),
        ({"authors_parsed": [["Team", "Pond", ""], [":", "", ""], ["Boole", "B.", ""]]}, "authors",
         ["Pond Team", "B. Boole"]),
        ({"authors_parsed": [], "authors": ""}, "authors", None),
    ],
    ids=str,
)  # fmt: skip
def test_fields_that_differ_from_the_usual(changes: dict[str, object], column: str, value: object) -> None:
    found = read(READER, lines(line(1, **changes), line(2)))
    assert found.rejects.is_empty()
    assert found.row()[column] == value
    assert found.titles == ["On the Colour of Ponds, part 1", "On the Colour of Ponds, part 2"]
    assert found.row(1)["authors"] == ["Ada Lovelace", "Alan Turing Jr."]


@pytest.mark.parametrize(
    ("bad", "code", "reason"),
    [
        ("{", RejectCode.MALFORMED, "The JSON is broken"),
        (line()[:-5], RejectCode.MALFORMED, "The JSON is broken"),
        (line() + line(), RejectCode.MALFORMED, "The JSON is broken"),
        ("null", RejectCode.WRONG_TYPE, "The line contains no object."),
        ("[1]", RejectCode.WRONG_TYPE, "The line contains no object."),
        (line(title=None), RejectCode.MISSING_FIELD, "The paper has no title."),
        (line(title="\n \x00"), RejectCode.MISSING_FIELD, "The paper has no title."),
        (line(title=5), RejectCode.MISSING_FIELD, "The paper has no title."),
        (
            line(title="half \ud800"),
            RejectCode.DAMAGED_TEXT,
            "The title contains characters that are not Unicode text.",
        ),
        (
            '{"title": "x", "y": ' + "[" * 150 + "]" * 150 + "}",
            RejectCode.LIMIT_EXCEEDED,
            "The object nests in more than 100 levels",
        ),
        (
            '{"title": "x", "y": ' + "[" * 100_000,
            RejectCode.LIMIT_EXCEEDED,
            "The object nests in more than 100 levels",
        ),
        ('{"title": "x", "y": ' + "9" * 5000 + "1.5e999x}", RejectCode.MALFORMED, "The JSON is broken"),
        (line(abstract="x" * 5000), RejectCode.LIMIT_EXCEEDED, "The line has more than 4,000 bytes"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_broken_line_is_a_reject_under_its_number(bad: str, code: RejectCode, reason: str) -> None:
    content = lines(line(1), "", bad, line(4))
    settings = Settings(max_line_chars=4000) if "4,000" in reason else Settings()
    found = read(READER, content, settings)
    assert found.entries["entry_number"].to_list() == [1, 4]
    assert found.rejects["entry_number"].to_list() == [3]
    assert found.codes == [code]
    assert found.reasons[0].startswith(reason)


def test_a_limit_of_one_is_singular() -> None:
    found = read(READER, lines('{"title": "x", "y": [[1]]}'), Settings(max_json_depth=1))
    assert found.reasons == ["The object nests in more than 1 level (max_json_depth)."]


@pytest.mark.parametrize(
    "odd",
    ['{"title": "A", "authors": "B", "x": NaN}',
     "\ufeff" + '{"title": "A", "authors": "B"}', '{"title":"A\t", "authors": "B"}',
     '{"title": "A", "authors": "B", "x": ' + "9" * 400 + "}", '  {"title": "A", "authors": "B"}\r'],
    ids=["NaN", "byte order mark", "bare control character", "huge number", "CRLF"],
)  # fmt: skip
def test_what_a_lenient_parser_takes_is_an_entry(odd: str) -> None:
    found = read(READER, lines(odd))
    assert found.titles == ["A"]


def test_invalid_utf8_costs_its_own_line() -> None:
    found = read(READER, lines(line(1), line(2, title="Bad @"), line(3)).encode().replace(b"@", b"\xff"))
    assert found.entries["entry_number"].to_list() == [1, 3]


def test_the_last_line_needs_no_end() -> None:
    assert read(READER, lines(line(1)) + line(2)).entries.height == 2


@given(st.lists(st.text(alphabet="ab\r", max_size=9), max_size=30), st.integers(1, 12), st.integers(1, 4))
def test_lines_are_the_same_however_the_stream_is_cut(texts: list[str], chunk_bytes: int, rows: int) -> None:
    whole = "\n".join(texts).encode()
    chunks = (whole[start : start + chunk_bytes] for start in range(0, len(whole), chunk_bytes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "PART_ROWS", rows)
        blocks = list(line_blocks(chunks, 5))
    expected = [one[:6] for one in whole.split(b"\n")]
    if expected[-1] == b"":
        expected.pop()
    assert [one for block in blocks for one in block] == expected
    assert all(len(block) == rows for block in blocks[:-1])


def test_an_endless_line_is_cut_and_does_not_fill_the_memory() -> None:
    def endless() -> object:
        for _ in range(200):
            yield b"x" * 100_000

    blocks = list(line_blocks(endless(), 1000))  # type: ignore[arg-type]
    assert [len(one) for block in blocks for one in block] == [1001]


def test_parts_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "PART_ROWS", 3)
    found = read(READER, lines(*(line(number) for number in range(1, 9))))
    assert found.entries["entry_number"].to_list() == list(range(1, 9))


NAME_PARTS = st.text(alphabet="aB:é \n\x00\x1f\\\"'[]{},\U0001f600\ud800\udc00\u0378", max_size=4)


@given(
    st.one_of(
        st.none(),
        st.lists(st.lists(NAME_PARTS, max_size=4), max_size=4),
        st.recursive(st.none() | st.integers() | NAME_PARTS, lambda inner: st.lists(inner, max_size=3)),
    ),
    st.booleans(),
)
def test_names_are_read_as_a_strict_parser_reads_them(value: object, ascii_only: bool) -> None:
    """Without the test for plain names, polars would read numbers as names and half a surrogate as NUL."""
    raw = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        people = msgspec.json.decode(raw, type=list[list[str]] | None)
    except (msgspec.DecodeError, UnicodeDecodeError):
        people = None
    names = [
        " ".join(" ".join((*person[1:2], *person[:1], *person[2:3])).replace("\0", " ").split())
        for person in people or []
    ]
    try:
        raw.decode()
    except UnicodeDecodeError:
        return
    series = arxiv_snapshot._parsed_names([msgspec.Raw(raw), msgspec.Raw(b"null")])
    assert series.to_list() == [[name for name in names if any(map(str.isalpha, name))] or None, None]


def test_rust_json_still_reads_surrogates_as_nul() -> None:
    """The reason for the slow way of odd names; when polars is better, it may go."""
    decoded = pl.Series(['["\\ud800"]']).str.json_decode(pl.List(pl.String))
    assert decoded.to_list() == [["\x00"]]


@given(st.binary(max_size=200), st.integers(0, 900))
def test_damage_never_raises_and_loses_no_line(noise: bytes, place: int) -> None:
    whole = lines(line(1), line(2), line(3)).encode()
    place += whole.index(b"\n") + 1  # the first line says that papers are lines
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    found = read(READER, damaged)
    filled = sum(1 for one in damaged.split(b"\n") if one and not one.isspace())
    assert found.entries.height + found.rejects.height == filled


def test_only_metadata_lines_are_recognised() -> None:
    assert READER.recognises(line().encode(), "x")
    assert READER.recognises(b"\xef\xbb\xbf" + line().encode(), "x")
    assert not READER.recognises(b'{"title": "x"}', "x")
    assert not READER.recognises(line().encode().replace(b"title", b"label"), "x")
    assert not READER.recognises(b"", "x")


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "count"), [("sample", 18_876), ("balanced", 18_000)], ids=str)
def test_real_snapshots_are_read_completely(real_data: Path, name: str, count: int) -> None:
    file = real_data / f"dumps/arxiv/arxiv_snapshot_{name}.jsonl.gz"
    dump = MemoryDump.of(file, "arxiv")
    assert READER.recognises(dump.head(), "x")
    found = read(READER, dump)
    entries = found.entries
    assert (entries.height, found.rejects.height) == (count, 0)
    assert not entries["abstract"].str.contains(r"^\s|\s$|\n|  ").any()
    assert not entries["title"].str.contains(r"^\s|\s$|\n|  ").any()
    assert (
        entries.select("arxiv_id", "categories", "authors", "published_date").null_count().row(0) == (0,) * 4
    )
    papers = [json.loads(one) for one in gzip.decompress(file.read_bytes()).splitlines()]
    assert entries["title"].to_list() == [" ".join(paper["title"].split()) for paper in papers]
    assert entries["abstract"].to_list() == [" ".join(paper["abstract"].split()) for paper in papers]
    assert entries["arxiv_id"].to_list() == [paper["id"] for paper in papers]
    assert entries["categories"].to_list() == [
        list(dict.fromkeys(paper["categories"].replace(",", " ").split())) for paper in papers
    ]
