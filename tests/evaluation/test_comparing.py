"""The verdict on planted vectors: which embedder is better, equal ones, missing data."""

from dataclasses import replace

import numpy as np
import pytest

from paperlake.errors import UsageError
from paperlake.evaluation.comparing import Evaluation, compare
from paperlake.evaluation.judged_papers import judge_papers
from paperlake.evaluation.measures import query_values
from paperlake.evaluation.picture import draw_evaluation
from paperlake.evaluation.rows import measure_rows
from paperlake.evaluation.statistics import bootstrap
from paperlake.settings import Settings
from tests.support.planted_judgements import embedded, judged, papers


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings()


@pytest.fixture(scope="module")
def planted(settings: Settings) -> Evaluation:
    """Good vectors, the same under another name, vectors with much noise."""
    found = judged(180)
    good = embedded(found, "good", 0.7)
    return compare(found, [good, replace(good, name="same"), embedded(found, "noisy", 3.0)], settings, 0)


def test_the_noisy_model_is_said_to_be_worse(planted: Evaluation) -> None:
    verdict = planted.verdicts[1]
    assert verdict.sentence.startswith("noisy is worse than good by more than chance in ")
    assert "same category: P@10" in " ".join(verdict.worse)
    assert verdict.better == []


def test_the_better_model_is_said_to_be_better(settings: Settings) -> None:
    found = judged(120)
    turned = compare(found, [embedded(found, "noisy", 3.0), embedded(found, "good", 0.7)], settings, 0)
    assert turned.verdicts[0].sentence.startswith("good is better than noisy by more than chance in ")


def test_equal_models_differ_by_chance(planted: Evaluation) -> None:
    assert planted.verdicts[0].sentence == (
        "The difference between same and good is not more than chance in any of 9 measures."
    )


def test_models_of_equal_quality_are_seldom_told_apart() -> None:
    found, hits = judged(120), 0
    for pair in range(40):
        values = [
            query_values(found, one.papers, one.questions)["same_category"].values
            for one in (embedded(found, "", 1.5, seed=2 * pair + place) for place in (0, 1))
        ]
        hits += bootstrap(np.stack(values), pair)[1][0].p_value < 0.05
    assert hits <= 4  # 2 are expected; intervals over queries alone give 9


def test_a_seed_gives_the_same_again(planted: Evaluation, settings: Settings) -> None:
    found = judged(180)
    good = embedded(found, "good", 0.7)
    again = compare(found, [good, replace(good, name="same"), embedded(found, "noisy", 3.0)], settings, 0)
    assert measure_rows(again) == measure_rows(planted)


def test_without_categories_there_is_a_reason_and_no_number(settings: Settings) -> None:
    found = judged(120, with_categories=False)
    result = compare(found, [embedded(found, "a", 1.0), embedded(found, "b", 1.0, seed=1)], settings, 0)
    reasons = {row["measure"]: row["reason"] for row in measure_rows(result) if "reason" in row}
    assert reasons["topics_ami"] == "no paper has a category"
    assert reasons["same_category"] == "there are no papers with a category"
    assert reasons["other_texts_mrr"] == "there are no queries"
    assert not any("value" in row for row in measure_rows(result) if row["measure"] in reasons)


def test_a_model_without_embedder_has_no_known_item_search(settings: Settings) -> None:
    found = judged(120)
    pair = [embedded(found, "here", 1.0), embedded(found, "stored", 1.0, asks=False)]
    rows = {row["measure"]: row for row in measure_rows(compare(found, pair, settings, 0))}
    assert rows["titles_mrr"]["reason"].startswith("stored: the model itself is not at hand")
    assert "value" in rows["same_category"]


def test_too_few_papers_are_an_error() -> None:
    few = papers(20)
    others = few.select("paper_id", "title", "abstract", entry_id="paper_id").clear()
    authors = few.select("paper_id", name_key="title")
    with pytest.raises(UsageError, match="There are 20 papers to compare embedders with; 50 are needed"):
        judge_papers(few, authors, others)


def test_the_picture_is_a_png_with_hostile_names(planted: Evaluation) -> None:
    hostile = [replace(one, name=f"$\\frac{{{one.name}$\x1b[31m\n") for one in planted.embedders]
    assert draw_evaluation(replace(planted, embedders=hostile)).startswith(b"\x89PNG")
