"""Works that do not exist, as the records of scholarly services write them: for tests of readers and of lakes."""

from dataclasses import dataclass
from datetime import date, timedelta

THINGS = ("Ponds", "Ledgers", "Sheep", "Kettles", "Glaciers", "Violins", "Hedges", "Turbines")
WAYS = ("Counting", "Sorting", "Measuring", "Forecasting", "Compressing", "Describing", "Aligning")
MEANS = ("Sparse Attention", "Random Forests", "Wavelets", "Contrastive Pairs", "Integer Programs")
PEOPLE = (("Ada", "Lovelace"), ("Charles", "Babbage"), ("Émilie", "du Châtelet"), ("Grace B.", "Hopper"),
          ("Alan M.", "Turing"), ("Sofya", "Kovalevskaya"), ("Jean-Pierre", "Serre"))  # fmt: skip


@dataclass(frozen=True)
class Work:
    """One work and what each service may know of it."""

    number: int

    @property
    def title(self) -> str:
        thing, way = THINGS[self.number % len(THINGS)], WAYS[self.number % len(WAYS)]
        return f"{way} {thing} by {MEANS[self.number % len(MEANS)]}: Study {self.number}"

    @property
    def abstract(self) -> str:
        thing = THINGS[self.number % len(THINGS)].lower()
        return (
            f"We study {thing} in {self.number + 3} places and ask how many there are. Our method needs "
            f"{self.number * 7 + 2} examples, runs in linear time, and is within p < 0.0{self.number % 9 + 1} of "
            f"a count by hand. Data and code of study {self.number} are public."
        )

    @property
    def people(self) -> list[tuple[str, str]]:
        return [PEOPLE[(self.number + place) % len(PEOPLE)] for place in range(1 + self.number % 4)]

    @property
    def authors(self) -> list[str]:
        return [" ".join(person) for person in self.people]

    @property
    def day(self) -> date:
        return date(2021, 1, 4) + timedelta(days=11 * self.number)

    @property
    def arxiv_id(self) -> str:
        return f"{self.day:%y%m}.{10_000 + self.number}"

    @property
    def doi(self) -> str:
        return f"10.5555/ponds.{self.number}"

    @property
    def venue(self) -> str:
        return f"Journal of {THINGS[self.number % len(THINGS)]}"

    @property
    def categories(self) -> list[str]:
        return ["cs.CL", "stat.ML"][: 1 + self.number % 2]


def works(count: int = 24) -> list[Work]:
    """Return works from number 1."""
    return [Work(number) for number in range(1, count + 1)]


def arxiv_snapshot(work: Work) -> dict[str, object]:
    return {
        "id": work.arxiv_id, "submitter": work.authors[0], "authors": ", ".join(work.authors),
        "title": work.title.replace(": ", ":\n  "), "comments": "9 pages", "journal-ref": work.venue,
        "doi": work.doi, "report-no": None, "categories": " ".join(work.categories),
        "license": "http://example.org/by/4.0/", "abstract": f"  {work.abstract}\n",
        "versions": [{"version": "v1", "created": f"{work.day:%a, %d %b %Y} 10:00:00 GMT"}],
        "update_date": f"{work.day + timedelta(days=9)}",
        "authors_parsed": [[family, given, ""] for given, family in work.people],
    }  # fmt: skip


def daily_arxiv_enhanced(work: Work) -> dict[str, object]:
    return {
        "id": f"{work.arxiv_id}v2", "pdf": f"https://arxiv.org/pdf/{work.arxiv_id}",
        "abs": f"https://arxiv.org/abs/{work.arxiv_id}", "authors": work.authors, "title": work.title,
        "categories": work.categories, "comment": None, "summary": work.abstract.replace(". ", ".\n"),
        "AI": {"tldr": f"In short: study {work.number}.", "motivation": "m", "method": "m"},
    }  # fmt: skip


