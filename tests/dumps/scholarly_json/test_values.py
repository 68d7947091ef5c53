"""Single values: without these a month could become a day, or a name be turned round."""

from collections import Counter
from datetime import date

import pytest

from paperlake.dumps.fields.field_names import PaperField, fields_of, name_papers
from paperlake.dumps.fields.identifiers import read_identifier
from paperlake.dumps.scholarly_json.openalex import abstract_of_index
from paperlake.dumps.scholarly_json.people import ET_AL, read_authors
from paperlake.dumps.scholarly_json.values import read_count, read_day, read_link, read_list, read_text


@pytest.mark.parametrize(
    ("value", "day", "text"),
    [
        ("2024-01-05", date(2024, 1, 5), "2024-01-05"),
        ("2024-01-05T10:00:00+00:00", date(2024, 1, 5), "2024-01-05T10:00:00+00:00"),
        ("5 January 2024", date(2024, 1, 5), "5 January 2024"),
        ("Jan 5, 2024", date(2024, 1, 5), "Jan 5, 2024"),
        ("2024 Jan 5", date(2024, 1, 5), "2024 Jan 5"),
        ("2024/1/5", date(2024, 1, 5), "2024/1/5"),
        ("20240105", date(2024, 1, 5), "20240105"),
        ("Fri, 5 Jan 2024 23:30:00 -0200", date(2024, 1, 6), "Fri, 5 Jan 2024 23:30:00 -0200"),
        (1704412800000, date(2024, 1, 5), "2024-01-05"),
        ({"date-parts": [[2024, 1, 5]]}, date(2024, 1, 5), "2024-01-05"),
        ({"date-parts": [["2024", "1"]]}, None, "2024-01"),
        ({"date-parts": [[None]]}, None, None),
        ("2024", None, "2024"),
        (2024, None, "2024"),
        ("2024-01", None, "2024-01"),
        ("January 2024", None, "January 2024"),
        ("2024-02-31", None, "2024-02-31"),
        ("N/A", None, None),
        (None, None, None),
    ],
    ids=str,
)
def test_only_a_stated_day_is_one(value: object, day: date | None, text: str | None) -> None:
    warnings: Counter[str] = Counter()
    assert read_day(value, "date", warnings) == (day, text)
    assert not warnings


@pytest.mark.parametrize("value", ["soon", 5, 1e300, float("nan"), True, [5], {"x": 1}], ids=str)
def test_a_date_that_is_not_understood_is_counted(value: object) -> None:
    warnings: Counter[str] = Counter()
    assert read_day(value, "date", warnings)[0] is None
    assert warnings.total() == 1


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Ada Lovelace, Charles Babbage and George Boole", ["Ada Lovelace", "Charles Babbage", "George Boole"]),
        ("Lovelace, A.; Babbage, C.", ["A. Lovelace", "C. Babbage"]),
        (["Lovelace, Ada", "Charles Babbage"], ["Ada Lovelace", "Charles Babbage"]),
        (["Lovelace A", "Babbage CD"], ["A Lovelace", "CD Babbage"]),
        (["Yunfan LU", "Ada Lovelace"], ["Yunfan LU", "Ada Lovelace"]),
        ([{"name": "Ada Lovelace"}, {"given": "Charles", "family": "Babbage"}], ["Ada Lovelace", "Charles Babbage"]),
        ([{"first": "Ada", "middle": ["K."], "last": "Lovelace", "suffix": "Jr."}], ["Ada K. Lovelace Jr."]),
        ([{"fullName": "Lovelace A", "firstName": "Ada", "lastName": "Lovelace"}], ["Ada Lovelace"]),
        ([{"author": {"display_name": "Ada Lovelace"}}], ["Ada Lovelace"]),
        ({"author": [{"text": "Ada Lovelace 0001"}]}, ["Ada Lovelace"]),
        ({"author": {"text": "Ada Lovelace"}}, ["Ada Lovelace"]),
        ([["Lovelace", "Ada", ""]], ["Ada Lovelace"]),
        (["['Ada Lovelace', 'Charles Babbage']"], ["Ada Lovelace", "Charles Babbage"]),
        ([{"name": "Pond Consortium"}], ["Pond Consortium"]),
        ([""], None),
        ([], None),
        (None, None),
    ],
    ids=str,
)  # fmt: skip
def test_authors_in_the_usual_shapes(value: object, names: list[str] | None) -> None:
    warnings: Counter[str] = Counter()
    assert read_authors(value, warnings) == names
    assert not warnings


