"""A scripted server with OpenAI's chat completions on loopback, and answers that depend on what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.http_server import Raw, Reply, Request, Server, serve

Answer = Callable[[dict[str, Any]], object]
"""Gives the text of an answer, or a reply, to the JSON object that describes a topic."""
TOKENS = 500  # that the server says it used for each answer


def asked(request: Request) -> dict[str, Any]:
    """Return the object that describes the topic of a request."""
    return dict(json.loads(request.json["messages"][-1]["content"]))


def completion(text: str, tokens: int | None = TOKENS) -> Reply:
    """Return a response of the protocol."""
    usage = {} if tokens is None else {"usage": {"prompt_tokens": tokens - 50, "total_tokens": tokens}}
    message = {"role": "assistant", "content": text}
    return Reply.of_json({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **usage})


def named(name: str, description: str = "Papers on this subject and the methods that they compare.") -> str:
    return json.dumps({"name": name, "description": description})


def good(topic: dict[str, Any]) -> str:
    """A name that follows from the phrases, and differs from them."""
    level = "fields" if topic["level"] == "topic" else "tasks"
    return named(f"{topic['phrases'].replace(' and ', ' with ')[:44].rstrip()} {level}")


@contextmanager
def chat_server(answer: Answer = good) -> Iterator[Server]:
    """Run a server; `server.requests` has what it was asked."""

    def respond(request: Request) -> Reply | Raw:
        found = answer(asked(request))
        return completion(found) if isinstance(found, str) else found  # type: ignore[return-value]

    with serve(respond) as server:
        yield server
