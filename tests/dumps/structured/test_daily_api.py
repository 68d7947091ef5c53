"""daily_api: without these an object of an answer could vanish, or a field change on the way."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.structured.daily_api import READER, listed_day_in_path
from paperlake.settings import Settings
from paperlake.text.display import MAX_REJECT_TEXT_CHARS
from tests.support.memory_dump import MemoryDump, read


def paper(number: int = 1, **changes: object) -> dict[str, object]:
    inner = {
        "id": f"2401.{number:05d}",
        "title": f"Counting Sheep\nat Scale {number}",
        "summary": "We count sheep.\nThey are many.\n\nWe sleep.",
        "authors": [{"name": "Ada  Lovelace", "hidden": False}, {"name": "Alan Turing", "hidden": True}],
        "publishedAt": "2024-01-05T23:59:59.000Z",
        "upvotes": 7,
        "ai_keywords": ["sheep", "sleep"],
        "organization": {"name": "acme", "fullname": "Acme Lab"},
        "something_new": {"nobody": ["knows"]},
        **changes,
    }
    return {"paper": inner, "publishedAt": "2024-01-09T00:00:00.000Z", "title": "outer", "numComments": 2}


NOT_TEXT = "contains characters that are not Unicode text."
NOT_PRINTED = "A text that is neither JSON nor a printed Python dictionary."


def answer(*objects: object) -> str:
    return json.dumps(list(objects))


def test_every_field_of_an_object_arrives() -> None:
    found = read(READER, answer(paper()))
    row = {name: value for name, value in found.row().items() if value is not None}
    assert row == {
        "entry_number": 1,
        "title": "Counting Sheep at Scale 1",
        "abstract": "We count sheep. They are many.\n\nWe sleep.",
        "author_count": 2,
        "authors": ["Ada Lovelace", "Alan Turing"],
        "organization": "Acme Lab",
        "published_date": date(2024, 1, 5),
        "published_text": "2024-01-05T23:59:59.000Z",
        "year_inferred": False,
        "comment_count": 2,
        "upvote_count": 7,
        "arxiv_id": "2401.00001",
        "keywords": ["sheep", "sleep"],
    }
    assert found.rejects.is_empty()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"status": "ok", "date": "2024-01-09", "count": 1, "data": [paper()]}),
        answer(str(paper())),
        json.dumps({"data": [str(paper())]}),
        answer(json.dumps(paper())),
        "\ufeff" + answer(paper()),
        answer(paper(), "NaN").replace('"NaN"', "NaN"),
    ],
    ids=["wrapped", "printed", "printed and wrapped", "JSON in JSON", "byte order mark", "NaN"],
)
def test_ways_in_which_archives_write_an_answer(content: str) -> None:
    assert READER.recognises(content.encode(), "x.json")
    found = read(READER, content)
    assert found.row() == read(READER, answer(paper())).row()


def test_days_come_from_the_name_and_the_time_of_retrieval() -> None:
    plain = read(READER, MemoryDump(answer(paper()).encode(), "daily/2024-05-27.json.gz"))
    assert (plain.parsed.listed_date, plain.parsed.snapshot_date) == (date(2024, 5, 27), None)
    landed = MemoryDump(answer(paper()).encode(), "daily_api/2024-05-27/2024-05-29T060000Z.json")
    dated = read(READER, landed)
    assert (dated.parsed.listed_date, dated.parsed.snapshot_date) == (date(2024, 5, 27), date(2024, 5, 29))
    wrapped = json.dumps({"date": "2024-05-28", "data": []}).encode()
    assert read(READER, wrapped).parsed.listed_date == date(2024, 5, 28)
    assert listed_day_in_path("2024-05-29T060000Z.json") is None


def test_a_publication_after_the_retrieval_is_unknown() -> None:
    dump = MemoryDump(answer(paper()).encode(), "daily_api/2023-05-27/2023-05-27T060000Z.json")
    assert read(READER, dump).row()["published_date"] is None


@pytest.mark.parametrize(
    ("bad", "code", "reason"),
    [
        (5, RejectCode.WRONG_TYPE, "Not an object but a number."),
        (None, RejectCode.WRONG_TYPE, "Not an object but null."),
        ([], RejectCode.WRONG_TYPE, "Not an object but a list."),
        ({}, RejectCode.MISSING_FIELD, "The object has no paper."),
        ({"paper": []}, RejectCode.MISSING_FIELD, "The object has no paper."),
        ({"paper": {"id": "2401.00001"}}, RejectCode.MISSING_FIELD, "The paper has no title."),
        ({"paper": {"title": " \n\x00 "}}, RejectCode.MISSING_FIELD, "The paper has no title."),
        ({"paper": {"title": ["x"]}}, RejectCode.MISSING_FIELD, "The paper has no title."),
        (paper(title="half \ud800"), RejectCode.DAMAGED_TEXT, f"The title {NOT_TEXT}"),
        (paper(summary="half \udfff"), RejectCode.DAMAGED_TEXT, f"The abstract {NOT_TEXT}"),
        ("no dictionary", RejectCode.MALFORMED, NOT_PRINTED),
        ("(" * 5000, RejectCode.MALFORMED, NOT_PRINTED),
        ("-" * 100_000 + "1", RejectCode.MALFORMED, NOT_PRINTED),
        (
            "['" + "x" * 1_100_000 + "']",
            RejectCode.LIMIT_EXCEEDED,
            "A printed dictionary of 1,100,004 characters; read up to 1,048,576.",
        ),
        ("'" + r"\d" + "'", RejectCode.WRONG_TYPE, "Not an object but a text."),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_object_is_one_reject(bad: object, code: RejectCode, reason: str) -> None:
    """Under its number; the objects around it stay entries."""
    found = read(READER, answer(paper(1), bad, paper(3)))
    assert found.entries["entry_number"].to_list() == [1, 3]
    assert found.rejects.select("entry_number", "reason_code", "reason").rows() == [(2, code, reason)]
    assert all(len(text) <= MAX_REJECT_TEXT_CHARS for text in found.rejects["text"] if text)


@pytest.mark.parametrize(
    "changes",
    [
        {"upvotes": "many"},
        {"upvotes": True},
        {"upvotes": 10**30},
        {"upvotes": 1.5},
        {"publishedAt": "soon"},
        {"publishedAt": 5},
        {"id": "not an id"},
        {"id": None},
        {"ai_keywords": "x"},
        {"organization": 4},
        {"authors": "nobody"},
        {"summary": 1},
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_is_unknown(changes: dict[str, object]) -> None:
    found = read(READER, answer(paper(1, **changes)))
    assert found.rejects.is_empty()
    assert found.row()["title"] == "Counting Sheep at Scale 1"
    lost = {name for name, value in read(READER, answer(paper())).row().items() if value != found.row()[name]}
    assert 1 <= len(lost) <= 2


def test_deep_json_is_one_reject_however_deep() -> None:
    for levels in (101, 500, 5000, 200_000):
        deep = json.dumps(paper(2))[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}"
        found = read(READER, "[" + ", ".join([json.dumps(paper(1)), deep, json.dumps(paper(3))]) + "]")
        assert found.entries["entry_number"].to_list() == [1, 3]
        assert found.codes == [RejectCode.LIMIT_EXCEEDED]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ('{"paper": {"title": "x}', RejectCode.TRUNCATED),
        ('{"paper": {"title": nul}}', RejectCode.MALFORMED),
        ("{]", RejectCode.MALFORMED),
        ("9" * 5000, RejectCode.LIMIT_EXCEEDED),
        ("\udcff", RejectCode.MALFORMED),
        (", 5", RejectCode.MALFORMED),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_broken_json_costs_its_own_object(bad: str, code: RejectCode) -> None:
    pieces = [json.dumps(paper(1)), json.dumps(paper(2)), bad]
    content = ("[" + ", ".join(pieces) + "]").encode(errors="surrogateescape")
    found = read(READER, content)
    assert found.titles == ["Counting Sheep at Scale 1", "Counting Sheep at Scale 2"]
    assert found.rejects["entry_number"][0] == 3
    assert found.codes[0] == code


@given(st.data())
def test_a_cut_answer_keeps_every_whole_object(data: st.DataObject) -> None:
    papers = [json.dumps(paper(number)) for number in range(1, 5)]
    wrap = data.draw(st.sampled_from(["[", '{"status": "ok", "data": [']))
    whole = wrap + ", ".join(papers) + ("]" if wrap == "[" else "]}")
    cut = whole[: data.draw(st.integers(len(wrap), len(whole)))]
    found = read(READER, cut)
    ends = [len(wrap) + sum(len(one) + 2 for one in papers[: number + 1]) - 2 for number in range(4)]
    complete = sum(end <= len(cut) for end in ends)
    assert found.entries.height == complete
    assert found.titles == read(READER, whole).titles[:complete]
    is_whole = len(cut) >= ends[-1] + 1
    if is_whole:
        assert found.rejects.is_empty()
    else:
        assert found.rejects.height == 1
        assert found.codes == [RejectCode.TRUNCATED]


@given(st.binary(max_size=300), st.integers(0, 400))
def test_damage_never_raises(noise: bytes, place: int) -> None:
    whole = answer(paper(1), paper(2)).encode()
    found = read(READER, whole[:place] + noise + whole[place + len(noise) :])
    assert found.entries.height + found.rejects.height >= 1


def test_text_after_the_answer_is_a_reject() -> None:
    found = read(READER, answer(paper(1)) + answer(paper(2)))
    assert found.entries.height == 1
    assert found.rejects.height == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", RejectCode.MALFORMED),
        (b"{}", RejectCode.WRONG_TYPE),
        (b"null", RejectCode.WRONG_TYPE),
        (b'{"error": "no such day"}', RejectCode.WRONG_TYPE),
        (b"[" * 100_000, RejectCode.TRUNCATED),
        (b"\xff", RejectCode.MALFORMED),
    ],
    ids=["nothing", "empty object", "null", "an error", "brackets", "no UTF-8"],
)
def test_what_is_no_answer_is_one_reject(content: bytes, code: RejectCode) -> None:
    found = read(READER, content)
    assert found.entries.is_empty()
    assert found.codes == [code]


def test_an_endless_string_takes_one_pass() -> None:
    """Without the possessive pattern this takes minutes."""
    found = read(READER, '[{"paper": "' + '\\"' * 500_000)
    assert found.rejects.height == 1


def test_only_answers_are_recognised() -> None:
    assert READER.recognises(b"[]", "daily_api/2024-05-26.json")
    assert not READER.recognises(b"[]", "x.json")
    assert not READER.recognises(b'[{"name": "paper"}]', "x.json")
    assert not READER.recognises(b'{"id": "1", "title": "x", "abstract": "\\"paper\\": {"}', "x.json")
    assert not READER.recognises(b"", "daily_api/x.json")


@pytest.mark.real_data
def test_real_answers_equal_their_json(real_data: Path) -> None:
    """All 219 files, compared with the JSON by a second, simpler reading."""
    settings = Settings()
    entry_count = printed_count = 0
    for file in sorted((real_data / "dumps/daily_api").iterdir()):
        objects = json.loads(file.read_bytes())
        objects = objects["data"] if isinstance(objects, dict) else objects
        printed_count += sum(isinstance(one, str) for one in objects)
        objects = [ast.literal_eval(one) if isinstance(one, str) else one for one in objects]
        dump = MemoryDump.of(file, "daily_api")
        assert READER.recognises(dump.head(), "some.json")
        found = read(READER, dump, settings)
        assert found.rejects.is_empty(), file.name
        assert found.parsed.listed_date == date.fromisoformat(file.stem)
        assert found.parsed.snapshot_date is None
        for number, (row, one) in enumerate(
            zip(found.entries.iter_rows(named=True), objects, strict=True), start=1
        ):
            inner = one["paper"]
            assert row["entry_number"] == number
            assert row["arxiv_id"] == inner["id"]
            assert row["title"] == " ".join(inner["title"].split())
            assert row["abstract"].split() == inner["summary"].split()
            assert row["authors"] == [" ".join(author["name"].split()) for author in inner["authors"]]
            assert row["author_count"] == len(inner["authors"])
            assert row["published_date"] == date.fromisoformat(inner["publishedAt"][:10])
            assert row["upvote_count"] == inner["upvotes"]
            assert row["comment_count"] == one["numComments"]
            assert row["keywords"] == (inner.get("ai_keywords") or None)
            assert row["organization"] is None
            entry_count += 1
    assert (entry_count, printed_count) == (2993, 300)
