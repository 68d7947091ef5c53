"""Files of other programs that are no dumps of papers, by kind, written for this project; none may give an entry.

Each holds what papers have, too: a title, a text, a date, names of people. What it lacks is evidence of papers.
"""

import json

from tests.support.negative_texts import CACHE, GARDEN, METHODS, MODEL, doc

LONG = f"{METHODS} {MODEL}"


def _lines(*objects: object) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in objects)


def _page(key: str, objects: list[dict[str, object]]) -> str:
    return json.dumps({"count": len(objects), "next": None, key: objects}, indent=2)


def _rss(title: str, *items: str, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">\n'
        f"<channel><title>{title}</title><link>https://example.org</link><description>{title}</description>{head}\n"
        + "\n".join(items) + "\n</channel></rss>\n"
    )  # fmt: skip


def _item(title: str, text: str, more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>https://example.org/{len(title)}</link><description>{text}</description>"
        f"<dc:creator>Ada Alm</dc:creator><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><category>Science</category>{more}</item>"
    )


def _csv(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


PRODUCTS = [
    {"id": n, "title": f"Pond pump {n}", "description": LONG, "price": 19.5, "category": "garden", "brand": "Pond",
     "rating": 4.5, "images": ["https://example.org/a.png"], "createdAt": "2026-03-01T10:00:00Z"}
    for n in range(3)
]  # fmt: skip
REPOSITORIES = [
    {"id": n, "name": f"pond-{n}", "full_name": f"ada/pond-{n}", "description": LONG, "stargazers_count": 5, "topics": ["ponds"],
     "html_url": f"https://github.com/ada/pond-{n}", "created_at": "2026-03-01T10:00:00Z", "license": {"name": "MIT License"},
     "owner": {"login": "ada"}, "homepage": "https://example.org", "updated_at": "2026-03-02T10:00:00Z"}
    for n in range(3)
]  # fmt: skip
ISSUES = [
    {"id": n, "number": n, "title": f"The cache is not emptied ({n})", "body": LONG, "state": "open", "labels": [{"name": "bug"}],
     "user": {"login": "ada"}, "created_at": "2026-03-01T10:00:00Z", "html_url": "https://github.com/ada/pond/issues/1"}
    for n in range(3)
]  # fmt: skip
TITLED = [{"title": f"Pond day {n}", "description": LONG, "date": "2026-03-01"} for n in range(3)]
TALKS = [
    {"title": f"Moving Ponds {n}", "abstract": LONG, "speaker": "Ada Alm", "room": "B1", "start": "2026-03-01T10:00:00Z", "track": "web"}
    for n in range(3)
]  # fmt: skip
JOBS = [
    {"title": "Pond engineer", "company": "Pond", "summary": LONG, "date": "2026-03-01", "location": "Bari"}
    for _ in range(3)
]
SLACK = [
    {"type": "message", "user": "U1", "text": f"have you read https://arxiv.org/abs/2401.0000{n}? {LONG}", "ts": "1709287200.000100",
     "attachments": [{"title": f"Ponds in Winter {n}", "title_link": f"https://arxiv.org/abs/2401.0000{n}", "text": LONG}]}
    for n in range(3)
]  # fmt: skip
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Ponds in Winter\n", "## Abstract\n", LONG]},
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["import pandas as pd"]},
    ],
    "metadata": {"kernelspec": {"name": "python3"}, "authors": [{"name": "Ada Alm"}], "title": "Ponds in Winter"},
    "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip
