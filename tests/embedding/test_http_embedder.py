"""The http embedder against a real server on loopback: exact vectors, retries, and checked responses."""

import json
import logging
import threading
import traceback

import numpy as np
import pytest

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.kinds.http_embedder import HttpEmbedder
from paperlake.embedding.kinds.server_model import model_id_of
from paperlake.embedding.store import MODEL_ID_PATTERN
from paperlake.errors import ModelError, UsageError
from paperlake.http_client import Clock
from paperlake.settings import Settings
from tests.support.embedding import embed_papers, put_papers, stored_vectors
from tests.support.embedding_texts import MIXED
from tests.support.http_server import Reply, in_turn, serve

KEY = "a-very-secret-key"


def vectors_of(texts):
    return HashingEmbedder().embed(texts)[0]


def good_content(texts):
    data = [{"index": at, "embedding": (3 * vector).tolist()} for at, vector in enumerate(vectors_of(texts))]
    return {"data": data[::-1], "usage": {"prompt_tokens": 7 * len(data)}}


def good(request):
    """The vectors of the hashing embedder, in reverse order and three times as long."""
    return Reply.of_json(good_content(request.json["input"]))


@pytest.fixture
def server():
    with serve(good) as running:
        yield running


def settings_for(server, **overrides):
    given = {
        "embedder": "http",
        "embedder_url": f"{server.url}/v1/",
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
def clock(pauses):
    return Clock(sleep=pauses.append)


@pytest.fixture
def embedder(server, clock):
    return HttpEmbedder(settings_for(server), clock)


def then_good(*replies):
    """Give the replies first, then good ones."""
    left = list(replies)
    return lambda request: left.pop(0) if left else good(request)


def test_vectors_are_in_the_order_of_the_texts(server):
    embedder = make_embedder(settings_for(server))
    done = []
    vectors, facts = embedder.embed(MIXED, done.append)
    np.testing.assert_allclose(vectors, vectors_of(MIXED), atol=1e-6)
    assert sum(done) == len(MIXED)
    assert {request.path for request in server.requests} == {"/v1/embeddings"}
    assert {request.json["model"] for request in server.requests} == {"some/model"}
    assert max(len(request.json["input"]) for request in server.requests) == 4
    assert facts.token_count == 7 * len(MIXED)
    assert facts.truncated_count is None
    assert facts.plus(facts).truncated_count is None
    assert (facts.device, facts.library) == ("remote", "http 127.0.0.1")


def test_the_same_model_id_continues_the_same_store(server, lake):
    """The id is a setting, so a server with the same model continues where another kind stopped."""
    put_papers(lake, [f"paper {number}" for number in range(3)])
    hashing = Settings(embedder="hashing")
    embed_papers(lake, hashing, make_embedder(hashing))
    before = lake.read(EMBEDDINGS)
    put_papers(lake, [f"paper {number}" for number in range(6)])
    remote = settings_for(server)
    embed_papers(lake, remote, make_embedder(remote))
    assert sum(len(request.json["input"]) for request in server.requests) == 3
    assert lake.read(EMBEDDINGS).head(3).equals(before)
    np.testing.assert_allclose(
        stored_vectors(lake)[1], vectors_of([f"paper {number}" for number in range(6)]), atol=1e-6
    )


def test_no_texts_send_no_request(server, embedder):
    assert embedder.embed([])[0].shape == (0, 256)
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server, embedder, pauses, status):
    server.respond = then_good(Reply(b"busy", status), Reply(b"busy", status))
    vectors, _ = embedder.embed(MIXED[:2])
    np.testing.assert_allclose(vectors, vectors_of(MIXED[:2]), atol=1e-6)
    assert 0.5 <= pauses[0] < 1.0 <= pauses[1] < 1.5


