"""Ask an embedding server for what the settings do not say: the name of its model, and its dimension.

`GET /models` lists the models; one text is embedded to learn the dimension. The id in the vector store is
derived from the name that the server gives, so a server that changes the weights under one name needs
PAPERLAKE_EMBEDDER_MODEL_ID.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from paperlake.embedding.kinds.http_embedder import (
    DIMENSION_ADVICE,
    START_ADVICE,
    checked_endpoint,
    json_object,
    key_header,
    post_texts,
    requested_model,
    unit_vectors,
)
from paperlake.errors import ModelError, UsageError
from paperlake.http_client import HttpClient, HttpError, HttpLimits, public_url
from paperlake.settings import Settings
from paperlake.text.secrets import mask

PROBE_TEXT = "paperlake"
MAX_RESPONSE_BYTES = 16 << 20
MAX_PROBE_SECONDS = 30.0  # a server may load its model for the first text
CONNECT_SECONDS = 3.0
MAX_NAME_CHARS = 80  # of the server's name in an id
MAX_LISTED_MODELS = 10  # in an error
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class ServerModel:
    """The model of a server."""

    name: str | None
    """The name to send with each request; None if the server wants none."""
    model_id: str
    dimension: int


def ask_server(settings: Settings) -> ServerModel:
    """Return the model that a server runs, by at most two short requests.

    Raises:
        UsageError: The URL is missing or malformed, or the server has several models and none is chosen.
        ModelError: The server does not answer, or refuses.
    """
    _host, url = checked_endpoint(settings, "embeddings")
    with HttpClient(_limits(settings), headers=key_header(settings)) as client:
        name = requested_model(settings) or _only_model(client, settings)
        content = post_texts(client, url, name, [PROBE_TEXT], START_ADVICE)
        vectors = unit_vectors(url, content, 1)
        told = content.get("model")
        secrets = client.secrets(url)
    shown = mask(told, secrets) if isinstance(told, str) and told.strip() else name
    if not shown:
        raise UsageError(
            f"{public_url(url)} does not tell the name of its model. Set PAPERLAKE_EMBEDDER_MODEL to it."
        )
    return ServerModel(name, model_id_of(shown, vectors.shape[1]), vectors.shape[1])


def check_server(settings: Settings) -> None:
    """Send one short text, to learn before a run whether the server answers as the settings say.

    Raises:
        ModelError: The server does not answer, refuses, or returns vectors of another dimension.
    """
    _host, url = checked_endpoint(settings, "embeddings")
    with HttpClient(_limits(settings), headers=key_header(settings)) as client:
        content = post_texts(client, url, requested_model(settings), [PROBE_TEXT], START_ADVICE)
        vectors = unit_vectors(url, content, 1)
    if settings.embedder_dimension not in (None, vectors.shape[1]):
        raise ModelError(
            f"{public_url(url)} returned vectors of {vectors.shape[1]} numbers, not "
            f"{settings.embedder_dimension}. {DIMENSION_ADVICE}"
        )


def model_id_of(name: str, dimension: int) -> str:
    """Return the id in the vector store of a server's model: a valid name of a folder.

    >>> model_id_of("BAAI/bge-small-en-v1.5", 384)
    'http-BAAI--bge-small-en-v1.5-384'
    """
    whole = name.strip().replace("/", "--")
    safe = UNSAFE.sub("-", whole)[:MAX_NAME_CHARS]
    if safe != whole:  # other names may give the same text
        safe = f"{safe}-{hashlib.sha256(whole.encode(errors='replace')).hexdigest()[:8]}"
    return f"http-{safe}-{dimension}"


def _only_model(client: HttpClient, settings: Settings) -> str | None:
    """Return the name of the server's model; None if it has no list of models.

    Raises:
        UsageError: It has several.
    """
    _host, url = checked_endpoint(settings, "models")
    try:
        content = json_object(client, url, client.get(url, bytes).content)
    except (HttpError, ModelError):
        return None  # not every server has the list; the request that embeds tells what is wrong
    listed = content.get("data")
    names = (
        [entry.get("id") for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )
    found = [name for name in names if isinstance(name, str) and name]
    if len(found) > 1:
        shown = ", ".join(mask(name, client.secrets(url)) for name in found[:MAX_LISTED_MODELS])
        raise UsageError(
            f"{public_url(url)} lists {len(found)} models. Set PAPERLAKE_EMBEDDER_MODEL to one: {shown}."
        )
    return found[0] if found else None


def _limits(settings: Settings) -> HttpLimits:
    return HttpLimits(
        max_bytes=MAX_RESPONSE_BYTES,
        timeout_seconds=min(settings.embedder_timeout_seconds, MAX_PROBE_SECONDS),
        connect_seconds=CONNECT_SECONDS,
        max_attempts=2,
        first_pause_seconds=0.5,
        max_elapsed_seconds=2 * MAX_PROBE_SECONDS,
    )
