"""File the papers of a lake under the topics of a fit, partition by partition, and count them."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.partitioning import batches
from paperlake.catalogue.topic_tables import FILED_TEXTS, PAPER_TOPICS
from paperlake.progress import Advance
from paperlake.stages.changed_keys import KeptRows
from paperlake.stages.run import StageRun
from paperlake.topics.checks import check_counted, check_filed
from paperlake.topics.counts import COUNTED_COLUMNS, Counter, TopicCounts
from paperlake.topics.curated.filing import NewPapers, file_new_papers
from paperlake.topics.curated.published import PublishedTopics

MAX_BATCH_PAPERS = 32_768  # whose vectors are in memory at a time: 50 MB, and as much again per step
BATCH_BYTES = 2 << 30  # on one machine one batch is filed at a time, by threads of the BLAS
MAX_COUNTED_PAPERS = 262_144  # whose topics and dates are in memory at a time: 60 MB
KEY_CHARS = 16  # of a text_hash: enough to tell two texts of one paper apart


def file_papers_of_lake(
    run: StageRun, published: PublishedTopics, changed: Collection[str] | None, advance: Advance
) -> TopicCounts:
    """Write paper_topics for the partitions that changed, or for all, and count all papers."""
    for table in (PAPER_TOPICS, FILED_TEXTS):
        run.begin(table, changed)
    rows = run.row_counts(PAPERS)
    to_file = {name: count for name, count in rows.items() if changed is None or name in changed}
    begun: deque[_Begun] = deque()

    def new_papers() -> Iterator[NewPapers]:
        for names in batches(to_file, MAX_BATCH_PAPERS):
            begun.append(_begin_batch(run, names, is_known=changed is not None))
            yield begun[-1].new

    compute = partial(file_new_papers, lake=run.lake, published=published)
    for filed in run.engine.map(compute, new_papers(), memory=BATCH_BYTES):
        batch = begun.popleft()
        _write_batch(run, batch, filed, published)
        advance(len(batch.paper_ids))
    counter = Counter(published.base.last_fitted_id)
    for names in batches(rows, MAX_COUNTED_PAPERS):
        dates = run.read_columns(PAPERS, ["paper_id", "published_date"], names)
        counter.add(dates, run.read_columns(PAPER_TOPICS, COUNTED_COLUMNS, names))
    counts = counter.total()
    kept_count = sum(rows.values()) - sum(to_file.values())
    for check_name, found in check_counted(rows, counts, kept_count).items():
        run.report(check_name, *found)
    advance(kept_count)
    return counts


@dataclass(frozen=True)
class _Begun:
    """The papers of some partitions, of which the new ones are being filed."""

    paper_ids: pl.Series
    texts: pl.DataFrame
    kept: KeptRows | None
    """Rows of paper_topics of papers that were filed before; None where all are filed again."""
    new: NewPapers


def _begin_batch(run: StageRun, names: Sequence[str], is_known: bool) -> _Begun:
    """Read which papers of some partitions are to be filed; `is_known` if rows of the last commit count."""
    paper_ids = run.read_columns(PAPERS, ["paper_id"], names)["paper_id"].sort()
    texts = _text_keys(run, names)
    if not is_known:
        return _Begun(paper_ids, texts, None, NewPapers(tuple(names), paper_ids))
    kept = _filed_before(run, names, texts)
    new = paper_ids.filter(~paper_ids.is_in(kept.rows["paper_id"].unique().implode()))
    return _Begun(paper_ids, texts, kept, NewPapers(tuple(names), new))


def _write_batch(run: StageRun, batch: _Begun, filed: pl.DataFrame, published: PublishedTopics) -> None:
    """Check and write the rows of some partitions."""
    rows = filed if batch.kept is None else pl.concat([batch.kept.rows, filed])
    rows = rows.sort("paper_id", "level")
    for check_name, found in check_filed(batch.paper_ids, rows, published.model).items():
        run.report(check_name, *found)
    if batch.kept is None:
        run.add(PAPER_TOPICS, filed)
        run.add(FILED_TEXTS, batch.texts)
        return
    is_kept = pl.col("paper_id").is_in(batch.kept.rows["paper_id"].unique().implode())
    run.add(PAPER_TOPICS, filed, batch.kept)
    kept_texts = KeptRows(batch.texts.filter(is_kept), batch.kept.dropped_keys)
    run.add(FILED_TEXTS, batch.texts.filter(~is_kept), kept_texts)


def _text_keys(run: StageRun, names: Collection[str]) -> pl.DataFrame:
    """Return the rows of filed_texts for the papers of some partitions."""
    texts = run.read_columns(EMBEDDINGS, ["paper_id", "text_hash"], names)
    return texts.select("paper_id", text_key=pl.col("text_hash").str.head(KEY_CHARS)).sort("paper_id")


def _filed_before(run: StageRun, names: Collection[str], texts: pl.DataFrame) -> KeptRows:
    """Return the rows of paper_topics, as last committed, of papers whose text is as it was then."""
    before = run.read_partitions(FILED_TEXTS, names)
    same = before.join(texts, on=["paper_id", "text_key"], how="semi")
    kept = run.read_partitions(PAPER_TOPICS, names).join(same, on="paper_id", how="semi")
    return KeptRows(kept, before.join(same, on="paper_id", how="anti")["paper_id"])
