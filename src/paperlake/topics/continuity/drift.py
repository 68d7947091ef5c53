"""How far the lake has moved away from the last fit of its topics: when a refit is due.

Measured on papers that were filed since (`assignment.py`); nothing is decided here but what the measure is.
"""

from __future__ import annotations

from dataclasses import dataclass

from paperlake.topics.continuity.assignment import Filing
from paperlake.topics.continuity.topic_model import TopicModel

CHANGED_SHARE = 0.25  # of the fitted papers, that came or went: topics of a quarter more papers differ
# Papers of 12 arXiv categories that a fit of 48 others has never seen lose 0.07 of similarity and have 0.035
# more outliers; papers of the 48 lose 0.00 and have none more.
STRAYING_SHARE = 0.05  # by which more of the new papers than of the fitted ones fit nowhere
LOST_SIMILARITY = 0.05  # of the mean cosine to the own subtopic, by which new papers lie below fitted ones
JUDGED_PAPERS = 200  # fewer new papers say little: the mean cosine of 200 is off by 0.01


@dataclass(frozen=True)
class Drift:
    """How the papers of now differ from those that were fitted; 0 where nothing does."""

    new_count: int
    gone_count: int
    changed_share: float
    """Papers that came or went, against the fitted ones."""
    straying_share: float
    """Outliers among the new papers, less those among the fitted ones, as shares."""
    lost_similarity: float
    """Mean cosine of fitted papers to their subtopic, less that of the new ones."""

    @property
    def degree(self) -> float:
        """1 and more: a refit is due. The furthest of the three against its limit."""
        parts = [self.changed_share / CHANGED_SHARE]
        if self.new_count >= JUDGED_PAPERS:
            parts += [self.straying_share / STRAYING_SHARE, self.lost_similarity / LOST_SIMILARITY]
        return round(max(0.0, *parts), 4)


def measure_drift(model: TopicModel, filing: Filing) -> Drift:
    """Compare the papers that were filed since the fit with those that were fitted."""
    fitted, now, new = model.papers, filing.papers, filing.is_new
    new_count = int(new.sum())
    straying = lost = 0.0
    if new_count:
        straying = float(now.is_outlier[new].mean()) - float(fitted.is_outlier.mean())
        lost = float(fitted.centrality.mean()) - float(now.centrality[new].mean())
    return Drift(
        new_count=new_count,
        gone_count=filing.gone_count,
        changed_share=round((new_count + filing.gone_count) / max(1, len(fitted.paper_ids)), 4),
        straying_share=round(straying, 4),
        lost_similarity=round(lost, 4),
    )


NO_DRIFT = Drift(0, 0, 0.0, 0.0, 0.0)
"""Right after a fit."""
