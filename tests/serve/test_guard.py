"""Who may ask: host names, token, rate; and the headers of every response."""

import base64

import pytest

from paperlake.lake import Lake
from paperlake.serve.guard import RateLimit, allowed_hosts
from paperlake.settings import Settings
from tests.serve.conftest import client_of
from tests.support.http_server import FakeTime


def test_other_host_names_are_refused(served: Lake) -> None:
    with client_of(served, serve_hosts="papers.example", serve_url="https://lake.example:8443") as client:
        for host in ("127.0.0.1:8000", "localhost", "[::1]:8000", "papers.example", "Lake.Example:8443"):
            assert client.get("/quality", headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""):
            assert client.get("/quality", headers={"Host": host}).status_code == 421, host


def test_the_address_it_listens_on_is_allowed() -> None:
    assert "10.0.0.7" in allowed_hosts(Settings(serve_host="10.0.0.7"))
    assert "[fd00::1]" in allowed_hosts(Settings(serve_host="fd00::1"))


def test_a_token_is_asked_for_everywhere(served: Lake) -> None:
    def basic(password: str) -> str:
        return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()

    with client_of(served, serve_token="s3cret") as client:
        for path in ("/", "/api/v1/new", "/feeds/new.atom", "/api/v1/openapi.json", "/static/style-x.css"):
            assert client.get(path).status_code == 401
            for wrong in ("Bearer other", basic("other"), "Bearer", "Basic ###", "s3cret"):
                assert client.get(path, headers={"Authorization": wrong}).status_code == 401, wrong
            for right in ("Bearer s3cret", basic("s3cret")):
                assert client.get(path, headers={"Authorization": right}).status_code == 200
        assert client.get("/api/v1/new").json()["error"]["status"] == 401
        assert client.get("/").headers["www-authenticate"].startswith("Basic")


def test_too_many_requests_wait(served: Lake) -> None:
    with client_of(served, serve_requests_per_minute=3) as client:
        codes = [client.get("/api/v1/new").status_code for _ in range(5)]
        assert codes[:3] == [200] * 3
        assert codes[-1] == 429
        assert int(client.get("/").headers["retry-after"]) >= 1


def test_the_bucket_is_refilled_for_each_client() -> None:
    time = FakeTime()
    limit = RateLimit(60, lambda: time.seconds)
    assert [limit.wait("a") for _ in range(60)] == [0.0] * 60
    assert limit.wait("a") == pytest.approx(1.0)
    assert limit.wait("b") == 0
    time.sleep(1)
    assert limit.wait("a") == 0


@pytest.mark.parametrize("path", ["/", "/api/v1/new", "/nowhere", "/feeds/new.atom", "/static/style-x.css"])
def test_every_response_has_the_headers(client, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_nothing_is_written(client) -> None:
    assert client.head("/").status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert client.request(method, "/api/v1/new").status_code == 405
