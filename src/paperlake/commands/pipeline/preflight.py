"""Check the embedder before a run reads anything: settings, server, and whether the model is the lake's."""

from __future__ import annotations

import sys

import typer

from paperlake import stage_list
from paperlake.embedding.choosing.model_change import model_change
from paperlake.embedding.choosing.registry import check_embedder, complete_settings, make_embedder
from paperlake.embedding.stage import PAPER_EMBEDDINGS
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.unchanged import has_nothing_to_build
from paperlake.terminal import console


def prepare_embedder(lake: Lake, settings: Settings, until: str | None) -> Settings:
    """Check the embedder of a run that reaches paper_embeddings; write nothing.

    Args:
        lake: The lake; it need not exist.
        settings: Of the run.
        until: The last stage of the run; None for all.

    Returns:
        The settings, with the server's model; `reembed` is set where a person at a terminal agreed to embed
        all papers again.

    Raises:
        UsageError: A setting is missing or wrong, or the run would embed all papers again and may not.
        ModelError: The model is missing or invalid, or its server does not answer while there is work to do.
    """
    stages = stage_list.PIPELINE.until(until)
    if PAPER_EMBEDDINGS not in stages:
        return settings
    given, settings = settings, complete_settings(settings)
    embedder = make_embedder(settings)
    check_embedder(settings, asks_server=settings is given and _has_work(lake, settings))
    change = model_change(lake, embedder)
    if change is None or settings.reembed:
        return settings
    if not (sys.stdin.isatty() and console.err.is_terminal):
        raise UsageError(change.refusal())
    console.say(change.summary(), "yellow")
    if not typer.confirm("Embed them again?", default=False, err=True):
        raise UsageError("Nothing was changed. " + change.refusal().removeprefix(change.summary()).strip())
    return settings.model_copy(update={"reembed": True})


def _has_work(lake: Lake, settings: Settings) -> bool:
    """Return whether a stage up to paper_embeddings would be built, as far as can be told before the run."""
    context = stage_list.run_context(lake, settings)
    return not has_nothing_to_build(stage_list.PIPELINE, context, PAPER_EMBEDDINGS.name)
