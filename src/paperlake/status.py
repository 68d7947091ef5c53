"""What is in the lake, what is stale and why, what was rejected: for `paperlake status`.

Looks only; nothing is made. A stage is stale when its code or settings changed, when something before it was
made anew, or when raw/ is not what the inventory says.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from paperlake.dedup.stage import review_pairs
from paperlake.dumps.inventory import is_inventory_current, list_raw
from paperlake.dumps.stage import read_rejects
from paperlake.embedding.registry import make_embedder
from paperlake.embedding.stage import current_model
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages import STAGES, StageResult, last_result, own_fingerprint, upstream

FIT_FACTS = ("fit_number", "fitted_papers", "papers_since_fit", "papers_gone_since_fit", "drift")


@dataclass(frozen=True)
class StageStatus:
    """One stage: when it was made, of how many rows, and why it is stale, if it is."""

    stage: str
    made_at: datetime | None
    rows: dict[str, int]
    stale: str | None


@dataclass(frozen=True)
class LakeStatus:
    """The whole lake at one look."""

    lake: str
    holder: dict[str, Any] | None
    dump_count: int
    new_dumps: int
    stages: list[StageStatus]
    rejects: list[dict[str, Any]]
    """Columns path, lines, reason, text; in the order of the dumps."""
    review_pair_count: int
    topic_fit: dict[str, Any] | None
    """Of the topics: fit_number, fitted_papers, papers_since_fit, drift (1 and more: a refit is due)."""

    def as_row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def look(lake: Lake, settings: Settings) -> LakeStatus:
    """Look at a lake without changing it."""
    listing = list_raw(lake)
    known = _known_paths(lake)
    return LakeStatus(
        lake=str(lake.root),
        holder=lake.holder(),
        dump_count=len(listing),
        new_dumps=sum(path not in known for path, _size, _modified in listing),
        stages=_stages(lake, settings, is_inventory_current(lake, listing)),
        rejects=_rejects(lake),
        review_pair_count=_review_pairs(lake),
        topic_fit=_topic_fit(lake),
    )


def _known_paths(lake: Lake) -> set[str]:
    if not lake.table("inventory").exists():
        return set()
    return set(lake.read_table("inventory")["path"].to_list())


def _stages(lake: Lake, settings: Settings, inventory_current: bool) -> list[StageStatus]:
    found = []
    stale_before: str | None = None
    made_before: datetime | None = None
    for stage in STAGES:
        result = last_result(lake, stage)
        reason = _why_stale(lake, settings, stage, result, made_before)
        if stage == "raw_dumps" and result and not inventory_current:
            reason = "raw/ has changed"
        if reason is None and stale_before:
            reason = f"{stale_before} is stale"
        found.append(
            StageStatus(
                stage, result.finished_at if result else None, result.row_counts if result else {}, reason
            )
        )
        stale_before = stale_before or (stage if reason else None)
        made_before = max(filter(None, [made_before, result.finished_at if result else None]), default=None)
    return found


def _why_stale(
    lake: Lake, settings: Settings, stage: str, result: StageResult | None, made_before: datetime | None
) -> str | None:
    """Why one stage would be made again; None if it would not."""
    if result is None:
        return "not made yet" if not lake.stamp(stage).exists() else "some of its files are gone"
    if not upstream(lake, stage).startswith(own_fingerprint(stage, settings)):
        return "code or settings have changed"
    if made_before and result.finished_at < made_before:
        return "something before it was made anew"
    if stage == "paper_embeddings":
        try:
            chosen = make_embedder(settings).model_id
        except PaperlakeError as error:
            return f"the chosen embedder is not available: {error}"
        if chosen != current_model(lake).model_id:
            return f"the settings name another model, {chosen}"
    return None


def _rejects(lake: Lake) -> list[dict[str, Any]]:
    if last_result(lake, "parsed_entries") is None:
        return []
    paths = lake.read_table("dumps").select("dump_id", "path")
    rejects = read_rejects(lake).join(paths, on="dump_id", how="left")
    where = (
        pl.when(pl.col("line_start").is_not_null())
        .then(pl.format("lines {}-{}", "line_start", "line_end"))
        .when(pl.col("entry_number").is_not_null())
        .then(pl.format("object {}", "entry_number"))
        .otherwise(pl.lit("whole dump"))
    )
    shown: list[dict[str, Any]] = rejects.select("path", where.alias("where"), "reason", "text").to_dicts()
    return shown


def _review_pairs(lake: Lake) -> int:
    if last_result(lake, "papers") is None:
        return 0
    return review_pairs(lake.read_table("matches")).height


def _topic_fit(lake: Lake) -> dict[str, Any] | None:
    """What the topics stage told of the fit that its tables are of."""
    result = last_result(lake, "topics")
    return {name: result.facts[name] for name in FIT_FACTS} if result else None