def arxiv_api_result(work: Work) -> dict[str, object]:
    return {
        "entry_id": f"http://arxiv.org/abs/{work.arxiv_id}v1", "title": work.title, "summary": work.abstract,
        "authors": [{"name": name} for name in work.authors], "published": f"{work.day}T10:00:00Z",
        "updated": f"{work.day + timedelta(days=9)}T10:00:00Z", "categories": work.categories,
        "primary_category": work.categories[0], "pdf_url": f"http://arxiv.org/pdf/{work.arxiv_id}v1",
        "doi": f"https://doi.org/{work.doi}", "journal_ref": work.venue,
    }  # fmt: skip


def daily_paper(work: Work) -> dict[str, object]:
    return {
        "id": work.arxiv_id, "title": work.title, "summary": work.abstract, "upvotes": work.number,
        "authors": [{"_id": "x", "name": name, "hidden": False} for name in work.authors],
        "publishedAt": f"{work.day}T00:00:00.000Z", "submittedOnDailyAt": f"{work.day}T04:00:00.000Z",
        "discussionId": "64f", "ai_summary": f"In short: study {work.number}.", "ai_keywords": ["sheep"],
        "githubRepo": f"https://github.com/ponds/study-{work.number}", "githubStars": 3 * work.number,
        "projectPage": f"https://ponds.example.org/{work.number}",
    }  # fmt: skip


def openalex(work: Work) -> dict[str, object]:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(work.abstract.split()):
        index.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{4_000_000 + work.number}", "doi": f"https://doi.org/{work.doi}",
        "title": work.title, "display_name": work.title, "publication_year": work.day.year,
        "publication_date": str(work.day), "language": "en", "type": "article",
        "ids": {"openalex": f"https://openalex.org/W{4_000_000 + work.number}", "mag": str(90_000 + work.number),
                "doi": f"https://doi.org/{work.doi}", "pmid": f"https://pubmed.ncbi.nlm.nih.gov/{70_000 + work.number}",
                "pmcid": f"https://www.ncbi.nlm.nih.gov/pmc/articles/{80_000 + work.number}"},
        "primary_location": {"is_oa": True, "landing_page_url": f"https://doi.org/{work.doi}", "pdf_url": None,
                             "source": {"id": "https://openalex.org/S1", "display_name": work.venue}, "license": "cc-by"},
        "locations": [{"landing_page_url": f"http://arxiv.org/abs/{work.arxiv_id}", "source": None}],
        "authorships": [{"author_position": "first", "author": {"id": "https://openalex.org/A1", "display_name": name},
                         "institutions": [{"display_name": "Pond Institute"}], "raw_author_name": name}
                        for name in work.authors],
        "cited_by_count": 3, "biblio": {"volume": "1"}, "is_retracted": False,
        "topics": [{"id": "https://openalex.org/T1", "display_name": "Pond Ecology", "score": 0.98}],
        "keywords": [{"id": "https://openalex.org/keywords/sheep", "display_name": "Sheep", "score": 0.5}],
        "concepts": [{"display_name": "Biology", "score": 0.7}], "referenced_works": ["https://openalex.org/W1"],
        "abstract_inverted_index": index, "updated_date": "2026-01-01T00:00:00",
    }  # fmt: skip


def crossref(work: Work) -> dict[str, object]:
    escaped = work.abstract.replace("<", "&lt;")
    return {
        "indexed": {"date-parts": [[2024, 1, 2]]}, "reference-count": 12, "publisher": "Pond Press",
        "license": [{"start": {"date-parts": [[2024, 1, 1]]}, "content-version": "tdm", "URL": "http://example.org/tdm"},
                    {"content-version": "vor", "URL": "http://example.org/by/4.0/"}],
        "DOI": work.doi.upper(), "type": "journal-article", "title": [work.title], "short-container-title": ["J. P."],
        "container-title": [work.venue], "prefix": "10.5555", "member": "1",
        "author": [{"given": given, "family": family, "sequence": "first", "affiliation": []}
                   for given, family in work.people],
        "abstract": f"<jats:title>Abstract</jats:title><jats:p>{escaped}</jats:p>",
        "issued": {"date-parts": [[work.day.year, work.day.month]]},
        "published-online": {"date-parts": [[work.day.year, work.day.month, work.day.day]]},
        "created": {"date-parts": [[2024, 1, 2]], "timestamp": 1},
        "subject": ["Ecology"], "ISSN": ["1234-5678"], "URL": f"http://dx.doi.org/{work.doi}",
        "relation": {"has-preprint": [{"id-type": "doi", "id": f"10.48550/arXiv.{work.arxiv_id}", "asserted-by": "object"}]},
    }  # fmt: skip