def test_retry_after_is_kept_up_to_a_limit(server, embedder, pauses):
    server.respond = then_good(*(Reply(b"", 429, {"Retry-After": value}) for value in ("7", "86400")))
    embedder.embed(MIXED[:2])
    assert pauses == [7.0, 60.0]


@pytest.mark.parametrize(
    ("count", "retries", "message"),
    [
        (2, 2, r"2 texts failed after 3 attempts; last error: status 500: 'out of memory <b>'\. What"),
        (1, 0, r"1 text failed after 1 attempt; last error: status 500"),
    ],
)
def test_a_failing_server_ends_the_run(server, clock, count, retries, message):
    server.respond = in_turn(Reply(b"out of memory <b>", 500))
    embedder = HttpEmbedder(settings_for(server, embedder_retries=retries), clock)
    with pytest.raises(ModelError, match=message):
        embedder.embed(MIXED[:count])


def test_one_failing_batch_stops_the_others(server, clock):
    embedder = HttpEmbedder(settings_for(server, embedder_concurrency=1), clock)
    server.respond = in_turn(Reply(b"no such model", 400))
    with pytest.raises(ModelError, match="no such model"):
        embedder.embed(MIXED)
    assert len(server.requests) == 1


def test_a_failing_batch_ends_the_pauses_of_others(server):
    """Without the event the other batch would wait for the 60 seconds that the server asked for."""
    waiting = threading.Event()

    def respond(request):
        if request.json["input"] == ["a"]:
            waiting.wait(5)
            return Reply(b"no such model", 400)
        waiting.set()
        return Reply(b"", 503, {"Retry-After": "60"})

    server.respond = respond
    embedder = HttpEmbedder(settings_for(server, embedder_http_batch=1, embedder_concurrency=2))
    with pytest.raises(ModelError, match="no such model"):
        embedder.embed(["a", "bc"])


def test_a_refusal_is_not_repeated(server, embedder, pauses):
    server.respond = in_turn(Reply(b"who are you", 401))
    with pytest.raises(ModelError, match=r"refused 2 texts with status 401: 'who are you'\."):
        embedder.embed(MIXED[:2])
    assert (len(server.requests), pauses) == (1, [])


def test_a_silent_server_times_out(server, clock, pauses):
    release = threading.Event()
    server.respond = in_turn(lambda handler: release.wait(10))
    embedder = HttpEmbedder(settings_for(server, embedder_timeout_seconds=0.1, embedder_retries=1), clock)
    with pytest.raises(ModelError, match=r"failed after 2 attempts; last error: ReadTimeout"):
        embedder.embed(MIXED[:2])
    release.set()
    assert len(pauses) == 1


@pytest.mark.parametrize("count", [10**400, -5, True, "many", None])
def test_an_incredible_number_of_tokens_is_no_obstacle(server, embedder, count):
    content = good_content(MIXED[:2]) | {"usage": {"prompt_tokens": count}}
    server.respond = in_turn(Reply.of_json(content))
    assert embedder.embed(MIXED[:2])[1].token_count in (0, 1)


