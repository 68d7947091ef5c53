"""Run the server: one process, or several workers that share one socket."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import require_warehouse

if TYPE_CHECKING:
    import uvicorn

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # recognised, not listened on
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHUTDOWN_SECONDS = 5
WORKER_SECONDS = 60  # without an answer before a worker is replaced; on a busy machine it loads slowly


def run_server(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve the lake of the settings until the process is told to end.

    Args:
        settings: The lake, and the settings that begin with serve_.
        say: Called with lines for the terminal.

    Raises:
        UsageError: The extra `serve` is not installed.
        LakeError: There is no warehouse, or the address cannot be listened on.
    """
    lake = Lake.find(settings.lake)
    require_warehouse(lake)
    try:
        import uvicorn  # noqa: PLC0415  # an extra
        from uvicorn.supervisors import Multiprocess  # noqa: PLC0415

        from paperlake.serve.application import create_app  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "`paperlake serve` needs FastAPI and the MCP SDK, which are not installed. Run "
            "`make setup EXTRAS=dev,serve` in the clone."
        ) from error
    config = uvicorn.Config(
        partial(create_app, settings, is_preparing=True),
        factory=True,
        host=settings.serve_host,
        port=settings.serve_port,
        workers=settings.serve_workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
    )
    listening = _listen(config)
    try:
        _say_where(settings, listening.getsockname()[1], say)
        if settings.serve_workers > 1:
            Multiprocess(config, sockets=[listening]).run()
        else:
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()


def _listen(config: uvicorn.Config) -> socket.socket:
    """Return a bound socket.

    Raises:
        LakeError: The address is in use or not of this machine.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except OSError as error:
        listening.close()
        reason = error.strerror or error
        raise LakeError(
            f"Cannot listen on {config.host}, port {config.port}: {reason}. "
            "Choose another with --port or --host."
        ) from error
    listening.set_inheritable(True)
    return listening


def _say_where(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    host = settings.serve_host
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host in ANY_ADDRESS else host
    say(f"Serving {settings.lake} at {settings.serve_url or f'http://{shown}:{port}'}. Stop with Ctrl-C.")
    if host not in LOOPBACK and settings.serve_token is None:
        say("Whoever reaches this address can read the lake. Set PAPERLAKE_SERVE_TOKEN to ask for a token.")
