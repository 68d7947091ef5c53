"""Bring the lake up to date, and show its state: `run` and `status`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake
from paperlake.commands.pipeline.run_report import RunReport
from paperlake.errors import Interrupted, NothingToReadError, UsageError
from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings
from paperlake.stages.outcome import RunOutcome
from paperlake.terminal import console

RunPipeline = Callable[[Lake, Settings, Progress, Callable[[str], None], str | None, bool, bool], RunOutcome]
"""Build the stages of a lake whose lock is held, and return how that ended.

Arguments: lake, settings, progress, a function that is called with the name of each stage before it starts,
the last stage, whether topics are found again, and whether every stage is built from nothing.
"""


def run(
    context: typer.Context,
    *,
    lake: LakeDir = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="STAGE", help="Stop after this stage, such as papers.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option("--embedder", metavar="KIND", help="Override PAPERLAKE_EMBEDDER.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Find topics again; those that live on keep their ids.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build every stage from nothing; computed vectors are kept.")
    ] = False,
    reembed: Annotated[
        bool, typer.Option("--reembed", help="Embed all papers again if the model is not the lake's.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what failed.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per stage as it ends, and one at the end.")
    ] = False,
) -> None:
    """Build every stage that is not up to date, with progress, and say where the results are."""
    from paperlake import stage_list  # noqa: PLC0415
    from paperlake.commands.pipeline.preflight import prepare_embedder  # noqa: PLC0415

    if refit and not any(stage.refits for stage in stage_list.PIPELINE.until(until)):
        raise UsageError(f"--refit: the run stops after {until}, before topics. Leave out --until.")
    settings = load_settings(lake=lake, embedder=embedder, reembed=reembed or None)
    settings = prepare_embedder(Lake(settings.lake), settings, until)
    opened = _open_to_write(settings.lake)
    report = RunReport(opened, as_json, quiet)
    try:
        outcome = _bring_up_to_date(opened, settings, report, context.obj, until, refit, rebuild)
    except Interrupted as error:
        raise Interrupted(
            "Every stage that was finished is kept; `paperlake run` goes on from there."
        ) from error
    report.end(outcome)
    if not outcome.succeeded:
        raise typer.Exit(outcome.exit_code)


def _bring_up_to_date(
    lake: Lake,
    settings: Settings,
    report: RunReport,
    run_pipeline: RunPipeline,
    until: str | None,
    refit: bool,
    rebuild: bool,
) -> RunOutcome:
    """Run the stages, under the lake's lock; without Dagster where the manifests show nothing to build.

    A run that builds nothing is left out of Dagster's history, but for one after a process that was killed:
    it may have committed what the history does not know.
    """
    from paperlake import stage_list  # noqa: PLC0415
    from paperlake.embedding.choosing.automatic import describe_choice  # noqa: PLC0415
    from paperlake.embedding.stage import PAPER_EMBEDDINGS  # noqa: PLC0415
    from paperlake.lake.upgrade import upgrade  # noqa: PLC0415
    from paperlake.stages.unchanged import has_nothing_to_build, publish_all_files  # noqa: PLC0415

    has_history = lake.dagster_home.is_dir() and not lake.was_left_locked()
    with lake.lock("paperlake run"):
        upgraded = upgrade(lake)
        if upgraded:
            report.say(upgraded)
        stages = stage_list.PIPELINE.until(until)
        is_forced = refit or rebuild or settings.reembed or not has_history
        run = stage_list.run_context(lake, settings)
        if is_forced or not has_nothing_to_build(stage_list.PIPELINE, run, until):
            choice = describe_choice(settings) if PAPER_EMBEDDINGS in stages else None
            if choice:
                report.say(choice)
            return run_pipeline(lake, settings, report.progress(), report.start_stage, until, refit, rebuild)
        publish_all_files(stage_list.PIPELINE, run, until)
        for stage in stages:
            report.start_stage(stage.name)
        return RunOutcome(succeeded=True, finished_stages=[stage.name for stage in stages])


def _open_to_write(folder: Path) -> Lake:
    """Open a lake, and leave nothing behind where there is none yet and so no dump.

    Raises:
        UsageError: The folder contains other things.
        NothingToReadError: The lake is new.
    """
    lake = Lake(folder)
    lake.refuse_other_folder()
    if not lake.raw.is_dir():
        raise NothingToReadError(
            f"There is no lake at {lake.root} yet, and nothing to read. Copy dumps into {lake.raw}/ "
            "(create the folder) and run again. Nothing was written."
        )
    return Lake.open(folder)


def status(
    lake: LakeDir = None,
    as_json: AsJson = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash every file, and show those that are damaged.")
    ] = False,
) -> None:
    """Show what is in the lake, what is stale, and what was rejected and why."""
    if verify:
        _verify(lake, as_json)
        return
    from paperlake.status import lake_status  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, settings = open_lake(lake)
    opened.refresh_dumps()
    found = lake_status(opened, settings)
    if as_json:
        console.show_json([found.as_row()])
        return
    screens.show_status(found)


def _verify(lake: str | None, as_json: bool) -> None:
    """Show the damaged files of a lake; exit with code 1 if there are any."""
    from paperlake.verification import find_damage  # noqa: PLC0415

    opened, _settings = open_lake(lake)
    opened.bring_all()
    damaged = [asdict(damage) for damage in find_damage(opened)]
    if as_json:
        console.show_json(damaged)
    elif damaged:
        columns = ["path", "problem", "action"]
        console.show_rows(
            columns, [[row[name] for name in columns] for row in damaged], title="Damaged files"
        )
    else:
        console.say(f"Every file of {opened.root} is what paperlake wrote.")
    if damaged:
        raise typer.Exit(1)