def test_no_server_is_an_error(clock):
    settings = Settings(
        embedder="http",
        embedder_url="http://127.0.0.1:1/v1",
        embedder_model_id="m",
        embedder_dimension=2,
        embedder_retries=1,
    )
    with pytest.raises(ModelError, match="ConnectError"):
        HttpEmbedder(settings, clock).embed(["text"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"data": [{"index": 0, "embedding": [1.0] * 100}]}, "1 vector for 2 texts"),
        (
            {"data": [{"index": at, "embedding": [1.0] * 100} for at in range(2)]},
            r"100 numbers, not 256.*PAPERLAKE_EMBEDDER_DIMENSION.*--reembed",
        ),
        ({"data": [{"index": at, "embedding": [0.0] * 256} for at in range(2)]}, "zero"),
        ({"data": [{"index": 0, "embedding": [1.0] * 256}] * 2}, "2 vectors for 2 texts"),
        ({"data": [{"index": at, "embedding": "AAAA"} for at in range(2)]}, "list of vectors"),
        ({"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": []}]}, "list"),
        ({"error": "nothing here"}, "KeyError"),
        ([1, 2], "did not return a JSON object"),
        (b"<html>hello", "did not return JSON"),
        (b'{"data": [{"index": 0, "embedding": [NaN]}, ' * 2, "did not return JSON"),
        (b"[" * 100_000, "did not return JSON"),
        ({"data": [{"index": at, "embedding": [10**400]} for at in range(2)]}, "OverflowError"),
        ({"data": [{"index": at, "embedding": [[1.0]]} for at in range(2)]}, "of 3 dimensions"),
        ({"data": [{"index": at, "embedding": []} for at in range(2)]}, "zero"),
        ({"data": [{"index": at, "embedding": [float("nan")]} for at in range(2)]}, "not finite"),
        ({"data": [{"index": at, "embedding": [1e308, 1e308]} for at in range(2)]}, "not finite"),
        ({"data": {"a": 1}}, "list of vectors"),
    ],
    ids=[
        "few",
        "narrow",
        "zero",
        "twice",
        "base64",
        "ragged",
        "no data",
        "a list",
        "html",
        "half",
        "deep",
        "huge",
        "nested",
        "empty",
        "nan",
        "overflow",
        "no list",
    ],
)
def test_a_wrong_response_is_an_error(server, embedder, content, message):
    server.respond = in_turn(Reply(content if isinstance(content, bytes) else json.dumps(content).encode()))
    with pytest.raises(ModelError, match=message):
        embedder.embed(MIXED[:2])


