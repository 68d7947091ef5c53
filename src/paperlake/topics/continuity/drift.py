"""Drift: how much the papers of the lake differ from those of the last fit, and so when a refit is due.

Measured on papers that were filed since (`assignment.py`); the decision is in `topics/update.py`. Of a fit to
a sample, papers up to the last fitted paper_id are compared: paper_id is a hash, so these are a sample of the
lake at the fit and of the lake now.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from paperlake.topics.continuity.topic_model import TopicModel

MAX_CHANGED_SHARE = 0.25  # of the fitted papers, that came or went: topics of a quarter more papers differ
# Papers of 12 arXiv categories that a fit of 48 others has never seen lose 0.07 of similarity and have 0.035
# more outliers; papers of the 48 lose 0.00 and have none more.
MAX_OUTLIER_EXCESS = 0.05  # share of outliers among the new papers, less that among the fitted ones
MAX_SIMILARITY_LOSS = 0.05  # of the mean cosine to the own subtopic, from fitted papers to new ones
MIN_JUDGED_PAPERS = 200  # fewer new papers say little: the mean cosine of 200 is off by 0.01
DECIMALS = 4


@dataclass(frozen=True)
class Drift:
    """Difference of the current papers from the fitted ones; all 0 right after a fit."""

    new_count: int = 0
    gone_count: int = 0
    changed_share: float = 0.0
    """Papers that came or went, relative to the fitted ones."""
    outlier_excess: float = 0.0
    """Share of outliers among the new papers, less that among the fitted ones."""
    similarity_loss: float = 0.0
    """Mean cosine of fitted papers to their subtopic, less that of the new ones."""

    @property
    def degree(self) -> float:
        """The largest of the three measures relative to its limit; from 1 on a refit is due."""
        parts = [self.changed_share / MAX_CHANGED_SHARE]
        if self.new_count >= MIN_JUDGED_PAPERS:
            parts += [self.outlier_excess / MAX_OUTLIER_EXCESS, self.similarity_loss / MAX_SIMILARITY_LOSS]
        return round(max(0.0, *parts), DECIMALS)


def measure_drift(model: TopicModel, filed: pl.DataFrame) -> Drift:
    """Compare the papers that were filed since the fit with those that were fitted.

    Args:
        model: The fit.
        filed: Columns paper_id, is_outlier and centrality of the papers of the lake in their subtopics, up
            to `model.last_fitted_id`.
    """
    fitted = model.papers
    known = pl.DataFrame({"paper_id": fitted.paper_ids}, {"paper_id": pl.String})
    new = filed.join(known, on="paper_id", how="anti")
    gone_count = known.height - (filed.height - new.height)
    outlier_excess = similarity_loss = 0.0
    if new.height:
        outlier_excess = float(new["is_outlier"].to_numpy().mean()) - float(fitted.is_outlier.mean())
        new_mean = float(new["centrality"].sort().to_numpy().mean())
        # Of the same table: where people have merged topics, all papers are further from the centroids.
        old = filed.join(known, on="paper_id", how="semi")["centrality"].sort().to_numpy()
        old_mean = float(old.mean() if old.size else fitted.subtopics.centrality.mean())
        similarity_loss = old_mean - new_mean
    return Drift(
        new_count=new.height,
        gone_count=gone_count,
        changed_share=round((new.height + gone_count) / max(1, known.height), DECIMALS),
        outlier_excess=round(outlier_excess, DECIMALS),
        similarity_loss=round(similarity_loss, DECIMALS),
    )
