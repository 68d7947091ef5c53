"""Tables: exports of the databases and programs that people use, dialects, broken records, mappings of people."""

import random
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from paperlake.dumps.fields.mappings import Mappings, parse_mapping, read_mappings, suggest_mapping
from paperlake.dumps.formats import detect
from paperlake.dumps.reading import DumpError
from paperlake.dumps.scholarly_json.mapped import READER as MAPPED_JSON
from paperlake.dumps.tabular.delimited import READER, DelimitedReader
from paperlake.dumps.tabular.parquet import READER as PARQUET
from paperlake.dumps.tabular.suggestion import suggest
from paperlake.errors import UsageError
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, Read, read
from tests.support.works import CSV_COLUMNS, csv_rows, draw_works, to_csv

SCOPUS = (
    '"Authors","Author full names","Author(s) ID","Title","Year","Source title","DOI","Link","Abstract",'
    '"Author Keywords","Index Keywords","Document Type","EID"\n'
    '"Lovelace A.; Babbage C.","Lovelace, Ada (571); Babbage, Charles (572)","571; 572","On the Colour of Ponds",'
    '"2020","Journal of Ponds","10.1000/ABC","https://www.scopus.com/x","We look at ""green"" ponds,\nover lines.",'
    '"ponds; lakes","Water","Article","2-s2.0-85"\n'
    '"Turing A.M.","","1","No Abstract","2021","J","","","[No abstract available]","","","Article","2-s2.0-86"\n'
)
KAGGLE = (
    "id,submitter,authors,title,comments,journal-ref,doi,report-no,categories,license,abstract,versions,update_date,authors_parsed\n"
    '0704.0001,Ada,"C. Bal\\\'azs, E. L. Berger",Calculation of ponds,,,10.1103/PhysRevD.76.013009,,hep-ph cs.CL,,'
    "  A calculation.,\"[{'version': 'v1', 'created': 'Mon, 2 Apr 2007 19:18:42 GMT'}]\",2008-11-26,"
    "\"[['Balázs', 'C.', ''], ['Berger', 'E. L.', '']]\"\n"
)
PUBMED = (
    "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI\n"
    '17216039,On ponds.,"Lovelace A, Babbage C.",J Ponds. 2007,Lovelace A,J Ponds,2007,2007/01/10,PMC12,,10.1000/x\n'
)
WOS = (
    "PT\tAU\tAF\tTI\tSO\tDE\tAB\tDI\tPY\tUT\n"
    'J\tLovelace, A\tLovelace, Ada; Babbage, Charles\tOn "ponds\tJ PONDS\tponds; lakes\t5" deep.\t10.1000/x\t2020\tWOS:1\n'
)


def write_parquet(folder: Path, frame: pl.DataFrame) -> MemoryDump:
    file = folder / "papers.parquet"
    frame.write_parquet(file)
    return MemoryDump(file.read_bytes(), "papers.parquet", file=file)


def test_a_table_of_scopus() -> None:
    found = read(READER, SCOPUS)
    row = found.row()
    assert row["authors"] == ["Ada Lovelace", "Charles Babbage"]
    assert row["abstract"] == 'We look at "green" ponds, over lines.'
    assert (row["identifiers"], row["keywords"]) == (["eid:2-s2.0-85"], ["ponds", "lakes", "Water"])
    assert (row["line_start"], row["line_end"], found.parsed.line_count) == (2, 3, 4)
    assert (found.row(1)["abstract"], found.row(1)["authors"]) == (None, ["A.M. Turing"])


def test_a_table_of_arxiv_metadata() -> None:
    row = read(READER, KAGGLE).row()
    assert row["authors"] == ["C. Balázs", "E. L. Berger"]
    assert (row["published_date"], row["updated_date"]) == (date(2007, 4, 2), date(2008, 11, 26))
    assert (row["arxiv_id"], row["categories"]) == ("0704.0001", ["hep-ph", "cs.CL"])


def test_a_table_of_pubmed() -> None:
    row = read(READER, PUBMED).row()
    assert (row["authors"], row["published_text"]) == (["A Lovelace", "C Babbage"], "2007")
    assert row["identifiers"] == ["pmid:17216039", "pmcid:PMC12"]


