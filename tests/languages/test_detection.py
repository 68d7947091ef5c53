"""Languages are told by the text alone, and English texts cheaply."""

import polars as pl
import pytest

from paperlake.languages import detection
from paperlake.languages.detection import language_of, languages_of
from tests.support.languages import SUBJECTS, papers

ENGLISH = "We study how the networks of a lake change with the seasons, and that the ponds are different."


@pytest.mark.parametrize("language", SUBJECTS)
def test_titles_and_abstracts_are_of_their_language(language: str) -> None:
    texts = [f"{title} {abstract}" for title, abstract in papers(language)]
    assert set(languages_of(pl.Series(texts))) == {language}


def test_english_texts_do_not_load_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "_identifier", lambda: pytest.fail("loaded"))
    assert languages_of(pl.Series([ENGLISH, "Deep residual learning", "", "42", "KV cache"])) == ["en"] * 5


def test_the_order_of_texts_makes_no_difference() -> None:
    texts = [ENGLISH, *(f"{title} {abstract}" for code in SUBJECTS for title, abstract in papers(code)[:2])]
    assert languages_of(pl.Series(texts[::-1])) == languages_of(pl.Series(texts))[::-1]


@pytest.mark.parametrize(
    "text",
    [
        "VORTA: Efficient Video Diffusion via Routing Sparse Attention",
        "MFSeg: Efficient Multi-frame 3D Semantic Segmentation",
        "Translating 深度 and 学习 with dictionaries",
        "한국어 자연어 처리를 위한 언어 모델",
        "Методи машинного навчання для української мови та її діалектів",
    ],
)
def test_other_texts_are_treated_as_english(text: str) -> None:
    assert language_of(text) == "en"
