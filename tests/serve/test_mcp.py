"""The MCP server, driven by the SDK's own client: each tool over both transports, resources, limits, refusals."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from paperlake.lake import Lake
from paperlake.queries import Builds
from paperlake.queries.open_builds.limited_sql import (
    MAX_MEMORY_MB,
    MAX_RESULT_CHARS,
    MAX_ROWS,
    MAX_SECONDS,
)
from paperlake.serve.mcp.server import LakeServer
from paperlake.serve.mcp.sql import MAX_QUERIES_AT_ONCE
from paperlake.warehouse.reading import query
from tests.serve.conftest import client_of, serving, settings_of
from tests.serve.test_builds import publish
from tests.test_hostile_text import PROJECT, stored_titles

TOOLS = ["search_papers", "get_paper", "similar_papers", "list_topics", "topic_trend", "whats_new", "rising_papers", "sql"]  # fmt: skip


def calls(server: Any, *asked: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    """The answers of one connection to some calls, in order."""

    async def run() -> list[CallToolResult]:
        async with Client(server) as client:
            return [await client.call_tool(name, arguments) for name, arguments in asked]

    return anyio.run(run)


def call(server: Any, name: str, **arguments: Any) -> dict[str, Any]:
    """The structured content of one call, which the text repeats."""
    (answer,) = calls(server, (name, arguments))
    assert not answer.is_error, answer.content
    (text,) = answer.content
    assert isinstance(text, TextContent)
    assert json.loads(text.text) == answer.structured_content
    return answer.structured_content or {}


def problem(server: Any, name: str, **arguments: Any) -> str:
    """The message of a call that fails."""
    (answer,) = calls(server, (name, arguments))
    assert answer.is_error
    assert answer.structured_content is None
    return answer.content[0].text


def stdio(lake: Lake) -> StdioServerParameters:
    environment = {**os.environ, "PAPERLAKE_EMBEDDER": "hashing"}
    command = ["-m", "paperlake", "mcp", "--lake", str(lake.root)]
    return StdioServerParameters(command=sys.executable, args=command, env=environment)


@pytest.fixture(scope="module")
def server(served: Lake) -> Iterator[LakeServer]:
    builds = Builds(served, settings_of(served))
    yield LakeServer(builds, max_sql_seconds=3)
    builds.close()


def every_tool(server: Any, lake: Lake) -> None:
    """Call every tool once over one connection; the client checks each answer against the output schema."""
    _, ((paper_id, arxiv_id),) = query(
        lake, "SELECT paper_id, arxiv_id FROM papers WHERE arxiv_id IS NOT NULL ORDER BY 1 LIMIT 1"
    )
    _, ((label,),) = query(lake, "SELECT label FROM topics WHERE level = 2 ORDER BY paper_count DESC LIMIT 1")
    answers = calls(
        server,
        ("search_papers", {"query": "language models", "limit": 3, "with_abstracts": True}),
        ("get_paper", {"paper": arxiv_id}),
        ("similar_papers", {"paper": paper_id, "limit": 2}),
        ("list_topics", {}),
        ("topic_trend", {"topic": label.upper()}),
        ("whats_new", {"limit": 2}),
        ("rising_papers", {"days": 365}),
        ("sql", {"query": "SELECT count(*) AS n FROM papers"}),
    )
    assert not [answer.content for answer in answers if answer.is_error]
    found, paper, near, topics, trend, new, rising, counted = (one.structured_content for one in answers)
    assert len(found["rows"]) == 3
    assert found["rows"][0]["abstract"]
    assert found["next"]
    assert paper["paper"]["paper_id"] == paper_id
    assert [row["rank"] for row in near["rows"]] == [1, 2]
    assert {row["level"] for row in topics["rows"]} == {1}
    assert trend["topic"]["label"] == label
    assert trend["trend"]
    assert new["total"] >= len(new["rows"]) == 2
    assert all(row["upvotes_gained"] > 0 for row in rising["rows"])
    assert counted["columns"] == [{"name": "n", "type": "BIGINT"}]
    assert counted["rows"] == [[query(lake, "SELECT count(*) FROM papers")[1][0][0]]]


# Transports


@pytest.mark.slow
def test_every_tool_over_standard_input_and_output(served: Lake) -> None:
    every_tool(stdio(served), served)


def test_every_tool_over_http(served: Lake) -> None:
    with serving(served) as (address, _):
        every_tool(f"{address}/mcp", served)


@pytest.mark.slow
def test_standard_output_has_the_protocol_alone(served: Lake) -> None:
    parameters = stdio(served)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    search = {"name": "search_papers", "arguments": {"query": "models", "by": "no such"}}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": search},
    ]
    process = subprocess.Popen(
        [parameters.command, *parameters.args], env=parameters.env, stdin=-1, stdout=-1, stderr=-1, text=True
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("".join(json.dumps(one) + "\n" for one in messages) + "no json\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    answers += [json.loads(line) for line in rest.splitlines()]
    assert {one.get("id") for one in answers} >= {1, 2}
    assert all(one["jsonrpc"] == "2.0" for one in answers)


def test_the_guard_of_the_server_stands_before_it(served: Lake) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}
    with client_of(served, serve_token="s3cret", serve_requests_per_minute=5) as client:
        assert client.post("/mcp", json=body).status_code == 401
        right = {**accepted, "Authorization": "Bearer s3cret"}
        assert client.post("/mcp", json=body, headers=right).status_code == 200
        assert client.post("/mcp", json=body, headers={**right, "Host": "evil.example"}).status_code == 421
        for origin in ("https://evil.example", "null", ""):
            assert client.post("/mcp", json=body, headers={**right, "Origin": origin}).status_code == 403
        own = {**right, "Origin": "http://localhost:8000"}
        assert [client.post("/mcp", json=body, headers=own).status_code for _ in range(6)].count(429)


def test_a_token_over_http(served: Lake) -> None:
    async def run(address: str) -> Any:
        headers = {"Authorization": "Bearer s3cret"}
        async with httpx2.AsyncClient(headers=headers) as http_client:
            transport = streamable_http_client(address, http_client=http_client)
            async with Client(transport) as client:
                return await client.call_tool("list_topics", {})

    with serving(served, serve_token="s3cret") as (address, _):
        assert not anyio.run(run, f"{address}/mcp").is_error


# Tools and resources


def test_tools_and_resources_are_described(server: LakeServer, served: Lake) -> None:
    async def run() -> None:
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == TOOLS
            for tool in tools:
                assert tool.description
                assert tool.output_schema
                assert tool.output_schema["additionalProperties"] is False
                assert tool.annotations
                assert tool.annotations.read_only_hint
                for name, one in tool.input_schema["properties"].items():
                    assert "description" in one, (tool.name, name)
            uris = [str(one.uri) for one in (await client.list_resources()).resources]
            assert len(uris) == len(set(uris))
            assert {"paperlake://tables", "paperlake://macros", "paperlake://tables/filed_papers"} < set(uris)
            for uri in uris:
                (content,) = (await client.read_resource(uri)).contents
                assert "None" not in content.text
            papers = (await client.read_resource("paperlake://tables/papers")).contents[0].text
            assert "| `upvote_count` | BIGINT | yes |" in papers
            assert (
                "`SELECT resolve_paper(id)`"
                in (await client.read_resource("paperlake://macros")).contents[0].text
            )
            with pytest.raises(Exception, match="There is no table secrets"):
                await client.read_resource("paperlake://tables/secrets")

    anyio.run(run)


def test_filters_sorting_and_pages(server: LakeServer) -> None:
    asked = {"min_upvotes": 3, "published_from": "2024-06-12", "sort": "votes", "limit": 2}
    first = call(server, "search_papers", **asked)
    votes = [row["upvote_count"] for row in first["rows"]]
    assert votes == sorted(votes, reverse=True)
    assert votes[-1] >= 3
    second = call(server, "search_papers", **asked, cursor=first["next"])
    assert second["rows"]
    assert not {row["paper_id"] for row in first["rows"]} & {row["paper_id"] for row in second["rows"]}
    topic = call(server, "list_topics", level=2)["rows"][0]
    assert call(server, "search_papers", topic=topic["label"])["total"] == topic["paper_count"]
    under = call(server, "list_topics", topic=topic["parent_topic_id"])["rows"]
    assert {row["parent_topic_id"] for row in under} == {topic["parent_topic_id"]}
    assert call(server, "search_papers", query="wwulweum uchcvsbzz")["is_no_good_match"]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_paper", {"paper": "2999.99999"}, "2999.99999"),
        ("similar_papers", {"paper": "no such paper"}, "no such paper"),
        ("topic_trend", {"topic": "no such topic"}, "Nearest labels"),
        ("search_papers", {"topic": "no such topic"}, "Nearest labels"),
        ("search_papers", {"cursor": "x"}, "cursor is not valid"),
        ("search_papers", {"published_from": "2025-02-01", "published_to": "2025-01-01"}, "is later than"),
        ("search_papers", {"published_from": "yesterday"}, "published_from"),
        ("search_papers", {"limit": 1000}, "less than or equal to 50"),
        ("rising_papers", {"days": 0}, "greater than or equal to 1"),
        ("sql", {"query": " "}, "There is no query"),
    ],
)
def test_a_wrong_argument_is_explained(server: LakeServer, tool: str, arguments: dict, told: str) -> None:
    assert told in problem(server, tool, **arguments)


def test_without_a_warehouse_every_tool_says_so_and_then_follows(lake: Lake) -> None:
    server = LakeServer(Builds(lake, settings_of(lake)))
    assert "Run `paperlake run` first" in problem(server, "list_topics")
    publish(lake, "1", 1)
    assert call(server, "whats_new")["total"] == 1
    assert call(server, "sql", query="SELECT count(*) FROM papers")["rows"] == [[1]]
    publish(lake, "2", 2)
    assert call(server, "sql", query="SELECT count(*) FROM papers")["rows"] == [[2]]


def test_a_hostile_title_stays_in_its_field(hostile_lake: Lake) -> None:
    titles = sorted(stored_titles(hostile_lake))
    server = LakeServer(Builds(hostile_lake, settings_of(hostile_lake)))
    found = call(server, "search_papers", limit=50, with_abstracts=True)
    assert sorted(row["title"] for row in found["rows"]) == titles
    assert sorted(row[0] for row in call(server, "sql", query="SELECT title FROM papers")["rows"]) == titles
    for row in found["rows"]:
        paper = call(server, "get_paper", paper=row["paper_id"])["paper"]
        assert (paper["title"], paper["abstract"]) == (row["title"], row["abstract"])
        call(server, "search_papers", query=row["title"][:1000], limit=1)


# SQL


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
        ("CREATE TEMP TABLE x (a INT)", "CREATE is not allowed"),
        ("SELECT length(repeat('x', 2000000000))", "Out of Memory"),
    ],
)
def test_sql_is_refused(server: LakeServer, sql: str, told: str) -> None:
    assert told in problem(server, "sql", query=sql)


def test_sql_that_runs_for_long_is_ended(server: LakeServer) -> None:
    began = time.monotonic()
    assert "took more than 3 s" in problem(server, "sql", query="SELECT count(*) FROM range(100000000000)")
    assert time.monotonic() - began < 30


def test_rows_of_sql_are_limited(server: LakeServer) -> None:
    found = call(server, "sql", query="FROM range(1000)", max_rows=7)
    assert (len(found["rows"]), found["is_truncated"]) == (7, True)
    assert not call(server, "sql", query="FROM range(7)", max_rows=7)["is_truncated"]
    long = call(server, "sql", query="SELECT repeat('x', 1000) FROM range(1000)", max_rows=1000)
    assert long["is_truncated"]
    assert 150 < len(long["rows"]) < 200
    assert "less than or equal to 1000" in problem(server, "sql", query="SELECT 1", max_rows=1001)


def test_values_of_sql_are_json(server: LakeServer) -> None:
    sql = "SELECT 'nan'::DOUBLE, DATE '2024-01-31', 1.5::DECIMAL(4, 2), MAP {1: 'a'}, [1], 1::HUGEINT << 70, 'x'::BLOB"
    (row,) = call(server, "sql", query=sql)["rows"]
    assert row[:5] == [None, "2024-01-31", "1.50", {"1": "a"}, [1]]
    assert row[5] == 1 << 70
    assert call(server, "sql", query="FROM new_since('2024-01-01') LIMIT 1")["rows"]


# Documentation


def test_the_page_lists_the_tools(server: LakeServer) -> None:
    page = (PROJECT / "docs/mcp.md").read_text()
    for tool in anyio.run(server.list_tools):
        assert f"| `{tool.name}` | {tool.description.splitlines()[0]} |" in page
    for limit in (f"{MAX_ROWS:,} rows", f"{MAX_RESULT_CHARS:,} characters", f"{MAX_SECONDS} seconds", f"{MAX_MEMORY_MB:,} MB", f"{MAX_QUERIES_AT_ONCE} queries"):  # fmt: skip
        assert limit in page


def test_the_skill_names_tools_and_has_sql_that_runs(server: LakeServer) -> None:
    skill = (PROJECT / "docs/SKILL.md").read_text()
    _, head, body = skill.split("---\n", 2)
    assert dict(line.split(": ", 1) for line in head.splitlines())["name"] == "paperlake"
    assert len(head) < 1024
    assert all(f"`{name}`" in body for name in TOOLS)
    for sql in body.split("```sql\n")[1].split("```")[0].strip().splitlines():
        call(server, "sql", query=sql)
