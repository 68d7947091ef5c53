"""One HTTP server on loopback for all tests that need one: it records requests and gives scripted replies."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The first value of each parameter."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A response to send."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    """A false Content-Length."""

    @classmethod
    def of_json(cls, content: object, status: int = 200) -> "Reply":
        return cls(json.dumps(content).encode(), status)


Raw = Callable[[BaseHTTPRequestHandler], None]
"""Writes a response by itself, byte by byte; the connection is closed after it."""

Respond = Callable[[Request], Reply | Raw]


@dataclass
class Server:
    """A running server; `respond` may be replaced at any time."""

    respond: Respond
    url: str = ""
    """Scheme, host and port."""
    requests: list[Request] = field(default_factory=list)


@contextlib.contextmanager
def serve(respond: Respond = lambda request: Reply()) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1."""
    server = Server(respond)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, dict(self.headers), body)
            with lock:
                server.requests.append(request)
            reply = server.respond(request)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send(reply)

        do_GET = do_POST = handle_one  # noqa: N815  # names that http.server calls

        def send(self, reply: Reply | Raw) -> None:
            if not isinstance(reply, Reply):
                self.close_connection = True
                reply(self)
                return
            length = len(reply.body) if reply.announced is None else reply.announced
            self.close_connection = length != len(reply.body)
            self.send_response(reply.status)
            self.send_header("Content-Length", str(length))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        http_server.daemon_threads = True
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.url = f"http://127.0.0.1:{http_server.server_port}"
        try:
            yield server
        finally:
            http_server.shutdown()
            thread.join()


def in_turn(*replies: Reply | Raw) -> Respond:
    """Give the replies one after the other, the last one again and again."""
    left, lock = list(replies), threading.Lock()

    def respond(request: Request) -> Reply | Raw:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return respond


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a response."""


def truncated_chunks(handler: BaseHTTPRequestHandler) -> None:
    """A chunked response that ends before its last chunk."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\n[1, 2\r\nff\r\n")


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
