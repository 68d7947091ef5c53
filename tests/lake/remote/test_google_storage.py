"""Conditional puts on Google Cloud Storage: by the generation of an object, as its XML API has it.

No server of its protocol was to be had that knows what obstore asks for, so this one knows the part alone that the
head of a lake needs.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from paperlake.lake.remote.object_store import ConflictError, ObjectStore


class Handler(BaseHTTPRequestHandler):
    """Keeps the content and generation of each object."""

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        generation = self.objects.get(self.path, (b"", 0))[1]
        wanted = self.headers.get("x-goog-if-generation-match")
        if wanted is not None and int(wanted) != generation:
            self._answer(412, b"", generation)
            return
        self.objects[self.path] = content, generation + 1
        self._answer(200, b"", generation + 1)

    def do_GET(self) -> None:
        if self.path in self.objects:
            self._answer(200, *self.objects[self.path])
        else:
            self._answer(404, b"", 0)

    def _answer(self, status: int, content: bytes, generation: int) -> None:
        self.send_response(status)
        self.send_header("ETag", '"the same for equal content"')
        self.send_header("x-goog-generation", str(generation))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"objects": {}}))
    account = {
        "gcs_base_url": f"http://127.0.0.1:{server.server_port}", "disable_oauth": True,
        "client_email": "", "private_key": "", "private_key_id": "",
    }  # fmt: skip
    (tmp_path / "account.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield ObjectStore("gs://bucket/some/lake")
    server.shutdown()
    thread.join()
    server.server_close()


def test_of_two_that_replace_a_generation_one_fails(store: ObjectStore) -> None:
    first = store.put_if("head.json", b"1", None)
    with pytest.raises(ConflictError):
        store.put_if("head.json", b"other", None)
    assert store.get("head.json") == (b"1", first)
    second = store.put_if("head.json", b"2", first)
    assert store.get("head.json") == (b"2", second) != (b"1", first)
    with pytest.raises(ConflictError):
        store.put_if("head.json", b"3", first)
    assert store.get("head.json")[0] == b"2"
