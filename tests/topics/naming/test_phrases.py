"""Phrases: cutting texts, merging spellings, writing them in the right case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.topics.naming.label_text import as_label
from paperlake.topics.naming.languages.english import phrase_key, phrase_words, singular, word_groups
from paperlake.topics.naming.phrases import build_phrases
from paperlake.topics.naming.wordlists import breaking_words


def groups(text: str) -> list[str]:
    return [" ".join(words) for words, _ in word_groups(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "We propose a novel approach to knowledge graph embedding.",
            ["approach", "knowledge graph embedding"],
        ),
        ("Low-rank adaptation, which outperforms full fine-tuning", ["Low-rank adaptation", "fine-tuning"]),
        ("We study speech recognition", ["speech recognition"]),
        ("A $O(n \\log n)$ bound with \\emph{tensor networks}", ["bound", "tensor networks"]),
        ('a Gr\\"obner basis of ideals', ["Grobner basis", "ideals"]),
        ("3D scenes with 4-bit weights at https://example.org/x", ["3D scenes", "4-bit weights"]),
        ("the model's decoder", ["model", "decoder"]),
        ("", []),
        ("?! 12 --", []),
    ],
)
def test_sentences_are_cut_at_function_words_and_verbs(text: str, expected: list[str]) -> None:
    assert groups(text) == expected


@given(st.text(max_size=300))
def test_no_group_holds_a_breaking_word(text: str) -> None:
    for words, _ in word_groups(text):
        assert words
        for word in words:
            assert word.casefold() not in breaking_words() or (word.isupper() and len(word) > 2)


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("embeddings", "embedding"),
        ("studies", "study"),
        ("boxes", "box"),
        ("analysis", "analysis"),
        ("physics", "physics"),
        ("gas", "gas"),
        ("class", "class"),
        ("corpus", "corpus"),
    ],
)
def test_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


def test_spellings_of_one_phrase_have_one_key() -> None:
    """Otherwise "fine-tuning" and "finetuning" share the votes and both become labels."""
    assert phrase_key("fine-tuning") == phrase_key("Fine tuning") == phrase_key("finetuning")
    assert phrase_key("Knowledge graph embeddings") == phrase_key("knowledge graph embedding")
    assert phrase_key("graph") != phrase_key("graph theory")


def test_containment_is_judged_on_words_not_letters() -> None:
    assert phrase_words("low-rank adaptations") == ("low", "rank", "adaptation")


def test_case_comes_from_inside_sentences_of_abstracts() -> None:
    """Titles capitalise everything, so that "Low-Rank Adaptation" would be copied to the label."""
    titles = ["Low-Rank Adaptation of BERT", "Low-Rank Adaptation for Kalman Filters"]
    abstracts = [
        "With low-rank adaptation of BERT we gain. Low-rank adaptation is cheap.",
        "The Kalman filters and low-rank adaptation meet.",
    ]
    table = build_phrases(titles, abstracts, 1)
    texts = dict(zip(table.keys, table.texts, strict=True))
    assert texts[phrase_key("low-rank adaptation")] == "low-rank adaptation"
    assert texts["bert"] == "BERT"
    assert texts[phrase_key("Kalman filters")] == "Kalman filters"


def test_title_case_is_undone_where_there_are_no_abstracts() -> None:
    table = build_phrases(["Contrastive Learning with GPT-4"] * 2, [None, None], 1)
    assert "contrastive learning" in table.texts
    assert "GPT-4" in table.texts


def test_pieces_of_longer_phrases_are_no_phrases() -> None:
    abstracts = ["The knowledge graph embedding is trained.", "Each knowledge graph embedding wins."]
    table = build_phrases(["On knowledge graph embedding", "More knowledge graph embedding"], abstracts, 1)
    assert "knowledge graph" not in table.texts
    assert "graph embedding" not in table.texts
    assert "knowledge graph embedding" in table.texts


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("low-rank adaptation", "Low-rank adaptation"),
        ("BERT pruning", "BERT pruning"),
        ("mT5 models", "mT5 models"),
        ("3D scenes", "3D scenes"),
    ],
)
def test_labels_begin_with_a_capital_except_names(text: str, label: str) -> None:
    assert as_label(text) == label
