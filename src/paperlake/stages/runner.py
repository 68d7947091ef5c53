"""The stage runner: decides whether a stage is up to date, builds it, checks it, commits it.

The order is: build and check aside, write the manifest (the commit), put the files that users open in their
places, delete files that no manifest lists. A kill before the manifest leaves the last commit; a kill after
it is completed by the next run.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from paperlake.catalogue.table import File, Table
from paperlake.errors import DamagedFileError, PaperlakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import CheckResult, Facts, Manifest, input_hashes
from paperlake.memory import return_free_memory
from paperlake.stages.checks import run_check
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.stage import RunContext, Stage

_log = logging.getLogger(__name__)


class CheckFailedError(PaperlakeError):
    """A stage's tables failed a check; the last commit stays."""

    def __init__(self, stage: str, results: list[CheckResult]) -> None:
        self.stage = stage
        self.results = results
        failed = "; ".join(result.summary() for result in results if not result.passed)
        super().__init__(f"{stage}: validation failed; nothing was published. {failed}")


@dataclass(frozen=True)
class StageResult:
    """What a run did with a stage."""

    manifest: Manifest
    reused: bool
    """Whether the stage was up to date."""

    @property
    def stage(self) -> str:
        """The name of the stage."""
        return self.manifest.stage

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows by table."""
        return self.manifest.row_counts

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The results of its checks."""
        return self.manifest.checks

    @property
    def facts(self) -> Facts:
        """Numbers worth telling."""
        return self.manifest.facts

    @property
    def seconds(self) -> float:
        """How long the build took."""
        return self.manifest.seconds

    @property
    def finished_at(self) -> datetime:
        """When the build was committed."""
        return self.manifest.finished_at


def run_stage(pipeline: Pipeline, stage: Stage, context: RunContext) -> StageResult:
    """Build one stage unless its last commit was built from the same inputs. Hold the lake's lock.

    A file of a stage that is found damaged on the way is deleted, and its stage is built again first.

    Raises:
        CheckFailedError: A table failed a check; nothing was published.
        PaperlakeError: The stage could not be built; nothing was published.
    """
    deleted: set[Path] = set()
    while True:
        try:
            with context.progress.step(stage.name):
                return _run_stage(pipeline, stage, context)
        except DamagedFileError as error:
            owner = _owner(pipeline, stage, context.lake, error.path)
            if owner is None or error.path in deleted:
                raise
            _log.warning(
                "%s is damaged or missing: it is deleted, and %s is built again.", error.path, owner.name
            )
            context.lake.discard(error.path)
            deleted.add(error.path)
            if owner is not stage:
                run_stage(pipeline, owner, replace(context, refit=False, rebuild=False))


def _owner(pipeline: Pipeline, stage: Stage, lake: Lake, path: Path) -> Stage | None:
    """Return the stage, up to this one, that committed a file; None if none did."""
    for one in pipeline.until(stage.name):
        manifest = lake.manifest(one.name)
        if manifest and any(lake.root / listed == path for listed in manifest.paths()):
            return one
    return None


def _run_stage(pipeline: Pipeline, stage: Stage, context: RunContext) -> StageResult:
    started = time.monotonic()
    lake, fingerprint = context.lake, pipeline.fingerprint(stage, context)
    known = lake.manifest(stage.name)
    if lake.has_damaged_manifest(stage.name):
        _log.warning("%s is damaged: %s is built again.", lake.manifest_path(stage.name), stage.name)
    is_forced = context.rebuild or (context.refit and stage.refits)
    if known and not is_forced and is_current(lake, stage, known, fingerprint):
        publish_files(lake, stage, known)
        return StageResult(known, reused=True)
    inputs = {output.name: input_hashes(lake.entries_of(output)) for output in pipeline.reads(stage)}
    run = StageRun(stage, pipeline, context)
    facts = stage.build(run)
    manifest = Manifest(
        stage=stage.name,
        version=stage.version,
        fingerprint=fingerprint if run.is_finished else "",
        checks=tuple(_checked(stage, run)),
        outputs=run.outputs(),
        inputs=inputs,
        facts=facts,
        seconds=time.monotonic() - started,
        finished_at=datetime.now(UTC),
    )
    lake.write_manifest(manifest)
    publish_files(lake, stage, manifest)
    remove_unreferenced(lake, stage, manifest)
    if stage.after_commit:
        stage.after_commit(lake, context.settings)
    return_free_memory()
    return StageResult(manifest, reused=False)


def run_stages(pipeline: Pipeline, context: RunContext, until: str | None = None) -> dict[str, StageResult]:
    """Run stages in order, up to and including `until`. Hold the lake's lock.

    Raises:
        PaperlakeError: A stage failed; the ones before it are committed.
    """
    return {stage.name: run_stage(pipeline, stage, context) for stage in pipeline.until(until)}


def is_current(lake: Lake, stage: Stage, manifest: Manifest, fingerprint: str) -> bool:
    """Return whether a commit is what a build would give now, with all of its files in place."""
    is_whole = all(output.name in manifest.outputs for output in stage.writes)
    return is_whole and manifest.fingerprint == fingerprint and not lake.missing_files(manifest)


def committed_checks(stage: Stage, lake: Lake) -> list[CheckResult]:
    """Run a stage's checks on what is committed; those reported while building give their last result.

    Raises:
        LakeError: The stage has not been built.
    """
    manifest = lake.manifest(stage.name)
    reported = {result.check_name: result for result in manifest.checks} if manifest else {}
    reader = _Committed(lake)
    return [
        run_check(check, reader) if check.find else reported[check.name]
        for check in stage.all_checks
        if check.find or check.name in reported
    ]


class _Committed:
    """Reads tables as committed, for checks."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.read = lake.read
        self.scan = lake.scan
        self.row_counts = lake.row_counts


def _checked(stage: Stage, run: StageRun) -> list[CheckResult]:
    """Run the checks that the build did not report; raise if any failed."""
    results = run.results()
    if all(result.passed for result in results):
        done = {result.check_name for result in results}
        results += [run_check(check, run) for check in stage.checks if check.find and check.name not in done]
    if not all(result.passed for result in results):
        raise CheckFailedError(stage.name, results)
    return results


def publish_files(lake: Lake, stage: Stage, manifest: Manifest) -> None:
    """Put the committed files that users open in their places, where they are not there already."""
    for output in stage.writes:
        if isinstance(output, File) and output.published_as:
            (entry,) = manifest.outputs[output.name]
            lake.publish(entry, output.published_as)


def remove_unreferenced(lake: Lake, stage: Stage, manifest: Manifest) -> int:
    """Delete files of a stage that its manifest does not list; return how many. Hold the lock."""
    referenced, count = manifest.paths(), 0
    for output in stage.writes:
        if isinstance(output, Table) or not output.keeps_versions:
            for path in lake.folder_of(output).glob("*"):
                if path.relative_to(lake.root).as_posix() not in referenced:
                    path.unlink(missing_ok=True)
                    count += 1
    return count
