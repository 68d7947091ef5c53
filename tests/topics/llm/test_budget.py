"""What would go wrong: a run that asks for more than its budget, or counts what it did not use."""

from __future__ import annotations

import socket

import pytest

from paperlake.catalogue.topic_tables import TOPICS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics.llm.prompt import estimated_tokens
from paperlake.topics.stage import TOPICS_STAGE
from tests.support.chat_server import TOKENS, chat_server
from tests.support.http_server import Reply, hang_up
from tests.support.lakes import build
from tests.support.named_topics import name, sources, with_names


def test_the_budget_of_tokens_stops_it_and_the_next_run_goes_on(
    fitted_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    count = fitted_lake.read(TOPICS).height
    with chat_server() as server:
        settings = with_names(server, topic_names_max_tokens=6_000)
        result = name(fitted_lake, settings)
        sent = len(server.requests)
        assert 0 < sent < count
        assert result.facts["name_tokens"] == sent * TOKENS <= 6_000
        assert "the budget of 6,000 tokens does not allow another request" in caplog.text
        assert sources(fitted_lake) == {"llm": sent, "phrases": count - sent}
        runs = 0
        while not build(fitted_lake, settings, "topics").reused:
            runs += 1
            assert runs < count
        assert len(server.requests) == count
    assert sources(fitted_lake) == {"llm": count}


def test_failed_attempts_count_against_the_budget(fitted_lake: Lake) -> None:
    """A server that fails after it may have written an answer."""
    with chat_server(lambda _: Reply(b"overloaded", 503)) as server:
        settings = with_names(
            server, topic_names_max_tokens=5_000, topic_names_retries=50, topic_names_concurrency=1
        )
        result = name(fitted_lake, settings)
        assert len(server.requests) in (1, 2)
    assert result.facts["name_tokens"] <= 5_000


def closed_url() -> str:
    """An address of this machine at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_a_request_that_was_never_sent_costs_nothing(fitted_lake: Lake) -> None:
    settings = Settings(
        embedder="hashing", topic_names_url=closed_url(), topic_names_model="small", topic_names_retries=2
    )
    result = name(fitted_lake, settings)
    assert set(sources(fitted_lake)) == {"phrases"}
    assert result.facts["name_tokens"] == 0


def test_a_request_without_a_response_costs_its_prompt(fitted_lake: Lake) -> None:
    with chat_server(lambda _: hang_up) as server:
        settings = with_names(server, topic_names_retries=1, topic_names_concurrency=1)
        result = name(fitted_lake, settings)
        prompts = [estimated_tokens(request.json["messages"]) for request in server.requests]
    assert len(prompts) > 1
    assert result.facts["name_tokens"] == sum(prompts)


def test_a_refused_request_costs_nothing(fitted_lake: Lake) -> None:
    """One refused for its parameters, then sent without them, and one refused for good."""
    refusals = iter([Reply(b"unknown parameter: response_format", 400), Reply(b"no such model", 404)])
    with chat_server(lambda _: next(refusals)) as server:
        result = name(fitted_lake, with_names(server, topic_names_concurrency=1))
        assert len(server.requests) == 2
    assert result.facts["name_tokens"] == 0


def test_the_limit_of_topics_stops_it(fitted_lake: Lake) -> None:
    with chat_server() as server:
        name(fitted_lake, with_names(server, topic_names_max_topics=3))
        assert len(server.requests) == 3
    assert sources(fitted_lake)["llm"] == 3


def test_a_budget_that_nearly_suffices_is_used_by_all_threads(fitted_lake: Lake) -> None:
    """What other requests have reserved and not used is there for the next one."""
    count = fitted_lake.read(TOPICS).height
    with chat_server() as server:
        name(fitted_lake, with_names(server, topic_names_max_tokens=count * TOKENS + 3_000))
        assert len(server.requests) == count


def test_the_cost_is_told_before_and_after(fitted_lake: Lake) -> None:
    from paperlake import stage_list
    from paperlake.progress import LogLines
    from paperlake.stages.runner import run_stage

    lines: list[str] = []
    count = fitted_lake.read(TOPICS).height
    with chat_server() as server:
        settings = with_names(server, topic_names_price=2.0)
        context = stage_list.run_context(fitted_lake, settings, progress=LogLines(lines.append))
        run_stage(stage_list.PIPELINE, TOPICS_STAGE, context)
    told = [line for line in lines if line.startswith("Topic names: ")]
    assert told[0].startswith(
        f"Topic names: asking small at {server.url}/v1/chat/completions about {count} topics, about "
    )
    assert "the budget is 500,000 tokens (price 1.0000)" in told[0]
    used = count * TOKENS
    assert told[1] == (
        f"Topic names: {count} of {count} topics named; {count} requests, {used:,} tokens (price {used * 2 / 1e6:,.4f})."
    )
