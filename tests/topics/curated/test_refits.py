"""What people decided about topics holds from refit to refit, by id and by content."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.catalogue.vocabulary import LabelSource
from paperlake.settings import Settings
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.curated.deciding import Decided, decide
from paperlake.topics.curated.decisions import TopicDecision, parse_topic_decisions
from paperlake.topics.curated.memory import Memory
from paperlake.topics.fit import FitSource, fit_model
from paperlake.vectors.arrays import Vectors
from tests.support.planted_topics import Planted, plant

HEADER = "action,topic_id,ids,label\n"


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(44)


class World:
    """Fits of more and more planted papers, with the decisions and the memory of a lake."""

    def __init__(self, planted: Planted) -> None:
        self.planted = planted
        self.model = TopicModel.empty()
        self.memory = Memory()

    def fit(
        self, rows: np.ndarray, settings: Settings, model_id: str = "one", from_scratch: bool = False
    ) -> None:
        vectors = self.planted.vectors[rows]
        if model_id != "one":  # another space of the same papers
            vectors = np.roll(vectors, 7, axis=1) * np.float32(-1)
        source = FitSource(model_id=model_id)
        self.vectors = dict(zip(self.planted.papers["paper_id"].gather(rows), vectors, strict=True))
        self.model = fit_model(self.planted.papers[rows], vectors, settings, self.model, source, from_scratch)

    def decide(self, decisions: list[TopicDecision]) -> Decided:
        def read(paper_ids: list[str]) -> tuple[list[str], Vectors]:
            return paper_ids, np.stack([self.vectors[one] for one in paper_ids])

        decided = decide(self.model, decisions, self.memory, frozenset(self.vectors), read)
        self.memory = Memory.from_bytes(decided.memory.to_bytes())
        return decided

    def subtopic_of(self, field: str) -> str:
        """The id of the subtopic of most papers of a field."""
        papers = self.planted.papers["paper_id"].to_list()
        wanted = {paper for paper, name in zip(papers, self.planted.fields, strict=True) if name == field}
        rows = [row for row, paper in enumerate(self.model.papers.paper_ids) if paper in wanted]
        number = int(np.bincount(self.model.papers.subtopics.groups[rows]).argmax())
        return self.model.subtopics[number].topic_id


def lines(*rows: str) -> list[TopicDecision]:
    return parse_topic_decisions(HEADER + "\n".join(rows) + "\n", "topics.csv")


def labels(decided: Decided) -> dict[str, str]:
    return {one.topic_id: one.label for level in decided.published.model.levels for one in level}


def test_a_rename_survives_ten_refits_with_growth_and_another_model(
    planted: Planted, settings: Settings
) -> None:
    world, rows = World(planted), np.random.default_rng(3).permutation(440)
    world.fit(np.sort(rows[:200]), settings)
    music = world.subtopic_of("music")
    renamed = lines(f"rename,{music},,Computer music")
    for number in range(10):
        world.fit(
            np.sort(rows[: 200 + 24 * (number + 1)]), settings,
            model_id="one" if number < 5 else "two", from_scratch=number in (3, 8),
        )  # fmt: skip
        decided = world.decide(renamed)
        named = [one for one in decided.published.model.subtopics if one.label == "Computer music"]
        assert [one.topic_id for one in named] == [world.subtopic_of("music")]
        assert named[0].label_source == LabelSource.CURATED
        assert "stale_topic_decisions" not in decided.facts


def test_the_topic_with_the_papers_takes_the_label_of_one_that_ended(
    planted: Planted, settings: Settings
) -> None:
    world = World(planted)
    world.fit(np.arange(440), settings)
    music = world.subtopic_of("music")
    renamed = lines(f"rename,{music},,Computer music")
    world.decide(renamed)
    world.model = TopicModel.empty()  # as where the model is lost: all ids may be others
    rows = np.flatnonzero([name != "music" or number % 3 for number, name in enumerate(planted.fields)])
    world.fit(rows, settings)
    successor = world.subtopic_of("music")
    assert successor != music  # its id followed from its most central paper
    decided = world.decide(renamed)
    assert labels(decided)[successor] == "Computer music"
    assert f"line 2: topic {music} has ended; it applies to {successor}" in str(
        decided.facts["moved_topic_decisions"]
    )


def test_a_line_about_no_topic_is_named(planted: Planted, settings: Settings) -> None:
    world = World(planted)
    world.fit(np.arange(440), settings)
    music = world.subtopic_of("music")
    decisions = lines(f"rename,{'f' * 16},,Nothing", f"file,{music},{'e' * 16},", f"rename,{music},,Music")
    stale = str(world.decide(decisions).facts["stale_topic_decisions"])
    assert "topics.csv, line 2: there is no topic ffffffffffffffff; the line has no effect." in stale
    assert "topics.csv, line 3: 1 paper (eeeeeeeeeeeeeeee) is not in the lake" in stale
    assert "line 4" not in stale


def test_papers_that_left_leave_a_stale_line(planted: Planted, settings: Settings) -> None:
    world = World(planted)
    world.fit(np.arange(440), settings)
    renamed = lines(f"rename,{world.subtopic_of('music')},,Computer music")
    world.decide(renamed)
    world.fit(np.flatnonzero([name != "music" for name in planted.fields]), settings)
    decided = world.decide(renamed)
    assert "Computer music" not in labels(decided).values()
    assert "has ended, and no topic has half of its papers" in str(decided.facts["stale_topic_decisions"])


def test_a_pinned_topic_keeps_its_label_and_papers(planted: Planted, settings: Settings) -> None:
    world = World(planted)
    world.fit(np.arange(220), settings)
    topic_id = world.subtopic_of("graph")
    pinned = lines(f"pin,{topic_id},,")
    label = labels(world.decide(pinned))[topic_id]
    before = list(world.memory.pinned[topic_id].papers)
    world.fit(np.arange(440), settings, from_scratch=True)
    decided = world.decide(pinned)
    number = next(n for n, one in enumerate(decided.published.model.subtopics) if one.label == label)
    paper_ids = world.model.papers.paper_ids
    vectors = np.stack([world.vectors[one] for one in paper_ids])
    filed = decided.published.file(world.model.papers, vectors)
    found = dict(zip(paper_ids, filed.subtopics.groups.tolist(), strict=True))
    assert {found[one] for one in before} == {number}


def test_the_memory_is_bounded_and_damage_is_survived(planted: Planted, settings: Settings) -> None:
    world = World(planted)
    world.fit(np.arange(440), settings)
    decided = world.decide(lines(f"rename,{world.model.topics[0].topic_id},,Everything"))
    (remembered,) = decided.memory.topics.values()
    assert len(remembered.papers) == 50
    assert Memory.from_bytes(b"broken") == Memory.from_bytes(b"[]") == Memory()
