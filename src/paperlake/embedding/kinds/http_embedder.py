"""Run the `http` kind: a server with OpenAI's `/v1/embeddings` (TEI, vLLM, Infinity, Ollama and others).

Batches are sent side by side; retries, limits and pauses are those of `http_client.py`. The vectors of a
response are used only after its shape was checked. The key is sent in one header and shown nowhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from paperlake.embedding.protocol import EmbeddingFacts, Role, ignore_advance
from paperlake.errors import ModelError, UsageError
from paperlake.http_client import MAX_EXCERPT_CHARS, Clock, HttpClient, HttpError, HttpLimits
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

FIRST_PAUSE_SECONDS = 0.5
MAX_RESPONSE_BYTES = 256 << 20  # 32 texts of 4096 numbers are 3 MB of JSON


@dataclass(frozen=True)
class _Batch:
    """The vectors of one request."""

    rows: list[int]
    """Indices of its texts."""
    vectors: Vectors
    token_count: int


class HttpEmbedder:
    """Sends texts to a server; see `Embedder`."""

    kind = "http"

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Check the settings; nothing is sent yet.

        Args:
            settings: Its `embedder_*` fields.
            clock: Waits between attempts; if None, until the pause is over or another batch failed for good.

        Raises:
            UsageError: A setting that this kind needs is missing or malformed.
        """
        if not (settings.embedder_url and settings.embedder_model_id and settings.embedder_dimension):
            raise UsageError(
                "The embedder 'http' needs PAPERLAKE_EMBEDDER_URL (like http://127.0.0.1:8080/v1), "
                "PAPERLAKE_EMBEDDER_MODEL_ID (names model, weights, pooling and token limit for the vector "
                "store) and PAPERLAKE_EMBEDDER_DIMENSION."
            )
        self.model_id = settings.embedder_model_id
        self.dimension = settings.embedder_dimension
        self.max_tokens = settings.embedder_max_tokens
        self._settings = settings
        self._host = _checked_host(settings.embedder_url)
        self._url = f"{settings.embedder_url.rstrip('/')}/embeddings"
        self._clock = clock

    def embed(
        self,
        texts: Sequence[str],
        advance: Advance = ignore_advance,
        role: Role = "paper",  # noqa: ARG002  # the server knows its prompts
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`."""
        started = time.monotonic()
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_count = 0
        # Texts of like length together need less padding.
        order = sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row))
        size = self._settings.embedder_http_batch
        spans = [order[start : start + size] for start in range(0, len(order), size)]
        stop = threading.Event()
        with self._client(stop) as client, ThreadPoolExecutor(self._settings.embedder_concurrency) as pool:
            sent = [pool.submit(self._request, client, span, [texts[row] for row in span]) for span in spans]
            try:
                for future in as_completed(sent):
                    batch = future.result()
                    vectors[batch.rows] = batch.vectors
                    token_count += batch.token_count
                    advance(len(batch.rows))
            finally:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
        facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=token_count,
            padded_token_count=token_count,
            truncated_count=None,
            seconds=time.monotonic() - started,
            device="remote",
            library=f"http {self._host}",
        )
        return vectors, facts

    def _client(self, stop: threading.Event) -> HttpClient:
        """Return a client whose pauses end early when `stop` is set."""

        def wait(seconds: float) -> None:
            stop.wait(seconds)

        key = self._settings.embedder_api_key
        limits = HttpLimits(
            max_bytes=MAX_RESPONSE_BYTES,
            timeout_seconds=self._settings.embedder_timeout_seconds,
            max_attempts=self._settings.embedder_retries + 1,
            first_pause_seconds=FIRST_PAUSE_SECONDS,
        )
        return HttpClient(
            limits,
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            clock=self._clock or Clock(sleep=wait),
            stop=stop,
        )

    def _request(self, client: HttpClient, rows: list[int], texts: list[str]) -> _Batch:
        """Embed one batch.

        Raises:
            ModelError: The server failed or refused, or its response is not what the protocol says.
        """
        request = {"model": self._settings.embedder_model, "input": texts, "encoding_format": "float"}
        count = f"{len(texts)} text{'s' if len(texts) > 1 else ''}"
        try:
            body = client.post_json(self._url, request, bytes).content
        except HttpError as error:
            if error.retryable:
                attempts = f"{error.attempts} attempt{'s' if error.attempts > 1 else ''}"
                raise ModelError(
                    f"{error.url}: {count} failed after {attempts}; last error: {error.reason}. "
                    "What was embedded so far is kept; run again when the server responds."
                ) from error
            if error.status is None:
                raise ModelError(str(error)) from error
            raise ModelError(
                f"{error.url} refused {count} with {error.reason}. "
                "Check the model's name, the key, the server's batch limit (PAPERLAKE_EMBEDDER_HTTP_BATCH) "
                "and whether it truncates long texts by itself."
            ) from error
        content = self._parsed(body)
        return _Batch(rows, self._vectors(content, len(texts)), _token_count(content))

    def _parsed(self, body: bytes) -> dict[str, Any]:
        """Return the response as a JSON object.

        Raises:
            ModelError: It is not one.
        """
        shown = body[: 4 * MAX_EXCERPT_CHARS].decode(errors="replace")[:MAX_EXCERPT_CHARS]
        try:
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{self._url} did not return JSON: {shown!r}.") from error
        if not isinstance(content, dict):
            raise ModelError(f"{self._url} did not return a JSON object: {shown!r}.")
        return content

    def _vectors(self, content: dict[str, Any], count: int) -> Vectors:
        """Return the vectors of a response, checked and of unit length, in the order of the texts.

        Raises:
            ModelError: Their number or dimension is wrong, or a vector is zero or not finite.
        """
        try:
            items = sorted(content["data"], key=lambda item: item["index"])
            indices = [item["index"] for item in items]
            vectors = np.array([item["embedding"] for item in items], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{self._url} did not return a list of vectors ({type(error).__name__})."
            ) from error
        if indices != list(range(count)):
            raise ModelError(f"{self._url} returned {len(items)} vectors for {count} texts.")
        if vectors.shape != (count, self.dimension):
            raise ModelError(
                f"{self._url} returned vectors of {vectors.shape[-1]} numbers, not {self.dimension}. "
                "Set PAPERLAKE_EMBEDDER_DIMENSION, and PAPERLAKE_EMBEDDER_MODEL_ID if the model changed."
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise ModelError(f"{self._url} returned a vector that is zero or not finite.")
        unit: Vectors = vectors / lengths
        return unit


def make_http_embedder(settings: Settings) -> HttpEmbedder:
    """Construct the embedder that the settings describe; nothing is sent yet."""
    return HttpEmbedder(settings)


def _checked_host(url: str) -> str:
    """Return the host of the server's URL.

    Raises:
        UsageError: It has a user or password, or is not an HTTP URL.
    """
    if "@" in url:
        raise UsageError(
            "PAPERLAKE_EMBEDDER_URL contains a user or password, which messages would show. "
            "Put the key into PAPERLAKE_EMBEDDER_API_KEY."
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both are parsed only when read
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"PAPERLAKE_EMBEDDER_URL is not an HTTP URL: {url!r}.")
    return host


def _token_count(content: dict[str, Any]) -> int:
    usage = content.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0
