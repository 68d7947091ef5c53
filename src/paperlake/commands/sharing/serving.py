"""Serve the lake over HTTP: `serve`; and to agents over a pipe: `mcp`."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from paperlake.commands.options import LakeDir
from paperlake.errors import Interrupted
from paperlake.setting_sources import load_settings
from paperlake.terminal import console


def serve(
    lake: LakeDir = None,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1)."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port (default: 8000; 0 for a free one).")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Processes (default: 1).")
    ] = None,
) -> None:
    """Show the lake in a browser, with a JSON API, feeds and MCP; read-only, and it follows rebuilds."""
    from paperlake.serve.running import run_server  # noqa: PLC0415  # FastAPI is an extra

    settings = load_settings(lake=lake, serve_host=host, serve_port=port, serve_workers=workers)
    with suppress(Interrupted):  # several workers end without it
        run_server(settings, console.say)
    console.say("Stopped.")


def mcp(lake: LakeDir = None) -> None:
    """Answer agents by MCP over standard input and output; read-only, and it follows rebuilds."""
    from paperlake.serve.mcp.running import run_stdio  # noqa: PLC0415  # the SDK is an extra

    run_stdio(load_settings(lake=lake), console.say)