VIDEO = {
    "title": "Ponds",
    "description": LONG,
    "channel": "Ada",
    "upload_date": "20260301",
    "view_count": 7,
    "duration": 99,
}
PATENT = {
    "patent_id": "US1234567", "patent_title": "Pond pump", "title": "Pond pump", "abstract": LONG, "inventors": ["Ada Alm"],
    "assignee": "Pond Inc.", "filing_date": "2020-01-01", "claims": ["1. A pump."], "publication_number": "US1234567B2",
}  # fmt: skip
RECIPE = {
    "@context": "https://schema.org", "@type": "Recipe", "name": "Bean soup", "author": {"@type": "Person", "name": "Ada Alm"},
    "datePublished": "2026-03-01", "description": GARDEN, "recipeIngredient": ["beans"],
}  # fmt: skip
NEWS_ARTICLE = {
    "@context": "https://schema.org", "@type": "NewsArticle", "headline": "City opens a pond", "author": [{"@type": "Person", "name": "A"}],
    "datePublished": "2026-03-01", "abstract": LONG, "publisher": {"name": "The Pond Times"},
}  # fmt: skip

NEGATIVE_FILES: dict[str, list[str]] = {
    "products": [json.dumps(PRODUCTS), _lines(*PRODUCTS), _page("products", PRODUCTS)],
    "repositories": [json.dumps(REPOSITORIES, indent=2), _page("items", REPOSITORIES), _lines(*REPOSITORIES)],
    "issues": [json.dumps(ISSUES), _page("items", ISSUES), _lines(*ISSUES)],
    "titles with a description and a date": [json.dumps(TITLED), _lines(*TITLED), _page("results", TITLED), _page("data", TITLED)],
    "talks": [json.dumps(TALKS), _page("talks", TALKS)],
    "jobs": [json.dumps(JOBS), _lines(*JOBS)],
    "chat": [json.dumps(SLACK), _page("messages", SLACK)],
    "notebook": [json.dumps(NOTEBOOK, indent=1)],
    "videos": [json.dumps([VIDEO, VIDEO]), _lines(VIDEO, VIDEO)],
    "patents": [json.dumps([PATENT, PATENT]), _lines(PATENT, PATENT), _page("patents", [PATENT])],
    "JSON-LD": [json.dumps(RECIPE), json.dumps([RECIPE, RECIPE]), json.dumps(NEWS_ARTICLE), json.dumps([NEWS_ARTICLE] * 2)],
    "packages": [
        json.dumps({"name": "pond", "version": "1.0.0", "description": LONG, "author": "Ada", "license": "MIT", "keywords": ["pond"]}),
        _page("objects", [{"package": {"name": "pond", "description": LONG, "date": "2026-03-01", "author": {"name": "A"}}, "score": 1}]),
        json.dumps({"info": {"name": "pond", "summary": LONG, "author": "Ada", "license": "MIT", "version": "1"}, "releases": {}}),
        '[project]\nname = "pond"\ndescription = "' + LONG + '"\nauthors = [{name = "Ada"}]\n',
    ],
    "tables": [
        _csv("title,overview,release_date,vote_average", *(f'Pond {n},"{LONG}",1999-03-01,7.1' for n in range(3))),
        _csv("title,description,date", *(f'Pond {n},"{LONG}",1999-03-01' for n in range(3))),
        _csv("Title,Author,Publisher,ISBN,Published Date,Description", *(f'Pond {n},Ada,P,9780000000000,1999-03-01,"{LONG}"' for n in range(3))),
        _csv("title,authors,average_rating,isbn13,num_pages,publication_date", *(f"Pond {n},Ada/Bo,4.1,978000000000{n},99,3/1/1999" for n in range(3))),
        _csv("headline,short_description,date,authors,category,link", *(f'Pond {n},"{LONG}",2022-03-01,Ada Alm,SCIENCE,https://x.org' for n in range(3))),
        _csv("title,author,date,content,year,month,publication,category,section,url", *(f'P {n},Ada,2019-01-01,"{LONG}",2019,1,Times,Sci,S,https://x.org' for n in range(3))),
        _csv("Job Title,Company,Location,Date Posted,Summary", *(f'Engineer,Pond,Bari,2026-03-01,"{LONG}"' for _ in range(3))),
        _csv("title,summary,author,published,link", *(f'Pond {n},"{LONG}",Ada,2026-03-01,https://blog.example.org/{n}' for n in range(3))),
        _csv("Issue key,Summary,Status,Created,Description", *(f'P-{n},Fix it,Open,2026-03-01,"{LONG}"' for n in range(3))),
        _csv("name,title,email,department", "Ada,Countess,a@example.org,Ponds", "Bo,Duke,b@example.org,Lakes"),
        _csv("title\tartist\talbum\tyear\tgenre", "Pond\tAda\tLakes\t1999\tfolk", "Tarn\tBo\tLakes\t1999\tfolk"),
    ],
    "feeds": [
        _rss("Pond News", _item("City opens a pond", LONG), _item("Ducks return", GARDEN)),
        _rss("Ada's blog", _item("Ponds", CACHE, f"<content:encoded>{LONG}</content:encoded>"), _item("Lakes", MODEL)),
        _rss("Pond Podcast", _item("Episode 1", LONG, "<itunes:duration>10:00</itunes:duration><enclosure url='x' type='audio/mpeg'/>")),
        _rss("Papers I read", _item("Notes on https://arxiv.org/abs/2401.00001", LONG)),
        '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Ada</title><id>urn:x</id><updated>2026-03-01T10:00:00Z</updated>'
        f"<entry><title>Ponds</title><id>urn:1</id><updated>2026-03-01T10:00:00Z</updated><summary>{LONG}</summary>"
        "<author><name>Ada</name></author></entry></feed>\n",
    ],
    "sitemaps and other XML": [
        '<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://arxiv.org/abs/2401.00001</loc>'
        "<lastmod>2026-03-01</lastmod></url></urlset>\n",
        '<?xml version="1.0"?>\n<opml version="2.0"><head><title>Feeds</title></head><body><outline text="arXiv" xmlUrl="https://rss.arxiv.org/rss/cs.CL"/></body></opml>\n',
        f'<?xml version="1.0"?>\n<catalog><book id="b1"><author>Ada</author><title>Ponds</title><publish_date>2000-10-01</publish_date><description>{LONG}</description></book></catalog>\n',
        f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><title>Ponds</title><desc>{LONG}</desc></svg>\n',
        "<!doctype html><html><head><title>Pond News</title></head><body><article><h3><a href='/2026/ponds'>City opens a pond</a></h3>"
        f"<p>{LONG}</p><time datetime='2026-03-01'>Mar 1</time></article></body></html>\n",
    ],
    "subtitles": [
        "WEBVTT\n\n" + "".join(f"00:00:{n:02}.000 --> 00:00:{n + 3:02}.000\nwe propose a model of ponds, part {n}\n\n" for n in range(9)),
        "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n + 3:02},000\nOur experiments show that it improves {n}\n\n" for n in range(1, 9)),
    ],
    "mailboxes": [
        "".join(f"From ada@example.org Mon Mar  2 10:00:00 2026\nFrom: Ada <ada@example.org>\nSubject: Ponds {n}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n\n{LONG}\n\n" for n in range(3)),
    ],
    "calendars and contacts": [
        "BEGIN:VCALENDAR\nVERSION:2.0\n" + "".join(f"BEGIN:VEVENT\nSUMMARY:Talk on ponds {n}\nDESCRIPTION:{LONG}\nDTSTART:20260301T100000Z\nEND:VEVENT\n" for n in range(3)) + "END:VCALENDAR\n",
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ada Alm\nTITLE:Countess\nNOTE:" + GARDEN + "\nEND:VCARD\n",
    ],
    "recipes": [doc("Bean Soup", "Ingredients", "- beans\n- water", "Method", GARDEN, "Pond Salad", "Ingredients", "- cress", "Method", GARDEN)],
    "configuration": [
        "[metadata]\ntitle = Ponds\nauthor = Ada Alm\nabstract = " + LONG + "\ndate = 2026-03-01\n",
        "Title: Ponds\nAuthor: Ada Alm\nDate: 2026-03-01\nTags: ponds\nSummary: " + CACHE + "\n\n" + GARDEN + "\n",
    ],
}  # fmt: skip
