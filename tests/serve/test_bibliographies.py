"""Bibliographies over HTTP: of a paper, a search, a topic, and in the API; hostile titles stay in their fields."""

import json
from collections.abc import Iterator

import bibtexparser
import pytest
import rispy
from fastapi.testclient import TestClient

from paperlake.bibliography import FORMATS
from paperlake.dumps.bibliography.bibtex.latex import latex_to_text
from paperlake.lake import Lake
from paperlake.warehouse.reading import query
from tests.serve.conftest import client_of
from tests.support.pages import parse


def titles_of(name: str, text: str) -> list[str]:
    """Return the titles of a bibliography as another program reads them."""
    if name == "bibtex":
        library = bibtexparser.parse_string(text)
        assert not library.failed_blocks
        return [latex_to_text(str(entry["title"])) for entry in library.entries]
    if name == "ris":
        return [record["title"] for record in rispy.loads(text)]
    return [item["title"] for item in json.loads(text)]


def known_titles(lake: Lake, where: str = "true") -> set[str]:
    return {" ".join(row[0].split()) for row in query(lake, f"SELECT title FROM papers WHERE {where}")[1]}


@pytest.mark.parametrize("name", FORMATS)
def test_a_paper_a_search_and_a_topic_have_each_format(client: TestClient, served: Lake, name: str) -> None:
    ending = FORMATS[name].ending
    _, ((paper_id, title, arxiv_id, topic_id),) = query(
        served,
        "SELECT paper_id, title, arxiv_id, topic_id FROM papers JOIN paper_topics USING (paper_id) "
        "WHERE arxiv_id IS NOT NULL AND level = 2 AND NOT is_outlier LIMIT 1",
    )
    for path in (paper_id, arxiv_id):
        answer = client.get(f"/bibliography/papers/{path}.{ending}")
        assert answer.status_code == 200
        assert titles_of(name, answer.text) == [title]
        assert answer.headers["content-type"].startswith(FORMATS[name].media_type)
        assert f'filename="{paper_id}.{ending}"' in answer.headers["content-disposition"]
    found = titles_of(name, client.get(f"/bibliography/search.{ending}", params={"q": title}).text)
    assert found[0] == title
    listed = titles_of(name, client.get(f"/bibliography/topics/{topic_id}.{ending}").text)
    assert title in listed


def test_a_search_without_text_cites_more_than_a_page(client: TestClient, served: Lake) -> None:
    text = client.get("/bibliography/search.bib").text
    assert set(titles_of("bibtex", text)) == known_titles(served)


@pytest.mark.parametrize(
    "path", ["/search?q=models", "/search", "/new", "/papers/{id}", "/papers/{id}/similar"]
)
def test_the_api_has_each_format(client: TestClient, served: Lake, path: str) -> None:
    paper_id = query(served, "SELECT min(paper_id) FROM similar_papers")[1][0][0]
    asked = "/api/v1" + path.format(id=paper_id)
    found = client.get(asked).json()
    rows = found.get("rows") or [found["paper"]]
    for name in FORMATS:
        answer = client.get(f"{asked}{'&' if '?' in asked else '?'}format={name}")
        assert titles_of(name, answer.text) == [" ".join(row["title"].split()) for row in rows]
    assert client.get(f"{asked}{'&' if '?' in asked else '?'}format=word").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/bibliography/papers/ffffffffffffffff.bib",
        "/bibliography/topics/none.bib",
        "/bibliography/search.doc",
    ],
)
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_of_a_paper_shows_the_entry_of_the_file(client: TestClient, served: Lake) -> None:
    paper_id = query(served, "SELECT min(paper_id) FROM papers")[1][0][0]
    entry = client.get(f"/bibliography/papers/{paper_id}.bib").text
    (shown,) = parse(client.get(f"/papers/{paper_id}").text).all("pre")
    assert shown.text.strip() == entry.strip()


@pytest.fixture(scope="module")
def hostile(hostile_lake: Lake) -> Iterator[tuple[TestClient, Lake]]:
    with client_of(hostile_lake) as client:
        yield client, hostile_lake


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_titles_stay_in_their_fields(hostile: tuple[TestClient, Lake], name: str) -> None:
    client, lake = hostile
    text = client.get(f"/bibliography/search.{FORMATS[name].ending}").text
    assert len(titles_of(name, text)) == query(lake, "SELECT count(*) FROM papers")[1][0][0]
    plain = known_titles(lake, "NOT regexp_matches(title, '[\\p{Cc}\\p{Cf}\\x{2028}\\x{2029}]')")
    assert len(plain) > 12
    assert plain <= set(titles_of(name, text))
