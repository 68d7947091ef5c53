"""The questions that are made of papers, and the sample that is taken."""

import polars as pl
import pytest

from paperlake.evaluation.judged_papers import first_sentence, judge_papers, sample_ids
from paperlake.evaluation.measures import query_values
from tests.support.planted_judgements import embedded, judged, papers


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("We e.g. count the stars of one galaxy by hand. Then again.", "We e.g. count the stars of one galaxy by hand."),
        ("Background. We count the stars of one galaxy by hand! Then.", "Background. We count the stars of one galaxy by hand!"),
        ("Only one sentence that ends here and has no further one.", None),
        ("Lines\nare folded into a sentence of some length. Next\none", "Lines are folded into a sentence of some length."),
    ],
)  # fmt: skip
def test_first_sentence(abstract: str, expected: str | None) -> None:
    assert first_sentence(abstract) == expected


def test_a_sample_depends_on_the_seed_alone() -> None:
    ids = [f"{number:016x}" for number in range(100)]
    assert sample_ids(ids, 10, 0) == sample_ids(ids[::-1], 10, 0)
    assert sample_ids(ids, 10, 0) != sample_ids(ids, 10, 1)
    assert sample_ids(ids, 1000, 0) == ids


def test_other_texts_differ_in_more_than_space() -> None:
    found = papers(60)
    own = found.select("paper_id", "title", "abstract", entry_id="paper_id")
    spaced = own[:1].with_columns(title=pl.col("title").str.to_uppercase() + " ")
    changed = own[1:2].with_columns(title=pl.lit("Another title"))
    others = pl.concat([own, spaced, changed])
    authors = found.select("paper_id", name_key="title")
    asked = judge_papers(found, authors, others).questions["other_texts"]
    assert asked.rows.tolist() == [1]
    assert asked.texts[0].startswith("Another title\n")


def test_the_text_of_a_title_is_found_first() -> None:
    known = judged(60)
    values = query_values(known, (one := embedded(known, "exact", 0.0001)).papers, one.questions)
    assert values["same_category"].values.mean() > 0.85  # of 10 neighbours, 9 others are in the category
    assert values["common_keyword"].values.tolist() == values["same_category"].values.tolist()
