"""Encode answers as JSON, errors too."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from paperlake.queries import Build

_ENCODER = msgspec.json.Encoder()


def answer(build: Build, content: dict[str, Any], may_be_cached: bool = True) -> Response:
    """Return an answer with the id of its build."""
    headers = {} if may_be_cached else {"cache-control": "no-store"}
    return _json({"build": build.id, **content}, 200, headers)


def error_answer(status: int, message: str) -> Response:
    """Return an error as JSON."""
    return _json({"error": {"status": status, "message": message}}, status, {"cache-control": "no-store"})


def _json(content: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(_ENCODER.encode(content), status, headers, media_type="application/json")
