"""What is in the lake, what is stale and why, what was rejected: for `paperlake status`.

Reads only; nothing is built, and the lock is not taken. A stage is stale when its version, settings or
inputs are not those of its last commit, or when a stage before it is stale.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from paperlake import stage_list
from paperlake.catalogue.dump_tables import DUMPS, INVENTORY, REJECTS
from paperlake.catalogue.paper_tables import MATCHES
from paperlake.dedup.building import review_pairs
from paperlake.dumps.inventory import list_raw
from paperlake.embedding.choosing.automatic import describe_choice
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import Manifest
from paperlake.reading_lists import read_lists, resolve
from paperlake.settings import Settings
from paperlake.stages.pipeline import own_fingerprint
from paperlake.stages.stage import RunContext, Stage
from paperlake.warehouse.reading import connect

NOT_READ = "some dumps could not be read; the next run tries them again"
FIT_FACTS = ("fit_number", "fitted_papers", "papers_since_fit", "papers_gone_since_fit", "drift")


@dataclass(frozen=True)
class StageStatus:
    """One stage: when it was built, how many rows it has, and why it is stale, if it is."""

    stage: str
    built_at: datetime | None
    rows: dict[str, int]
    stale: str | None


@dataclass(frozen=True)
class LakeStatus:
    """The whole lake."""

    lake: str
    holder: dict[str, Any] | None
    dump_count: int
    new_dumps: int
    stages: list[StageStatus]
    rejects: list[dict[str, Any]]
    """Columns path, where, reason_code, reason, text; in the order of the dumps."""
    review_pair_count: int
    stale_decisions: str | None
    """Lines of curated/decisions.csv whose entries are in no dump."""
    unresolved_lines: list[dict[str, Any]]
    """Lines of reading lists that name no paper of the lake: columns list, file, line, text, problem."""
    stale_topic_decisions: str | None
    """Lines of curated/topics.csv without effect."""
    moved_topic_decisions: str | None
    """Lines of it that apply to a topic with another id, which has most of the papers."""
    stale_taxonomy: str | None
    """Examples of curated/taxonomy.yaml that are not in the lake."""
    topic_fit: dict[str, Any] | None
    """Of the topics: fit_number, fitted_papers, papers_since_fit, drift (1 and more: a refit is due)."""
    embedder_choice: str | None = None
    """A sentence about what the embedder `auto` runs here, and why; None where a kind is set."""

    def as_row(self) -> dict[str, Any]:
        """Return the same as plain values, for JSON."""
        return asdict(self)


def lake_status(lake: Lake, settings: Settings) -> LakeStatus:
    """Return the status of a lake without changing it."""
    listing = list_raw(lake)
    known = set(lake.read(INVENTORY)["path"]) if lake.has(INVENTORY) else set()
    manifests = stage_list.PIPELINE.manifests(lake)
    papers, topics = manifests.get("papers"), manifests.get("topics")
    return LakeStatus(
        lake=lake.location,
        holder=lake.holder(),
        dump_count=len(listing),
        new_dumps=sum(path not in known for path, _size, _modified in listing),
        stages=_stages(stage_list.run_context(lake, settings), manifests),
        rejects=_rejects(lake),
        review_pair_count=review_pairs(lake.read(MATCHES)).height if lake.has(MATCHES) else 0,
        unresolved_lines=_unresolved_lines(lake),
        stale_decisions=_told(papers, "stale_decisions"),
        stale_topic_decisions=_told(topics, "stale_topic_decisions"),
        stale_taxonomy=_told(manifests.get("taxonomy"), "stale_taxonomy"),
        moved_topic_decisions=_told(topics, "moved_topic_decisions"),
        topic_fit={name: topics.facts[name] for name in FIT_FACTS} if topics and topics.facts else None,
        embedder_choice=describe_choice(settings),
    )


def _told(manifest: Manifest | None, fact: str) -> str | None:
    """Return a fact of a stage that only some commits have."""
    return str(manifest.facts[fact]) if manifest and manifest.facts.get(fact) else None


def _stages(context: RunContext, manifests: dict[str, Manifest]) -> list[StageStatus]:
    found: list[StageStatus] = []
    stale_before: str | None = None
    for stage in stage_list.PIPELINE:
        manifest = manifests.get(stage.name)
        reason = _why_stale(context, stage, manifest)
        if reason is None and stale_before:
            reason = f"{stale_before} is stale"
        is_built = manifest is not None and manifest.version > 0
        found.append(
            StageStatus(
                stage.name,
                manifest.finished_at if manifest and is_built else None,
                manifest.row_counts if manifest and is_built else {},
                reason,
            )
        )
        if reason != NOT_READ:  # what comes after is built again only if the next try reads something
            stale_before = stale_before or (stage.name if reason else None)
    return found


def _why_stale(context: RunContext, stage: Stage, manifest: Manifest | None) -> str | None:
    """Return why one stage would be built again; None if it would not, as far as its own inputs tell."""
    if manifest is None or any(output.name not in manifest.outputs for output in stage.writes):
        return "not built yet"
    if context.lake.missing_files(manifest):
        return "some of its files are gone"
    if not manifest.fingerprint:
        return NOT_READ
    return _what_changed(context, stage, manifest.fingerprint)


def _what_changed(context: RunContext, stage: Stage, fingerprint: str) -> str | None:
    if not fingerprint.startswith(own_fingerprint(stage, context.settings)):
        return "its version or settings have changed"
    try:
        is_equal = fingerprint == stage_list.PIPELINE.fingerprint(stage, context)
    except PaperlakeError as error:
        return str(error)
    return None if is_equal else stage.when_inputs_change


def _unresolved_lines(lake: Lake) -> list[dict[str, Any]]:
    """Return the lines of reading lists that name no paper; without a warehouse, those that cannot."""
    found: list[dict[str, Any]] = []
    lists = read_lists(lake)
    with connect(lake) if lists and lake.warehouse.exists() else nullcontext() as connection:
        for one in lists:
            lines = resolve(connection, one).unresolved if connection else one.listed
            found += [
                {
                    "list": one.name,
                    "file": line.file,
                    "line": line.line,
                    "text": line.text,
                    "problem": line.problem,
                }
                for line in lines
                if line.problem
            ]
    return found


def _rejects(lake: Lake) -> list[dict[str, Any]]:
    if not lake.has(REJECTS):
        return []
    paths = lake.read(DUMPS).select("dump_id", "path")
    rejects = lake.read(REJECTS).join(paths, on="dump_id", how="left")
    where = (
        pl.when(pl.col("line_start").is_not_null())
        .then(pl.format("lines {}-{}", "line_start", "line_end"))
        .when(pl.col("entry_number").is_not_null())
        .then(pl.format("object {}", "entry_number"))
        .otherwise(pl.lit("whole dump"))
    )
    shown: list[dict[str, Any]] = rejects.select(
        "path", where.alias("where"), "reason_code", "reason", "text"
    ).to_dicts()
    return shown
