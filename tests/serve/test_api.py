"""The JSON API: what it answers is what it declares, cursors, names, errors, entity tags."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from paperlake.lake import Lake
from paperlake.serve.api import models
from paperlake.warehouse.reading import query


def get(client: TestClient, path: str, **parameters: object) -> dict:
    answer = client.get(f"/api/v1{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_answers_are_as_their_models_declare(client: TestClient) -> None:
    found = get(client, "/search", q="language models")
    paper_id, topic_id = found["rows"][0]["paper_id"], get(client, "/topics")["rows"][0]["topic_id"]
    models.SearchResult.model_validate(found)
    models.SearchResult.model_validate(get(client, "/search"))
    models.PaperResult.model_validate(get(client, f"/papers/{paper_id}"))
    models.SimilarResult.model_validate(get(client, f"/papers/{paper_id}/similar"))
    models.TopicsResult.model_validate(get(client, "/topics"))
    models.TopicResult.model_validate(get(client, f"/topics/{topic_id}"))
    models.TrendsResult.model_validate(get(client, "/trends"))
    models.PapersResult.model_validate(get(client, "/new"))
    models.RisingResult.model_validate(get(client, "/rising"))
    models.ResolveResult.model_validate(get(client, "/resolve", name=paper_id))


@pytest.mark.parametrize("parameters", [{"sort": "newest"}, {"sort": "votes"}, {"sort": "seen"}, {"q": "models"}, {"q": "models", "sort": "newest"}])  # fmt: skip
def test_pages_list_every_paper_once(client: TestClient, parameters: dict) -> None:
    first = page = get(client, "/search", limit=7, **parameters)
    listed = [row["paper_id"] for row in page["rows"]]
    while page["next"]:
        page = get(client, "/search", limit=7, cursor=page["next"], **parameters)
        listed += [row["paper_id"] for row in page["rows"]]
    assert len(listed) == len(set(listed)) == first["total"] > 14


def test_filters_hold_for_every_row(client: TestClient, served: Lake) -> None:
    rows = get(client, "/search", min_upvotes=7, published_from="2024-06-12", limit=100)["rows"]
    assert rows
    assert all(row["upvote_count"] >= 7 and row["published_date"] >= "2024-06-12" for row in rows)
    by_text = get(client, "/search", q="open models", min_upvotes=7, by="words", limit=100)["rows"]
    assert all(row["upvote_count"] >= 7 for row in by_text)
    topic = get(client, "/topics", level=2)["rows"][0]
    found = get(client, "/search", topic=topic["topic_id"])
    assert found["total"] == topic["paper_count"]


def test_any_name_finds_the_paper(client: TestClient, served: Lake) -> None:
    _, ((paper_id, arxiv_id),) = query(
        served, "SELECT paper_id, arxiv_id FROM papers WHERE arxiv_id IS NOT NULL LIMIT 1"
    )
    for name in (paper_id, arxiv_id, quote(f"https://arxiv.org/abs/{arxiv_id}", safe="")):
        assert get(client, f"/papers/{name}")["paper"]["paper_id"] == paper_id
    assert get(client, "/resolve", name=arxiv_id)["paper_ids"] == [paper_id]


@pytest.mark.parametrize(("path", "status"), [
    ("/search?cursor=rubbish", 400), ("/search?cursor=WyJuZXdlc3QiLCJ4IiwieSJd&sort=newest", 400),
    ("/search?limit=0", 400), ("/search?published_from=yesterday", 400), ("/search?topic=none+such", 400),
    ("/search?published_from=2025-02-01&published_to=2025-01-01", 400), ("/papers/nothing", 404),
    ("/papers/0000000000000000/similar", 404), ("/topics/nothing", 404), ("/resolve", 400), ("/nowhere", 404),
    ("/search?min_upvote=3", 400), ("/topics?q=x", 400), ("/papers/nothing?limit=3", 400), ("/lists?x=1", 400),
])  # fmt: skip
def test_errors_are_json_and_say_why(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    assert models.ErrorResult.model_validate(answer.json()).error.status == status


def test_a_misspelt_parameter_is_told_with_those_that_there_are(client: TestClient) -> None:
    told = client.get("/api/v1/search?min_upvote=3").json()["error"]["message"]
    assert "no parameter 'min_upvote'" in told
    assert "min_upvotes" in told


def test_a_known_build_is_answered_by_304(client: TestClient) -> None:
    first = client.get("/api/v1/new")
    tag = first.headers["etag"]
    again = client.get("/api/v1/new", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/v1/new", headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert "etag" not in client.get("/api/v1/papers/nothing").headers


def test_rising_papers_gained_what_was_counted(client: TestClient) -> None:
    rows = get(client, "/rising", days=7)["rows"]
    assert rows
    assert [row["upvotes_gained"] for row in rows] == sorted(
        (row["upvotes_gained"] for row in rows), reverse=True
    )
    assert all(0 < row["upvotes_gained"] <= row["upvote_count"] for row in rows)


def test_the_description_names_every_endpoint(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert {path.removeprefix("/api/v1") for path in described["paths"]} == {
        "/search", "/papers/{name}", "/papers/{name}/similar", "/resolve", "/new", "/rising", "/topics",
        "/topics/{topic_id}", "/trends", "/lists", "/lists/{name}",
    }  # fmt: skip
    assert "http" not in client.get("/api").text.replace("http://127.0.0.1", "")
