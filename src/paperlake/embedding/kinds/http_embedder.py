"""Run the `http` kind: a server with OpenAI's `/v1/embeddings` (TEI, vLLM, Infinity, Ollama and others).

Batches are sent side by side; retries, limits and pauses are those of `http_client/`. The vectors of a
response are used only after its shape was checked. The key is sent in one header and shown nowhere. What the
settings do not say about the model is asked of the server by `server_model.py`.
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
from paperlake.http_client import Clock, HttpClient, HttpError, HttpLimits, excerpt, public_url
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.text.display import plural
from paperlake.text.secrets import has_secret, mask
from paperlake.vectors.arrays import Vectors

FIRST_PAUSE_SECONDS = 0.5
MAX_RESPONSE_BYTES = 256 << 20  # 32 texts of 4096 numbers are 3 MB of JSON
MAX_TOKEN_COUNT = 1 << 40
QUERY_SECONDS = 3.0
QUERY_LIMITS = HttpLimits(
    max_bytes=MAX_RESPONSE_BYTES,
    timeout_seconds=QUERY_SECONDS,
    connect_seconds=2.0,
    max_elapsed_seconds=QUERY_SECONDS,
    max_attempts=2,
    first_pause_seconds=0.2,
)
START_ADVICE = "Start the server, or correct PAPERLAKE_EMBEDDER_URL."
AGAIN_ADVICE = "What was embedded so far is kept; run again when the server responds."
DIMENSION_ADVICE = (
    "Start the server of the lake's model; or set PAPERLAKE_EMBEDDER_DIMENSION, and if it is set "
    "PAPERLAKE_EMBEDDER_MODEL_ID, to those of the server's model, and run with `--reembed`."
)
UNNAMED = "bundled"  # the default of the setting, which is no name of a server's model


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
        self._host, self._url = checked_endpoint(settings, "embeddings")
        if not (settings.embedder_model_id and settings.embedder_dimension):
            raise UsageError(
                "The embedder 'http' needs PAPERLAKE_EMBEDDER_MODEL_ID (names model, weights, pooling and "
                "token limit for the vector store) and PAPERLAKE_EMBEDDER_DIMENSION."
            )
        self.model_id = settings.embedder_model_id
        self.dimension = settings.embedder_dimension
        self.max_tokens = settings.embedder_max_tokens
        self.model = requested_model(settings)
        self._settings = settings
        self._clock = clock

    def embed(
        self,
        texts: Sequence[str],
        advance: Advance = ignore_advance,
        role: Role = "paper",
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`. The server knows its prompts.

        A person waits for the vector of a query: it fails after `QUERY_SECONDS`.
        """
        started = time.monotonic()
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_count = 0
        # Texts of like length together need less padding.
        order = sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row))
        size = self._settings.embedder_http_batch
        spans = [order[start : start + size] for start in range(0, len(order), size)]
        stop = threading.Event()
        limits = QUERY_LIMITS if role == "query" else embedding_limits(self._settings)
        advice = START_ADVICE if role == "query" else AGAIN_ADVICE
        with (
            self._client(limits, stop) as client,
            ThreadPoolExecutor(self._settings.embedder_concurrency) as pool,
        ):
            sent = [
                pool.submit(self._request, client, span, [texts[row] for row in span], advice)
                for span in spans
            ]
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

    def _client(self, limits: HttpLimits, stop: threading.Event) -> HttpClient:
        """Return a client whose pauses end early when `stop` is set."""

        def wait(seconds: float) -> None:
            stop.wait(seconds)

        return HttpClient(
            limits, headers=key_header(self._settings), clock=self._clock or Clock(sleep=wait), stop=stop
        )

    def _request(self, client: HttpClient, rows: list[int], texts: list[str], advice: str) -> _Batch:
        """Embed one batch.

        Raises:
            ModelError: The server failed or refused, or its response is not what the protocol says.
        """
        if client.stop.is_set():
            return _Batch([], np.empty((0, self.dimension), np.float32), 0)  # another batch failed for good
        try:
            content = post_texts(client, self._url, self.model, texts, advice)
            vectors = unit_vectors(self._url, content, len(texts))
            if vectors.shape[1] != self.dimension:
                raise ModelError(
                    f"{public_url(self._url)} returned vectors of {vectors.shape[1]} numbers, not "
                    f"{self.dimension}. {DIMENSION_ADVICE}"
                )
        except ModelError:
            client.stop.set()  # here, as the next batch may begin before the caller learns of the error
            raise
        return _Batch(rows, vectors, _token_count(content))


def make_http_embedder(settings: Settings) -> HttpEmbedder:
    """Construct the embedder that the settings describe; see `with_server_model` for what is sent.

    Raises:
        UsageError: The URL is missing or malformed, or the server has several models and none is chosen.
        ModelError: The server does not answer, or refuses.
    """
    return HttpEmbedder(with_server_model(settings))


