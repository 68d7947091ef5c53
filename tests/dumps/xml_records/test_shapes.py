"""Odd shapes of the sources: old feeds, single records, books, translated titles, other repositories."""

from datetime import date

import pytest

from paperlake.settings import Settings
from tests.dumps.xml_records.test_round_trip import PAPERS, read_any
from tests.support import xml_writer
from tests.support.memory_dump import Read
from tests.support.xml_writer import DBLP_HEAD, PUBMED_HEAD


def values(found: Read, *names: str) -> tuple:
    assert found.rejects.is_empty(), found.rejects
    return tuple(found.row()[name] for name in names)


OLD_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:syn="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="http://arxiv.org/"><title>cs.CL updates on arXiv.org</title><link>http://arxiv.org/</link>
<dc:date>2023-01-02T20:30:00-05:00</dc:date><syn:updateBase>1901-01-01T00:00+00:00</syn:updateBase>
<items><rdf:Seq><rdf:li rdf:resource="http://arxiv.org/abs/2301.00001"/></rdf:Seq></items></channel>
<image rdf:about="http://arxiv.org/icons/sfx.gif"><title>arXiv.org</title><url>http://arxiv.org/x.gif</url></image>
<item rdf:about="http://arxiv.org/abs/2301.00001">
<title>On ponds. (arXiv:2301.00001v1 [cs.CL] CROSS LISTED)</title><link>http://arxiv.org/abs/2301.00001</link>
<description rdf:parseType="Literal">&lt;p&gt;We count &lt;i&gt;ponds&lt;/i&gt;.&lt;/p&gt;</description>
<dc:creator>&lt;a href="http://arxiv.org/find/x"&gt;Ada Lovelace&lt;/a&gt;, &lt;a href="y"&gt;Kurt G&#xf6;del&lt;/a&gt;</dc:creator>
</item></rdf:RDF>"""


def test_a_feed_of_the_years_before_2024() -> None:
    found = read_any(OLD_RSS.encode())
    assert values(found, "title", "abstract", "authors", "arxiv_id", "categories") == (
        "On ponds.", "We count ponds.", ["Ada Lovelace", "Kurt Gödel"], "2301.00001", ["cs.CL"],
    )  # fmt: skip
    assert found.parsed.listed_date == date(2023, 1, 2)


def test_one_entry_without_its_feed() -> None:
    entry = xml_writer.atom_entry(PAPERS[0]).replace(
        "<entry>", '<entry xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
    )
    assert values(read_any(entry.encode()), "title") == (PAPERS[0].title,)


def test_a_daily_feed_in_atom() -> None:
    text = xml_writer.ATOM_HEAD.replace("arxiv.org/api/", "rss.arxiv.org/atom/") + (
        "<entry><id>oai:arXiv.org:2301.00001v1</id><title>On ponds</title><updated>2026-03-01T00:00:00-05:00</updated>"
        "<summary>arXiv:2301.00001v1 Announce Type: replace\nAbstract: We count.</summary>"
        "<published>2026-03-01T00:00:00-05:00</published><arxiv:announce_type>replace</arxiv:announce_type>"
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ada Lovelace, Kurt Gödel</dc:creator></entry></feed>'
    )
    found = read_any(text.encode())
    assert values(found, "abstract", "arxiv_id", "published_date", "updated_date", "authors") == (
        "We count.", "2301.00001", None, None, ["Ada Lovelace", "Kurt Gödel"],
    )  # fmt: skip
    assert (found.parsed.snapshot_date, found.parsed.listed_date) == (None, date(2026, 3, 1))


def test_an_error_of_the_api_is_no_paper() -> None:
    text = xml_writer.ATOM_HEAD + (
        "<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_1234</id><title>Error</title>"
        "<summary>incorrect id format for 1234</summary><updated>2026-03-01T00:00:00-05:00</updated></entry></feed>"
    )
    found = read_any(text.encode())
    assert (found.titles, found.codes) == ([], ["not_a_paper"])
    assert "incorrect id format for 1234" in found.reasons[0]


def test_classes_of_other_schemes_are_keywords() -> None:
    entry = xml_writer.atom_entry(PAPERS[0]).replace(
        "<arxiv:primary", '<category term="68T50, 14F05"/><category term="I.2.7"/><arxiv:primary'
    )
    row = read_any((xml_writer.ATOM_HEAD + entry + "</feed>").encode()).row()
    assert row["keywords"] == ["68T50", "14F05", "I.2.7"]
    assert row["categories"] == list(PAPERS[0].categories)


def test_deleted_records_are_rejects() -> None:
    found = read_any(xml_writer.oai(PAPERS[:2], deleted=3).encode())
    assert (found.entries.height, found.codes) == (2, ["not_a_paper"] * 3)
    assert found.reasons[0] == "The source has deleted the record oai:arXiv.org:9901.00000."


def dublin_core(body: str) -> bytes:
    return xml_writer.oai_envelope(
        "<ListRecords><record><header><identifier>oai:repo.example.org:10/77</identifier></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{body}</oai_dc:dc></metadata></record></ListRecords>',
        "oai_dc",
    ).encode()


def test_another_repository_in_dublin_core() -> None:
    found = read_any(
        dublin_core(
            "<dc:title>On ponds</dc:title><dc:creator>Lovelace, Ada</dc:creator><dc:date>2019</dc:date>"
            "<dc:type>info:eu-repo/semantics/article</dc:type><dc:identifier>https://repo.example.org/77</dc:identifier>"
            "<dc:relation>https://doi.org/10.1000/POND</dc:relation><dc:rights>http://creativecommons.org/by</dc:rights>"
        )
    )
    assert values(found, "authors", "published_text", "published_date", "doi", "url", "identifiers", "license") == (
        ["Ada Lovelace"], "2019", None, "10.1000/pond", "https://repo.example.org/77", ["oai:repo.example.org:10/77"],
        "http://creativecommons.org/by",
    )  # fmt: skip


def test_other_records_of_a_repository_are_rejects() -> None:
    assert read_any(dublin_core("<dc:title>A pond</dc:title><dc:type>Image</dc:type>")).codes == [
        "not_a_paper"
    ]
    assert read_any(dublin_core("<dc:title>A pond</dc:title>")).codes == ["missing_field"]
    assert read_any(dublin_core("<dc:creator>A</dc:creator>")).codes == ["missing_field"]
    other = dublin_core("").replace(b"oai_dc:dc", b"oai_dc:mods")
    assert read_any(other).codes == ["wrong_type"]


def test_affiliations_are_no_authors() -> None:
    text = xml_writer.oai(PAPERS[:1], "arXivRaw")
    authors = "A. Lovelace (1 and 2), C. Babbage (2) ((1) Turin, (2) London)"
    start, end = text.index("<authors>"), text.index("</authors>")
    found = read_any(f"{text[:start]}<authors>{authors}{text[end:]}".encode())
    assert values(found, "authors") == (["A. Lovelace", "C. Babbage"],)


def test_preprints_in_dblp_have_their_arxiv_id() -> None:
    record = (
        '<article publtype="informal" mdate="2023-01-02" key="journals/corr/abs-2301-00001"><author orcid="0">Ada Lovelace</author>'
        "<title>On ponds<sub>2</sub>...</title><year>2023</year><volume>abs/2301.00001</volume><journal>CoRR</journal>"
        '<ee type="oa">https://doi.org/10.48550/arXiv.2301.00001</ee></article>'
    )
    found = read_any(f"{DBLP_HEAD}{record}</dblp>".encode())
    assert values(found, "title", "arxiv_id", "doi", "venue", "identifiers") == (
        "On ponds2...", "2301.00001", None, None, ["dblp:journals/corr/abs-2301-00001"],
    )  # fmt: skip


def test_a_person_in_dblp() -> None:
    record = xml_writer.dblp_record(PAPERS[1])
    text = (
        '<?xml version="1.0" encoding="US-ASCII"?>\n<dblpperson name="Ada Lovelace" pid="1/2" n="1">\n'
        '<person key="homepages/1/2" mdate="2020-01-01"><author pid="1/2">Ada Lovelace</author></person>\n'
        f'<r>{record}</r>\n<coauthors n="1"><co c="0"><na f="b" pid="3">Charles Babbage</na></co></coauthors></dblpperson>'
    )
    found = read_any(text.encode("latin-1"))
    assert values(found, "title") == (f"{PAPERS[1].title} Part two",)


def test_other_records_of_dblp_are_counted() -> None:
    others = (
        xml_writer.DBLP_PERSON
        + '<proceedings key="conf/x/2023"><title>Proceedings</title><year>2023</year></proceedings>'
    )
    from paperlake.dumps.xml_records.dblp import READER
    from tests.support.memory_dump import MemoryDump

    content = f"{DBLP_HEAD}{others}{xml_writer.dblp_record(PAPERS[0])}</dblp>".encode("latin-1")
    (part,) = READER.read(MemoryDump(content), Settings()).parts
    assert part.warnings == {
        "www is a record that is no paper": 1,
        "proceedings is a record that is no paper": 1,
    }
    assert (part.entries.height, part.rejects.height) == (1, 0)


def pubmed(article: str) -> bytes:
    return (
        f"{PUBMED_HEAD}<PubmedArticle><MedlineCitation><PMID>7</PMID><Article>{article}</Article></MedlineCitation></PubmedArticle>"
        "</PubmedArticleSet>"
    ).encode()


@pytest.mark.parametrize(
    ("date_", "text", "day"),
    [
        ("<Year>2001</Year><Month>Mar</Month><Day>7</Day>", "2001 Mar 7", date(2001, 3, 7)),
        ("<Year>2001</Year><Month>03</Month><Day>07</Day>", "2001 03 07", date(2001, 3, 7)),
        ("<Year>2001</Year><Month>Mar</Month>", "2001 Mar", None),
        ("<Year>2001</Year><Season>Spring</Season>", "2001 Spring", None),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998 Dec-1999 Jan", None),
        ("<Year>2001</Year><Month>Feb</Month><Day>31</Day>", "2001 Feb 31", None),
    ],
)
def test_dates_of_pubmed(date_: str, text: str, day: date | None) -> None:
    found = read_any(
        pubmed(
            f"<Journal><JournalIssue><PubDate>{date_}</PubDate></JournalIssue><ISOAbbreviation>J Ponds</ISOAbbreviation></Journal>"
            "<ArticleTitle>[On ponds].</ArticleTitle>"
        )
    )
    assert values(found, "title", "published_text", "published_date", "venue") == (
        "On ponds",
        text,
        day,
        "J Ponds",
    )


def test_a_book_of_pubmed() -> None:
    text = (
        f'{PUBMED_HEAD}<PubmedBookArticle><BookDocument><PMID>9</PMID><ArticleIdList><ArticleId IdType="doi">10.1000/b</ArticleId>'
        "</ArticleIdList><Book><BookTitle>All ponds</BookTitle><PubDate><Year>2001</Year></PubDate></Book>"
        '<ArticleTitle>On ponds</ArticleTitle><AuthorList Type="authors"><Author><LastName>Lovelace</LastName><Initials>A</Initials>'
        '</Author></AuthorList><AuthorList Type="editors"><Author><LastName>Editor</LastName></Author></AuthorList>'
        "<Abstract><AbstractText>We count.</AbstractText></Abstract></BookDocument></PubmedBookArticle></PubmedArticleSet>"
    )
    assert values(read_any(text.encode()), "title", "authors", "abstract", "venue", "doi", "identifiers") == (
        "On ponds", ["A Lovelace"], "We count.", "All ponds", "10.1000/b", ["pmid:9"],
    )  # fmt: skip


def test_an_old_citation_set_and_deletions() -> None:
    text = (
        '<?xml version="1.0"?><MedlineCitationSet><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>On ponds</ArticleTitle>'
        "<AuthorList><Author><CollectiveName>Ponds</CollectiveName></Author></AuthorList></Article></MedlineCitation>"
        "<DeleteCitation><PMID>8</PMID></DeleteCitation></MedlineCitationSet>"
    )
    assert values(read_any(text.encode()), "title", "authors") == ("On ponds", ["Ponds"])


def test_a_date_after_the_day_of_retrieval_is_unknown() -> None:
    found = read_any(xml_writer.atom(PAPERS[:1]).encode(), path="2020-01-01T070000Z.xml")
    assert values(found, "published_date", "updated_date") == (None, None)
    assert found.row()["published_text"] is not None


def test_a_doi_that_is_none_is_a_warning() -> None:
    from paperlake.dumps.xml_records.arxiv_feed import READER
    from tests.support.memory_dump import MemoryDump

    content = (
        xml_writer.atom(PAPERS[:1]).replace("10.1234/pond.0", "see journal").replace("2023-01-30T", "someday")
    )
    (part,) = READER.read(MemoryDump(content.encode()), Settings()).parts
    assert part.warnings == {"doi is no DOI": 1, "published is no date": 1, "updated is no date": 1}
