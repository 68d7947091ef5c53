"""The `http` kind: a server with OpenAI's `/v1/embeddings` (TEI, vLLM, Infinity, Ollama and others).

Batches go out side by side; what can pass a second time is tried again with growing pauses; an answer is
believed only after its shape was checked. The key goes into one header and nowhere else.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import numpy as np

from paperlake.embedding.protocol import EmbeddingFacts, Role, Vectors, ignore_advance
from paperlake.errors import ModelError, UsageError
from paperlake.progress import Advance
from paperlake.settings import Settings

# 408 timeout, 425 too early, 429 too many requests, and what a proxy or a starting server says.
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
FIRST_PAUSE_SECONDS = 0.5  # doubled with each try
MAX_PAUSE_SECONDS = 60.0  # also the longest that a server's Retry-After is obeyed
MAX_ANSWER_BYTES = 256 << 20  # 32 texts of 4096 numbers are 3 MB of JSON
SHOWN_ANSWER_CHARS = 300


@dataclass(frozen=True)
class _Answer:
    rows: list[int]
    vectors: Vectors
    token_count: int


class _RetryableError(Exception):
    """Something that may pass the next time."""

    def __init__(self, message: str, pause_seconds: float | None = None) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class HttpEmbedder:
    """Asks a server; see `Embedder`."""

    kind = "http"

    def __init__(self, settings: Settings, sleep: Callable[[float], None] | None = None) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            settings: Its `embedder_*` fields.
            sleep: Waits so many seconds between tries; ends early when another batch failed, if None.

        Raises:
            UsageError: A setting that this kind needs is missing.
        """
        if not (settings.embedder_url and settings.embedder_model_id and settings.embedder_dimension):
            raise UsageError(
                "The embedder 'http' needs PAPERLAKE_EMBEDDER_URL (like http://127.0.0.1:8080/v1), "
                "PAPERLAKE_EMBEDDER_MODEL_ID (names model, weights, pooling and token limit for the vector "
                "store) and PAPERLAKE_EMBEDDER_DIMENSION."
            )
        if "@" in settings.embedder_url:
            raise UsageError(
                "PAPERLAKE_EMBEDDER_URL holds a user or password, which messages would show. "
                "Put the key into PAPERLAKE_EMBEDDER_API_KEY."
            )
        self.model_id = settings.embedder_model_id
        self.dimension = settings.embedder_dimension
        self.max_tokens = settings.embedder_max_tokens
        self.facts = EmbeddingFacts()
        self._settings = settings
        self._url = f"{settings.embedder_url.rstrip('/')}/embeddings"
        self._failed = threading.Event()
        self._sleep = sleep or self._wait

    def embed(
        self,
        texts: Sequence[str],
        advance: Advance = ignore_advance,
        role: Role = "paper",  # noqa: ARG002  # the server knows its prompts
    ) -> Vectors:
        """Vectors of `texts`; see `Embedder`."""
        started = time.monotonic()
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_count = 0
        order = sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row))  # alike pad less
        size = self._settings.embedder_http_batch
        spans = [order[start : start + size] for start in range(0, len(order), size)]
        self._failed.clear()
        with self._client() as client, ThreadPoolExecutor(self._settings.embedder_concurrency) as pool:
            asked = [pool.submit(self._ask, client, span, [texts[row] for row in span]) for span in spans]
            try:
                for future in as_completed(asked):
                    answer = future.result()
                    vectors[answer.rows] = answer.vectors
                    token_count += answer.token_count
                    advance(len(answer.rows))
            finally:
                self._failed.set()
                pool.shutdown(wait=False, cancel_futures=True)
        self.facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=token_count,
            padded_token_count=token_count,
            truncated_count=None,
            seconds=time.monotonic() - started,
            device="remote",
            library=f"http {httpx.URL(self._url).host}",
        )
        return vectors

    def _wait(self, seconds: float) -> None:
        """Pause, but not when another batch has failed for good."""
        self._failed.wait(seconds)

    def _client(self) -> httpx.Client:
        key = self._settings.embedder_api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        return httpx.Client(headers=headers, timeout=self._settings.embedder_timeout_seconds)

    def _ask(self, client: httpx.Client, rows: list[int], texts: list[str]) -> _Answer:
        """One batch, tried again while that makes sense."""
        tries = self._settings.embedder_retries + 1
        for number in range(tries):
            try:
                content = self._post(client, texts)
                return _Answer(rows, self._vectors(content, len(texts)), _token_count(content))
            except _RetryableError as error:
                if number + 1 == tries or self._failed.is_set():
                    raise ModelError(
                        f"{self._url}: {len(texts)} texts failed {number + 1} times, at last with: {error}. "
                        "What was embedded so far is kept; run again when the server is well."
                    ) from error
                pause = error.pause_seconds or FIRST_PAUSE_SECONDS * 2**number
                self._sleep(min(pause, MAX_PAUSE_SECONDS))
        raise AssertionError("unreachable: the last try returns or raises")

    def _post(self, client: httpx.Client, texts: list[str]) -> dict[str, Any]:
        """The server's answer as JSON.

        Raises:
            _RetryableError: The server was not reached, too slow or busy.
            ModelError: It refused.
        """
        request = {"model": self._settings.embedder_model, "input": texts, "encoding_format": "float"}
        try:
            with client.stream("POST", self._url, json=request) as response:
                body = _read_bounded(response, self._url)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _RetryableError(f"{type(error).__name__} {error}".strip()) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise UsageError(f"PAPERLAKE_EMBEDDER_URL: {error}.") from error
        shown = body[: 4 * SHOWN_ANSWER_CHARS].decode(errors="replace")[:SHOWN_ANSWER_CHARS]
        if response.status_code in RETRIED_STATUSES:
            raise _RetryableError(f"status {response.status_code}: {shown!r}", _retry_after(response))
        if response.status_code != httpx.codes.OK:
            raise ModelError(
                f"{self._url} refused {len(texts)} texts with status {response.status_code}: {shown!r}. "
                "Look at the model's name, the key, the server's batch limit (PAPERLAKE_EMBEDDER_HTTP_BATCH) "
                "and whether it cuts long texts by itself."
            )
        try:
            content = json.loads(body)
        except ValueError as error:
            raise ModelError(f"{self._url} answered with something else than JSON: {shown!r}.") from error
        if not isinstance(content, dict):
            raise ModelError(f"{self._url} answered with something else than an object: {shown!r}.")
        return content

    def _vectors(self, content: dict[str, Any], count: int) -> Vectors:
        """The vectors of an answer, checked and normalised, in the order of the texts.

        Raises:
            ModelError: Their number or dimension is wrong, or a vector has no direction.
        """
        try:
            items = sorted(content["data"], key=lambda item: item["index"])
            indices = [item["index"] for item in items]
            vectors = np.array([item["embedding"] for item in items], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{self._url} answered with something else than a list of vectors ({type(error).__name__})."
            ) from error
        if indices != list(range(count)):
            raise ModelError(f"{self._url} answered with {len(items)} vectors for {count} texts.")
        if vectors.shape != (count, self.dimension):
            raise ModelError(
                f"{self._url} answered with vectors of {vectors.shape[-1]} numbers, not {self.dimension}. "
                "Set PAPERLAKE_EMBEDDER_DIMENSION, and PAPERLAKE_EMBEDDER_MODEL_ID if the model changed."
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise ModelError(f"{self._url} answered with a vector that is zero or not finite.")
        unit: Vectors = vectors / lengths
        return unit


def make_http_embedder(settings: Settings) -> HttpEmbedder:
    """The embedder that the settings describe; nothing is sent yet."""
    return HttpEmbedder(settings)


def _read_bounded(response: httpx.Response, url: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ModelError(f"{url} answered with more than {MAX_ANSWER_BYTES:,} bytes.")
    return bytes(body)


def _retry_after(response: httpx.Response) -> float | None:
    """The pause that the server asks for, in seconds."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


def _token_count(content: dict[str, Any]) -> int:
    usage = content.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0