def semantic_scholar(work: Work) -> dict[str, object]:
    return {
        "paperId": f"{work.number:040x}", "corpusId": 500 + work.number,
        "externalIds": {"ArXiv": work.arxiv_id, "DOI": work.doi, "PubMed": str(70_000 + work.number),
                        "CorpusId": 500 + work.number, "DBLP": f"journals/corr/abs-{work.number}", "MAG": "91"},
        "url": f"https://www.semanticscholar.org/paper/{work.number:040x}", "title": work.title,
        "abstract": work.abstract, "venue": work.venue, "year": work.day.year, "publicationDate": str(work.day),
        "authors": [{"authorId": "1", "name": name} for name in work.authors],
        "openAccessPdf": {"url": "https://example.org/x.pdf", "license": "CCBY"},
        "tldr": {"model": "tldr@v2", "text": f"In short: study {work.number}."}, "citationCount": 4,
        "s2FieldsOfStudy": [{"category": "Biology", "source": "s2"}, {"category": "Biology", "source": "x"}],
    }  # fmt: skip


def semantic_scholar_dataset(work: Work) -> dict[str, object]:
    paper = semantic_scholar(work)
    names = (
        "corpusId",
        "externalIds",
        "url",
        "title",
        "authors",
        "venue",
        "year",
        "publicationDate",
        "abstract",
    )
    return {name.lower(): paper[name] for name in names}


def openreview(work: Work) -> dict[str, object]:
    millis = int((work.day - date(1970, 1, 1)).total_seconds() * 1000) + 3_600_000
    content = {
        "title": work.title, "abstract": work.abstract, "authors": work.authors, "authorids": ["~A1"],
        "keywords": ["sheep", "ponds"], "TLDR": f"In short: study {work.number}.", "venue": "PondConf 2022 Poster",
        "primary_area": "counting", "pdf": "/pdf/1.pdf",
    }  # fmt: skip
    return {
        "id": f"note{work.number}", "forum": f"note{work.number}", "cdate": millis, "tcdate": millis, "tmdate": millis,
        "invitations": ["PondConf.org/2022/-/Submission"], "signatures": ["PondConf"], "readers": ["everyone"],
        "license": "CC BY 4.0", "content": {name: {"value": value} for name, value in content.items()},
    }  # fmt: skip


def own_shape(work: Work) -> dict[str, object]:
    return {
        "title": work.title, "authors": ", ".join(work.authors), "abstract": f"<p>{work.abstract.replace('<', '&lt;')}</p>",
        "date": f"{work.day:%d %B %Y}", "doi": f"https://doi.org/{work.doi}", "journal": work.venue,
        "keywords": "sheep; ponds", "code": f"https://github.com/ponds/study-{work.number}",
    }  # fmt: skip


def cv_arxiv_daily(some: list[Work]) -> dict[str, dict[str, str]]:
    def row(work: Work) -> str:
        code = f"**[link](https://github.com/ponds/study-{work.number})**" if work.number % 2 else "null"
        link = f"[{work.arxiv_id}v1](http://arxiv.org/abs/{work.arxiv_id}v1)"
        return f"|**{work.day}**|**{work.title}**|{work.authors[0]} et.al.|{link}|{code}|\n"

    return {
        "Ponds": {work.arxiv_id: row(work) for work in some[::2]},
        "Sheep": {work.arxiv_id: row(work) for work in some[1::2]},
    }
