"""Dumps in XML of papers that were invented for the tests, in the shapes of the sources."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from xml.sax.saxutils import escape

TOPICS = (
    "Ponds", "Tides", "Glaciers", "Lichens", "Beetles", "Harbours", "Kites", "Bridges", "Lanterns", "Orchards",
    "Comets", "Tunnels", "Marshes", "Canals", "Quarries", "Meadows", "Islands", "Caverns", "Deltas", "Dunes",
    "Geysers", "Fjords", "Reefs", "Steppes",
)  # fmt: skip
FAMILIES = ("Gödel", "O'Brien", "van Rossum", "Müller-Lyer", "Łukasiewicz", "Curie", "Ramanujan", "Noether")
GIVENS = ("Ada", "Kurt", "Jean-Pierre", "Grace", "Srinivasa", "Emmy", "Åke", "Zoë")
CATEGORIES = ("cs.CL", "cs.AI", "math.CO", "hep-th", "q-bio.NC", "stat.ML")


@dataclass(frozen=True)
class Paper:
    """One invented paper."""

    number: int
    title: str
    abstract: str
    authors: tuple[tuple[str, str], ...]
    published: date
    updated: date
    arxiv_id: str
    doi: str | None
    venue: str | None
    categories: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [f"{given} {family}" for given, family in self.authors]

    @property
    def pmid(self) -> int:
        return 3000 + self.number

    @property
    def pmcid(self) -> str:
        return f"PMC{77000 + self.number}"


def papers(count: int = 24) -> list[Paper]:
    """Return papers that differ in every field; each third has a DOI and a venue."""
    made = []
    for number in range(count):
        topic, other = TOPICS[number % 24], TOPICS[(number * 5 + 7) % 24]
        published = date(2023, 1, 30) + timedelta(days=11 * number)
        has_doi = number % 3 == 0
        made.append(
            Paper(
                number=number,
                title=f"{topic} & {other}: are p < 0.05 results of series {number} enough?",
                abstract=f"We count {topic.lower()} where x < {number} & y > 3. In {number + 2} trials with "
                f"{other.lower()} the α-rate fell. We give the data and the naïve baseline.",
                authors=tuple(
                    (GIVENS[(number + step) % 8], FAMILIES[(number * 3 + step) % 8])
                    for step in range(1 + number % 4)
                ),
                published=published,
                updated=published + timedelta(days=number % 5 * 20),
                arxiv_id=f"{published:%y%m}.{10000 + number}",
                doi=f"10.1234/pond.{number}" if has_doi else None,
                venue=f"Journal of {topic} {number}" if has_doi else None,
                categories=(CATEGORIES[number % 6], CATEGORIES[(number + 2) % 6]),
            )
        )
    return made


def tag(name: str, text: str | None, attributes: str = "") -> str:
    return "" if text is None else f"<{name}{attributes}>{escape(text)}</{name}>"


# arXiv's API and feeds


def atom_entry(paper: Paper) -> str:
    wrapped = paper.title.replace(" results", "\n  results")
    authors = "".join(f"<author>{tag('name', name)}</author>" for name in paper.names)
    terms = "".join(
        f'<category term="{one}" scheme="http://arxiv.org/schemas/atom"/>' for one in paper.categories
    )
    return (
        f"<entry>\n    <id>http://arxiv.org/abs/{paper.arxiv_id}v2</id>\n"
        f"    <updated>{paper.updated}T17:59:49Z</updated>\n    <published>{paper.published}T01:02:03Z</published>\n"
        f"    {tag('title', wrapped)}\n    {tag('summary', f'  {paper.abstract} ')}\n    {authors}\n"
        f'    <link href="http://arxiv.org/abs/{paper.arxiv_id}v2" rel="alternate" type="text/html"/>\n'
        f'    <link title="pdf" href="http://arxiv.org/pdf/{paper.arxiv_id}v2" rel="related"/>\n'
        f"    {tag('arxiv:comment', '12 pages')}{tag('arxiv:journal_ref', paper.venue)}{tag('arxiv:doi', paper.doi)}\n"
        f'    <arxiv:primary_category term="{paper.categories[0]}"/>{terms}\n  </entry>\n'
    )


ATOM_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
  <link href="http://arxiv.org/api/query?search_query%3Dall%3Aponds" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=all:ponds</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-03-01T00:00:00-05:00</updated>
  <opensearch:totalResults>24</opensearch:totalResults>
"""


