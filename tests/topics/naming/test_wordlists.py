"""The word lists: read from the package, one lower-case word per line, each with its source."""

from __future__ import annotations

from importlib.resources import files

import pytest

from paperlake.topics.naming.wordlists import breaking_words, generic_fields, verb_like_words, word_list

LISTS = sorted(
    entry.name.removesuffix(".txt")
    for entry in files("paperlake.topics.naming").joinpath("data").iterdir()
    if entry.name.endswith(".txt")
)


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_sorted_and_says_its_source(name: str) -> None:
    text = files("paperlake.topics.naming").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    assert lines[1].startswith("# Source: ")
    assert lines[2:] == sorted(set(lines[2:]))
    assert all(word == word.casefold().strip() for word in lines[2:])
    assert word_list(name) == set(lines[2:])


def test_verbs_break_in_all_forms_except_nouns() -> None:
    assert {"propose", "proposes", "proposed", "proposing", "applied", "applies"} <= breaking_words()
    assert not {"learning", "feature", "features"} & breaking_words()
    assert "featured" in breaking_words()
    assert {"feature", "propose"} <= verb_like_words()


def test_generic_fields_are_phrase_keys() -> None:
    assert "representationlearning" in generic_fields()
