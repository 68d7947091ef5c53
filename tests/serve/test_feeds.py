"""Feeds are valid, escape everything, and repeat nothing over rebuilds and refits."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import feedparser
import jsonschema
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from paperlake.lake import Lake
from paperlake.text.display import one_line
from paperlake.warehouse.reading import query
from tests.serve.conftest import client_of, settings_of
from tests.support.feed_schemas import ATOM, JSON_FEED
from tests.support.hostile_texts import TITLES, steering, stored_titles
from tests.support.lakes import SAMPLES, fill, put
from tests.support.reading_lists import paper_ids, put_list, remove_lists


def first(lake: Lake, sql: str) -> str:
    return query(lake, sql)[1][0][0]


def stems_of(lake: Lake) -> list[str]:
    """One feed of each kind, without its ending."""
    topic = first(lake, "SELECT topic_id FROM topics ORDER BY paper_count DESC LIMIT 1")
    author = first(lake, "SELECT name_key FROM paper_authors ORDER BY 1 LIMIT 1")
    organization = first(lake, "SELECT organization FROM papers WHERE organization IS NOT NULL LIMIT 1")
    return [
        "/feeds/new{}", f"/feeds/topics/{topic}{{}}", f"/feeds/authors/{quote(author, safe='')}{{}}",
        f"/feeds/organizations/{quote(organization, safe='')}{{}}", "/feeds/search{}?q=models",
        "/feeds/search{}?min_upvotes=1", "/feeds/lists/ponds{}",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def stems(served: Lake) -> Iterator[list[str]]:
    put_list(served, "ponds.txt", *paper_ids(served)[:8])
    yield stems_of(served)
    remove_lists(served)


def entries_of(client: TestClient, path: str) -> list[feedparser.FeedParserDict]:
    """The entries of an Atom feed, which must be valid."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["content-type"].startswith("application/atom+xml")
    ATOM.assertValid(etree.fromstring(answer.content))
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, (path, parsed.get("bozo_exception"))
    assert parsed.version == "atom10"
    assert parsed.feed.id == parsed.feed.links[0].href == f"http://127.0.0.1{path}"
    return parsed.entries


def items_of(client: TestClient, path: str) -> list[dict]:
    """The items of a JSON Feed, which must be valid."""
    answer = client.get(path)
    assert answer.headers["content-type"].startswith("application/feed+json")
    jsonschema.validate(answer.json(), JSON_FEED)
    return answer.json()["items"]


def test_atom_and_json_feeds_are_valid_and_hold_the_same_items(client: TestClient, stems: list[str]) -> None:
    for stem in [*stems, "/feeds/topic-events{}", "/feeds/categories/cs.CL{}"]:
        entries = entries_of(client, stem.format(".atom"))
        if stem in stems:
            assert entries, stem
        ids = [entry.id for entry in entries]
        assert len(set(ids)) == len(ids)
        items = items_of(client, stem.format(".json"))
        assert [item["id"] for item in items] == ids
        assert [item["url"] for item in items] == [entry.link for entry in entries]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><updated>2025-01-01T00:00:00Z</updated></feed>',
         "id"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><id>a:b</id><title>x</title><updated>2025-01-01</updated></feed>',
         "updated"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><id>a:b</id><title>x</title><updated>2025-01-01T00:00:00Z'
         b"</updated><item/></feed>", "item"),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_no_atom(content: bytes, told: str) -> None:
    assert not ATOM.validate(etree.fromstring(content))
    assert told in str(ATOM.error_log)


def test_hostile_titles_stay_in_their_entries(hostile: Lake) -> None:
    titles = sorted(one_line(title) for title in stored_titles(hostile))
    assert len(titles) >= len(TITLES) - 1
    put_list(hostile, "ponds.txt", *paper_ids(hostile)[:3])
    with client_of(hostile) as client:
        for stem in stems_of(hostile):
            entries = entries_of(client, stem.format(".atom"))
            items = items_of(client, stem.format(".json"))
            shown = [item["title"] for item in items]
            assert [item["id"] for item in items] == [entry.id for entry in entries]
            assert not steering("".join(shown))
            assert set(shown) <= set(titles), stem
            if stem.startswith("/feeds/new"):
                assert sorted(shown) == titles
    remove_lists(hostile)


def test_unknown_feeds_are_not_found(client: TestClient) -> None:
    for path in ("/feeds/new.rss", "/feeds/topics/nothing.atom", "/feeds/nothing.atom"):
        assert client.get(path).status_code == 404


class Reader:
    """A feed reader: it shows an entry that it has not seen, or whose date of change is another one."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str]] = {}
        self.shown: list[tuple[str, str]] = []

    def read(self, client: TestClient, path: str) -> None:
        for entry in feedparser.parse(client.get(path).content).entries:
            dates = (entry.published, entry.updated)
            if self.known.get(entry.id) != dates:
                self.shown.append((entry.link, entry.title))
            self.known[entry.id] = dates


def test_no_entry_repeats_over_five_rebuilds_with_a_refit(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json", folder="daily_api")
    fill(lake, settings_of(lake), until="warehouse")
    put_list(lake, "ponds.txt", *paper_ids(lake)[:8])
    stems = [*stems_of(lake), "/feeds/topic-events{}", "/feeds/categories/cs{}"]
    readers = {stem: Reader() for stem in stems}
    counts = []
    with client_of(lake) as client:
        for rebuild in range(6):
            if rebuild:
                change(lake, rebuild)
                fill(lake, settings_of(lake), until="warehouse", refit=rebuild in (3, 5))
            for stem, reader in readers.items():
                reader.read(client, stem.format(".atom"))
            counts.append(len(readers["/feeds/new{}"].shown))
    assert counts[-1] > counts[0]
    for stem, reader in readers.items():
        assert len(set(reader.shown)) == len(reader.shown), stem


def change(lake: Lake, rebuild: int) -> None:
    """Put into the lake what makes a rebuild necessary: new papers, later votes, known papers again."""
    if rebuild == 1:
        put(lake, SAMPLES / "listing/2025-03-12/trending.txt", folder="2025-07-01")
    elif rebuild == 2:
        known = json.loads((lake.raw / "daily_api/2024-06-15T070000Z.json").read_text())
        for row in known:
            row["paper"]["upvotes"] += 5
        (lake.raw / "daily_api/2024-06-18T070000Z.json").write_text(json.dumps(known))
    elif rebuild == 4:
        shutil.copytree(lake.raw / "2025-07-01", lake.raw / "2025-07-02")
