"""Damaged and hostile XML: nothing is raised but a DumpError, and every record is an entry or a reject."""

import contextlib
import random
import re
from xml.sax.saxutils import escape

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.formats import detect
from paperlake.dumps.reading import HEAD_BYTES, DumpError
from paperlake.settings import Settings
from tests.dumps.xml_records.test_round_trip import DUMPS, PAPERS, read_any
from tests.support import xml_writer
from tests.support.memory_dump import MemoryDump, Read, read

ATOM = DUMPS["atom"].decode()
PUBMED = DUMPS["pubmed"].decode()
DBLP = DUMPS["dblp"].decode("latin-1")


def read_text(text: str) -> Read:
    return read_any(text.encode())


def count_of(found: Read) -> tuple[int, list[str]]:
    return found.entries.height, found.codes


@pytest.mark.parametrize("shape", DUMPS)
def test_a_broken_record_costs_itself_only(shape: str) -> None:
    content = DUMPS[shape].replace(b"series 5 enough", b"series 5 <enough")
    found = read_any(content)
    assert count_of(found) == (23, ["malformed"])
    assert "The record is broken: " in found.reasons[0]
    assert found.rejects["text"][0] is not None
    assert found.rejects["entry_number"][0] == (7 if shape == "dblp" else 6)


@pytest.mark.parametrize("shape", DUMPS)
@pytest.mark.parametrize("share", [0.4, 0.7, 0.99])
def test_a_cut_dump_says_that_it_is_cut(shape: str, share: float) -> None:
    content = DUMPS[shape][: int(len(DUMPS[shape]) * share)]
    found = read_any(content)
    assert found.codes == ["truncated"]
    assert found.entries.equals(read_any(DUMPS[shape]).entries.head(found.entries.height))


def test_a_dump_that_ends_after_a_record_says_so() -> None:
    found = read_text(ATOM.removesuffix("</feed>\n"))
    assert count_of(found) == (24, ["truncated"])
    assert found.reasons == ["The dump ends before its element feed does; what followed is missing."]


def test_bytes_that_are_no_text_cost_their_record() -> None:
    found = read_any(DUMPS["atom"].replace(b"series 3 enough", b"series \xff\xfe enough"))
    assert count_of(found) == (23, ["damaged_text"])
    assert count_of(read_text(ATOM.replace("series 3 enough", "series &#1; enough"))) == (
        23,
        ["damaged_text"],
    )
    assert count_of(read_text(ATOM.replace("series 3 enough", "series \x02 enough"))) == (
        23,
        ["damaged_text"],
    )


def test_a_record_without_its_end_costs_itself_only() -> None:
    found = read_text(ATOM.replace("</entry>", "", 1))
    assert count_of(found) == (23, ["malformed"])
    assert found.reasons == ["The record does not end where the next one begins."]


def test_a_record_without_its_beginning_is_shown() -> None:
    found = read_text(ATOM.replace("<entry>", "<entr >", 2).replace("<entr >", "<entry>", 1))
    assert count_of(found) == (23, ["unplaced_text"])
    assert count_of(read_text(DBLP.replace("<article", "<artcle", 1))) == (23, ["unplaced_text"])
    assert count_of(read_text(PUBMED.replace("<PubmedArticle>", "", 1))) == (23, ["unplaced_text"])


@pytest.mark.parametrize("text", ["lost words", "<entry2><title>x</title></entry2>", "\x00\x00"])
def test_text_between_records_is_a_reject(text: str) -> None:
    found = read_text(ATOM.replace("</entry>\n", f"</entry>\n{text}", 1))
    assert count_of(found) == (24, ["unplaced_text"])


def test_joined_files_are_read_as_one() -> None:
    for shape in ("atom", "oai arXiv", "dblp", "pubmed"):
        found = read_any(DUMPS[shape] * 2)
        assert count_of(found) == (48, [])


def test_a_record_in_a_comment_is_none() -> None:
    entry = xml_writer.atom_entry(PAPERS[0])
    assert count_of(read_text(ATOM.replace(entry, f"<!-- {entry} -->"))) == (23, [])
    assert read_text(ATOM.replace("We count", "<![CDATA[</entry><entry>]]>We count", 1)).entries.height == 24


ENTITY = '<!DOCTYPE feed [<!ENTITY a "pond"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE feed [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'


@pytest.mark.parametrize("doctype", [ENTITY, FILE, PARAMETER])
@pytest.mark.parametrize("shape", DUMPS)
def test_a_dump_that_declares_entities_is_refused(doctype: str, shape: str) -> None:
    head, _, rest = DUMPS[shape].decode("latin-1").partition("\n")
    rest = re.sub(r"<!DOCTYPE[^>]*>", "", rest).replace("series 3", "series &x; &b;")
    with pytest.raises(DumpError) as refused:
        read_any(f"{head}\n{doctype}\n{rest}".encode("latin-1"))
    assert refused.value.code is RejectCode.UNSAFE_MARKUP


def test_a_dtd_is_not_loaded(tmp_path, monkeypatch) -> None:
    (tmp_path / "dblp-2024-01-01.dtd").write_text('<!ENTITY ouml "LOADED">')
    monkeypatch.chdir(tmp_path)
    names = [name for names in read_any(DUMPS["dblp"]).entries["authors"] for name in names]
    assert any("Gödel" in name for name in names)
    assert not any("LOADED" in name for name in names)


