"""Reading lists over HTTP: pages, API, feeds, bibliographies; an edited list counts at once."""

from collections.abc import Iterator

import bibtexparser
import feedparser
import pytest
from fastapi.testclient import TestClient

from paperlake.lake import Lake
from paperlake.serve.api import models
from tests.serve.test_pages import links
from tests.support.pages import parse
from tests.support.reading_lists import paper_ids, put_list, remove_lists


@pytest.fixture
def listed(served: Lake) -> Iterator[list[str]]:
    """The papers of the list `ponds`."""
    ids = paper_ids(served)[:8]
    put_list(served, "ponds.txt", *ids, "2401.99999", "<script>x</script> & more")
    yield ids
    remove_lists(served)


def test_without_lists_the_page_says_how_to_write_one(client: TestClient) -> None:
    assert "curated/lists/" in parse(client.get("/lists").text).text


def test_the_page_of_a_list_shows_new_near_and_listed_papers(client: TestClient, listed: list[str]) -> None:
    assert parse(client.get("/lists").text).text.count("2 lines without a paper") == 1
    answer = client.get("/lists/ponds", params={"since": "2024-01-01"})
    found = parse(answer.text)
    assert "8 papers of the lake in this list" in found.text
    links = [one.attributes.get("href", "") for one in found.all("a")]
    assert {f"/papers/{paper_id}" for paper_id in listed} <= set(links)
    assert "<script>x</script> & more" in found.text
    assert not found.all("script")


def test_every_link_from_a_list_leads_somewhere(client: TestClient, listed: list[str]) -> None:
    targets = {
        target for path in ("/lists", "/lists/ponds") for target in links(parse(client.get(path).text))
    }
    assert {"/lists/ponds", "/feeds/lists/ponds.atom", "/bibliography/lists/ponds.ris"} <= targets
    for target in targets:
        assert target.startswith(("/", "#"))
        assert client.get(target).status_code == 200, target


def test_an_edited_list_counts_at_once(client: TestClient, listed: list[str], served: Lake) -> None:
    first = client.get("/lists/ponds")
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers
    put_list(served, "ponds.txt", *listed[:3])
    assert "3 papers of the lake in this list" in client.get("/lists/ponds").text
    remove_lists(served)
    assert client.get("/lists/ponds").status_code == 404


def test_the_api_answers_as_declared(client: TestClient, listed: list[str]) -> None:
    lists = client.get("/api/v1/lists").json()
    models.ListsResult.model_validate(lists)
    assert lists["rows"] == [{"name": "ponds", "paper_count": 8, "unresolved_count": 2}]
    found = client.get("/api/v1/lists/ponds", params={"limit": 7}).json()
    models.ListResult.model_validate(found)
    assert len(found["rows"]) == 7
    assert found["paper_ids"] == listed
    assert [one["line"] for one in found["unresolved"]] == [9, 10]
    fitting = client.get("/api/v1/lists/ponds", params={"only_fitting": True, "limit": 100}).json()
    assert all(row["score"] >= 0.7 for row in fitting["rows"])
    ris = client.get("/api/v1/lists/ponds", params={"format": "ris", "limit": 4}).text
    assert ris.count("TY  - ") == 4
    assert client.get("/api/v1/lists/none").status_code == 404


def test_the_feed_has_fitting_papers_newest_first_each_once(client: TestClient, listed: list[str]) -> None:
    found = client.get("/api/v1/lists/ponds", params={"only_fitting": True, "limit": 100}).json()
    feed = feedparser.parse(client.get("/feeds/lists/ponds.atom").content)
    assert not feed.bozo
    ids = [entry.id.rpartition(":")[2] for entry in feed.entries]
    assert len(set(ids)) == len(ids)
    dated = {row["paper_id"] for row in found["rows"] if row["first_snapshot_date"] or row["published_date"]}
    assert set(ids) <= dated
    assert len(ids) == min(len(dated), 50)
    days = [entry.updated for entry in feed.entries]
    assert days == sorted(days, reverse=True)
    json_feed = client.get("/feeds/lists/ponds.json").json()
    assert [item["id"].rpartition(":")[2] for item in json_feed["items"]] == ids


def test_the_bibliography_of_a_list_has_its_papers_in_order(client: TestClient, listed: list[str]) -> None:
    library = bibtexparser.parse_string(client.get("/bibliography/lists/ponds.bib").text)
    assert [entry.key.rpartition("-")[2] for entry in library.entries] == [one[:8] for one in listed]
