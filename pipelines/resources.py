"""Resources: thin, configurable, each handing out one plain object of the library.

Swap any of them through `build_definitions(resources=...)`. Nothing is decided here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field, PrivateAttr

from paperlake.embedding.protocol import Embedder
from paperlake.embedding.registry import make_embedder
from paperlake.lake import Lake
from paperlake.progress import LogLines, Progress
from paperlake.settings import Settings, load_settings


class LakeResource(ConfigurableResource[Any]):
    """The lake, held for as long as the run (or, step by step, the step's process) goes on."""

    root: str
    wait_seconds: float = 0.0
    _lake: Lake | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["LakeResource"]:
        """Take the lake's lock, waiting for another run to end."""
        lake = Lake.open(Path(self.root))
        who = f"Dagster run {context.run.run_id}" if context.run else "Dagster"
        log = context.log.info if context.log else None
        with lake.lock(who, wait_seconds=self.wait_seconds, on_wait=log):
            self._lake = lake
            yield self

    def get(self) -> Lake:
        """The lake."""
        return self._lake or Lake.open(Path(self.root))


class SettingsResource(ConfigurableResource[Any]):
    """The settings: from the environment, with these on top."""

    overrides: dict[str, Any] = Field(default_factory=dict)

    def get(self) -> Settings:
        """The settings."""
        return load_settings(**self.overrides)


class EmbedderResource(ConfigurableResource[Any]):
    """What makes vectors of texts; its kind and model are chosen by settings, or here."""

    kind: str | None = None
    model: str | None = None

    def get(self, settings: Settings) -> Embedder:
        """The embedder; the model itself is loaded when the first text comes."""
        chosen = {
            name: value
            for name, value in (("embedder", self.kind), ("embedder_model", self.model))
            if value is not None
        }
        return make_embedder(settings.model_copy(update=chosen))


class ProgressSource:
    """Where long work says how far it is: the run's event log. Nothing to configure, so a plain object."""

    def get(self, context: dg.AssetExecutionContext) -> Progress:
        """Something that logs."""
        return LogLines(context.log.info)


ProgressResource = dg.ResourceParam[ProgressSource]