@pytest.mark.parametrize(
    "value", ["Ada Lovelace et al.", ["Ada Lovelace", "et al."], ["Ada Lovelace et al."]], ids=str
)
def test_a_list_that_ends_with_et_al_is_counted(value: object) -> None:
    warnings: Counter[str] = Counter()
    assert read_authors(value, warnings) == ["Ada Lovelace"]
    assert warnings == {ET_AL: 1}


def test_authors_that_are_not_understood_are_counted() -> None:
    warnings: Counter[str] = Counter()
    assert read_authors(5, warnings) is None
    assert read_authors([{"id": 7}, 3], warnings) is None
    assert warnings == {"authors is a number": 1, "an author has no name": 1, "an author is a number": 1}


def test_lists_counts_links_and_texts() -> None:
    warnings: Counter[str] = Counter()
    assert read_list("cs.CL cs.AI", "x", warnings) == ["cs.CL", "cs.AI"]
    assert read_list("sheep, ponds of Kent; sleep", "x", warnings) == ["sheep, ponds of Kent", "sleep"]
    assert read_list("['cs.CV', 'cs.LG']", "x", warnings) == ["cs.CV", "cs.LG"]
    assert read_list([{"term": "a"}, {"display_name": "b"}, "a"], "x", warnings) == ["a", "b"]
    assert read_count("1,234", "x", warnings) == 1234
    assert read_link(["https://a.example/x"], "x", warnings) == "https://a.example/x"
    assert read_text({"value": {"text": "deep"}}, "x", warnings) == "deep"
    assert not warnings
    assert read_count(-5, "stars", warnings) is None
    assert read_link("see appendix", "code", warnings) is None
    assert read_list(5, "keywords", warnings) is None
    assert warnings == {"stars is no number from 0": 1, "code is no link": 1, "keywords is a number": 1}


def test_an_inverted_index_of_another_type_is_counted() -> None:
    warnings: Counter[str] = Counter()
    assert abstract_of_index([1], warnings) is None
    assert abstract_of_index({"a": "b"}, warnings) is None
    assert abstract_of_index({"a": [0, 10**9, -1, None], "b": [1]}, warnings) == "a b"
    assert warnings.total() == 2


def test_identifiers_lose_the_link_around_them() -> None:
    assert read_identifier("pmid", "https://pubmed.ncbi.nlm.nih.gov/17216039/") == "pmid:17216039"
    assert read_identifier("acl", "https://aclanthology.org/P19-1001/") == "acl:P19-1001"
    assert read_identifier("s2", "two words") is None
    assert read_identifier("s2", "half\ud800") is None


def test_names_of_fields() -> None:
    found = fields_of(["Title", "Publication-Date", "publicationDate ", "Summary", "tl;dr", "Cited by"])
    assert found[PaperField.ABSTRACT] == ["Summary"]
    assert found[PaperField.PUBLISHED] == ["Publication-Date", "publicationDate "]
    assert found[PaperField.SUMMARY] == ["tl;dr"]
    assert PaperField.ABSTRACT not in fields_of(["title", "tldr"])
    assert name_papers(["Title", "Abstract", "Authors"])
    assert name_papers(["title", "authors", "DOI"])
    assert not name_papers(["title", "author", "date", "content"])
    assert not name_papers(["title", "authors", "summary", "isbn13"])
