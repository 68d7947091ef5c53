"""Whether topics are fitted again or papers filed into those that are: the setting `topic_refit`.

Puts together `fit.py`, `assignment.py` and `drift.py`; reads and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.settings import Settings
from paperlake.topics.continuity.assignment import file_papers
from paperlake.topics.continuity.drift import NO_DRIFT, Drift, measure_drift
from paperlake.topics.continuity.topic_model import FiledPapers, TopicModel
from paperlake.topics.fit import FitSource, fit_model

ALWAYS_BELOW = 20_000  # papers: under auto, a fit of fewer takes some seconds, so that none is saved


@dataclass(frozen=True)
class Outcome:
    """Topics that are up to date, and how they came to be."""

    model: TopicModel
    filed: FiledPapers
    how: str
    """found anew, carried on (a refit from the groups before), or filed (no fit)."""
    drift: Drift


def update_topics(
    papers: pl.DataFrame,
    vectors: npt.NDArray[np.float32],
    settings: Settings,
    before: TopicModel,
    source: FitSource,
    force: bool = False,
) -> Outcome:
    """Bring topics up to date with the papers.

    A fit that was made from these very papers is taken as it is: making the tables again is no refit.

    Args:
        papers: Columns paper_id, title, abstract of the papers table, in the order of paper_id.
        vectors: (papers, dimensions)
        settings: `topic_refit` and `topic_min_papers`.
        before: The fit before.
        source: What a fit would be made from now.
        force: Find groups anew, whatever the policy; topics that live on keep their ids.
    """
    if not force and before.fit_number and before.fitted_from == source.fitted_from:
        return Outcome(before, before.papers, "filed", NO_DRIFT)
    if not force and not _fits_always(settings, papers.height) and before.model_id == source.model_id:
        filing = file_papers(before, papers["paper_id"].to_list(), vectors)
        drift = measure_drift(before, filing) if filing else NO_DRIFT
        if filing and (settings.topic_refit == "never" or drift.degree < 1.0):
            return Outcome(before, filing.papers, "filed", drift)
    model = fit_model(papers, vectors, settings, before, source, anew=force)
    return Outcome(model, model.papers, "found anew" if model.is_fresh else "carried on", NO_DRIFT)


def _fits_always(settings: Settings, paper_count: int) -> bool:
    if settings.topic_refit == "auto":
        return paper_count < ALWAYS_BELOW
    return settings.topic_refit == "always"
