"""Resources that yield the library's objects. Swap any of them through `build_definitions(resources=...)`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.protocol import Embedder
from paperlake.lake import Lake
from paperlake.lake.upgrade import upgrade
from paperlake.progress import LogLines, Progress
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings


class LakeResource(dg.ConfigurableResource[Any]):
    """The lake, locked for as long as the run, or the step's process, goes on."""

    root: str
    wait_seconds: float = 0.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Any]:
        """Take the lock, waiting for another run to end; convert a lake of an old format."""
        lake = Lake.open(Path(self.root))
        who = f"Dagster run {context.run.run_id}" if context.run else "Dagster"
        log = context.log.info if context.log else None
        with lake.lock(who, wait_seconds=self.wait_seconds, on_wait=log):
            line = upgrade(lake)
            if line and log:
                log(line)
            yield lake


class SettingsResource(dg.ConfigurableResource[Any]):
    """The settings from all sources, with these on top, such as `{reembed: true}`."""

    overrides: dict[str, Any] = Field(default_factory=dict)

    def create_resource(self, context: dg.InitResourceContext) -> Settings:  # noqa: ARG002
        """Return the settings."""
        return load_settings(**self.overrides)


class EmbedderResource(dg.ConfigurableResource[Any]):
    """Makes the embedder that the settings choose, or that is chosen here, when a stage asks for it.

    So a wrong setting is an error of the stage that embeds, with its message and exit code.
    """

    overrides: dict[str, Any] = Field(default_factory=dict)
    kind: str | None = None
    model: str | None = None

    def create_resource(self, context: dg.InitResourceContext) -> Callable[[], Embedder]:  # noqa: ARG002
        """Return a function that makes the embedder; the model itself is loaded with the first text."""
        chosen = {"embedder": self.kind, "embedder_model": self.model}
        given = {name: value for name, value in chosen.items() if value is not None}
        return lambda: make_embedder(load_settings(**{**self.overrides, **given}))


def embedder_maker(resource: Embedder | Callable[[], Embedder]) -> Callable[[], Embedder]:
    """Return a function that makes the embedder of a run: a resource may be an embedder, or make one."""
    if callable(resource):
        return resource
    return lambda: resource


class ProgressSource:
    """Writes progress into the run's event log."""

    def get(self, context: dg.AssetExecutionContext, stage: str) -> Progress:  # noqa: ARG002
        """Return the progress of one stage."""
        return LogLines(context.log.info)