def with_server_model(settings: Settings) -> Settings:
    """Return the settings, with the model's id and dimension asked of the server where they are not set.

    Raises:
        UsageError: The URL is missing or malformed, or the server has several models and none is chosen.
        ModelError: The server does not answer, or refuses.
    """
    if settings.embedder_model_id and settings.embedder_dimension:
        return settings
    from paperlake.embedding.kinds.server_model import ask_server

    found = ask_server(settings)
    chosen = {
        "embedder_model": found.name or settings.embedder_model,
        "embedder_model_id": settings.embedder_model_id or found.model_id,
        "embedder_dimension": settings.embedder_dimension or found.dimension,
    }
    return settings.model_copy(update=chosen)


def embedding_limits(settings: Settings) -> HttpLimits:
    """Return the limits of requests that embed papers."""
    return HttpLimits(
        max_bytes=MAX_RESPONSE_BYTES,
        timeout_seconds=settings.embedder_timeout_seconds,
        max_attempts=settings.embedder_retries + 1,
        first_pause_seconds=FIRST_PAUSE_SECONDS,
    )


def key_header(settings: Settings) -> dict[str, str]:
    """Return the header that carries the key; empty without a key."""
    key = settings.embedder_api_key
    return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}


def requested_model(settings: Settings) -> str | None:
    """Return the server's name of the model; None if no name is set."""
    return None if settings.embedder_model == UNNAMED else settings.embedder_model


def post_texts(
    client: HttpClient, url: str, model: str | None, texts: list[str], advice: str = ""
) -> dict[str, Any]:
    """Send texts to be embedded; return the response, a JSON object.

    Args:
        client: The client; its limits and its key.
        url: Of the endpoint.
        model: The server's name of the model, if it wants one.
        texts: The texts.
        advice: What to do where the server does not answer, as a sentence.

    Raises:
        ModelError: The server failed or refused, or did not return a JSON object.
    """
    request = {"input": texts, "encoding_format": "float"} | ({"model": model} if model else {})
    count = plural(len(texts), "text")
    try:
        body = client.post_json(url, request, bytes).content
    except HttpError as error:
        if error.retryable:
            raise ModelError(
                f"{error.url}: {count} failed after {plural(error.attempts, 'attempt')}; last error: "
                f"{error.reason}. {advice}".rstrip()
            ) from error
        if error.status is None:
            raise ModelError(str(error)) from error
        raise ModelError(
            f"{error.url} refused {count} with {error.reason}. "
            "Check the model's name, the key, the server's batch limit (PAPERLAKE_EMBEDDER_HTTP_BATCH) "
            "and whether it truncates long texts by itself."
        ) from error
    return json_object(client, url, body)


def json_object(client: HttpClient, url: str, body: bytes) -> dict[str, Any]:
    """Return a response as a JSON object.

    Raises:
        ModelError: It is not one.
    """
    shown = excerpt(body, client.secrets(url))
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        # Without the cause, which contains the response as it came.
        raise ModelError(f"{public_url(url)} did not return JSON: {shown!r}.") from None
    if not isinstance(content, dict):
        raise ModelError(f"{public_url(url)} did not return a JSON object: {shown!r}.")
    return content


def unit_vectors(url: str, content: dict[str, Any], count: int) -> Vectors:
    """Return the vectors of a response, of unit length, in the order of the texts: (count, dimension).

    Raises:
        ModelError: Their number is wrong, or a vector is zero, empty or not finite.
    """
    shown = public_url(url)
    try:
        items = sorted(content["data"], key=lambda item: item["index"])
        indices = [item["index"] for item in items]
        vectors = np.array([item["embedding"] for item in items], np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{shown} did not return a list of vectors ({type(error).__name__}).") from error
    if indices != list(range(count)):
        raise ModelError(f"{shown} returned {plural(len(items), 'vector')} for {plural(count, 'text')}.")
    if vectors.ndim != 2:
        raise ModelError(f"{shown} did not return a list of vectors (of {vectors.ndim} dimensions).")
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ModelError(f"{shown} returned a vector that is zero or not finite.")
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit


def checked_endpoint(settings: Settings, name: str) -> tuple[str, str]:
    """Return the host of the server, and the URL of one of its endpoints.

    Args:
        settings: Its `embedder_url`, whose query is kept.
        name: Of the endpoint, such as `embeddings`.

    Raises:
        UsageError: The URL is missing, is not an HTTP URL, or contains a secret.
    """
    url = settings.embedder_url
    if not url:
        raise UsageError("The embedder 'http' needs PAPERLAKE_EMBEDDER_URL, like http://127.0.0.1:8080/v1.")
    if "@" in url or has_secret(url):
        raise UsageError(
            "PAPERLAKE_EMBEDDER_URL contains a user, a password or a key, which messages would show. "
            "Put the key into PAPERLAKE_EMBEDDER_API_KEY."
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # both are parsed only when read
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"PAPERLAKE_EMBEDDER_URL is not an HTTP URL: {mask(url)!r}.")
    path = f"{parts.path.rstrip('/')}/{name}"
    return host, parts._replace(path=path, fragment="").geturl()


def _token_count(content: dict[str, Any]) -> int:
    """Return the number of tokens that the server read; 0 where it gives no credible number."""
    usage = content.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) and 0 <= count <= MAX_TOKEN_COUNT else 0
