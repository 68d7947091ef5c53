"""Feeds are valid, escape everything, and repeat nothing over rebuilds and refits."""

import shutil
from urllib.parse import quote

import feedparser
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from paperlake.lake import Lake
from paperlake.warehouse.reading import query
from tests.serve.conftest import client_of, settings_of
from tests.support.lakes import SAMPLES, fill, put

ATOM = "{http://www.w3.org/2005/Atom}"


def first(lake: Lake, sql: str) -> str:
    return query(lake, sql)[1][0][0]


@pytest.fixture(scope="module")
def stems(served: Lake) -> list[str]:
    topic = first(served, "SELECT topic_id FROM topics ORDER BY paper_count DESC LIMIT 1")
    author = first(served, "SELECT name_key FROM paper_authors LIMIT 1")
    organization = first(served, "SELECT organization FROM papers WHERE organization IS NOT NULL LIMIT 1")
    return [
        "/feeds/new{}", f"/feeds/topics/{topic}{{}}", f"/feeds/authors/{quote(author)}{{}}",
        f"/feeds/organizations/{quote(organization, safe='')}{{}}", "/feeds/search{}?q=models",
        "/feeds/search{}?min_upvotes=1",
    ]  # fmt: skip


def test_atom_feeds_are_valid(client: TestClient, stems: list[str]) -> None:
    for stem in [*stems, "/feeds/topic-events{}", "/feeds/categories/cs.CL{}"]:
        answer = client.get(stem.format(".atom"))
        assert answer.headers["content-type"].startswith("application/atom+xml")
        parsed = feedparser.parse(answer.content)
        assert not parsed.bozo, (stem, parsed.get("bozo_exception"))
        assert parsed.version == "atom10"
        assert parsed.feed.id == parsed.feed.links[0].href == f"http://127.0.0.1{stem.format('.atom')}"
        root = etree.fromstring(answer.content)
        for element in (root, *root.iter(f"{ATOM}entry")):
            assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
            assert all(link.get("href") for link in element.iter(f"{ATOM}link"))
        if stem in stems:
            assert parsed.entries, stem
            assert len({entry.id for entry in parsed.entries}) == len(parsed.entries)


def test_json_feeds_hold_the_same_items(client: TestClient, stems: list[str]) -> None:
    for stem in stems:
        feed = client.get(stem.format(".json")).json()
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        atom = feedparser.parse(client.get(stem.format(".atom")).content)
        assert [item["id"] for item in feed["items"]] == [entry.id for entry in atom.entries]
        assert all(item["url"] and item["date_published"] for item in feed["items"])


def test_unknown_feeds_are_not_found(client: TestClient) -> None:
    for path in ("/feeds/new.rss", "/feeds/topics/nothing.atom", "/feeds/nothing.atom"):
        assert client.get(path).status_code == 404


def test_no_item_repeats_or_changes_its_dates_over_rebuilds(served: Lake, tmp_path) -> None:
    lake = Lake.open(tmp_path / "lake")
    shutil.copytree(served.raw, lake.raw, dirs_exist_ok=True)
    seen: dict[str, tuple[str, str]] = {}
    fill(lake, settings_of(lake))
    with client_of(lake) as client:
        for step in range(3):
            for entry in feedparser.parse(client.get("/feeds/new.atom").content).entries:
                dates = (entry.published, entry.updated)
                assert seen.setdefault(entry.id, dates) == dates
            if step == 0:
                put(lake, SAMPLES / "listing/2025-03-12/trending.txt", folder="listing/2025-07-01")
            fill(lake, settings_of(lake), refit=True)
        papers = first(
            lake,
            "SELECT count(*) FROM papers WHERE coalesce(first_snapshot_date, published_date) IS NOT NULL",
        )
        assert len(seen) <= papers
