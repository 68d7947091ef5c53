"""Stop words, stems and pairs of characters."""

import pytest

from paperlake.languages.scripts import with_pairs, without_pairs
from paperlake.languages.supported import NAMES, fold_word, language_stems, stop_words


@pytest.mark.parametrize("language", NAMES)
def test_every_language_has_stop_words_and_stems(language: str) -> None:
    assert len(stop_words(language)) > 50
    assert language_stems(["abcde"], language)
    assert all(word == fold_word(word) for word in stop_words(language))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ("netz", "netze", "netzen")),
        ("fr", ("reseau", "reseaux")),
        ("es", ("informacion", "informaciones")),
        ("pt", ("rede", "redes")),
        ("ru", ("нейронная", "нейронные", "нейронных")),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, words: tuple[str, ...]) -> None:
    assert len(set(language_stems(words, language))) == 1


def test_pairs_overlap_and_are_joined_again() -> None:
    pairs = with_pairs("gpt 深度学习 データ 本 ab")
    assert pairs == "gpt 深度 度学 学习 デー ータ 本 ab"
    assert without_pairs(pairs.split()) == ["gpt", "深度学习", "データ", "本", "ab"]
