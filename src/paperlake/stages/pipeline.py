"""The pipeline: stages in order, and what follows from them.

The one list of stages is `paperlake.stage_list`. Nothing here builds or commits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from paperlake.catalogue.table import Table
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.lake.manifest import Manifest
from paperlake.settings import Settings
from paperlake.stages.stage import EveryTable, Output, RunContext, Stage, hash_json


@dataclass(frozen=True)
class Pipeline:
    """Stages in the order in which data flows through them.

    Raises:
        ValueError: Two stages have one name or one output, or a stage reads what no earlier stage writes.
    """

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        written: set[Output] = set()
        for stage in self.stages:
            unknown = (
                [] if isinstance(stage.reads, EveryTable) else [o for o in stage.reads if o not in written]
            )
            if unknown:
                raise ValueError(f"{stage.name} reads {unknown}, which no earlier stage writes")
            for output in stage.writes:
                if output in written or output.stage != stage.name:
                    raise ValueError(f"{output.name} is not an output of {stage.name} alone")
                written.add(output)
        if len({stage.name for stage in self.stages}) != len(self.stages):
            raise ValueError("two stages have one name")

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stages, in order."""
        return tuple(stage.name for stage in self.stages)

    def stage(self, name: str) -> Stage:
        """Return the stage of that name.

        Raises:
            UsageError: There is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UsageError(f"There is no stage {name!r}. Stages: {', '.join(self.names)}.")

    def until(self, name: str | None) -> tuple[Stage, ...]:
        """Return the stages up to and including the one of that name; all of them for None.

        Raises:
            UsageError: There is no such stage.
        """
        if name is None:
            return self.stages
        return self.stages[: self.names.index(self.stage(name).name) + 1]

    def before(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages before one."""
        return self.stages[: self.names.index(stage.name)]

    def reads(self, stage: Stage) -> tuple[Output, ...]:
        """Return the outputs that a stage reads."""
        if isinstance(stage.reads, EveryTable):
            return tuple(output for earlier in self.before(stage) for output in earlier.tables)
        return stage.reads

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in order."""
        return tuple(table for stage in self.stages for table in stage.tables)

    @property
    def public_tables(self) -> tuple[Table, ...]:
        """The tables of the warehouse and of exports, in order."""
        return tuple(table for table in self.tables if table.is_public)

    def public_tables_until(self, stage: Stage) -> tuple[Table, ...]:
        """Return the public tables of the stages up to and including one."""
        return tuple(
            table for earlier in self.until(stage.name) for table in earlier.tables if table.is_public
        )

    def fingerprint(self, stage: Stage, context: RunContext) -> str:
        """Return what decides the outputs of a stage now: `<own_fingerprint>-<hash of the inputs>`.

        Raises:
            LakeError: An earlier stage has not been built.
        """
        read = {output.name: _content(context.lake, output) for output in self.reads(stage)}
        return f"{own_fingerprint(stage, context.settings)}-{hash_json([stage.inputs(context), read])}"

    def manifests(self, lake: Lake, stages: Sequence[Stage] | None = None) -> dict[str, Manifest]:
        """Return the last commit of each stage that has one."""
        found = {stage.name: lake.manifest(stage.name) for stage in stages or self.stages}
        return {name: manifest for name, manifest in found.items() if manifest is not None}


def own_fingerprint(stage: Stage, settings: Settings) -> str:
    """Return a hash of what decides the outputs besides the inputs."""
    return hash_json([stage.name, stage.code_version(settings)])[:16]


def _content(lake: Lake, output: Output) -> list[tuple[str, str]]:
    return [(entry.partition, entry.sha256) for entry in lake.entries_of(output)]
