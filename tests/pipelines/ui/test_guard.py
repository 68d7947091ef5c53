"""The check of requests: which it refuses. The running webserver is asked in test_ui.py."""

import pytest

from pipelines.ui.guard import refusal

HOST = {"host": "127.0.0.1:3000"}
JSON = {"content-type": "application/json"}


def scope(method: str, path: str, headers: dict[str, str], kind: str = "http") -> dict:
    target, _, query = path.partition("?")
    given = {"type": kind, "path": target, "query_string": query.encode()}
    if kind == "http":
        given["method"] = method
    return {**given, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "LOCALHOST", "localhost:8080"]
)
def test_loopback_names_are_answered(host: str) -> None:
    assert refusal(scope("GET", "/runs", {"host": host})) is None


@pytest.mark.parametrize(
    "host",
    ["rebinding.example:3000", "127.0.0.1.example:3000", "localhost.example", "0.0.0.0:3000", "", "[::1"],
)
def test_other_names_are_refused(host: str) -> None:
    assert refusal(scope("GET", "/runs", {"host": host}))


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert refusal(scope("GET", "/runs", {}))
    two = scope("GET", "/runs", HOST)
    two["headers"].append((b"host", b"127.0.0.1:3000"))
    assert refusal(two)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:3000", "https://127.0.0.1:3000"])
def test_the_own_origin_is_answered(origin: str) -> None:
    assert refusal(scope("POST", "/graphql", {**HOST, **JSON, "origin": origin})) is None


@pytest.mark.parametrize(
    "origin", ["https://example.org", "http://127.0.0.1:8888", "http://localhost:3000", "null", "", "file://"]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_other_origins_are_refused(origin: str, kind: str) -> None:
    assert refusal(scope("POST", "/graphql", {**HOST, **JSON, "origin": origin}, kind))


LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_sends_for_another_site_is_refused_save_for_a_link(site: str) -> None:
    link = {**HOST, **LINK, "sec-fetch-site": site}
    assert refusal(scope("GET", "/runs", link)) is None
    assert refusal(scope("GET", "/graphql?query={version}", link))
    assert refusal(scope("POST", "/report_asset_materialization/papers", link))
    for change in ({"sec-fetch-mode": "no-cors"}, {"sec-fetch-dest": "iframe"}):
        assert refusal(scope("GET", "/runs", {**link, **change}))


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_the_ui_itself_sends_is_answered(site: str) -> None:
    assert refusal(scope("POST", "/graphql", {**HOST, **JSON, "sec-fetch-site": site})) is None
    assert refusal(scope("GET", "/graphql", {**HOST, "sec-fetch-site": site}, "websocket")) is None


def test_graphql_is_answered_by_post_of_json_alone() -> None:
    assert (
        refusal(scope("POST", "/graphql", {**HOST, "content-type": "application/json; charset=utf-8"}))
        is None
    )
    assert refusal(scope("POST", "/graphql", {**HOST, "content-type": "text/plain"}))
    assert refusal(scope("POST", "/graphql?query=mutation{x}", HOST))
    assert refusal(scope("GET", "/graphql?query=mutation{x}", HOST))
    assert refusal(scope("GET", "/graphql/?query=", HOST))
    assert refusal(scope("GET", "/graphql", HOST)) is None  # the page that asks for queries
