"""Answers and errors of tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent

from paperlake.errors import PaperlakeError
from paperlake.queries import Build

P = ParamSpec("P")
T = TypeVar("T")


def answer(build: Build, content: dict[str, Any]) -> CallToolResult:
    """Return an answer as structured content, and as the same JSON in text for clients that need it."""
    text = msgspec.json.encode({"build": build.id, **content}).decode()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=json.loads(text))


def explained(tool: Callable[P, T]) -> Callable[P, T]:
    """Wrap a tool so that expected errors reach the client with their message."""

    @wraps(tool)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return tool(*args, **kwargs)
        except PaperlakeError as error:
            raise ToolError(str(error)) from error

    return run
