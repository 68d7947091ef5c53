"""Build the papers: read the tables, deduplicate, write, and check the sums.

How duplicates are found is in `deduplicate.py` and the files it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPER_AUTHORS, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.catalogue.partitioning import batches, partition_of
from paperlake.catalogue.vocabulary import MatchDecision
from paperlake.dedup.blocking.block_keys import MAX_TEXTS
from paperlake.dedup.blocking.signatures import SignatureStore
from paperlake.dedup.clustering.decisions import Decision, read_decisions, stale
from paperlake.dedup.deduplicate import deduplicate, with_papers
from paperlake.dedup.incremental.indexing import open_store, save_first_state
from paperlake.dedup.incremental.tables import missing_ids, write_touched
from paperlake.dedup.incremental.update import decide_touched, save_next_state
from paperlake.dedup.index.segment import SegmentWriter
from paperlake.dedup.matching.comparisons import ComparisonStore
from paperlake.dedup.survivorship import tables_by_paper
from paperlake.lake.manifest import Facts
from paperlake.stages.run import StageRun

MERGED_PAPERS = 50_000  # in memory at a time


def build_papers(run: StageRun) -> Facts:
    """Decide again what the news touch, or everything."""
    decisions = read_decisions(run.lake.decisions)
    touched = decide_touched(run, decisions)
    facts = write_touched(run, touched) if touched else None
    if touched is None or facts is None:
        return _build_everything(run, decisions)
    save_next_state(run, touched, decisions)
    return facts | _decision_facts(decisions, set(missing_ids(touched, decisions)))


def _build_everything(run: StageRun, decisions: Sequence[Decision]) -> Facts:
    signatures = SignatureStore(run.lake, run.settings, run.progress, run.engine)
    comparisons = ComparisonStore(run.lake, run.progress, run.engine)
    open_store(run).prune(run.previous.fingerprint if run.previous else "")
    writer = SegmentWriter(run.lake.papers_index(), first_number=0)
    entries, dumps = run.scan(ENTRIES), run.read(DUMPS)
    try:
        result = deduplicate(
            entries, dumps, run.settings, signatures, comparisons, decisions, run.progress, writer
        )
        sources, matches = result.decided.sources, result.decided.recorded.select(*MATCHES.dtypes)
        _write_papers(run, with_papers(entries, dumps, sources))
        run.write(MATCHES, matches)
        if result.text_count <= MAX_TEXTS:
            save_first_state(run, writer, result, decisions)
        else:  # an update has no room for their numbers: the next run builds everything
            writer.discard()
    except BaseException:
        writer.discard()
        raise
    facts: Facts = {
        "entries": sources.height,
        "text_count": result.text_count,
        "new_text_count": signatures.computed_count,
        "compared_pair_count": result.compared_count,
        "new_pair_count": comparisons.compared_count,
        "papers": sum(run.row_counts(PAPERS).values()),
        "review_pair_count": review_pairs(matches).height,
    }
    named = sorted({entry_id for decision in decisions for entry_id in decision.pair})
    found = sources["entry_id"].filter(sources["entry_id"].is_in(named))
    return facts | _decision_facts(decisions, set(named) - set(found))


def _write_papers(run: StageRun, sources: pl.DataFrame) -> None:
    """Merge sources into papers and write them, some partitions at a time."""
    paper_ids = sources.select(pl.col("paper_id").unique())
    for table in (PAPERS, PAPER_AUTHORS, PAPER_SOURCES, PAPER_COUNTS):
        run.begin(table, row_count=paper_ids.height)
    bits = run.prefix_bits(PAPERS, paper_ids.height)
    with run.progress.task("Merging", paper_ids.height, "papers") as advance:
        for some in _divided(sources, paper_ids, bits):
            tables = tables_by_paper(some)
            for table, rows in tables.items():
                run.add(table, rows)
            advance(tables[PAPERS].height)


def _divided(sources: pl.DataFrame, paper_ids: pl.DataFrame, bits: int) -> Iterator[pl.DataFrame]:
    """Yield the sources of whole partitions of papers, of about `MERGED_PAPERS` at a time."""
    if not bits:
        yield sources
        return
    partition = partition_of("paper_id", bits)
    of_sources = sources.select(partition).to_series()
    row_counts = dict(paper_ids.group_by(partition).len().iter_rows())
    for names in batches(row_counts, MERGED_PAPERS):
        yield sources.filter(of_sources.is_in(names))


def _decision_facts(decisions: Sequence[Decision], missing: set[str]) -> Facts:
    messages = stale(decisions, missing)
    return {"decisions": len(decisions)} | ({"stale_decisions": " ".join(messages)} if messages else {})


def review_pairs(matches: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that a person should look at: nearly the same paper, the closest first."""
    return matches.filter(pl.col("decision") == MatchDecision.UNSURE).sort(
        ["score", "entry_id_a", "entry_id_b"], descending=[True, False, False]
    )
