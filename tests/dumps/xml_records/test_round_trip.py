"""XML: 24 papers in the shape of each source come back with every field that the source states."""

from datetime import date
from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.formats import detect
from paperlake.dumps.reading import HEAD_BYTES
from paperlake.settings import Settings
from tests.support import xml_writer
from tests.support.memory_dump import MemoryDump, Read, read
from tests.support.xml_writer import Paper

FORMATS = {
    "atom": DumpFormat.ARXIV_FEED,
    "rss": DumpFormat.ARXIV_FEED,
    "oai arXiv": DumpFormat.OAI_PMH,
    "oai arXivRaw": DumpFormat.OAI_PMH,
    "oai oai_dc": DumpFormat.OAI_PMH,
    "dblp": DumpFormat.DBLP_XML,
    "pubmed": DumpFormat.PUBMED_XML,
}
PAPERS = xml_writer.papers()
DUMPS = xml_writer.dumps()


def read_any(content: bytes, **options) -> Read:
    reader = detect(content[:HEAD_BYTES], "dump")
    assert reader is not None
    return read(reader, MemoryDump(content, **options))


def common(paper: Paper) -> dict:
    return {
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": paper.names,
        "author_count": len(paper.names),
        "published_date": paper.published,
        "year_inferred": False,
        "arxiv_id": paper.arxiv_id,
        "doi": paper.doi,
        "venue": paper.venue,
        "categories": list(dict.fromkeys(paper.categories)),
    }


def of_atom(paper: Paper) -> dict:
    return {
        "published_text": f"{paper.published}T01:02:03Z",
        "updated_date": paper.updated,
        "url": f"http://arxiv.org/abs/{paper.arxiv_id}v2",
    }


def of_rss(paper: Paper) -> dict:
    return {
        "published_date": None,
        "published_text": "Mon, 20 Jul 2026 00:00:00 -0400",
        "url": f"https://arxiv.org/abs/{paper.arxiv_id}",
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "venue": None,
    }


def of_oai(paper: Paper) -> dict:
    return {
        "published_text": str(paper.published),
        "updated_date": paper.updated,
        "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
    }


def of_oai_raw(paper: Paper) -> dict:
    return {
        **of_oai(paper),
        "published_text": f"{paper.published:%a, %d %b %Y} 19:18:42 GMT",
        "updated_date": paper.updated if paper.updated > paper.published else None,
    }


def of_oai_dc(paper: Paper) -> dict:
    return {
        "published_text": str(paper.published),
        "updated_date": paper.updated if paper.updated > paper.published else None,
        "url": f"http://arxiv.org/abs/{paper.arxiv_id}",
        "venue": None,
        "categories": ["Computer Science - Ponds"],
    }


def of_dblp(paper: Paper) -> dict:
    place = "journals" if paper.number % 2 else "conf"
    link = f"https://doi.org/{paper.doi.upper()}" if paper.doi else f"https://example.org/{paper.number}.pdf"
    return {
        "title": f"{paper.title} Part two",
        "abstract": None,
        "published_date": None,
        "published_text": str(paper.published.year),
        "arxiv_id": None,
        "identifiers": [f"dblp:{place}/pond/P{paper.number}"],
        "url": link,
        "venue": paper.venue or "POND",
        "categories": None,
    }


def of_pubmed(paper: Paper) -> dict:
    first, rest = paper.abstract.split(". ", 1)
    return {
        "title": f"{paper.title} On CO",
        "abstract": f"BACKGROUND: {first} in H2O.\n\nRESULTS: {rest}",
        "authors": [*paper.names, "Pond Consortium"],
        "author_count": len(paper.names) + 1,
        "published_text": f"{paper.published:%Y %m %d}",
        "arxiv_id": None,
        "identifiers": [f"pmid:{3000 + paper.number}", f"pmcid:PMC{77000 + paper.number}"],
        "venue": paper.venue or "Annals of ponds",
        "categories": None,
        "keywords": ["water", "Ponds"],
    }


STATED = {
    "atom": of_atom,
    "rss": of_rss,
    "oai arXiv": of_oai,
    "oai arXivRaw": of_oai_raw,
    "oai oai_dc": of_oai_dc,
    "dblp": of_dblp,
    "pubmed": of_pubmed,
}