def test_a_table_of_web_of_science() -> None:
    row = read(READER, WOS).row()
    assert (row["title"], row["abstract"]) == ('On "ponds', '5" deep.')
    assert (row["authors"], row["identifiers"]) == (["Ada Lovelace", "Charles Babbage"], ["wos:1"])


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_dialects(delimiter: str) -> None:
    works = draw_works()
    text = f"sep={delimiter}\n{to_csv(works, delimiter)}"
    assert read(READER, text).titles == [work.title for work in works]


def test_an_open_quote_costs_its_record() -> None:
    works = draw_works(24)
    lines = to_csv(works).split("\n")
    lines[5] = lines[5].replace(works[4].title, f'"{works[4].title}')
    found = read(READER, "\n".join(lines))
    assert found.titles == [work.title for place, work in enumerate(works) if place != 4]
    assert found.codes == ["malformed"]


def test_records_of_another_width_are_rejects() -> None:
    found = read(READER, "title,authors,abstract\nA Pond,A. See,Text\nB,C\nC Pond,A. See,Text,,\n")
    assert (found.titles, found.codes) == (["A Pond", "C Pond"], ["malformed"])


def test_records_before_the_header_are_rejects() -> None:
    found = read(READER, "A Pond,A. See,Text\ntitle,authors,abstract\nB Pond,A. See,Text\n")
    assert (found.titles, found.codes) == (["B Pond"], ["unplaced_text"])


def test_printed_lists() -> None:
    text = 'title,authors,abstract,categories\nA,"[\'A. See\', ""D. O\'Eff""]",T,"[\'cs.CV\' \'cs.LG\']"\n'
    row = read(READER, text).row()
    assert (row["authors"], row["categories"]) == (["A. See", "D. O'Eff"], ["cs.CV", "cs.LG"])


def test_a_field_that_is_not_understood_is_a_warning() -> None:
    parsed = READER.read(
        MemoryDump(b"title,authors,abstract,doi,upvotes\nA,A. See,T,none known,many\n"), Settings()
    )
    warnings = [dict(part.warnings) for part in parsed.parts]
    assert warnings == [{"doi is no DOI": 1, "upvote_count is no count": 1}]


def test_parquet_of_lists_and_structs(tmp_path: Path) -> None:
    works = draw_works(30)
    frame = pl.DataFrame({
        "title": [work.title for work in works],
        "authors": [[{"name": name, "id": 1} for name in work.authors] for work in works],
        "published": [datetime.combine(work.published, time(1), UTC) for work in works],
        "abstract": [work.abstract for work in works],
        "doi": [work.doi for work in works],
        "embedding": [[0.5, 1.5] for _ in works],
        "year": [float(work.published.year) for work in works],
    })  # fmt: skip
    found = read(PARQUET, write_parquet(tmp_path, frame))
    assert found.entries.select("title", "authors", "published_date", "doi").rows() == [
        (work.title, work.authors, work.published, work.doi) for work in works
    ]


def test_damaged_parquet_is_one_reject(tmp_path: Path) -> None:
    good = write_parquet(
        tmp_path, pl.DataFrame(csv_rows(draw_works()), schema=list(CSV_COLUMNS), orient="row")
    )
    random_ = random.Random(1)
    for _ in range(20):
        content = bytearray(good.bytes_)
        for _ in range(3):
            content[random_.randrange(4, len(content))] = random_.randrange(256)
        good.file.write_bytes(bytes(content[: random_.randint(8, len(content))]))
        with suppress(DumpError):
            read(PARQUET, MemoryDump(bytes(content), file=good.file))


def test_parquet_of_something_else_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="--suggest-mapping"):
        read(PARQUET, write_parquet(tmp_path, pl.DataFrame({"price": [1]})))


@pytest.mark.parametrize(
    "text",
    [
        "title,authors,average_rating,isbn,isbn13,year\nA Book,A. See,4.1,1,2,2001\n",
        "title,summary,link\nA Storm,It rained.,http://x.org\n",
        "Title,Price\nA Pond,3\n",
        "name,title,email\nAda,Dr,a@x.org\n",
        "title,authors,year\n1,2,3\n4,5,6\n",
        "date,open,close\n2020-01-01,1,2\n",
        "paperlake/__init__.py,sha256=abc,12\npaperlake/cli.py,sha256=def,34\n",
        "title: On Ponds, authors: Ada, abstract: none\n",
    ],
)
def test_other_tables_are_not_recognised(text: str) -> None:
    assert not READER.recognises(text.encode(), "papers.csv")


