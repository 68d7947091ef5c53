"""One stage of the way of the data: made only when its inputs changed, checked before it is published.

Each stage leaves a stamp: the fingerprint of what it was made from (code, settings, upstream fingerprint),
the sizes of what it wrote, the results of its checks. `run_stage` compares, makes, checks, publishes; it
knows nothing of any particular stage.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path

import polars as pl

from paperlake.checks import CheckResult, check_table
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.schemas import TABLES
from paperlake.settings import Settings

STAGES = ("raw_dumps", "parsed_entries", "papers", "paper_embeddings", "topics", "warehouse", "report")

Facts = dict[str, str | int | float | None]

# Whose source code decides the tables of a stage, besides schemas.py; vectors depend on model and text alone.
_STAGE_CODE: dict[str, str | None] = {
    "raw_dumps": "dumps",
    "parsed_entries": "dumps",
    "papers": "dedup",
    "paper_embeddings": None,
    "topics": "topics",
    "warehouse": "warehouse",
    "report": "report",
}


class CheckFailedError(PaperlakeError):
    """A stage's tables broke their rules; what was there before stays in place."""

    def __init__(self, stage: str, results: list[CheckResult]) -> None:
        self.stage = stage
        self.results = results
        failed = "; ".join(result.summary() for result in results if not result.passed)
        super().__init__(f"{stage}: the tables break their rules and were not published. {failed}")


@dataclass
class Made:
    """What a stage made: tables to check and publish, further results, and numbers worth telling."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    checks: list[CheckResult] = field(default_factory=list)
    facts: Facts = field(default_factory=dict)
    files: dict[Path, bytes] = field(default_factory=dict)
    """Published before the tables, which are made from some of them."""
    row_counts: dict[str, int] = field(default_factory=dict)
    """Rows of tables that the stage writes itself (many files, or a database)."""
    made_from: str | None = None
    """The fingerprint to stamp, where making the stage changed what its tables are made from."""
    written: list[Path] = field(default_factory=list)
    """Files that the stage has written itself, whose presence the stamp vouches for."""


@dataclass
class StageResult:
    """What a stage did, for people, for Dagster and for the stamp."""

    stage: str
    reused: bool
    row_counts: dict[str, int]
    checks: list[CheckResult]
    facts: Facts
    seconds: float
    finished_at: datetime


@cache
def code_hash(stage: str) -> str:
    """Hash of the source code that decides a stage's tables: a changed reader reads everything again."""
    digest = hashlib.sha256()
    package = Path(str(resources.files("paperlake")))
    folder = _STAGE_CODE[stage]
    own = sorted((package / folder).rglob("*.*")) if folder else []
    for file in (package / "schemas.py", *own):
        if file.suffix in (".py", ".sql", ".csv", ".html", ".css", ".js"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def own_fingerprint(stage: str, settings: Settings) -> str:
    """Hash of what decides a stage's tables besides its inputs: its source code and settings."""
    return _hash([stage, code_hash(stage), settings.for_stage(stage)])[:16]


def fingerprint(stage: str, settings: Settings, *inputs: object) -> str:
    """Hash of all that decides a stage's tables: `<own_fingerprint>-<hash of the inputs>`."""
    return f"{own_fingerprint(stage, settings)}-{_hash(inputs)}"


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def upstream(lake: Lake, stage: str) -> str:
    """The fingerprint that `stage` was last made with.

    Raises:
        PaperlakeError: The stage was never made, or its last making was interrupted.
    """
    stamp = lake.read_json(lake.stamp(stage))
    if stamp is None:
        raise PaperlakeError(f"The stage {stage} has not been made yet. Run `paperlake run --until {stage}`.")
    return str(stamp["fingerprint"])


def run_stage(
    lake: Lake, stage: str, made_from: str, make: Callable[[], Made], force: bool = False
) -> StageResult:
    """Make one stage unless its stamp says that nothing changed, or in any case with `force`.

    The stamp goes before anything is published and comes back after: an interruption in between leaves no
    stamp, so that the next run makes the stage again.

    Raises:
        CheckFailedError: A table breaks its rules; nothing was published.
    """
    started = time.monotonic()
    known = last_result(lake, stage, made_from)
    if known is not None and not force:
        return known
    made = make()
    results = [*made.checks, *(check_table(TABLES[name], frame) for name, frame in made.tables.items())]
    if not all(result.passed for result in results):
        raise CheckFailedError(stage, results)
    lake.stamp(stage).unlink(missing_ok=True)
    for path, content in made.files.items():
        lake.write_bytes(path, content)
    for name, frame in made.tables.items():
        lake.write_table(name, frame)
    outputs = [*(lake.table(name) for name in made.tables), *made.files, *made.written]
    result = StageResult(
        stage=stage,
        reused=False,
        row_counts={**made.row_counts, **{name: frame.height for name, frame in made.tables.items()}},
        checks=results,
        facts=made.facts,
        seconds=time.monotonic() - started,
        finished_at=datetime.now(UTC),
    )
    _write_stamp(lake, result, made.made_from or made_from, outputs)
    return result


def _write_stamp(lake: Lake, result: StageResult, made_from: str, outputs: list[Path]) -> None:
    content = {
        "fingerprint": made_from,
        "outputs": {str(path.relative_to(lake.root)): path.stat().st_size for path in outputs},
        **asdict(result),
    }
    lake.write_bytes(lake.stamp(result.stage), json.dumps(content, default=_to_json, indent=1).encode())


def _to_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value)} into a stamp")


def last_result(lake: Lake, stage: str, made_from: str | None = None) -> StageResult | None:
    """What the stage's stamp says; None if it has none, or not for `made_from`, or its files are gone."""
    stamp = lake.read_json(lake.stamp(stage))
    if stamp is None or (made_from is not None and stamp["fingerprint"] != made_from):
        return None
    for name, size in stamp["outputs"].items():
        path = lake.root / name
        if not path.exists() or path.stat().st_size != size:
            return None
    checks = [
        CheckResult(
            **{
                **check,
                "checked_at": datetime.fromisoformat(check["checked_at"]),
                "failures": tuple(check["failures"]),
            }
        )
        for check in stamp["checks"]
    ]
    return StageResult(
        stage=stage,
        reused=True,
        row_counts=stamp["row_counts"],
        checks=checks,
        facts=stamp["facts"],
        seconds=stamp["seconds"],
        finished_at=datetime.fromisoformat(stamp["finished_at"]),
    )
