"""Bring the lake up to date, and show its state: `run` and `status`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from paperlake.commands.options import AsJson, LakeDir, open_lake, short_path
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import load_settings
from paperlake.terminal import console


def run(
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
) -> None:
    """Build every stage that is not up to date, with progress, and say where the results are."""
    from paperlake import stage_list  # noqa: PLC0415
    from paperlake.lake.upgrade import upgrade  # noqa: PLC0415

    if refit and not any(stage.refits for stage in stage_list.PIPELINE.until(until)):
        raise UsageError(f"--refit: the run stops after {until}, before topics. Leave out --until.")
    settings = load_settings(lake=lake, embedder=embedder)
    opened = Lake.open(settings.lake)
    started = datetime.now(UTC)
    with opened.lock("paperlake run"):
        upgraded = upgrade(opened)
        if upgraded:
            console.say(upgraded)
        from pipelines.runs import run_everything  # noqa: PLC0415  # Dagster takes a second to import

        outcome = run_everything(
            opened, settings, console.TerminalBars(), lambda stage: console.say(stage, "bold"), until, refit
        )
    from paperlake.terminal import screens  # noqa: PLC0415

    manifests = stage_list.PIPELINE.manifests(opened)
    screens.show_run([manifests[stage] for stage in outcome.finished_stages], started)
    if not outcome.succeeded:
        console.say(f"{outcome.failed_stage} failed: {outcome.message}", "red")
        raise typer.Exit(outcome.exit_code)
    if "warehouse" in outcome.finished_stages:
        console.say(f"Warehouse: {short_path(opened.warehouse)}\nTopic map: {short_path(opened.topic_map)}")
    if "report" in outcome.finished_stages:
        console.say(f"Report: {short_path(opened.report)} (open it in a browser)")
        console.say('Try: paperlake search "..."   paperlake sql "FROM topic_tree"   paperlake ui')


def status(lake: LakeDir = None, as_json: AsJson = False) -> None:
    """Show what is in the lake, what is stale, and what was rejected and why."""
    from paperlake.status import lake_status  # noqa: PLC0415
    from paperlake.terminal import screens  # noqa: PLC0415

    opened, settings = open_lake(lake)
    found = lake_status(opened, settings)
    if as_json:
        console.show_json([found.as_row()])
        return
    screens.show_status(found)
