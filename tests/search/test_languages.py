"""Searching papers in other languages than English."""

import json
from collections.abc import Iterator

import pytest

from paperlake.lake import Lake
from paperlake.search.searcher import Searcher
from paperlake.settings import Settings
from tests.support.lakes import fill
from tests.support.languages import papers

ENGLISH = [
    ("Die casting of metals", "We study the casting of metals in a die and the networks that control it."),
    ("Networks of ponds", "The ponds of a lake are networks, and these change with the seasons."),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    root = tmp_path_factory.mktemp("languages") / "lake"
    lake, settings = Lake(root), Settings(lake=root, embedder="hashing")
    lake.raw.mkdir(parents=True)
    texts = [*ENGLISH, *(paper for language in ("de", "ru", "zh", "ja") for paper in papers(language)[:10])]
    lines = [
        json.dumps({"id": f"2401.{number:05d}", "authors": f"A. Author{number}", "title": title,
                    "abstract": abstract, "categories": "cs.CL", "update_date": "2024-01-03"})
        for number, (title, abstract) in enumerate(texts)
    ]  # fmt: skip
    (lake.raw / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    fill(lake, settings)
    with Searcher(lake, settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("neuronalem Netz", ["neuronalem", "netz"]),
        ("нейронную сеть", ["нейронную", "сеть"]),
        ("图像识别", ["图像识别"]),
        ("機械翻訳", ["機械翻訳"]),
        ("ネットワーク", ["ネットワーク"]),
    ],
)
def test_other_forms_and_parts_of_words_are_found_and_highlighted(
    searcher: Searcher, text: str, words: list[str]
) -> None:
    row = searcher.search(text, mode="words").rows[0]
    assert words in (row["title_words"], row["abstract_words"])


def test_a_quoted_phrase_is_found_inside_a_run(searcher: Searcher) -> None:
    rows = searcher.search('"医学图像分割"', mode="words", limit=50).rows
    assert rows
    assert all(row["title_phrases"] or row["abstract_phrases"] == ["医学图像分割"] for row in rows)


def test_a_quoted_phrase_may_hold_stop_words(searcher: Searcher) -> None:
    rows = searcher.search('"Segmentierung der Bilder"', mode="words").rows
    assert next(row["abstract_phrases"] for row in rows) == ["segmentierung der bilder"]


def test_stop_words_of_a_language_find_no_papers_in_it(searcher: Searcher) -> None:
    titles = [row["title"] for row in searcher.search("die casting", mode="words").rows]
    assert titles == ["Die casting of metals"]


def test_an_exact_title_is_first(searcher: Searcher) -> None:
    row = searcher.search("日英機械翻訳の品質推定").rows[0]
    assert row["matched"] == "exact title"
