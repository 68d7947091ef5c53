"""The topic model: what one fit of topics leaves for the next, and the file that keeps it.

The public tables are built from it (`tables.py`); only a refit (`fit.py`) makes another. The path of the file
is known to `lake.py`.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import LabelSource
from paperlake.errors import LakeError
from paperlake.topics.grouping.filing import FilingSpace
from paperlake.topics.grouping.levels import Level, Levels
from paperlake.vectors.arrays import Flags, Floats, Ints

MODEL_VERSION = 2  # of the file; of another one, ids and labels are taken from the published tables


@dataclass(frozen=True)
class AssignedPapers:
    """Papers in the order of paper_id with their topics and subtopics; arrays with one row per paper."""

    paper_ids: list[str]
    topics: Level
    subtopics: Level
    is_outlier: Flags
    places: Floats
    """(papers, 2) on the map."""

    @classmethod
    def empty(cls) -> AssignedPapers:
        """Return no papers."""
        levels = Level.empty(TOPIC_LEVEL), Level.empty(SUBTOPIC_LEVEL)
        return cls([], *levels, np.zeros(0, dtype=np.bool_), np.zeros((0, 2)))

    @property
    def levels(self) -> Levels[Level]:
        """Both levels."""
        return Levels(self.topics, self.subtopics)

    def take(self, rows: Ints) -> AssignedPapers:
        """Return the given rows only."""
        return AssignedPapers(
            [self.paper_ids[row] for row in rows.tolist()],
            self.topics.take(rows),
            self.subtopics.take(rows),
            self.is_outlier[rows],
            self.places[rows],
        )

    def concatenate(self, others: AssignedPapers) -> AssignedPapers:
        """Return these rows, then those of `others`."""
        return AssignedPapers(
            self.paper_ids + others.paper_ids,
            self.topics.concatenate(others.topics),
            self.subtopics.concatenate(others.subtopics),
            np.concatenate([self.is_outlier, others.is_outlier]),
            np.concatenate([self.places, others.places]),
        )


@dataclass(frozen=True)
class ModelTopic:
    """A topic or subtopic as a fit has left it."""

    topic_id: str
    label: str
    label_support: float
    """Share of the papers read for the label that held a phrase of it when the label was given."""
    keywords: list[str]
    coherence: float | None
    x: float
    y: float
    paper_count: int
    """Papers of the lake at the fit, outliers left out."""
    label_source: str = LabelSource.PHRASES
    """`curated` in what is published of a topic that a person has named; never in a model that is stored."""
    description: str | None = None


@dataclass(frozen=True)
class TopicModel:
    """One fit: topics of both levels, the papers that it was fitted to, and what files others.

    The fitted papers are all papers of the lake, or its first ones in the order of paper_id, at most
    `fit.MAX_FITTED_PAPERS`: the size of a model is bounded.
    """

    fit_number: int
    """From 1; 0 before the first fit."""
    is_fresh: bool
    """Whether the groups were found from scratch, not by a warm start from the previous fit."""
    fitted_from: str
    """Hash of all that the fit was made from, except the previous model."""
    model_id: str
    """The embedding model: with vectors of another one, groups are found from scratch."""
    fresh_count: int
    """Papers of the lake when groups were last found from scratch."""
    lake_count: int
    """Papers of the lake at the fit."""
    topics: list[ModelTopic]
    subtopics: list[ModelTopic]
    topic_of: Ints
    """(subtopics,) number of the topic of each subtopic."""
    radii: Floats
    """(subtopics,) of their discs on the map."""
    turns: Ints
    """(subtopics, directions) of the fitted papers by the direction of their affinity, from `map.py`."""
    papers: AssignedPapers
    space: FilingSpace
    events: list[dict[str, Any]]
    """Rows of the topic_events table of this fit and of all previous ones."""

    @classmethod
    def empty(cls) -> TopicModel:
        """Return the model before the first fit."""
        return cls(
            fit_number=0,
            is_fresh=True,
            fitted_from="",
            model_id="",
            fresh_count=0,
            lake_count=0,
            topics=[],
            subtopics=[],
            topic_of=np.zeros(0, dtype=np.int64),
            radii=np.zeros(0),
            turns=np.zeros((0, 0), dtype=np.int64),
            papers=AssignedPapers.empty(),
            space=FilingSpace.empty(),
            events=[],
        )

    @property
    def is_sampled(self) -> bool:
        """Whether the lake had more papers than were fitted."""
        return self.lake_count > len(self.papers.paper_ids)

    @property
    def last_fitted_id(self) -> str | None:
        """The paper_id up to which all papers of the lake were fitted; None where all papers were."""
        return self.papers.paper_ids[-1] if self.is_sampled else None

    @property
    def levels(self) -> Levels[list[ModelTopic]]:
        """The topics of both levels."""
        return Levels(self.topics, self.subtopics)

    @property
    def parent_ids(self) -> Levels[list[str | None]]:
        """The id of the parent of each topic of both levels; None for topics."""
        parents: list[str | None] = [self.topics[number].topic_id for number in self.topic_of.tolist()]
        return Levels([None] * len(self.topics), parents)

    def used_ids(self) -> set[str]:
        """Return the ids of all topics, present and past."""
        present = {topic.topic_id for topic in (*self.topics, *self.subtopics)}
        return present | {event["topic_id"] for event in self.events}


_DECIDED = ("label_source", "description")  # of a topic: people decide them after the fit
_MODEL_ARRAYS = ("topic_of", "radii", "turns")
_MODEL_VALUES = ("fit_number", "is_fresh", "fitted_from", "model_id", "fresh_count", "lake_count", "events")


def model_to_bytes(model: TopicModel) -> bytes:
    """Return the model as a NumPy archive; equal models give equal bytes."""
    values = {name: getattr(model, name) for name in _MODEL_VALUES}
    for level in Levels._fields:
        values[level] = [
            {name: value for name, value in asdict(topic).items() if name not in _DECIDED}
            for topic in getattr(model, level)
        ]
    text = json.dumps({"version": MODEL_VERSION, **values}, sort_keys=True)
    arrays = {name: getattr(model, name) for name in _MODEL_ARRAYS}
    arrays |= {f"paper_{name}": array for name, array in _paper_arrays(model.papers).items()}
    arrays |= {f"space_{name}": getattr(model.space, name) for name in FilingSpace.names()}
    ids = np.array(model.papers.paper_ids, dtype="S16")
    buffer = io.BytesIO()
    np.savez(buffer, paper_ids=ids, text=np.frombuffer(text.encode(), np.uint8), allow_pickle=False, **arrays)
    return buffer.getvalue()


def _paper_arrays(papers: AssignedPapers) -> dict[str, Any]:
    """Return the arrays of the file, by name; the topic of a paper follows from its subtopic."""
    return {
        "subtopic": papers.subtopics.groups,
        "score": papers.subtopics.score,
        "topic_score": papers.topics.score,
        "centrality": papers.subtopics.centrality,
        "topic_centrality": papers.topics.centrality,
        "is_outlier": papers.is_outlier,
        "places": papers.places,
    }


def _read_papers(arrays: dict[str, Any]) -> AssignedPapers:
    """Return the papers of the arrays of a file."""
    subtopic = arrays["paper_subtopic"]
    return AssignedPapers(
        [key.decode() for key in arrays["paper_ids"].tolist()],
        Level(
            TOPIC_LEVEL,
            arrays["topic_of"][subtopic],
            arrays["paper_topic_score"],
            arrays["paper_topic_centrality"],
        ),
        Level(SUBTOPIC_LEVEL, subtopic, arrays["paper_score"], arrays["paper_centrality"]),
        arrays["paper_is_outlier"],
        arrays["paper_places"],
    )


def model_from_bytes(content: bytes, name: str) -> TopicModel:
    """Read the model that `model_to_bytes` has written.

    Args:
        content: The whole file.
        name: The name of the file in an error.

    Raises:
        LakeError: The file is damaged, or of another version.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        values = json.loads(arrays["text"].tobytes())
        if values.pop("version") != MODEL_VERSION:
            raise LakeError(f"The topic model {name} is of another version of paperlake.")
        for level in Levels._fields:
            values[level] = [ModelTopic(**topic) for topic in values[level]]
        papers = _read_papers(arrays)
        space = FilingSpace(**{field: arrays[f"space_{field}"] for field in FilingSpace.names()})
        kept = {key: arrays[key] for key in _MODEL_ARRAYS}
        return TopicModel(**values, **kept, papers=papers, space=space)
    except (ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise LakeError(f"The topic model {name} is damaged ({error}).") from error
