"""Formats of services and of other people: without these a field could vanish, or one shape of a dump be unread."""

import json
from collections.abc import Callable

import pytest

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.formats import detect
from tests.support import scholarly_records as records
from tests.support.memory_dump import Read, read
from tests.support.scholarly_records import Work, works

WORKS = works(24)
MADE = {
    DumpFormat.OPENALEX: records.openalex,
    DumpFormat.CROSSREF: records.crossref,
    DumpFormat.SEMANTIC_SCHOLAR: records.semantic_scholar,
    DumpFormat.OPENREVIEW: records.openreview,
    DumpFormat.PAPER_JSON: records.own_shape,
    DumpFormat.ARXIV_SNAPSHOT: records.daily_arxiv_enhanced,
    DumpFormat.DAILY_API: records.daily_paper,
}
SHAPES: dict[str, Callable[[list[object]], str]] = {
    "lines": lambda objects: "".join(json.dumps(one) + "\n" for one in objects),
    "list": json.dumps,
    "pretty list": lambda objects: json.dumps(objects, indent=2, ensure_ascii=False),
    "pretty objects": lambda objects: "\n".join(json.dumps(one, indent=4) for one in objects),
    "list with a paper per line": lambda objects: "[\n" + ",\n".join(map(json.dumps, objects)) + "\n]\n",
    "below a key": lambda objects: json.dumps({"meta": {"count": 24, "x": [{"y": 1}]}, "results": objects, "next": None}),
    "below a key, pretty": lambda objects: "\ufeff" + json.dumps({"papers": objects, "meta": {"a": 1}}, indent=2),
    "keyed": lambda objects: json.dumps({f"k{place}": one for place, one in enumerate(objects)}),
    "by day": lambda objects: json.dumps({"2024-01-01": objects[:9], "2024-01-02": objects[9:]}, indent=1),
    "objects in a row": lambda objects: "".join(map(json.dumps, objects)),
}  # fmt: skip


def read_detected(content: str, dump_format: DumpFormat) -> Read:
    reader = detect(content.encode()[:65_536], "some/dump.json")
    assert reader is not None
    assert reader.format is dump_format
    return read(reader, content)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dump_format", MADE, ids=str)
def test_every_shape_gives_every_paper(dump_format: DumpFormat, shape: str) -> None:
    if dump_format is DumpFormat.DAILY_API and shape in ("keyed", "by day", "below a key"):
        pytest.skip("the API has no such shape")
    content = SHAPES[shape]([MADE[dump_format](work) for work in WORKS])
    if dump_format is DumpFormat.DAILY_API:
        content = content.replace('"papers"', '"data"')
    found = read_detected(content, dump_format)
    assert found.reasons == []
    assert found.titles == [work.title for work in WORKS]
    assert found.entries["abstract"].to_list() == [work.abstract for work in WORKS]
    assert found.entries["authors"].to_list() == [work.authors for work in WORKS]
    assert found.warnings == {}


def only(work_format: DumpFormat, record: dict[str, object]) -> dict[str, object]:
    content = json.dumps([record, MADE[work_format](Work(1))])
    row = read_detected(content, work_format).row()
    known = ("title", "abstract", "authors", "author_count", "entry_number", "year_inferred")
    return {name: value for name, value in row.items() if value is not None and name not in known}


WORK = Work(6)


def test_a_work_of_openalex_has_all_fields() -> None:
    assert only(DumpFormat.OPENALEX, records.openalex(WORK)) == {
        "published_date": WORK.day,
        "published_text": str(WORK.day),
        "arxiv_id": WORK.arxiv_id,
        "doi": WORK.doi,
        "identifiers": ["openalex:W4000006", "mag:90006", "pmid:70006", "pmcid:PMC80006"],
        "url": f"https://doi.org/{WORK.doi}",
        "venue": WORK.venue,
        "license": "cc-by",
        "categories": ["Pond Ecology"],
        "keywords": ["Sheep"],
    }


def test_a_work_of_crossref_has_all_fields() -> None:
    assert only(DumpFormat.CROSSREF, records.crossref(WORK)) == {
        "published_date": WORK.day,
        "published_text": str(WORK.day),
        "doi": WORK.doi,
        "arxiv_id": WORK.arxiv_id,
        "url": f"http://dx.doi.org/{WORK.doi}",
        "venue": WORK.venue,
        "license": "http://example.org/by/4.0/",
        "categories": ["Ecology"],
    }


def test_a_preprint_names_its_published_version() -> None:
    relation = {"is-preprint-of": [{"id-type": "doi", "id": "10.5555/JOURNAL.6", "asserted-by": "subject"}]}
    row = only(DumpFormat.CROSSREF, {**records.crossref(WORK), "DOI": "10.1101/6", "relation": relation})
    assert (row["doi"], row["identifiers"]) == ("10.1101/6", ["doi:10.5555/journal.6"])


def test_a_month_of_crossref_is_no_day() -> None:
    record = records.crossref(WORK)
    del record["published-online"]
    row = only(DumpFormat.CROSSREF, record)
    assert "published_date" not in row
    assert row["published_text"] == f"{WORK.day:%Y-%m}"


