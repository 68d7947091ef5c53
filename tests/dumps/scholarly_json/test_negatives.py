"""JSON that lists no papers: without these a package, a chat or a list of books would become papers."""

import json

import pytest

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.formats import READERS

LONG = (
    "We went to the pond and looked at it for a long time, and then we wrote this text about all that we saw. "
    * 3
)

NOT_PAPERS = {
    "package.json": {"name": "pond", "version": "1.0.0", "description": LONG, "author": "Ada", "dependencies": {"x": "1"}},
    "tsconfig.json": {"compilerOptions": {"target": "es2020", "paths": {"@/*": ["src/*"]}}, "include": ["src"]},
    "notebook": {"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Abstract\n", LONG]}], "nbformat": 4},
    "lock file": {"name": "x", "lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "license": "MIT"}}},
    "geojson": {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"title": "Pond"}}]},
    "chat export": {"messages": [{"role": "user", "author": "Ada", "content": LONG, "date": "2024-01-05"}]},
    "chat conversations": [{"title": "Ponds", "create_time": 1700000000.5, "mapping": {"a": {"message": {"author": {"role": "user"}}}}}],
    "books": [{"title": "Ponds", "author": "Ada Lovelace", "isbn13": "9780000000000", "summary": LONG, "year": 1999}],
    "books with authors": [{"title": "Ponds", "authors": ["Ada Lovelace"], "publisher": "P", "pageCount": 99, "summary": LONG}],
    "blog posts": [{"title": "Ponds", "content": LONG, "author": "Ada", "date": "2024-01-05", "url": "https://ada.example.org"}],
    "feed items": {"version": "https://jsonfeed.org/version/1", "title": "Ada", "items": [{"id": "1", "title": "Ponds", "summary": LONG, "content_html": "<p>x</p>", "date_published": "2024-01-05", "authors": [{"name": "Ada"}]}]},
    "news": {"status": "ok", "articles": [{"source": {"name": "X"}, "author": "Ada", "title": "Ponds", "description": LONG, "url": "https://news.example.org/1", "publishedAt": "2024-01-05T10:00:00Z", "content": LONG}]},
    "news aggregator": {"hits": [{"title": "Ponds", "url": "https://arxiv.org/abs/2401.00001", "author": "pg", "points": 5, "created_at": "2024-01-05"}]},
    "films": [{"title": "Pond", "director": "Ada", "cast": ["B"], "genres": ["drama"], "summary": LONG, "release_date": "1999-01-05"}],
    "recipes": [{"title": "Soup", "author": "Ada", "ingredients": ["water"], "summary": LONG, "date": "2024-01-05"}],
    "issues": [{"number": 5, "title": "Broken pond", "body": LONG, "created_at": "2024-01-05T10:00:00Z", "labels": [{"name": "bug"}], "user": {"login": "ada"}}],
    "repositories": [{"name": "pond", "title": "Pond", "stars": 5, "url": "https://github.com/a/pond", "summary": LONG}],
    "json schema": {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Paper", "properties": {"title": {"title": "Title", "type": "string"}, "abstract": {"title": "Abstract"}}},
    "openapi": {"openapi": "3.0.0", "info": {"title": "Ponds", "version": "1", "license": {"name": "MIT"}}, "paths": {}},
    "settings": {"title": "Pond", "theme": "dark", "authors": {"name": "Ada"}, "date": "2024-01-05"},
    "menu": [{"title": "Home", "url": "/"}, {"title": "About", "url": "/about", "items": [{"title": "Team"}]}],
    "translations": {"title": "Titel", "abstract": "Kurzfassung", "authors": "Verfasser", "date": "Datum"},
    "issue tracker": {"issues": [{"title": "T", "summary": LONG, "assignee": "ada", "created": "2024-01-05"}]},
    "videos": {"items": [{"id": {"videoId": "x"}, "snippet": {"title": "Ponds", "description": LONG, "publishedAt": "2024-01-05T10:00:00Z"}}]},
    "numbers": [1, 2, 3],
    "records of people": [{"name": "Ada", "title": "Countess", "email": "ada@example.org", "summary": LONG}],
    "citation file": {"title": "pond", "authors": [{"family-names": "Lovelace", "given-names": "Ada"}], "version": "1.0", "license": "MIT"},
    "software with a DOI": {"title": "pond", "authors": [{"name": "Ada Lovelace"}], "version": "1.0", "doi": "10.5281/zenodo.1", "license": "MIT"},
    "data sets": [{"title": "Pond data", "creators": [{"name": "Ada"}], "upload_type": "dataset", "doi": "10.5281/zenodo.1", "publication_date": "2024-01-05"}],
    "dashboard": {"title": "Ponds", "panels": [{"title": "Depth", "type": "graph"}], "version": 3, "tags": ["x"]},
    "events": [{"title": "Pond day", "date": "2024-01-05", "summary": LONG, "location": "Pond", "author": "Ada"}],
    "podcast": [{"title": "Ponds", "episode": 4, "summary": LONG, "authors": ["Ada"], "duration": 99, "published": "2024-01-05"}],
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "pretty"])
@pytest.mark.parametrize("name", NOT_PAPERS)
def test_json_without_papers_is_of_no_format(name: str, indent: int | None) -> None:
    value = NOT_PAPERS[name]
    contents = [json.dumps(value, indent=indent)]
    if isinstance(value, list):
        contents.append("\n".join(json.dumps(one, indent=indent) for one in value * 3))
    for content in contents:
        found = [
            reader.format
            for reader in READERS
            if reader.format not in (DumpFormat.LISTING_TEXT, DumpFormat.LISTING_MARKDOWN)
            and reader.recognises(content.encode(), f"{name}/papers_data.json")
        ]
        assert found == []