def test_the_key_is_sent_and_never_shown(server, clock, caplog, capfd, monkeypatch):
    monkeypatch.setenv("PAPERLAKE_EMBEDDER_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    settings = settings_for(server, embedder_retries=0)
    embedder = HttpEmbedder(settings, clock)
    embedder.embed(MIXED[:2])
    assert server.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    server.respond = in_turn(Reply(b"no", 403))
    with pytest.raises(ModelError) as refused:
        embedder.embed(MIXED[:2])
    shown = capfd.readouterr()
    said = f"{refused.value!r} {settings!r} {settings.model_dump()} {vars(embedder)} {caplog.text} {shown}"
    assert KEY not in said


def test_a_password_in_the_url_is_refused(server):
    """Messages show the URL."""
    with pytest.raises(UsageError, match="API_KEY") as refused:
        make_embedder(settings_for(server, embedder_url="http://me:hunter2@127.0.0.1/v1"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["nowhere", "ftp://host/v1", "http://", "http://host:port/v1", "http://[::1/v1"]
)
def test_an_invalid_url_is_refused(server, url):
    with pytest.raises(UsageError, match="PAPERLAKE_EMBEDDER_URL is not an HTTP URL"):
        make_embedder(settings_for(server, embedder_url=url))


def test_a_missing_url_is_named(server):
    with pytest.raises(UsageError, match="needs PAPERLAKE_EMBEDDER_URL"):
        make_embedder(settings_for(server, embedder_url=None))


def test_a_key_in_the_url_is_refused(server):
    with pytest.raises(UsageError, match="API_KEY") as refused:
        make_embedder(settings_for(server, embedder_url=f"{server.url}/v1?token={KEY}"))
    assert KEY not in str(refused.value)


def test_another_query_of_the_url_is_kept(server):
    make_embedder(settings_for(server, embedder_url=f"{server.url}/v1/?api-version=3")).embed(["a"])
    assert server.requests[0].target == "/v1/embeddings?api-version=3"


def asked(server, **settings):
    unknown = {"embedder_model_id": None, "embedder_dimension": None}
    return make_embedder(settings_for(server, **unknown | settings))


def with_models(*names, told=None):
    """A server with a list of models, which may say in a response which of them it ran."""

    def respond(request):
        if request.method == "GET":
            return Reply.of_json({"data": [{"id": name} for name in names]}) if names else Reply(b"", 404)
        return Reply.of_json(good_content(request.json["input"]) | ({"model": told} if told else {}))

    return respond


@pytest.mark.parametrize(
    ("model", "listed", "told", "sent", "model_id"),
    [
        ("bundled", ["BAAI/bge-small"], None, "BAAI/bge-small", "http-BAAI--bge-small-256"),
        ("bundled", [], "BAAI/bge-small", None, "http-BAAI--bge-small-256"),
        ("some/model", [], None, "some/model", "http-some--model-256"),
        ("short", [], "org/the model", "short", "http-org--the-model-627aac32-256"),
    ],
    ids=["the only one of the list", "told by the server", "set", "told otherwise"],
)
def test_the_server_is_asked_for_what_is_not_set(server, model, listed, told, sent, model_id):
    server.respond = with_models(*listed, told=told)
    embedder = asked(server, embedder_model=model)
    assert (embedder.model_id, embedder.dimension) == (model_id, 256)
    np.testing.assert_allclose(embedder.embed(MIXED[:2])[0], vectors_of(MIXED[:2]), atol=1e-6)
    assert server.requests[-1].json.get("model") == sent


def test_what_is_set_is_not_asked(server):
    embedder = asked(server, embedder_model_id="mine")
    assert (embedder.model_id, embedder.dimension) == ("mine", 256)
    assert [request.path for request in server.requests] == ["/v1/embeddings"]


def test_several_models_must_be_chosen_from(server):
    server.respond = with_models("one", "two")
    with pytest.raises(UsageError, match=r"lists 2 models\. Set PAPERLAKE_EMBEDDER_MODEL to one: one, two"):
        asked(server, embedder_model="bundled")


def test_a_server_that_names_no_model_is_an_error(server):
    with pytest.raises(UsageError, match="Set PAPERLAKE_EMBEDDER_MODEL"):
        asked(server, embedder_model="bundled")


def test_names_that_differ_have_different_ids():
    names = ["a/b", "a--b", "a b", "a  b", "a:b", "x" * 100, "x" * 101, "é"]
    ids = [model_id_of(name, 8) for name in names]
    assert len(set(ids)) == len(names) - 1  # `a--b` is the written form of `a/b`
    assert all(MODEL_ID_PATTERN.fullmatch(model_id) for model_id in ids)


ECHO = {
    "a refusal": lambda key: Reply(f"no access with Bearer {key}".encode(), 401),
    "a failure": lambda key: Reply(json.dumps({"error": f"got '{key}'"}).encode(), 500),
    "no json": lambda key: Reply(f"<html>{key}".encode()),
    "a list": lambda key: Reply(json.dumps([key]).encode()),
    "cut off": lambda key: Reply(("x" * 290 + key).encode(), 400),
}


@pytest.mark.parametrize("case", ECHO)
def test_a_server_that_returns_the_key_does_not_make_it_known(server, clock, case):
    server.respond = in_turn(ECHO[case](KEY))
    embedder = HttpEmbedder(settings_for(server, embedder_retries=0, embedder_api_key=KEY), clock)
    with pytest.raises(ModelError) as caught:
        embedder.embed(["text"])
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert KEY[:8] not in told


def test_a_model_named_like_the_key_is_masked(server):
    server.respond = with_models(told=f"model {KEY}")
    assert KEY not in asked(server, embedder_api_key=KEY).model_id


def test_a_query_fails_soon(server, clock):
    """A person waits for it; a paper's text may be tried for minutes."""
    server.respond = in_turn(Reply(b"", 503))
    embedder = HttpEmbedder(settings_for(server, embedder_retries=5), clock)
    with pytest.raises(ModelError, match=r"failed after 2 attempts.*Start the server"):
        embedder.embed(["query"], role="query")
    assert len(server.requests) == 2