@pytest.mark.parametrize("shape", DUMPS)
def test_every_field_of_every_record_arrives(shape: str) -> None:
    found = read_any(DUMPS[shape])
    assert found.rejects.is_empty()
    assert found.entries.height == len(PAPERS)
    first = 2 if shape == "dblp" else 1  # the first record of that one is a person
    for number, (row, paper) in enumerate(zip(found.entries.rows(named=True), PAPERS, strict=True), first):
        expected = {**common(paper), **STATED[shape](paper), "entry_number": number}
        assert {name: value for name, value in row.items() if value is not None} == {
            name: value for name, value in expected.items() if value is not None
        }


@pytest.mark.parametrize("shape", DUMPS)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000])
def test_chunks_make_no_difference(shape: str, chunk_bytes: int) -> None:
    assert read_any(DUMPS[shape], chunk_bytes=chunk_bytes).entries.equals(read_any(DUMPS[shape]).entries)


@pytest.mark.parametrize("shape", DUMPS)
def test_the_content_tells_the_format(shape: str) -> None:
    reader = detect(DUMPS[shape][:HEAD_BYTES], "dump")
    assert reader is not None
    assert reader.format == FORMATS[shape]


@pytest.mark.parametrize(
    ("shape", "snapshot", "listed"),
    [
        ("atom", date(2026, 3, 1), None),
        ("rss", None, date(2026, 7, 20)),
        ("oai arXiv", date(2026, 3, 2), None),
        ("dblp", None, None),
        ("pubmed", None, None),
    ],
)
def test_days_are_those_that_the_dump_states(shape: str, snapshot: date | None, listed: date | None) -> None:
    parsed = read_any(DUMPS[shape]).parsed
    assert (parsed.snapshot_date, parsed.listed_date) == (snapshot, listed)
    parsed = read_any(DUMPS[shape], path="harvest/2024-05-01T070000Z.xml").parsed
    assert parsed.snapshot_date == date(2024, 5, 1), "a day of retrieval in the path is better evidence"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_read_the_same(encoding: str) -> None:
    content = DUMPS["atom"].decode().replace("UTF-8", "UTF-16" if encoding == "utf-16" else "UTF-8")
    assert read_any(content.encode(encoding)).entries.equals(read_any(DUMPS["atom"]).entries)


def test_a_declared_code_page_is_read() -> None:
    content = (
        DUMPS["oai arXiv"].decode().replace("UTF-8", "windows-1252").replace("Łukasiewicz", "Łukasiewicz"[1:])
    )
    found = read_any(content.replace("α", "a").encode("cp1252"))
    assert found.rejects.is_empty()
    assert any("Gödel" in name for names in found.entries["authors"] for name in names)


@pytest.mark.real_data
def test_the_real_answer_of_the_api(real_data: Path) -> None:
    found = read_any((real_data / "dumps/wild/arxiv_atom.xml").read_bytes())
    assert found.rejects.is_empty()
    assert found.parsed.snapshot_date == date(2026, 6, 14)
    assert found.entries.height == 5
    first = found.row()
    assert first["title"] == "Mana: Dexterous Manipulation of Articulated Tools"
    assert first["authors"] == ["Zhao-Heng Yin", "Guanya Shi", "Pieter Abbeel", "C. Karen Liu"]
    assert (first["arxiv_id"], first["published_date"]) == ("2606.13677", date(2026, 6, 11))
    assert first["categories"] == ["cs.RO", "cs.AI", "cs.CV", "cs.LG"]
    assert (
        found.entries.select("abstract", "authors", "published_date").null_count().sum_horizontal().item()
        == 0
    )


def test_settings_limit_records() -> None:
    reader = detect(DUMPS["atom"], "dump")
    assert reader is not None
    found = read(reader, MemoryDump(DUMPS["atom"]), Settings(max_xml_record_bytes=500))
    assert found.entries.is_empty()
    assert set(found.codes) == {"limit_exceeded"}
    assert len(found.codes) == len(PAPERS)
