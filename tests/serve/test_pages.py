"""Pages: every one is well formed, links to what is there, states are in addresses, hostile texts stay texts."""

import threading
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from fastapi.testclient import TestClient

from paperlake.lake import Lake
from paperlake.queries.finding import Selection, search
from paperlake.queries.open_builds.builds import Build
from paperlake.serve import build_state
from paperlake.serve.application import create_app
from paperlake.serve.pages.charts import vote_chart
from paperlake.text.display import BIDI_CONTROLS
from paperlake.warehouse.reading import query
from tests.serve.conftest import client_of, settings_of
from tests.serve.test_builds import publish
from tests.support.hostile_texts import TITLES
from tests.support.pages import Element, parse

MAX_PAGES = 400


def page(client: TestClient, path: str) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return parse(answer.text)


def links(element: Element) -> list[str]:
    return [link.attributes["href"] for link in element.all("a", "link") if "href" in link.attributes]


def crawl(client: TestClient, limit: int) -> Iterator[tuple[str, Element]]:
    """Follow the links of the pages, one of each kind first."""
    waiting, known = ["/"], {"/"}
    while waiting and limit:
        path = waiting.pop(0)
        limit -= 1
        if path.startswith(("/feeds/", "/bibliography/", "/static/", "/api/")):
            assert client.get(path).status_code == 200, path
            continue
        found = page(client, path)
        yield path, found
        for target in links(found):
            if target.startswith("/") and target not in known:
                known.add(target)
                waiting.append(target)


def test_every_link_of_the_pages_leads_somewhere(client: TestClient) -> None:
    kinds = {path.split("?")[0].split("/")[1] for path, _ in crawl(client, MAX_PAGES)}
    assert kinds >= {
        "",
        "search",
        "papers",
        "topics",
        "authors",
        "organizations",
        "new",
        "rising",
        "map",
        "quality",
    }


def test_a_search_is_in_its_address(client: TestClient) -> None:
    found = page(client, "/search?q=models&min_upvotes=1&sort=votes&has_code=&published_from=")
    (field,) = [one for one in found.all("input") if one.attributes.get("name") == "q"]
    assert field.attributes["value"] == "models"
    assert any(
        "sort=newest" in link and "q=models" in link and "min_upvotes=1" in link for link in links(found)
    )
    assert "at least 1 vote" in found.text


def test_the_name_of_an_author_leads_to_the_page_of_the_author(client: TestClient, served: Lake) -> None:
    _, ((name, key),) = query(
        served,
        "SELECT name, name_key FROM paper_authors WHERE name SIMILAR TO '[A-Z][a-z]+ [A-Z][a-z]+' LIMIT 1",
    )
    given, family = name.split()
    for asked in (name, name.upper(), f"{family}, {given}", f"{given[0]}. {family}"):
        targets = links(page(client, f"/search?q={quote(asked)}"))
        assert f"/authors/{quote(key)}?name={quote_plus(name)}" in targets, asked
    assert not [
        one for one in links(page(client, "/search?q=language+models")) if one.startswith("/authors/")
    ]


def test_a_build_is_prepared_for_searches_when_it_is_used(
    served: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[str] = []
    is_done = threading.Event()

    def note(build: Build, text: str, selection: Selection) -> None:
        prepared.append(build.id)
        search(build, text, selection)
        is_done.set()

    monkeypatch.setattr(build_state, "search", note)
    app = create_app(settings_of(served), is_preparing=True)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        found = client.get("/api/v1/topics").json()["build"]
        client.get("/")
        assert is_done.wait(60)
    assert prepared == [found]


def test_nothing_near_is_said(client: TestClient) -> None:
    assert "No good match" in page(client, "/search?q=wwulweum+uchcvsbzz").text
    problem = client.get("/search?published_from=yesterday")
    assert problem.status_code == 400
    assert "published_from must be a day" in problem.text
    assert "The page Topics lists them" in client.get("/search?topic=none+such").text


def test_without_the_model_words_alone_are_searched_and_the_page_says_so(served: Lake) -> None:
    from fastapi.testclient import TestClient as Client

    from paperlake.serve.application import create_app

    settings = settings_of(served).model_copy(
        update={"embedder": "torch", "embedder_model": "/no/such/model"}
    )
    with Client(create_app(settings), base_url="http://127.0.0.1") as other:
        answer = other.get("/search?q=models")
        assert "Searched by words only" in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_another_name_of_a_paper_is_redirected(client: TestClient, served: Lake) -> None:
    _, ((paper_id, arxiv_id),) = query(
        served, "SELECT paper_id, arxiv_id FROM papers WHERE arxiv_id IS NOT NULL LIMIT 1"
    )
    answer = client.get(f"/papers/{arxiv_id}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/papers/{paper_id}")
    assert client.get("/papers/unknown").status_code == 404


def test_a_lake_without_papers_has_every_page(lake: Lake) -> None:
    publish(lake, "1", 0)
    with client_of(lake) as client:
        for path in (
            "/",
            "/search",
            "/topics",
            "/new",
            "/top",
            "/rising",
            "/map",
            "/lists",
            "/quality",
            "/api",
        ):
            assert "NaN" not in page(client, path).text
        for path in ("/feeds/new.atom", "/feeds/topic-events.json", "/bibliography/search.bib"):
            assert client.get(path).status_code == 200
        assert "Run `paperlake run`" in client.get("/search?q=models").text


def test_votes_are_drawn_from_two_days_on() -> None:
    from datetime import date

    one = {"snapshot_date": date(2025, 1, 1), "upvote_count": 4}
    chart = vote_chart([one, {"snapshot_date": date(2025, 1, 5), "upvote_count": 8}])
    assert chart is not None
    assert chart.line == "M0.0 75.0L640.0 0.0"
    assert vote_chart([one]) is None


def test_answers_are_cached_for_a_build(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/topics")
    monkeypatch.setattr(Build, "cursor", lambda self: pytest.fail("asked again"))
    assert client.get("/topics").status_code == 200


# Hostile texts


@pytest.fixture(scope="module")
def hostile_client(hostile: Lake) -> Iterator[TestClient]:
    with client_of(hostile) as client:
        yield client


def test_no_text_leaves_its_place(hostile_client: TestClient) -> None:
    seen = ""
    for path, found in crawl(hostile_client, MAX_PAGES):
        assert not found.all("img", "iframe", "b", "u", "script", "object", "embed", "base"), path
        assert not [one for one in found.all() if any(name.startswith("on") for name in one.attributes)], path
        assert not [one for one in found.all() if "style" in one.attributes], path
        assert not [link for link in links(found) if not link.startswith(("/", "#", "https://arxiv.org/"))], (
            path
        )
        shown = found.text
        assert not BIDI_CONTROLS & set(shown), path
        assert not [char for char in shown if unicodedata.category(char) == "Cc" and char != "\n"], path
        seen += shown
    assert "<img src=x onerror='window.pwned = 1'> Retrieval" in seen
    assert "{{ 7 * 7 }}" in seen


@pytest.mark.parametrize("title", TITLES)
def test_a_hostile_query_is_text(hostile_client: TestClient, title: str) -> None:
    answer = hostile_client.get("/search", params={"q": title[:1000]})
    assert answer.status_code == 200
    assert not parse(answer.text).all("img", "script", "b")
    feed = hostile_client.get("/feeds/search.atom", params={"q": title[:1000]})
    assert feed.status_code == 200
