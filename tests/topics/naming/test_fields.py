"""Names of fields: chosen on evidence alone, never wider than the group, said once."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.catalogue.topic_tables import MAX_LABEL_CHARS
from paperlake.topics.naming.fields import MAX_CUE_WORDS, FieldEvidence, all_fields, text_words
from paperlake.topics.naming.kept_labels import LabelSupport, PreviousLabel, labels_to_keep
from paperlake.topics.naming.label_text import say_the_same
from paperlake.topics.naming.labels import Labeller, LevelToName
from paperlake.topics.naming.phrases import build_phrases
from paperlake.vectors.arrays import Ints

ROWS: Ints = np.arange(12)


def evidence(categories: list[str]) -> FieldEvidence:
    return FieldEvidence.of_papers([""] * len(categories), [None] * len(categories), categories)


def test_the_file_is_sound() -> None:
    fields = all_fields()
    assert len({field.name.casefold() for field in fields}) == len(fields) > 100
    for field in fields:
        assert field.categories or field.cues
        assert len(field.name) <= MAX_LABEL_CHARS
        assert all(0 < len(cue) <= MAX_CUE_WORDS for cue in field.cues), field.name


def test_a_group_of_one_category_has_the_name_of_its_field() -> None:
    found = evidence(["math.AC"] * 6 + ["cs.CR"] * 6)
    assert found.names_of(ROWS[:6], [])[0] == "Commutative algebra"
    assert found.names_of(ROWS[6:], [])[0] == "Computer security"


def test_a_category_that_all_papers_have_names_no_group() -> None:
    assert evidence(["cs.CL"] * 12).names_of(ROWS[:6], []) == []


def test_a_topic_is_named_by_a_field_that_all_its_large_subtopics_are_of() -> None:
    found = evidence(["math.AC"] * 3 + ["math.GR"] * 3 + ["cs.CR"] * 6)
    assert found.names_of(ROWS[:6], [ROWS[:3], ROWS[3:6]])[0] == "Algebra"
    mixed = evidence(["math.AC"] * 4 + ["cs.RO"] * 2 + ["cs.CR"] * 6)
    assert "Commutative algebra" not in mixed.names_of(ROWS[:6], [ROWS[:4], ROWS[4:6]])


def test_a_field_names_the_sibling_that_has_most_of_it() -> None:
    found = evidence(["cs.CR"] * 3 + ["math.AC"] * 2 + ["cs.CR"] * 5 + ["math.AC"] * 20)
    less, most = ROWS[:5], ROWS[5:10]
    assert found.names_of(less, [])[0] == found.names_of(most, [], [less])[0] == "Computer security"
    assert "Computer security" not in found.names_of(less, [], [most])


def test_papers_without_categories_are_known_by_their_words() -> None:
    titles = ["Robotic grasping of cups", "A humanoid robot that walks", "Locomotion of robots"]
    titles += [f"A contract number {number}" for number in range(9)]
    found = FieldEvidence.of_papers(titles, [None] * 12, [None] * 12)
    assert found.names_of(ROWS[:3], [])[0] == "Robotics"
    assert text_words("Text-to-image Models") == ("text", "to", "image", "model")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Text embeddings", "Embedding models", True),
        ("Text embeddings", "Knowledge graph embeddings", False),
        ("Fraud models", "Money laundering and fraud", True),
        ("Machine learning", "Language models", False),
    ],
)
def test_labels_that_differ_in_general_words_say_the_same(one: str, other: str, same: bool) -> None:
    assert say_the_same(one, other) == same


def name(titles: list[list[str]], loose: list[bool], written: str | None = None) -> list[str]:
    """Labels of subtopics of different topics, by words of the titles, and of the abstract of the first paper."""
    flat = [title for group in titles for title in group]
    groups = np.array([number for number, group in enumerate(titles) for _ in group])
    numbers, count = np.arange(len(titles)), len(titles)
    fields = FieldEvidence.of_papers(flat, [None] * len(flat), [None] * len(flat))
    labeller = Labeller(build_phrases(flat, [written, *[None] * (len(flat) - 1)], 1), fields)
    subtopics = LevelToName(groups, numbers, [group[0] for group in titles], [None] * count, loose)
    labels = labeller.name_levels(subtopics, subtopics, np.ones(len(flat)))
    return [label.text for label in labels.subtopics]


def test_a_field_replaces_phrases_of_few_papers() -> None:
    robots = ["Grasping of cups by touch", "Humanoid gaits on ice", "Locomotion in snow", "Robotic hands"]
    others = [[f"{word}, {number}" for number in range(4)] for word in ("Court rulings", "Stone bridges")]
    assert name([robots, *others], [False] * 3) == ["Robotics", "Court rulings", "Stone bridges"]


def test_a_field_of_two_fifths_replaces_a_label_of_two_phrases() -> None:
    toys = ["Tin toys", "Tin toys of old", "Tin toys of lead", "Glass beads"]
    machines = ["Cup grasping", "Cup grasping at night", "Snow locomotion", *toys]
    others = [[f"{word}, {number}" for number in range(7)] for word in ("Court rulings", "Stone bridges")]
    assert name([machines, *others], [False] * 3)[0] == "Robotics"
    without = [*machines[:2], "Snow walks", *toys]
    assert " and " in name([without, *others], [False] * 3)[0]


def test_a_group_with_little_in_common_says_so() -> None:
    mixed = [
        "Apple orchards",
        "Apple orchards in May",
        "Copper mines",
        "Roman roads",
        "Silent films",
        "Deep wells",
    ]
    others = [[f"{word}, {number}" for number in range(6)] for word in ("Court rulings", "Stone bridges")]
    labels = name([mixed, *others], [True, False, False])
    assert labels[0].startswith("Other: apple orchards")
    assert name([mixed, *others], [False] * 3)[0].startswith("Apple orchards")


def test_two_phrases_of_few_papers_say_that_the_rest_is_other() -> None:
    single = [
        "Roman roads",
        "Silent films",
        "Deep wells",
        "Wool dyes",
        "Clay pots",
        "Oak beams",
        "Ice skates",
    ]
    pairs = ["Apple orchards", "Apple orchards in May", "Copper mines", "Copper mines in June"]
    others = [[f"{word}, {number}" for number in range(11)] for word in ("Court rulings", "Stone bridges")]
    label = name([pairs + single, *others], [False] * 3)[0]
    assert label.startswith("Other: ")
    assert " and " in label
    assert not name([pairs + single[:2], *others], [False] * 3)[0].startswith("Other: ")


def test_a_name_keeps_its_capital_after_other() -> None:
    mixed = [
        "On Gaussian splats",
        "The Gaussian splats",
        "Copper mines",
        "Roman roads",
        "Silent films",
        "Deep wells",
    ]
    others = [[f"{word}, {number}" for number in range(6)] for word in ("Court rulings", "Stone bridges")]
    label = name([mixed, *others], [True, False, False], "We compare Gaussian splats.")[0]
    assert label.startswith("Other: Gaussian splats")


def test_the_name_of_a_field_is_kept_while_papers_are_of_it() -> None:
    found = evidence(["math.AC"] * 6 + ["cs.CR"] * 6)
    support = LabelSupport(build_phrases(["x"] * 12, [None] * 12, 1), found)
    groups = np.array([0] * 6 + [1] * 6)
    previous = [PreviousLabel("Commutative algebra", 0.9), PreviousLabel("Commutative algebra", 0.9)]
    assert labels_to_keep(previous, groups, np.arange(2), support) == ["Commutative algebra", None]
