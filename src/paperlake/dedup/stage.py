"""The stage that turns entries into papers: reads the lake, deduplicates, checks sums, publishes.

How duplicates are found is in `deduplicate.py` and the files it names; what is checked of each table's rows
stands in `schemas.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from paperlake.checks import CheckResult, outcome
from paperlake.dedup.blocking.signatures import SignatureStore
from paperlake.dedup.clustering.decisions import Decision, read_decisions, stale
from paperlake.dedup.deduplicate import Deduplicated, deduplicate
from paperlake.dedup.matching.comparisons import ComparisonStore
from paperlake.dumps.stage import read_entries
from paperlake.lake import Lake
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.stages import Facts, Made, StageResult, fingerprint, run_stage, upstream

STAGE = "papers"
ENTRY_KEY = ["dump_id", "entry_number"]


def make_papers(lake: Lake, settings: Settings, progress: Progress | None = None) -> StageResult:
    """Bring papers, paper_sources, paper_counts and matches up to date with entries and decisions.

    Raises:
        UsageError: `curated/decisions.csv` is malformed or contradicts itself; the message names the lines.
        CheckFailedError: The tables do not add up; the ones before stay in place.
    """
    decisions = read_decisions(lake.decisions)
    stated = sorted((*decision.pair, decision.same) for decision in decisions)
    made_from = fingerprint(STAGE, settings, upstream(lake, "parsed_entries"), stated)
    return run_stage(lake, STAGE, made_from, lambda: _make(lake, settings, decisions, progress or Silent()))


def _make(lake: Lake, settings: Settings, decisions: Sequence[Decision], progress: Progress) -> Made:
    held = [read_entries(lake)]
    keys = held[0].select(ENTRY_KEY)
    signatures = SignatureStore(lake, settings, progress)
    comparisons = ComparisonStore(lake, progress)
    dumps = lake.read_table("dumps")
    # Given away, so that the texts stand in memory once: `deduplicate` orders them anew.
    result = deduplicate(held.pop(), dumps, settings, signatures, comparisons, decisions, progress)
    return Made(
        tables={
            "papers": result.papers,
            "paper_sources": result.paper_sources,
            "paper_counts": result.paper_counts,
            "matches": result.matches,
        },
        checks=cross_checks(keys, result),
        facts=_facts(result, decisions, signatures.computed_count, comparisons.compared_count),
    )


def _facts(
    result: Deduplicated, decisions: Sequence[Decision], computed_count: int, compared_count: int
) -> Facts:
    facts: Facts = {
        "entries": result.paper_sources.height,
        "text_count": result.text_count,
        "new_text_count": computed_count,
        "compared_pair_count": result.compared_count,
        "new_pair_count": compared_count,
        "papers": result.papers.height,
        "review_pair_count": review_pairs(result.matches).height,
        "decisions": len(decisions),
    }
    messages = stale(decisions, set(result.paper_sources["entry_id"]))
    if messages:
        facts["stale_decisions"] = " ".join(messages)
    return facts


def review_pairs(matches: pl.DataFrame) -> pl.DataFrame:
    """The pairs that a person should look at: nearly the same paper, the closest first."""
    return matches.filter(pl.col("decision") == "unsure").sort(
        ["score", "entry_id_a", "entry_id_b"], descending=[True, False, False]
    )


def cross_checks(entries: pl.DataFrame, result: Deduplicated) -> list[CheckResult]:
    """What must hold between tables and entries: nothing lost or counted twice, no id that leads nowhere."""
    return [
        _every_entry_once(entries, result.paper_sources),
        _one_first_source(result),
        _counts_add_up(result),
        _matches_resolve(result),
    ]


def _every_entry_once(entries: pl.DataFrame, sources: pl.DataFrame) -> CheckResult:
    given, found = entries.select(ENTRY_KEY), sources.select(ENTRY_KEY)
    lost, made_up = given.join(found, on=ENTRY_KEY, how="anti"), found.join(given, on=ENTRY_KEY, how="anti")
    twice = found.filter(pl.struct(ENTRY_KEY).is_duplicated())
    failures = [f"dump {dump}, entry {number}: in no paper" for dump, number in lost.iter_rows()]
    failures += [f"dump {dump}, entry {number}: no such entry" for dump, number in made_up.iter_rows()]
    failures += [f"dump {dump}, entry {number}: in two papers" for dump, number in twice.iter_rows()]
    return outcome("paper_sources", "paper_sources_every_entry_once", entries.height, failures)


def _one_first_source(result: Deduplicated) -> CheckResult:
    firsts = result.paper_sources.group_by("paper_id").agg(first=(pl.col("match_method") == "first").sum())
    wrong = (
        result.papers.select("paper_id")
        .join(firsts, on="paper_id", how="full", coalesce=True)
        .filter(pl.col("first").fill_null(0) != 1)
    )
    failures = [f"paper {paper_id}: {count or 0} first sources" for paper_id, count in wrong.iter_rows()]
    return outcome("paper_sources", "paper_sources_one_first_source", result.papers.height, failures)


def _counts_add_up(result: Deduplicated) -> CheckResult:
    counted = result.paper_sources.group_by("paper_id").agg(
        sources=pl.len().cast(pl.Int64), dumps=pl.col("dump_id").n_unique().cast(pl.Int64)
    )
    wrong = result.papers.join(counted, on="paper_id", how="left").filter(
        pl.col("source_count").ne_missing(pl.col("sources"))
        | pl.col("dump_count").ne_missing(pl.col("dumps"))
    )
    failures = [
        f"paper {row['paper_id']}: says {row['source_count']} sources in {row['dump_count']} dumps, "
        f"has {row['sources']} in {row['dumps']}"
        for row in wrong.iter_rows(named=True)
    ]
    return outcome("papers", "papers_counts_add_up", result.papers.height, failures)


def _matches_resolve(result: Deduplicated) -> CheckResult:
    known = result.paper_sources.select("entry_id").unique()
    failures = []
    for side in ("entry_id_a", "entry_id_b"):
        lost = result.matches.join(known, left_on=side, right_on="entry_id", how="anti")
        failures += [
            f"match {one}, {other}: {side} is in no paper"
            for one, other in lost.select("entry_id_a", "entry_id_b").iter_rows()
        ]
    unordered = result.matches.filter(pl.col("entry_id_a") >= pl.col("entry_id_b"))
    failures += [
        f"match {one}, {other}: not in order"
        for one, other in unordered.select("entry_id_a", "entry_id_b").iter_rows()
    ]
    return outcome("matches", "matches_ids_exist", result.matches.height, failures)