MAPPING = """
[match]
path = "lab/*.csv"
columns = ["Paper Name DE"]

[columns]
title = "Paper Name DE"
authors = ["Writers", "Editors"]
year = "When"
"""


def mapped(content: str, path: str = "lab/a.csv") -> Read:
    reader = DelimitedReader(Mappings((parse_mapping(MAPPING, "lab.toml"),)))
    assert reader.recognises(content.encode(), path)
    return read(reader, MemoryDump(content.encode(), path))


def test_a_mapping_says_which_column_is_which() -> None:
    row = mapped('Paper Name DE,Writers,Editors,When\nOn Ponds,,"See, A.; Eff, B.",2020\n').row()
    assert (row["title"], row["authors"], row["published_text"]) == ("On Ponds", ["A. See", "B. Eff"], "2020")


def test_a_mapping_is_for_its_path_alone() -> None:
    reader = DelimitedReader(Mappings((parse_mapping(MAPPING, "lab.toml"),)))
    assert not reader.recognises(b"Paper Name DE,Writers,When\nOn Ponds,A. See,2020\n", "other/a.csv")
    assert (
        detect(b"Paper Name DE,Writers,When\nOn Ponds,A. See,2020\n", "lab/a.csv", Mappings()) is not READER
    )


@pytest.mark.parametrize("content", ['{"meta": {"Was": "On Ponds"}, "Wer": ["A. See"]}\n', '{"rows": [{"meta": {"Was": "On Ponds"}, "Wer": "A. See"}]}'])  # fmt: skip
def test_a_mapping_of_json_objects(content: str) -> None:
    mapping = parse_mapping(
        "[match]\npath = '*.json'\n[columns]\ntitle = 'meta.Was'\nauthors = 'Wer'\n", "a.toml"
    )
    reader = detect(content.encode(), "lab/a.json", Mappings((mapping,)))
    assert reader is not None
    row = read(reader, MemoryDump(content.encode(), "lab/a.json")).row()
    assert (row["title"], row["authors"]) == ("On Ponds", ["A. See"])
    assert not MAPPED_JSON.recognises(content.encode(), "lab/a.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[match", "is not TOML"),
        ("[columns]\ntitle = 'a'\n", r"does not say for which dumps"),
        ("[match]\npath = 'a'\n", "names no columns"),
        ("[match]\npath = 'a'\n[columns]\nauthors = 'a'\n", "has no column of titles"),
        ("[match]\npath = 'a'\n[columns]\ntitel = 'a'\n", "unknown field titel"),
        ("[match]\npath = 'a'\n[columns]\ntitle = 3\n", "columns.title is neither"),
        ("[match]\npaht = 'a'\n[columns]\ntitle = 'a'\n", "unknown key match.paht"),
        ("[match]\npath = 3\n[columns]\ntitle = 'a'\n", "match.path is no text"),
        ("matches = 1\n", "unknown key matches"),
    ],
)
def test_a_malformed_mapping_says_what_to_change(content: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_mapping(content, "lab.toml")


def test_a_suggested_mapping_is_one(tmp_path: Path) -> None:
    text = suggest_mapping(["Title", 'Wri"ters', "Abstract", "DOI"], "lab/a.csv")
    (tmp_path / "a.toml").write_text(text)
    mapping = read_mappings(tmp_path).known[0]
    assert mapping.fits("lab/a.csv", ["Title"])
    assert '"Wri\\"ters"' in text


@pytest.mark.parametrize(
    "content",
    ["Titel;Writers\nA;B\n", '{"Titel": 1, "Writers": 2}\n', '[\n {"Titel": 1,\n "Writers": 2}]', '{"items": [{"Titel": 1, "Writers": 2}]}'],
)  # fmt: skip
def test_names_are_suggested_for_tables_and_objects(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a"
    file.write_text(content)
    assert '"Titel", "Writers"' in suggest(file, "a", Settings())


def test_nothing_is_suggested_for_prose(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("Some prose.\nMore of it.\n")
    with pytest.raises(UsageError, match="neither a table"):
        suggest(file, "a", Settings())
