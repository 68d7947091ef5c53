"""Report a run as it goes: lines and a table for people, JSON lines for programs, or only what failed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from paperlake.commands.options import short_path
from paperlake.lake import Lake
from paperlake.lake.manifest import Manifest
from paperlake.progress import LogLines, Silent
from paperlake.stages.outcome import RunOutcome
from paperlake.terminal import console
from paperlake.terminal.bars import TerminalBars, terminal_progress


class RunReport:
    """What a run prints.

    Args:
        lake: The lake.
        as_json: Print one JSON object per stage when it has ended, and one at the end, on standard output.
        quiet: Print only what failed, apart from the JSON.
    """

    def __init__(self, lake: Lake, as_json: bool, quiet: bool) -> None:
        self._lake = lake
        self._as_json, self._quiet = as_json, quiet
        self._started_at = datetime.now(UTC)
        self._started = time.monotonic()
        self._running: str | None = None

    def progress(self) -> TerminalBars | LogLines | Silent:
        """Return what shows the progress of long work."""
        return Silent() if self._quiet else terminal_progress()

    def say(self, message: str, style: str | None = None) -> None:
        """Print a message, unless only what failed is wanted."""
        if not self._quiet:
            console.say(message, style)

    def start_stage(self, stage: str) -> None:
        """Report that a stage starts, and with that that the one before it has ended."""
        self._end_stage()
        self._running = stage
        self.say(stage, "bold")

    def _end_stage(self) -> None:
        manifest = self._lake.manifest(self._running) if self._running else None
        if self._as_json and manifest:
            console.show_json([self._stage_row(manifest)])
        self._running = None

    def _stage_row(self, manifest: Manifest) -> dict[str, Any]:
        was_built = manifest.finished_at >= self._started_at
        return {
            "stage": manifest.stage,
            "result": "built" if was_built else "unchanged",
            "seconds": round(manifest.seconds, 3) if was_built else None,
            "rows": manifest.row_counts,
        }

    def end(self, outcome: RunOutcome) -> None:
        """Report how the run ended, and where its results are."""
        if self._running in outcome.finished_stages:
            self._end_stage()
        found = {stage: self._lake.manifest(stage) for stage in outcome.finished_stages}
        manifests = [manifest for manifest in found.values() if manifest]
        if self._as_json:
            console.show_json([self._outcome_row(outcome, manifests)])
        elif not self._quiet:
            from paperlake.terminal import screens  # noqa: PLC0415

            screens.show_run(manifests, self._started_at)
        for warning in outcome.warnings:
            console.say(warning, "yellow")
        if not outcome.succeeded:
            failed = (
                f"{outcome.failed_stage} failed: " if outcome.failed_stage and outcome.exit_code == 1 else ""
            )
            console.say(f"{failed}{outcome.message}", "red")
        elif not self._as_json:
            self._say_where(outcome.finished_stages)

    def _outcome_row(self, outcome: RunOutcome, manifests: list[Manifest]) -> dict[str, Any]:
        return {
            "outcome": outcome.name,
            "exit_code": outcome.exit_code,
            "seconds": round(time.monotonic() - self._started, 3),
            "rows": {name: count for manifest in manifests for name, count in manifest.row_counts.items()},
            "failed_stage": outcome.failed_stage,
            "message": outcome.message,
            "warnings": outcome.warnings,
            "paths": {name: str(path) for name, path in self._paths().items() if path.exists()},
        }

    def _paths(self) -> dict[str, Any]:
        lake = self._lake
        return {
            "lake": lake.root,
            "warehouse": lake.warehouse,
            "topic_map": lake.topic_map,
            "report": lake.report,
        }

    def _say_where(self, finished: list[str]) -> None:
        lake = self._lake
        if "warehouse" in finished:
            self.say(f"Warehouse: {short_path(lake.warehouse)}\nTopic map: {short_path(lake.topic_map)}")
        if "report" in finished:
            self.say(f"Report: {short_path(lake.report)} (open it in a browser)")
            self.say('Try: paperlake search "..."   paperlake sql "FROM topic_tree"   paperlake serve')