def atom(found: list[Paper]) -> str:
    return ATOM_HEAD + "  ".join(["", *map(atom_entry, found)]) + "</feed>\n"


def rss_item(paper: Paper) -> str:
    terms = "".join(tag("category", one) for one in paper.categories)
    kind = ("new", "cross", "replace")[paper.number % 3]
    described = f"arXiv:{paper.arxiv_id}v1 Announce Type: {kind} \nAbstract: {paper.abstract}"
    return (
        f"<item>{tag('title', paper.title)}<link>https://arxiv.org/abs/{paper.arxiv_id}</link>"
        f"{tag('description', described)}"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.arxiv_id}v1</guid>{terms}'
        "<pubDate>Mon, 20 Jul 2026 00:00:00 -0400</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type>{tag('arxiv:DOI', paper.doi)}"
        f"<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
        f"{tag('dc:creator', ', '.join(paper.names))}</item>\n"
    )


RSS_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
  <channel>
    <title>cs.CL updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.CL</link>
    <description>cs.CL updates on the arXiv.org e-print archive.</description><language>en-us</language>
    <lastBuildDate>Mon, 20 Jul 2026 04:00:12 +0000</lastBuildDate>
    <pubDate>Mon, 20 Jul 2026 00:00:00 -0400</pubDate>
    <skipDays><day>Sunday</day><day>Saturday</day></skipDays>
