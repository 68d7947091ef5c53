"""What is written reads back equal: by bibtexparser, rispy and json, and by the readers of dumps."""

import json
import re
from pathlib import Path

import bibtexparser
import polars as pl
import pytest
import rispy

from paperlake.bibliography import FORMATS, Citation
from paperlake.dumps.bibliography.bibtex.latex import latex_to_text
from paperlake.dumps.stage import parse_file
from paperlake.settings import Settings
from paperlake.text.folding import fold
from paperlake.text.markup import strip_tags
from tests.bibliography.papers import thousand_papers

PAPERS = thousand_papers()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bibliographies")
    paths = {}
    for name, one in FORMATS.items():
        paths[name] = folder / f"papers.{one.ending}"
        paths[name].write_text("".join(one.write(PAPERS, True)), encoding="utf-8")
    return paths


def test_bibtexparser_reads_every_entry_and_field(written: dict[str, Path]) -> None:
    library = bibtexparser.parse_file(str(written["bibtex"]))
    assert library.failed_blocks == []
    assert len(library.blocks) == len(library.entries) == len(PAPERS)
    for one, entry in zip(PAPERS, library.entries, strict=True):
        fields = {name: str(field.value) for name, field in entry.fields_dict.items()}
        assert entry.key == one.key
        assert latex_to_text(fields["title"]) == one.title
        assert latex_to_text(fields.get("abstract", "")) == (one.abstract or "")
        assert fields.get("eprint") == one.arxiv_id
        assert fields.get("url") == one.url
        assert latex_to_text(fields.get("journal", fields.get("booktitle", ""))) == (one.venue or "")
        assert fields.get("year") == (str(one.published[0]) if one.published else None)


def test_braces_of_bibtex_are_in_pairs_however_they_are_counted(written: dict[str, Path]) -> None:
    """BibTeX itself counts a brace behind a backslash, too."""
    for line in written["bibtex"].read_text().splitlines():
        if " = {" not in line:
            continue
        for counted in (line, re.sub(r"\\[{}]", "", line)):
            value = counted.partition(" = ")[2].rstrip(",")
            depth = 0
            for place, char in enumerate(value):
                depth += (char == "{") - (char == "}")
                assert depth > 0 or place == len(value) - 1, line
            assert depth == 0, line


def test_the_reader_of_bibtex_dumps_reads_the_same_papers(written: dict[str, Path]) -> None:
    _, entries, rejects = parse_file(written["bibtex"], Settings())
    assert rejects.height == 0
    check_entries(entries)
    names = entries["authors"].to_list()
    for one, found in zip(PAPERS, names, strict=True):
        expected = [name.whole for name in one.authors if name.whole != "others"]
        assert (found or []) == [name.strip(" ,") for name in expected]


def test_the_reader_of_ris_dumps_reads_the_same_papers(written: dict[str, Path]) -> None:
    _, entries, rejects = parse_file(written["ris"], Settings())
    assert rejects.height == 0
    check_entries(entries)


def check_entries(entries: pl.DataFrame) -> None:
    """Compare entries with the papers; readers of dumps take tags of HTML out of a title."""
    assert entries.height == len(PAPERS)
    for one, row in zip(PAPERS, entries.iter_rows(named=True), strict=True):
        assert row["title"] == fold(strip_tags(one.title))
        assert row["arxiv_id"] == one.arxiv_id
        assert row["doi"] == one.doi
        assert row["url"] == one.url
        assert row["venue"] == fold(strip_tags(one.venue or ""))
        if len(one.published) == 3:
            assert (row["published_date"].year, row["published_date"].month) == one.published[:2]


def test_rispy_reads_every_record_and_field(written: dict[str, Path]) -> None:
    records = rispy.loads(written["ris"].read_text())
    assert len(records) == len(PAPERS)
    for one, record in zip(PAPERS, records, strict=True):
        assert record["title"] == one.title
        assert record.get("abstract") == one.abstract
        assert record["id"] == one.key
        assert record.get("doi") == one.doi
        assert len(record.get("authors", [])) == len(one.authors)
        assert set(record) <= {
            "type_of_reference", "id", "title", "authors", "secondary_title", "year", "date", "doi",
            "name_of_database", "keywords", "abstract", "urls",
        }  # fmt: skip


def test_items_of_csl_json_have_the_fields_and_types_of_its_schema(written: dict[str, Path]) -> None:
    items = json.loads(written["csl-json"].read_text())
    assert len(items) == len(PAPERS)
    texts = {
        "id", "type", "title", "container-title", "genre", "publisher", "number", "archive", "archive_location",
        "DOI", "URL", "keyword", "abstract",
    }  # fmt: skip
    for one, item in zip(PAPERS, items, strict=True):
        assert set(item) <= texts | {"author", "issued"}
        assert all(isinstance(item[name], str) for name in set(item) & texts)
        assert item["type"] in ("article-journal", "paper-conference", "article")
        assert item["title"] == one.title
        for author in item.get("author", []):
            assert author.keys() == {"literal"} or author.keys() <= {"family", "given", "suffix"}
        for parts in item.get("issued", {}).get("date-parts", []):
            assert 1 <= len(parts) <= 3
            assert all(isinstance(part, int) for part in parts)


@pytest.mark.parametrize("name", FORMATS)
def test_no_line_steers_a_terminal(written: dict[str, Path], name: str) -> None:
    text = written[name].read_text(encoding="utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def test_keys_are_unlike_and_ascii() -> None:
    keys = [one.key for one in PAPERS]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9]+-[0-9a-f]{8}", key) for key in keys)


def test_nothing_gives_a_file_that_reads_as_nothing() -> None:
    none: list[Citation] = []
    assert "".join(FORMATS["bibtex"].write(none, True)) == ""
    assert json.loads("".join(FORMATS["csl-json"].write(none, True))) == []
