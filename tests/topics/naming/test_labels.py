"""Labels: distinct among siblings, joined phrases, acronyms, cut titles."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from paperlake.settings import Settings
from paperlake.topics.fit import fit_topics
from paperlake.topics.naming.label_text import (
    MAX_LABEL,
    contains_words,
    is_acronym,
    join_phrases,
    shortened,
)
from paperlake.topics.naming.labels import Labeller, LevelToName
from paperlake.topics.naming.languages.english import phrase_words
from paperlake.topics.naming.phrases import build_phrases
from tests.support.planted_topics import FIELDS, plant


def name(titles: list[list[str]], *, siblings: bool = True) -> list[str]:
    """Return labels of subtopics of these titles, all papers equally central."""
    flat = [title for group in titles for title in group]
    groups = np.array([number for number, group in enumerate(titles) for _ in group])
    parents = np.zeros(len(titles), dtype=np.int64) if siblings else np.arange(len(titles))
    labeller = Labeller(build_phrases(flat, [None] * len(flat), 1))
    firsts = [group[0] for group in titles]
    topic_count = int(parents.max()) + 1
    subtopics = LevelToName(groups, parents, firsts, [None] * len(titles))
    topics = LevelToName(
        parents[groups], np.zeros(topic_count, dtype=np.int64), firsts[:topic_count], [None] * topic_count
    )
    return [label.text for label in labeller.name_levels(topics, subtopics, np.ones(len(flat))).subtopics]


def test_two_phrases_name_what_one_does_not_cover() -> None:
    pruning = [f"BERT pruning in case {number}" for number in range(3)]
    quantization = [f"Weight quantization of case {number}" for number in range(3)]
    graphs = [f"Link prediction in case {number}" for number in range(6)]
    labels = name([pruning + quantization, graphs])
    assert labels[0] in ("BERT pruning and weight quantization", "Weight quantization and BERT pruning")
    assert labels[1] == "Link prediction"


def test_no_label_is_in_a_siblings_label() -> None:
    titles = [[f"Graph embedding of case {number}" for number in range(4)] for _ in range(4)]
    labels = name(titles)
    words = [phrase_words(label) for label in labels]
    assert len(set(words)) == len(words)
    for outer, inner in itertools.permutations(words, 2):
        assert not contains_words(outer, inner)


def test_phrases_of_all_topics_name_none() -> None:
    """Otherwise every folder of a language-model listing is called "Large language models"."""
    fields = [phrases[0] for phrases in FIELDS.values()][:4]
    titles = [[f"Large language models for {field} in case {n}" for n in range(5)] for field in fields]
    assert not any("anguage models" in label for label in name(titles, siblings=False))


def test_labels_of_planted_fields_obey_the_rules(settings: Settings) -> None:
    planted = plant(25, spread=1.2)
    topics = fit_topics(planted.papers, planted.vectors, settings).topics
    assert topics["label"].n_unique() == topics.height
    for label in topics["label"]:
        assert 0 < len(label) <= MAX_LABEL
        assert label[0].isupper() or label[0].isdigit()
        assert not {"novel", "approach", "state-of-the-art", "study"} & set(label.casefold().split())
    counts = topics.filter(pl.col("level") == 2).select(
        keywords=pl.col("keywords").list.len(), shown=pl.col("representative_paper_ids").list.len()
    )
    assert counts["keywords"].is_between(2, 10).all()
    assert counts["shown"].is_between(3, 5).all()


def test_keywords_repeat_no_phrase_inside_another(settings: Settings) -> None:
    planted = plant(25)
    topics = fit_topics(planted.papers, planted.vectors, settings).topics
    for keywords in topics["keywords"]:
        for outer, inner in itertools.permutations(keywords, 2):
            assert not set(phrase_words(inner)) <= set(phrase_words(outer))


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("BERT pruning", "quantization", "BERT pruning and quantization"),
        ("web agents", "GUI agents", "web and GUI agents"),
        ("web agent", "GUI agents", "web and GUI agents"),
        ("graph neural networks", "belief networks", "graph neural networks and belief networks"),
    ],
)
def test_joined_phrases_say_a_shared_last_word_once(first: str, second: str, joined: str) -> None:
    assert join_phrases(first, second) == joined


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("ASR", "speech recognition", True),
        ("NER", "named entity recognition", True),
        ("GNNs", "graph neural networks", True),
        ("BERT", "weight quantization", False),
        ("ASR systems", "speech recognition", True),
        ("BERT models", "phrase translation", False),
    ],
)
def test_acronyms_are_known(short: str, long: str, expected: bool) -> None:
    assert is_acronym(short, long) is expected


def test_titles_are_cut_at_a_word() -> None:
    assert shortened("short", 10) == "short"
    cut = shortened("A title of several words that does not fit into the label of a topic", MAX_LABEL)
    assert cut == "A title of several words that does not fit into the label…"
    assert len(shortened("x" * 100, MAX_LABEL)) <= MAX_LABEL
