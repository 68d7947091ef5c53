"""A real S3 server on loopback (moto's), with buckets in memory and faults on request.

It answers one request at a time: moto compares an entity tag and replaces the object in two steps.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Fault = Callable[[str, str], str | None]
"""Gives, for the method and path of a request, `refuse`, `lose` (carry it out, then answer 503), or None."""

UNAVAILABLE = ("503 Slow Down", [("Content-Type", "application/xml")])
BODY = b"<Error><Code>SlowDown</Code></Error>"


@dataclass
class S3Server:
    """The server, and how it misbehaves."""

    port: int = 0
    delay_seconds: float = 0.0
    fault: Fault = field(default=lambda _method, _path: None)
    requests: list[tuple[str, str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a client finds the server."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "planted-secret-of-the-store",
            "AWS_REGION": "us-east-1",
        }

    def new_bucket(self) -> str:
        """Make a bucket; return its URL with a prefix."""
        name = f"bucket-{uuid4().hex[:12]}"
        made = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", method="PUT")
        with urllib.request.urlopen(made, timeout=30):
            return f"s3://{name}/some/lake"

    def recover(self) -> None:
        """Behave again."""
        self.delay_seconds, self.fault = 0.0, lambda _method, _path: None
        self.requests.clear()


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a server in a thread."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    state = S3Server()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        state.requests.append((method, path))
        time.sleep(state.delay_seconds)
        fault = state.fault(method, path)
        if fault == "refuse":
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start(*UNAVAILABLE)
            return [BODY]
        if fault == "lose":
            list(application(environ, lambda *_args: lambda _data: None))
            start(*UNAVAILABLE)
            return [BODY]
        return application(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=False)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
