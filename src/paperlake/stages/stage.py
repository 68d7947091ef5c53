"""The Stage object: everything that is to be known of one step of the pipeline, declared in one place.

Deciding, building, checking and committing is `runner.py`'s; the order of stages is `pipeline.py`'s. A
stage's build function gets a `StageRun` and never publishes anything itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from paperlake.catalogue.table import File, Table
from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.stages.checks import Check, schema_check

if TYPE_CHECKING:
    from paperlake.stages.run import StageRun

Output = Table | File


class EveryTable:
    """All table outputs of the stages before: for a stage that reads them all."""


EVERY_TABLE = EveryTable()


@dataclass(frozen=True)
class RunContext:
    """What every stage of a run shares."""

    lake: Lake
    settings: Settings
    make_embedder: Callable[[], Any]
    """Gives the embedder of the run, an `embedding.protocol.Embedder`; loads no model."""
    progress: Progress = field(default_factory=Silent)
    refit: bool = False
    """Find topics again, even if nothing changed."""
    rebuild: bool = False
    """Build every stage, and every partition, from nothing."""
    engine: Engine = field(default_factory=LocalEngine)
    """Computes the heavy parts of stages."""


def _no_inputs(_context: RunContext) -> object:
    return None


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline."""

    name: str
    description: str
    reads: tuple[Output, ...] | EveryTable
    """Outputs of earlier stages; reading any other is refused."""
    writes: tuple[Output, ...]
    version: int
    """Raise it when the same inputs give other outputs; a test fails when this is forgotten."""
    build: Callable[[StageRun], Facts]
    """Writes every output through the `StageRun`; returns numbers worth telling."""
    settings: tuple[str, ...] = ()
    """Names of the settings that decide the content of the outputs."""
    inputs: Callable[[RunContext], object] = _no_inputs
    """What else decides the outputs, as JSON values: files that people write, the model."""
    when_inputs_change: str = "its inputs have changed"
    """Why the stage is stale when its inputs are not those of the last commit."""
    libraries: tuple[str, ...] = ()
    """Distributions whose version decides the content of the outputs."""
    checks: tuple[Check, ...] = ()
    """Checks besides those of each table against its declaration."""
    kinds: frozenset[str] = frozenset()
    """Technologies, for display."""
    after_commit: Callable[[Lake, Settings], None] | None = None
    """Tidying that is safe to repeat or to miss."""
    refits: bool = False
    """Whether a run that asks for a refit builds it in any case."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """The outputs that are tables."""
        return tuple(output for output in self.writes if isinstance(output, Table))

    @property
    def all_checks(self) -> tuple[Check, ...]:
        """The checks of each table against its declaration, then the stage's own."""
        return (*(schema_check(table) for table in self.tables), *self.checks)

    def code_version(self, settings: Settings) -> str:
        """Return what decides the outputs besides the inputs: version, libraries and settings."""
        libraries = [f"{name}={_library_version(name)}" for name in self.libraries]
        values = [f"{name}={getattr(settings, name)}" for name in self.settings]
        return " ".join([str(self.version), *libraries, *values])


@cache
def _library_version(name: str) -> str:
    """Return the version of an installed distribution; to look one up reads its files."""
    return metadata.version(name)


def hash_json(content: object) -> str:
    """Return the SHA-256 of a value as JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
