"""Keep the responses of one build: each is a function of its address, so equal requests are answered once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
from starlette.datastructures import Headers
from starlette.types import Message, Scope, Send

MAX_CACHE_BYTES = 32 << 20  # of one build, in each worker
MAX_ENTRY_BYTES = 1 << 20

Key = tuple[str, ...]


@dataclass
class _Recording:
    """The messages of one response."""

    messages: list[Message] = field(default_factory=list)
    size: int = 0

    def note(self, message: Message) -> None:
        self.size += len(message.get("body", b"")) + 500
        if self.size <= MAX_ENTRY_BYTES:
            self.messages.append(message)

    def may_be_kept(self) -> bool:
        if self.size > MAX_ENTRY_BYTES or not self.messages or self.messages[-1].get("more_body"):
            return False
        start = self.messages[0]
        return start["status"] == 200 and Headers(raw=start["headers"]).get("cache-control") != "no-store"


class ResponseCache:
    """The responses of one build; those that were asked for longest ago are dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Recording] = OrderedDict()
        self._size = 0
        self._running: dict[Key, anyio.Event] = {}

    async def respond(self, scope: Scope, send: Send, run: Callable[[Send], Awaitable[None]]) -> None:
        """Send the response to a request; of equal requests at the same time, one is run.

        Args:
            scope: The request.
            send: Sends messages to the client.
            run: Runs the application, which sends by its argument.
        """
        key = _key(scope)
        while (running := self._running.get(key)) and key not in self._kept:
            await running.wait()
        kept = self._kept.get(key)
        if kept:
            self._kept.move_to_end(key)
            for message in kept.messages:
                await send(message)
            return
        recording = _Recording()

        async def record(message: Message) -> None:
            recording.note(message)
            await send(message)

        done = self._running[key] = anyio.Event()
        try:
            await run(record)
            if recording.may_be_kept():
                self._keep(key, recording)
        finally:
            del self._running[key]
            done.set()

    def _keep(self, key: Key, recording: _Recording) -> None:
        self._kept[key] = recording
        self._size += recording.size
        while self._size > MAX_CACHE_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._size -= dropped.size


def _key(scope: Scope) -> Key:
    """Return what a response depends on: its address, with the host that was called, and compression."""
    headers = Headers(scope=scope)
    compressed = str("gzip" in headers.get("accept-encoding", ""))
    query = scope["query_string"].decode("latin-1")
    return scope["method"], scope["scheme"], headers.get("host", ""), scope["path"], query, compressed
