"""What would go wrong: a run that fails, or publishes a wrong name, because a server does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.topic_tables import TOPICS
from paperlake.lake import Lake
from paperlake.topics import building
from paperlake.topics.llm import answers as answers_module
from paperlake.topics.llm import asking as asking_module
from paperlake.verification import find_damage
from tests.support.chat_server import asked, chat_server, completion, good
from tests.support.http_server import Reply, Request, hang_up
from tests.support.lakes import build
from tests.support.named_topics import assert_same, name, sources, tables, with_names


def bad_for(label: str, answer: object) -> Callable[[dict[str, Any]], object]:
    """Answer well, except about one topic."""
    return lambda topic: answer if topic["phrases"] == label else good(topic)


def test_a_bad_answer_leaves_the_phrases_of_its_topic_and_is_kept(
    fitted_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    label = fitted_lake.read(TOPICS).filter(pl.col("level") == 2)["label"][0]
    with chat_server(bad_for(label, "I would call it graphs.")) as server:
        settings = with_names(server)
        result = name(fitted_lake, settings)
        told = [asked(request).get("refused") for request in server.requests]
        assert len([reason for reason in told if reason]) == 1
        count = len(server.requests)
        assert result.facts["refused_names"] == 1
        assert "No name was accepted for 1 topic" in caplog.text
        assert build(fitted_lake, settings, "topics").reused
        fitted_lake.manifest_path("topics").unlink()
        name(fitted_lake, settings)
        assert len(server.requests) == count
    topics = fitted_lake.read(TOPICS)
    row = topics.row(by_predicate=pl.col("label") == label, named=True)
    assert (row["label_source"], row["description"]) == ("phrases", None)
    assert sources(fitted_lake) == {"llm": topics.height - 1, "phrases": 1}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_address_is_asked_once(
    status: int, fitted_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    before = tables(fitted_lake)
    with chat_server(lambda _: Reply(b"no: sk-planted-4711", status)) as server:
        settings = with_names(server, topic_names_api_key="sk-planted-4711", topic_names_concurrency=1)
        result = name(fitted_lake, settings)
        assert len(server.requests) == 1
        assert f"status {status}" in caplog.text
        assert "sk-planted" not in caplog.text
        assert not build(fitted_lake, settings, "topics").reused
    assert result.facts["name_tokens"] == 0
    assert_same(tables(fitted_lake), before)


def test_retry_after_is_respected(fitted_lake: Lake) -> None:
    busy = {"left": 2}
    at: list[float] = []

    def answer(topic: dict[str, Any]) -> object:
        at.append(time.monotonic())
        if busy["left"]:
            busy["left"] -= 1
            return Reply(b"slow down", 429, {"Retry-After": "1"})
        return good(topic)

    with chat_server(answer) as server:
        name(fitted_lake, with_names(server, topic_names_concurrency=1))
    assert at[1] - at[0] >= 1.0
    assert at[2] - at[1] >= 1.0
    assert set(sources(fitted_lake)) == {"llm"}


def test_a_slow_server_does_not_hold_the_run(fitted_lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    def answer(topic: dict[str, Any]) -> object:
        time.sleep(0.5)
        return good(topic)

    started = time.monotonic()
    with chat_server(answer) as server:
        name(fitted_lake, with_names(server, topic_names_timeout_seconds=0.05, topic_names_retries=0))
        assert len(server.requests) <= 8
    assert time.monotonic() - started < 20
    assert "failed: ReadTimeout" in caplog.text
    assert set(sources(fitted_lake)) == {"phrases"}


def test_the_limit_of_time_stops_it(fitted_lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    def answer(topic: dict[str, Any]) -> object:
        time.sleep(0.2)
        return good(topic)

    with chat_server(answer) as server:
        settings = with_names(server, topic_names_max_seconds=0.3, topic_names_concurrency=1)
        name(fitted_lake, settings)
        assert len(server.requests) <= 3
    assert "took longer than 0.3 s, its limit" in caplog.text
    assert sources(fitted_lake)["llm"] >= 1


def test_a_page_that_is_no_completion_poisons_no_topic(
    fitted_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    with chat_server(lambda _: Reply(b"<html>It works</html>")) as server:
        settings = with_names(server)
        name(fitted_lake, settings)
    assert "the response is no chat completion" in caplog.text
    with chat_server() as server:
        name(fitted_lake, with_names(server))
    assert set(sources(fitted_lake)) == {"llm"}


@pytest.mark.parametrize(
    ("refused", "instead"),
    [("response_format", None), ("temperature", None), ("max_tokens", "max_completion_tokens")],
)
def test_a_parameter_that_a_server_refuses_is_left_out(
    refused: str, instead: str | None, fitted_lake: Lake
) -> None:
    def respond(request: Request) -> Reply:
        if refused in request.json:
            return Reply.of_json({"error": {"message": f"Unsupported parameter: {refused}"}}, 400)
        return completion(good(asked(request)))

    with chat_server() as server:
        server.respond = respond
        name(fitted_lake, with_names(server))
        last = server.requests[-1].json
    assert refused not in last
    assert instead is None or instead in last
    assert set(sources(fitted_lake)) == {"llm"}


def test_a_request_that_is_refused_again_and_again_ends_asking(fitted_lake: Lake) -> None:
    with chat_server(lambda _: Reply(b"content filter", 400)) as server:
        name(fitted_lake, with_names(server, topic_names_concurrency=1))
        assert len(server.requests) == asking_module.MAX_FAILURES


def test_a_damaged_file_of_answers_is_asked_for_again(
    fitted_lake: Lake, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_module, "MAX_UNSAVED", 4)
    with chat_server() as server:
        settings = with_names(server)
        name(fitted_lake, settings)
        before, count = tables(fitted_lake), len(server.requests)
        path = min(fitted_lake.topic_names().glob("*.json"))
        path.write_bytes(path.read_bytes()[:-100])
        assert [one.path for one in find_damage(fitted_lake)] == [f"topic_names/{path.name}"]
        fitted_lake.manifest_path("topics").unlink()
        name(fitted_lake, settings)
        assert count < len(server.requests) < 2 * count
    assert "is damaged" in caplog.text
    assert_same(tables(fitted_lake), before)


def test_answers_survive_an_interrupted_run(fitted_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was paid for is there for the next run."""
    with chat_server() as server:
        settings = with_names(server, topic_names_concurrency=1)
        monkeypatch.setattr(building, "counted_tables", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            build(fitted_lake, settings, "topics")
        count = len(server.requests)
        monkeypatch.undo()
        monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 100)
        monkeypatch.setattr(building, "draw_model", lambda _: b"a picture takes a second")
        name(fitted_lake, settings)
        assert len(server.requests) == count


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_one_topic_that_the_server_refuses_or_never_answers_stops_no_other(
    fitted_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    """A filter of contents, and a model that does not end: the first is final, the second is tried again."""
    filtered, endless = fitted_lake.read(TOPICS).filter(pl.col("level") == 2)["label"][:2].to_list()

    def answer(topic: dict[str, Any]) -> object:
        if topic["phrases"] == filtered:
            return Reply(b"content filter", 400)
        return hang_up if topic["phrases"] == endless else good(topic)

    with chat_server(answer) as server:
        settings = with_names(server, topic_names_retries=0)
        name(fitted_lake, settings)
        count = len(server.requests)
        assert "RemoteProtocolError" in caplog.text
        result = name(fitted_lake, settings)
        assert [asked(request)["phrases"] for request in server.requests[count:]] == [endless]
    assert (result.facts["refused_names"], result.facts["topics_to_ask_about"]) == (1, 1)
    assert sources(fitted_lake)["phrases"] == 2
