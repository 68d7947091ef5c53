"""The topic model: what one fit of topics leaves for the next, and the file that keeps it.

The public tables are made from it (`tables.py`); only a refit (`fit.py`) makes another. Where the file lies
is known to `lake.py`.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from paperlake.errors import LakeError
from paperlake.topics.grouping.exact import Flags, Floats, Ints

MODEL_VERSION = 1  # of the file; another one is refused, since ids would be lost silently


@dataclass(frozen=True)
class FiledPapers:
    """Papers in the order of paper_id, each with its place among topics; arrays of one row a paper."""

    paper_ids: list[str]
    subtopic: Ints
    """Number of the subtopic in the model."""
    score: Floats
    topic_score: Floats
    centrality: Floats
    """Cosine to the centroid of the other papers of its subtopic."""
    topic_centrality: Floats
    is_outlier: Flags
    places: Floats
    """(papers, 2) on the map."""

    def take(self, rows: Ints) -> FiledPapers:
        """The given rows only."""
        arrays = {name: getattr(self, name)[rows] for name in _PAPER_ARRAYS}
        return FiledPapers([self.paper_ids[row] for row in rows.tolist()], **arrays)

    def followed_by(self, others: FiledPapers) -> FiledPapers:
        """These rows, then those of `others`."""
        arrays = {
            name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in _PAPER_ARRAYS
        }
        return FiledPapers(self.paper_ids + others.paper_ids, **arrays)


_PAPER_ARRAYS = tuple(field.name for field in fields(FiledPapers) if field.name != "paper_ids")


@dataclass(frozen=True)
class ModelTopic:
    """A topic or subtopic as a fit has left it."""

    topic_id: str
    label: str
    label_support: float
    """Share of the papers that name it which held a phrase of the label when the label was given."""
    keywords: list[str]
    coherence: float | None
    x: float
    y: float


@dataclass(frozen=True)
class TopicModel:
    """One fit: topics of both levels, and the papers that it was fitted to."""

    fit_number: int
    """From 1."""
    is_fresh: bool
    """Whether the groups were found anew, not carried on from the fit before."""
    fitted_from: str
    """Hash of all that the fit was made from, but the model before."""
    model_id: str
    """The embedding model: with vectors of another one, groups are found anew."""
    fresh_count: int
    """Papers of the last fit whose groups were found anew."""
    topics: list[ModelTopic]
    subtopics: list[ModelTopic]
    topic_of: Ints
    """(subtopics,) number of the topic of each subtopic."""
    radii: Floats
    """(subtopics,) of the islands on the map."""
    papers: FiledPapers
    events: list[dict[str, Any]]
    """Rows of the topic_events table of this fit and of all before."""

    def levels(self) -> tuple[tuple[int, list[ModelTopic], Ints], ...]:
        """Per level: its number, its topics, and the topic number of each subtopic."""
        return (1, self.topics, self.topic_of), (2, self.subtopics, np.arange(len(self.subtopics)))

    def used_ids(self) -> set[str]:
        """Ids of all topics that live or ever lived."""
        living = {topic.topic_id for topic in (*self.topics, *self.subtopics)}
        return living | {event["topic_id"] for event in self.events}


def _no_papers() -> FiledPapers:
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    return FiledPapers([], whole, none, none, none, none, whole > 0, np.zeros((0, 2)))


NO_MODEL = TopicModel(0, True, "", "", 0, [], [], np.zeros(0, dtype=np.int64), np.zeros(0), _no_papers(), [])
"""The fit before the first one."""

_MODEL_ARRAYS = ("topic_of", "radii")
_MODEL_VALUES = ("fit_number", "is_fresh", "fitted_from", "model_id", "fresh_count", "events")


def model_to_bytes(model: TopicModel) -> bytes:
    """The model as a NumPy archive; equal models give equal bytes."""
    values = {name: getattr(model, name) for name in _MODEL_VALUES}
    for level in ("topics", "subtopics"):
        values[level] = [asdict(topic) for topic in getattr(model, level)]
    text = json.dumps({"version": MODEL_VERSION, **values}, sort_keys=True)
    arrays = {name: getattr(model, name) for name in _MODEL_ARRAYS}
    arrays |= {f"paper_{name}": getattr(model.papers, name) for name in _PAPER_ARRAYS}
    ids = np.array(model.papers.paper_ids, dtype="S16")
    buffer = io.BytesIO()
    np.savez(buffer, paper_ids=ids, text=np.frombuffer(text.encode(), np.uint8), allow_pickle=False, **arrays)
    return buffer.getvalue()


def model_from_bytes(content: bytes, name: str) -> TopicModel:
    """The model that `model_to_bytes` has written.

    Args:
        content: The whole file.
        name: What to call the file in an error.

    Raises:
        LakeError: The file is damaged, or of another version.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        values = json.loads(arrays["text"].tobytes())
        if values.pop("version") != MODEL_VERSION:
            raise LakeError(_advice(name, "is of another version of paperlake"))
        for level in ("topics", "subtopics"):
            values[level] = [ModelTopic(**topic) for topic in values[level]]
        ids = [key.decode() for key in arrays["paper_ids"].tolist()]
        papers = FiledPapers(ids, **{key: arrays[f"paper_{key}"] for key in _PAPER_ARRAYS})
        return TopicModel(**values, **{key: arrays[key] for key in _MODEL_ARRAYS}, papers=papers)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise LakeError(_advice(name, f"is damaged ({error})")) from error


def _advice(name: str, what: str) -> str:
    return (
        f"The topic model {name} {what}. Put a copy of it back, or delete it and run `paperlake run`: "
        "topics are then found anew, with new ids."
    )