def test_a_paper_of_semantic_scholar_has_all_fields() -> None:
    expected = {
        "published_date": WORK.day,
        "published_text": str(WORK.day),
        "arxiv_id": WORK.arxiv_id,
        "doi": WORK.doi,
        "identifiers": [f"s2:{6:040x}", "corpusid:506", "mag:91", "pmid:70006", "dblp:journals/corr/abs-6"],
        "url": f"https://www.semanticscholar.org/paper/{6:040x}",
        "venue": WORK.venue,
        "license": "CCBY",
        "summary": "In short: study 6.",
        "categories": ["Biology"],
    }
    assert only(DumpFormat.SEMANTIC_SCHOLAR, records.semantic_scholar(WORK)) == expected
    of_dataset = only(DumpFormat.SEMANTIC_SCHOLAR, records.semantic_scholar_dataset(WORK))
    assert of_dataset["identifiers"] == expected["identifiers"][1:]  # type: ignore[index]


def test_a_note_of_openreview_has_all_fields() -> None:
    assert only(DumpFormat.OPENREVIEW, records.openreview(WORK)) == {
        "published_date": WORK.day,
        "published_text": str(WORK.day),
        "identifiers": ["openreview:note6"],
        "venue": "PondConf 2022 Poster",
        "license": "CC BY 4.0",
        "summary": "In short: study 6.",
        "categories": ["counting"],
        "keywords": ["sheep", "ponds"],
    }


def test_reviews_are_no_papers() -> None:
    review = {
        **records.openreview(WORK),
        "content": {"title": {"value": "Review"}, "review": {"value": "Good."}},
    }
    content = json.dumps({"notes": [records.openreview(WORK), review]})
    found = read_detected(content, DumpFormat.OPENREVIEW)
    assert found.titles == [WORK.title]
    assert found.reasons == ["The note is no submission: it has neither abstract nor authors."]


def test_own_shapes_have_all_fields() -> None:
    assert only(DumpFormat.PAPER_JSON, records.own_shape(WORK)) == {
        "published_date": WORK.day,
        "published_text": f"{WORK.day:%d %B %Y}",
        "doi": WORK.doi,
        "venue": WORK.venue,
        "code_url": "https://github.com/ponds/study-6",
        "keywords": ["sheep", "ponds"],
    }


def test_near_shapes_of_arxiv_have_all_fields() -> None:
    assert only(DumpFormat.ARXIV_SNAPSHOT, records.daily_arxiv_enhanced(WORK)) == {
        "arxiv_id": WORK.arxiv_id,
        "url": f"https://arxiv.org/abs/{WORK.arxiv_id}",
        "summary": "In short: study 6.",
        "categories": WORK.categories,
    }
    row = only(DumpFormat.ARXIV_SNAPSHOT, records.arxiv_api_result(WORK))
    assert row["arxiv_id"] == WORK.arxiv_id
    assert row["published_date"] == WORK.day
    assert row["url"] == f"http://arxiv.org/abs/{WORK.arxiv_id}v1"
    assert (row["doi"], row["venue"]) == (WORK.doi, WORK.venue)


def test_a_snapshot_as_a_list_is_read_like_its_lines() -> None:
    lines = read_detected(
        SHAPES["lines"]([records.arxiv_snapshot(work) for work in WORKS]), DumpFormat.ARXIV_SNAPSHOT
    )
    whole = read_detected(
        SHAPES["pretty list"]([records.arxiv_snapshot(work) for work in WORKS]), DumpFormat.ARXIV_SNAPSHOT
    )
    assert whole.entries.equals(lines.entries)
    assert whole.entries["published_date"].to_list() == [work.day for work in WORKS]


def test_a_bare_paper_of_the_api_has_all_fields() -> None:
    single = read_detected(json.dumps(records.daily_paper(WORK), indent=2), DumpFormat.DAILY_API)
    row = single.row()
    assert (row["code_url"], row["code_star_count"]) == ("https://github.com/ponds/study-6", 18)
    assert (row["project_url"], row["summary"]) == ("https://ponds.example.org/6", "In short: study 6.")
    assert (row["upvote_count"], row["published_date"], row["arxiv_id"]) == (6, WORK.day, WORK.arxiv_id)


def test_rows_of_cv_arxiv_daily() -> None:
    found = read_detected(json.dumps(records.cv_arxiv_daily(WORKS)), DumpFormat.CV_ARXIV_DAILY)
    assert sorted(found.titles) == sorted(work.title for work in WORKS)
    first = WORKS[0]
    row = found.row()
    assert row["authors"] == first.authors[:1]
    assert (row["arxiv_id"], row["published_date"]) == (first.arxiv_id, first.day)
    assert row["url"] == f"http://arxiv.org/abs/{first.arxiv_id}v1"
    assert row["code_url"] == "https://github.com/ponds/study-1"
    assert row["categories"] == ["Ponds"]


def test_a_reject_for_an_object_that_any_titled_thing_could_be() -> None:
    content = json.dumps(
        [records.own_shape(WORK), {"title": "A pond"}, {"name": "x"}, 5, records.own_shape(Work(7))]
    )
    found = read_detected(content, DumpFormat.PAPER_JSON)
    assert found.entries["entry_number"].to_list() == [1, 5]
    assert found.codes == ["missing_field", "missing_field", "wrong_type"]


def test_fields_that_are_not_understood_are_counted() -> None:
    record = {
        **records.own_shape(WORK),
        "authors": 5,
        "doi": "none of these",
        "code": "see appendix",
        "date": "soon",
    }
    found = read_detected(json.dumps([record, records.own_shape(Work(7))]), DumpFormat.PAPER_JSON)
    assert found.warnings == {
        "authors is a number": 1, "doi is no DOI": 1, "code is no link": 1, "date is no date": 1,
    }  # fmt: skip
