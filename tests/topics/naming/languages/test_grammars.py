"""Phrases of other languages than English."""

import pytest

from paperlake.languages.supported import stop_words
from paperlake.topics.naming.languages.grammar import readable
from paperlake.topics.naming.languages.of_language import grammar_of
from paperlake.topics.naming.phrases import build_phrases
from tests.support.languages import SUBJECTS, papers

NAMING = {
    "de": "Bildverarbeitung",
    "fr": "apprentissage par renforcement",
    "es": "reconocimiento de voz",
    "pt": "redes de sensores",
    "ru": "нейронные сети",
    "zh": "深度学习",
    "ja": "大規模言語モデル",
}


@pytest.mark.parametrize("language", SUBJECTS)
def test_names_of_subjects_are_phrases_and_stop_words_are_none(language: str) -> None:
    titles, abstracts = zip(*papers(language), strict=True)
    table = build_phrases(titles, abstracts, 2)
    found = {text.casefold(): name for text, name in zip(table.texts, table.can_name, strict=True)}
    assert found[NAMING[language].casefold()], sorted(found)
    ends = {word for text in found for word in (text.split()[0], text.split()[-1])}
    assert not ends & stop_words(language)
    assert table.key(NAMING[language]) in table.keys
    assert table.key(NAMING[language].capitalize()) in table.keys


def test_phrases_of_english_do_not_depend_on_other_papers() -> None:
    titles = ["Graph kernels for molecules", "Fast graph kernels"]
    alone = build_phrases(titles, [None, None], 2)
    foreign, abstracts = zip(*papers("de"), strict=True)
    mixed = build_phrases([*titles, *foreign], [None, None, *abstracts], 2)
    assert mixed.texts[: len(alone.texts)] == alone.texts


def test_the_order_of_papers_makes_no_difference() -> None:
    rows = [paper for language in ("de", "ru", "ja") for paper in papers(language)]
    tables = [build_phrases(*zip(*order, strict=True), 2) for order in (rows, rows[::-1])]
    assert tables[0].texts == tables[1].texts
    assert tables[0].keys == tables[1].keys


@pytest.mark.parametrize(
    ("language", "text", "groups"),
    [
        ("de", "Die neuronalen Netze verbessern Bilder", ["neuronalen Netze", "verbessern Bilder"]),
        ("fr", "La commande d'énergie des robots", ["commande d'énergie des robots"]),
        ("fr", "L'apprentissage par renforcement", ["apprentissage par renforcement"]),
        ("zh", "深度学习在教育中的应用", ["深度学习", "教育", "应用"]),
        ("ja", "深層学習による画像認識", ["深層学習", "画像認識"]),
    ],
)
def test_texts_are_cut_into_groups(language: str, text: str, groups: list[str]) -> None:
    assert [readable(" ".join(words)) for words, _ in grammar_of(language).groups(text)] == groups
