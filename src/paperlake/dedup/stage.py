"""The stage `papers`: what it reads and writes, and what decides its outputs.

How they are built is in `building.py`.
"""

from __future__ import annotations

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_AUTHORS, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.dedup.checks import CHECKS
from paperlake.dedup.clustering.decisions import read_decisions
from paperlake.lake.manifest import Facts
from paperlake.stages.run import StageRun
from paperlake.stages.stage import RunContext, Stage


def _decided_pairs(context: RunContext) -> list[tuple[str, str, bool]]:
    """Return what people decided, in an order of its own: the order of lines makes no difference.

    Raises:
        UsageError: `curated/decisions.csv` is malformed or contradicts itself; the message names the lines.
    """
    return sorted((*decision.pair, decision.same) for decision in read_decisions(context.lake.decisions))


def _build(run: StageRun) -> Facts:
    from paperlake.dedup.building import build_papers  # noqa: PLC0415  # not needed where nothing is built

    return build_papers(run)


PAPERS_STAGE = Stage(
    name="papers",
    description="Merge the entries about one work into one paper, and keep the matches that decided it.",
    reads=(DUMPS, ENTRIES),
    writes=(PAPERS, PAPER_AUTHORS, PAPER_SOURCES, PAPER_COUNTS, MATCHES),
    version=4,
    build=_build,
    settings=("near_duplicate_jaccard",),
    inputs=_decided_pairs,
    when_inputs_change="entries or curated/decisions.csv have changed",
    libraries=("rapidfuzz", "rensa"),
    checks=CHECKS,
    kinds=frozenset({"polars", "parquet"}),
)