def test_a_record_that_nests_deep_is_refused() -> None:
    for levels in (300, 100_000):
        deep = "<b>" * levels + "</b>" * levels
        found = read_text(ATOM.replace("We count", f"{deep}We count", 1))
        assert count_of(found) == (23, ["limit_exceeded"])
    head = ATOM.replace("<title", "<b>" * 10_000 + "<title", 1)
    assert count_of(read_text(head)) == (24, ["unplaced_text"])


@pytest.mark.parametrize(
    "opening", ["<!--", "<![CDATA[", "<?", "<!DOCTYPE[", "<!DOCTYPE ", "<entry ", "&", "<"]
)
def test_time_is_linear_in_what_is_opened_and_not_closed(opening: str) -> None:
    """Quadratic, each of these would take hours."""
    many = opening * 300_000
    for place in ("<entry>", "</entry>", "We count"):
        read_text(ATOM.replace(place, f"{place}{many}", 1))
    with contextlib.suppress(DumpError):
        read_text(ATOM.replace("<title", f"{many}<title", 1))


def test_a_head_without_end_is_refused() -> None:
    with pytest.raises(DumpError) as refused:
        read_text(ATOM.replace("<entry>", f"<x>{'y' * (2 << 20)}</x><entry>", 1))
    assert refused.value.code is RejectCode.LIMIT_EXCEEDED


def test_unknown_entities_are_text_and_warnings() -> None:
    found = read_text(ATOM.replace("We count", "We &pondering; AT&T &nbsp;count", 1))
    assert found.row()["abstract"].startswith("We &pondering; AT&T count")
    warnings = next(part for part in _parts(ATOM.replace("We count", "We &pondering; & count", 1))).warnings
    assert warnings == {
        "an entity has a name that no standard knows": 1,
        "an ampersand is not written as one": 1,
    }


def _parts(text: str):
    reader = detect(text.encode()[:HEAD_BYTES], "dump")
    return reader.read(MemoryDump(text.encode()), Settings()).parts


def test_an_unknown_encoding_is_refused() -> None:
    text = ATOM.replace("UTF-8", "pond-8")
    reader = detect(ATOM.encode(), "dump")
    with pytest.raises(DumpError, match="pond-8"):
        read(reader, MemoryDump(text.encode()))


HTML = "<html><body><p>https://arxiv.org/abs/2401.00001</p></body></html>"
OTHER_XML = {
    "a page": HTML,
    "a blog's feed": '<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title><item><title>On ponds</title>'
    "<link>https://example.org/1</link><pubDate>Mon, 20 Jul 2026 00:00:00 GMT</pubDate></item></channel></rss>",
    "a sitemap": '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://arxiv.org/abs/1</loc></url></urlset>',
    "a build file": '<project xmlns="http://maven.apache.org/POM/4.0.0"><name>dblp</name></project>',
    "a list of identifiers": xml_writer.oai_envelope("<ListIdentifiers/>").replace("metadataPrefix", "x"),
    "source code": 'feed = """<feed xmlns="http://arxiv.org/schemas/atom"><entry><title>x</title></entry></feed>"""',
    "a picture": '<svg xmlns="http://www.w3.org/2000/svg"><title>PMID</title></svg>',
    "an open tag": "<",
    "an open comment": "<!-- <feed> http://arxiv.org/abs/2401.00001",
    "nothing else": '<?xml version="1.0"?>',
}


@pytest.mark.parametrize("kind", OTHER_XML)
def test_other_xml_is_not_recognised(kind: str) -> None:
    reader = detect(OTHER_XML[kind].encode(), "arxiv/feed.xml")
    assert reader is None or reader.format.value not in ("arxiv_feed", "oai_pmh", "dblp_xml", "pubmed_xml")


TOKENS = [
    b"<",
    b">",
    b"&",
    b"</",
    b"]]>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<entry>",
    b"</record>",
    b"\xff",
    b"\0",
    b"&x;",
    b'"',
    b"<!ENTITY",
    b"<article ",
    b"</feed>",
]


def damaged(content: bytes, random_: random.Random) -> bytes:
    """A dump with bytes changed, pieces cut out, doubled or moved, or tokens put in."""
    for _ in range(random_.randint(1, 4)):
        place = random_.randrange(len(content) + 1)
        other = min(place + random_.randrange(1, 400), len(content))
        kind = random_.randrange(5)
        middle = {
            0: bytes([random_.randrange(256)]) + content[place + 1 : other],
            1: b"",
            2: content[place:other] * 2,
            3: random_.choice(TOKENS) + content[place:other],
            4: content[place:other][::-1],
        }[kind]
        content = content[:place] + middle + content[other:]
    return content


def check_damaged(content: bytes, chunk_bytes: int) -> None:
    reader = detect(content[:HEAD_BYTES], "dump")
    if reader is None or reader.format.value not in ("arxiv_feed", "oai_pmh", "dblp_xml", "pubmed_xml"):
        return
    try:
        parsed = read(reader, MemoryDump(content, chunk_bytes=chunk_bytes))
    except DumpError:
        return
    titles = parsed.titles
    # Each title that is left whole is in an entry, or a reject says why not.
    whole = {paper.title for paper in PAPERS if escape(paper.title).encode() in content}
    lost = [title for title in whole if not any(title in found for found in titles)]
    assert not lost or parsed.codes or b"<!--" in content, lost


@pytest.mark.parametrize("seed", range(6))
def test_damage_is_never_raised_and_always_accounted(seed: int) -> None:
    random_ = random.Random(seed)
    for content in DUMPS.values():
        for _ in range(3):
            check_damaged(damaged(content, random_), random_.choice([1 << 20, 1000]))
