"""The http embedder against a real server on loopback: it is exact, patient, and believes nothing."""

import contextlib
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.kinds.http_embedder import HttpEmbedder
from paperlake.embedding.registry import make_embedder
from paperlake.embedding.stage import make_paper_embeddings, read_embeddings, read_vectors
from paperlake.errors import ModelError, UsageError
from paperlake.settings import Settings
from tests.embedding.test_embedding_stage import put_papers
from tests.support.embedding_texts import MIXED

KEY = "a-very-secret-key"


class Server(ThreadingHTTPServer):
    """Answers with the vectors of the hashing embedder; `answer` may replace that, request by request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.headers_seen = []
        self.answer = lambda number, request: (200, good_answer(request))
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append((self.path, request))
            self.server.headers_seen.append(dict(self.headers))
            number = len(self.server.requests)
        status, content, *headers = self.server.answer(number, request)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def good_answer(request):
    vectors = HashingEmbedder().embed(request["input"])
    data = [{"index": at, "embedding": (3 * vector).tolist()} for at, vector in enumerate(vectors)]
    return {"data": data[::-1], "usage": {"prompt_tokens": 7 * len(data)}}


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings_for(server, **overrides):
    given = {
        "embedder": "http",
        "embedder_url": f"http://127.0.0.1:{server.server_port}/v1/",
        "embedder_model": "some/model",
        "embedder_model_id": "hashing-256",
        "embedder_dimension": 256,
        "embedder_http_batch": 4,
        "embedder_retries": 2,
        "embedder_timeout_seconds": 5,
    }
    return Settings(**{**given, **overrides})


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def embedder(server, pauses):
    return HttpEmbedder(settings_for(server), sleep=pauses.append)


def test_vectors_are_the_servers_in_the_order_of_the_texts_and_of_unit_length(server):
    embedder = make_embedder(settings_for(server))
    done = []
    vectors = embedder.embed(MIXED, done.append)
    np.testing.assert_allclose(vectors, HashingEmbedder().embed(MIXED), atol=1e-6)
    assert sum(done) == len(MIXED)
    assert {path for path, _ in server.requests} == {"/v1/embeddings"}
    assert {request["model"] for _, request in server.requests} == {"some/model"}
    assert max(len(request["input"]) for _, request in server.requests) == 4
    assert embedder.facts.token_count == 7 * len(MIXED)
    assert embedder.facts.truncated_count is None
    assert embedder.facts.plus(embedder.facts).truncated_count is None
    assert (embedder.facts.device, embedder.facts.library) == ("remote", "http 127.0.0.1")


def test_swapping_the_embedder_by_settings_alone_changes_no_table(server, lake):
    """The id is a setting, so a server with the same model goes on where another kind stopped."""
    put_papers(lake, [f"paper {number}" for number in range(3)])
    hashing = Settings(embedder="hashing")
    make_paper_embeddings(lake, hashing, make_embedder(hashing))
    before = read_embeddings(lake)
    put_papers(lake, [f"paper {number}" for number in range(6)])
    remote = settings_for(server)
    make_paper_embeddings(lake, remote, make_embedder(remote))
    assert sum(len(request["input"]) for _, request in server.requests) == 3
    assert read_embeddings(lake).head(3).equals(before)
    np.testing.assert_allclose(
        read_vectors(lake)[1], HashingEmbedder().embed([f"paper {number}" for number in range(6)]), atol=1e-6
    )


def test_no_texts_ask_nothing(server, embedder):
    assert embedder.embed([]).shape == (0, 256)
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_with_growing_pauses(server, embedder, pauses, status):
    server.answer = lambda number, request: (status, b"busy") if number < 3 else (200, good_answer(request))
    vectors = embedder.embed(MIXED[:2])
    np.testing.assert_allclose(vectors, HashingEmbedder().embed(MIXED[:2]), atol=1e-6)
    assert pauses == [0.5, 1.0]


def test_the_pause_that_the_server_asks_for_is_kept_up_to_a_limit(server, embedder, pauses):
    waits = {1: "7", 2: "86400"}
    server.answer = lambda number, request: (
        (429, b"", ("Retry-After", waits[number])) if number < 3 else (200, good_answer(request))
    )
    embedder.embed(MIXED[:2])
    assert pauses == [7.0, 60.0]


def test_a_server_that_stays_ill_ends_the_run_with_its_last_words(server, embedder):
    server.answer = lambda number, request: (500, b"out of memory <b>")
    with pytest.raises(ModelError, match=r"failed 3 times.*status 500.*out of memory"):
        embedder.embed(MIXED[:2])


def test_one_failing_batch_stops_the_others(server):
    embedder = HttpEmbedder(settings_for(server, embedder_concurrency=1), sleep=lambda seconds: None)
    server.answer = lambda number, request: (400, b"no such model")
    with pytest.raises(ModelError, match="no such model"):
        embedder.embed(MIXED)
    assert len(server.requests) <= 2


def test_a_refusal_is_not_repeated(server, embedder, pauses):
    server.answer = lambda number, request: (401, b"who are you")
    with pytest.raises(ModelError, match=r"refused 2 texts with status 401.*who are you"):
        embedder.embed(MIXED[:2])
    assert (len(server.requests), pauses) == (1, [])


def test_a_silent_server_is_given_up(server, pauses):
    release = threading.Event()
    server.answer = lambda number, request: (release.wait(10), (200, good_answer(request)))[1]
    embedder = HttpEmbedder(
        settings_for(server, embedder_timeout_seconds=0.1, embedder_retries=1), sleep=pauses.append
    )
    with pytest.raises(ModelError, match=r"failed 2 times.*ReadTimeout"):
        embedder.embed(MIXED[:2])
    release.set()
    assert len(pauses) == 1


def test_a_server_that_is_not_there_is_given_up(pauses):
    settings = Settings(
        embedder="http",
        embedder_url="http://127.0.0.1:1/v1",
        embedder_model_id="m",
        embedder_dimension=2,
        embedder_retries=1,
    )
    with pytest.raises(ModelError, match="ConnectError"):
        HttpEmbedder(settings, sleep=pauses.append).embed(["text"])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: {"data": [{"index": 0, "embedding": [1.0] * 100}] * 1}, "1 vectors for 2 texts"),
        (
            lambda request: {"data": [{"index": at, "embedding": [1.0] * 100} for at in range(2)]},
            r"100 numbers, not 256.*PAPERLAKE_EMBEDDER_DIMENSION",
        ),
        (lambda request: {"data": [{"index": at, "embedding": [0.0] * 256} for at in range(2)]}, "zero"),
        (lambda request: {"data": [{"index": 0, "embedding": [1.0] * 256}] * 2}, "2 vectors for 2 texts"),
        (
            lambda request: {"data": [{"index": at, "embedding": "AAAA"} for at in range(2)]},
            "list of vectors",
        ),
        (lambda request: {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": []}]}, "list"),
        (lambda request: {"error": "nothing here"}, "KeyError"),
        (lambda request: [1, 2], "than an object"),
        (lambda request: b"<html>hello", "than JSON"),
        (lambda request: b'{"data": [{"index": 0, "embedding": [NaN]}, ' * 2, "JSON"),
    ],
    ids=["few", "narrow", "zero", "twice", "base64", "ragged", "no data", "a list", "html", "half"],
)
def test_a_wrong_answer_is_an_error_not_a_vector(server, embedder, answer, message):
    server.answer = lambda number, request: (200, answer(request))
    with pytest.raises(ModelError, match=message):
        embedder.embed(MIXED[:2])


def test_the_key_is_sent_and_shown_nowhere(server, caplog, capfd, monkeypatch):
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    settings = settings_for(server, embedder_retries=0)
    embedder = HttpEmbedder(settings, sleep=lambda seconds: None)
    embedder.embed(MIXED[:2])
    assert server.headers_seen[0]["Authorization"] == f"Bearer {KEY}"
    server.answer = lambda number, request: (403, b"no")
    with pytest.raises(ModelError) as refused:
        embedder.embed(MIXED[:2])
    shown = capfd.readouterr()
    said = f"{refused.value!r} {settings!r} {settings.model_dump()} {vars(embedder)} {caplog.text} {shown}"
    assert KEY not in said


def test_a_password_in_the_url_is_refused_as_messages_show_the_url(server):
    with pytest.raises(UsageError, match="API_KEY") as refused:
        make_embedder(settings_for(server, embedder_url="http://me:hunter2@127.0.0.1/v1"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("missing", ["embedder_url", "embedder_model_id", "embedder_dimension"])
def test_missing_settings_are_named(server, missing):
    with pytest.raises(UsageError, match=f"PAPERLAKE_{missing.upper()}"):
        make_embedder(settings_for(server, **{missing: None}))