"""


def rss(found: list[Paper]) -> str:
    return RSS_HEAD + "".join(map(rss_item, found)) + "  </channel>\n</rss>\n"


# OAI-PMH


def oai(found: list[Paper], prefix: str = "arXiv", token: str | None = None, deleted: int = 0) -> str:
    """Return an answer of ListRecords; `deleted` records come first."""
    gone = "".join(
        f'<record><header status="deleted"><identifier>oai:arXiv.org:9901.{number:05d}</identifier>'
        "<datestamp>2026-03-01</datestamp></header></record>\n"
        for number in range(deleted)
    )
    body = {"arXiv": oai_arxiv, "arXivRaw": oai_raw, "oai_dc": oai_dc}[prefix]
    records = "".join(
        f"<record>\n<header>\n <identifier>oai:arXiv.org:{paper.arxiv_id}</identifier>\n"
        f" <datestamp>{paper.updated}</datestamp>\n <setSpec>cs</setSpec>\n</header>\n"
        f"<metadata>\n {body(paper)}\n</metadata>\n</record>\n"
        for paper in found
    )
    end = (
        ""
        if token is None
        else f'<resumptionToken cursor="0" completeListSize="99">{token}</resumptionToken>\n'
    )
    return oai_envelope(f"<ListRecords>\n{gone}{records}{end}</ListRecords>\n", prefix)


def oai_envelope(body: str, prefix: str = "arXiv") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
        'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n<responseDate>2026-03-02T03:04:05Z</responseDate>\n'
        f'<request verb="ListRecords" metadataPrefix="{prefix}" set="cs">http://oaipmh.arxiv.org/oai</request>\n'
        f"{body}</OAI-PMH>\n"
    )


def oai_error(code: str) -> str:
    return oai_envelope(f'<error code="{code}">No.</error>\n')


def oai_arxiv(paper: Paper) -> str:
    authors = "".join(
        f"<author>{tag('keyname', family)}{tag('forenames', given)}</author>"
        for given, family in paper.authors
    )
    return (
        '<arXiv xmlns="http://arxiv.org/OAI/arXiv/" xsi:schemaLocation="http://arxiv.org/OAI/arXiv/ http://arxiv.org/OAI/arXiv.xsd">'
        f"\n <id>{paper.arxiv_id}</id><created>{paper.published}</created><updated>{paper.updated}</updated>"
        f"<authors>{authors}</authors>{tag('title', paper.title)}<categories>{' '.join(paper.categories)}</categories>"
        f"<comments>12 pages</comments>{tag('journal-ref', paper.venue)}{tag('doi', paper.doi)}"
        f"<license>http://arxiv.org/licenses/nonexclusive-distrib/1.0/</license>{tag('abstract', '  ' + paper.abstract)}</arXiv>"
    )


def oai_raw(paper: Paper) -> str:
    versions = [paper.published, *([paper.updated] if paper.updated > paper.published else [])]
    dates = "".join(
        f'<version version="v{place}"><date>{day:%a, %d %b %Y} 19:18:42 GMT</date><size>10kb</size></version>'
        for place, day in enumerate(versions, start=1)
    )
    return (
        '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">'
        f"<id>{paper.arxiv_id}</id><submitter>Somebody</submitter>{dates}{tag('title', paper.title)}"
        f"{tag('authors', ' and '.join(paper.names) if len(paper.names) < 3 else ', '.join(paper.names))}"
        f"<categories>{' '.join(paper.categories)}</categories>{tag('journal-ref', paper.venue)}{tag('doi', paper.doi)}"
        f"<license>http://arxiv.org/licenses/nonexclusive-distrib/1.0/</license>{tag('abstract', paper.abstract)}</arXivRaw>"
    )


def oai_dc(paper: Paper) -> str:
    creators = "".join(tag("dc:creator", f"{family}, {given}") for given, family in paper.authors)
    days = sorted({paper.published, paper.updated})
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{tag('dc:title', paper.title)}{creators}<dc:subject>Computer Science - Ponds</dc:subject>"
        f"{tag('dc:description', paper.abstract)}<dc:description>Comment: 12 pages</dc:description>"
        f"{''.join(tag('dc:date', str(day)) for day in days)}<dc:type>text</dc:type>"
        f"<dc:identifier>http://arxiv.org/abs/{paper.arxiv_id}</dc:identifier>{tag('dc:identifier', paper.doi and 'doi:' + paper.doi)}"
        "</oai_dc:dc>"
    )


# DBLP

LATIN_ENTITIES = {"ö": "&ouml;", "ü": "&uuml;", "ë": "&euml;", "Å": "&Aring;", "é": "&eacute;"}


def dblp_record(paper: Paper, end: str = " Part two.") -> str:
    kind, place, venue = (
        ("article", "journals", "journal") if paper.number % 2 else ("inproceedings", "conf", "booktitle")
    )
    authors = "".join(
        tag("author", f"{name} 0001" if name.endswith("Curie") else name) for name in paper.names
    )
    ee = (
        f"<ee>https://doi.org/{paper.doi.upper()}</ee>"
        if paper.doi
        else f"<ee>https://example.org/{paper.number}.pdf</ee>"
    )
    text = (
        f'<{kind} mdate="2024-02-05" key="{place}/pond/P{paper.number}">\n{authors}'
        f"\n{tag('title', paper.title + end)}\n<pages>1-12</pages>\n<year>{paper.published.year}</year>"
        f"\n{tag(venue, paper.venue or 'POND')}\n{ee}\n<crossref>conf/pond/2023</crossref>\n"
        f"<url>db/conf/pond/p.html#P{paper.number}</url>\n</{kind}>"
    )
    # As the dump writes them: what Latin-1 has as entities, the rest as numbers.
    return "".join(LATIN_ENTITIES.get(char, char if ord(char) < 256 else f"&#{ord(char)};") for char in text)


DBLP_HEAD = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE dblp SYSTEM "dblp-2024-01-01.dtd">\n<dblp>\n'
)
DBLP_PERSON = '<www mdate="2009-06-10" key="homepages/c/Curie">\n<author>Marie Curie</author>\n<title>Home Page</title>\n</www>'


def dblp(found: list[Paper], end: str = " Part two.") -> bytes:
    records = "".join(dblp_record(paper, end) for paper in found)
    return (DBLP_HEAD + DBLP_PERSON + records + "\n</dblp>\n").encode("latin-1")


# PubMed

PUBMED_HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>\n'
)


def pubmed_article(paper: Paper, is_odd: bool = True) -> str:
    """Return an article; an odd one has a longer title, tags in its abstract and a group of authors."""
    title_end, water = (" On CO", " in H<sub>2</sub>O") if is_odd else ("", "")
    group = '<Author ValidYN="Y"><CollectiveName>Pond Consortium</CollectiveName></Author>' if is_odd else ""
    authors = "".join(
        f'<Author ValidYN="Y">{tag("LastName", family)}{tag("ForeName", given)}<Initials>{given[0]}</Initials>'
        "<AffiliationInfo><Affiliation>Pond Institute.</Affiliation></AffiliationInfo></Author>"
        for given, family in paper.authors
    )
    day = paper.published
    doi = tag("ArticleId", paper.doi, ' IdType="doi"')
    first, rest = escape(paper.abstract).split(". ", 1)
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{paper.pmid}</PMID>'
        f'<DateRevised><Year>2025</Year><Month>01</Month><Day>02</Day></DateRevised><Article PubModel="Print-Electronic">'
        f'<Journal><ISSN>1234-5678</ISSN><JournalIssue CitedMedium="Internet"><Volume>3</Volume><PubDate><Year>{day.year + 1}</Year>'
        f"<Month>Mar</Month></PubDate></JournalIssue>{tag('Title', paper.venue or 'Annals of ponds')}"
        f"<ISOAbbreviation>Ann Ponds</ISOAbbreviation></Journal>{tag('ArticleTitle', paper.title + title_end)}"
        f'<ELocationID EIdType="pii" ValidYN="Y">S0001</ELocationID><Abstract>'
        f'<AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">{first}{water}.</AbstractText>'
        f'<AbstractText Label="RESULTS" NlmCategory="RESULTS">{rest}</AbstractText></Abstract>'
        f'<AuthorList CompleteYN="Y">{authors}{group}</AuthorList>'
        f'<ArticleDate DateType="Electronic"><Year>{day.year}</Year><Month>{day.month:02d}</Month><Day>{day.day:02d}</Day></ArticleDate>'
        '</Article><MeshHeadingList><MeshHeading><DescriptorName UI="D1">Ponds</DescriptorName><QualifierName>chemistry</QualifierName>'
        '</MeshHeading></MeshHeadingList><KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">water</Keyword></KeywordList>'
        "</MedlineCitation><PubmedData><PublicationStatus>ppublish</PublicationStatus><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{paper.pmid}</ArticleId>{doi}'
        f'<ArticleId IdType="pmc">{paper.pmcid}</ArticleId></ArticleIdList><ReferenceList><Reference><Citation>Another.</Citation>'
        '<ArticleIdList><ArticleId IdType="doi">10.9999/another</ArticleId><ArticleId IdType="pubmed">1</ArticleId></ArticleIdList>'
        "</Reference></ReferenceList></PubmedData></PubmedArticle>\n"
    )


def pubmed(found: list[Paper], is_odd: bool = True) -> str:
    articles = "".join(pubmed_article(paper, is_odd) for paper in found)
    return f"{PUBMED_HEAD}{articles}</PubmedArticleSet>\n"


def dumps() -> dict[str, bytes]:
    """Return one dump of 24 papers of each shape."""
    found = papers()
    return {
        "atom": atom(found).encode(),
        "rss": rss(found).encode(),
        **{f"oai {prefix}": oai(found, prefix).encode() for prefix in ("arXiv", "arXivRaw", "oai_dc")},
        "dblp": dblp(found),
        "pubmed": pubmed(found).encode(),
    }


def retitled(paper: Paper, title: str) -> Paper:
    return replace(paper, title=title)
