"""List the kinds of embedder, and construct the one that the settings choose.

A kind is imported only when it is chosen: listing them costs nothing, and a kind that needs an extra says so.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from paperlake.embedding.protocol import Embedder
from paperlake.errors import UsageError
from paperlake.settings import Settings


@dataclass(frozen=True)
class Kind:
    """The module and function that construct a kind, and its needs beyond the base installation."""

    module: str
    function: str
    needs: str | None = None
    """A module that must be importable."""
    extra: str | None = None
    """The extra of paperlake that installs it."""


_PACKAGE = "paperlake.embedding.kinds"
KINDS: dict[str, Kind] = {
    "auto": Kind("paperlake.embedding.choosing.automatic", "make_chosen_embedder"),
    "torch": Kind(f"{_PACKAGE}.torch_embedder", "make_torch_embedder"),
    "openvino": Kind(
        f"{_PACKAGE}.openvino_embedder", "make_openvino_embedder", needs="openvino", extra="openvino"
    ),
    "http": Kind(f"{_PACKAGE}.http_embedder", "make_http_embedder"),
    "ray": Kind(f"{_PACKAGE}.ray_embedder", "make_ray_embedder", needs="ray", extra="ray"),
    "hashing": Kind(f"{_PACKAGE}.hashing_embedder", "make_hashing_embedder"),
}


def make_embedder(settings: Settings) -> Embedder:
    """Construct the embedder that the settings describe; the model is loaded by its first `embed`.

    Raises:
        UsageError: There is no such kind, it needs an extra that is not installed, or a setting is missing.
        ModelError: The model is missing or invalid.
    """
    kind = KINDS.get(settings.embedder)
    if kind is None:
        raise UsageError(f"There is no embedder {settings.embedder!r}. Choose one of: {', '.join(KINDS)}.")
    if kind.needs and importlib.util.find_spec(kind.needs) is None:
        raise UsageError(
            f"The embedder {settings.embedder!r} needs {kind.needs}, which is not installed: "
            f"run `make setup EXTRAS=dev,{kind.extra}` in the clone of paperlake."
        )
    make = getattr(importlib.import_module(kind.module), kind.function)
    return cast("Callable[[Settings], Embedder]", make)(settings)


def complete_settings(settings: Settings) -> Settings:
    """Return the settings with what only a server knows, so that a run asks it once.

    Raises:
        UsageError: A setting is missing or malformed.
        ModelError: The server does not answer, or refuses.
    """
    if settings.embedder != "http":
        return settings
    from paperlake.embedding.kinds.http_embedder import with_server_model

    return with_server_model(settings)


def check_embedder(settings: Settings, asks_server: bool) -> None:
    """Check what an embedder needs and its constructor leaves to the first text; no weights are loaded.

    Args:
        settings: The settings, for which `make_embedder` succeeded.
        asks_server: Whether to send one short text to the server of the http kind.

    Raises:
        UsageError: The device or the dtype is not available here.
        ModelError: The server does not answer, refuses, or returns vectors of another dimension.
    """
    kind = settings.embedder
    if kind == "auto":
        from paperlake.embedding.choosing.automatic import choose_kind

        kind = choose_kind(settings).kind  # type: ignore[assignment]
    if kind == "torch":
        from paperlake.embedding.kinds.torch_embedder import check_torch

        check_torch(settings.embedder_device, settings.embedder_dtype)
    elif kind == "openvino" and settings.embedder_dtype == "bfloat16":
        from paperlake.embedding.kinds.openvino_embedder import check_bfloat16

        check_bfloat16()
    elif kind == "http" and asks_server:
        from paperlake.embedding.kinds.server_model import check_server

        check_server(settings)
