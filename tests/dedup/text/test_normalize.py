"""Normalised titles and abstracts: typography must vanish, and what tells works apart must stay."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.dedup.text.normalize import matching_abstracts, matching_titles, title_key, words


def title(text: str) -> str:
    return matching_titles(pl.Series([text])).item()


def key(text: str) -> str:
    return pl.DataFrame({"t": [title(text)]}).select(title_key(pl.col("t"))).item()


def abstract(text: str | None) -> str:
    return matching_abstracts(pl.Series([text], dtype=pl.String)).item()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$\\mathcal{O}(n)$ sorting", "O(n) sorting"),
        ("Poincar\\'e maps", "Poincaré maps"),
        ("Erd\\H{o}s graphs", "Erdős graphs"),
        ("Pre--training", "Pre–training"),
        ("Pre-training", "Pretraining"),
        ("“Quoted” words", "'Quoted' words"),
        ("e\ufb03cient", "efficient"),
        ("A~B", "A B"),
        ("$\\alpha$-decay", "α-decay"),
        ("<i>In vitro</i> &amp; in vivo", "In vitro & in vivo"),
        ("**Bold** claims", "Bold claims"),
        ("Soft\u00adhyphen", "Softhyphen"),
        ("Zero\u200bwidth", "Zerowidth"),
        ("Łódź ø ß", "lodz o ss"),
        ("$k$-means", "k-means"),
    ],
)
def test_typography_vanishes(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("X 2.0", "X 3.0"),
        ("B-PROP", "PROP"),
        ("C++", "C"),
        ("Part I", "Part II"),
        ("ERNIE 3.0", "ERNIE 3.0 Titan"),
    ],
)
def test_what_tells_works_apart_stays(one, other):
    assert key(one) != key(other)


def test_a_point_inside_a_number_stays():
    assert title("GPT-3.5 vs. GPT-4.") == "gpt 3.5 vs gpt 4"


@pytest.mark.parametrize(
    "ending",
    [
        " Code is available at https://github.com/a/b.",
        " The source code and models are publicly available.",
        " Our project page: https://a.github.io/b",
        " Data and code have been released at www.example.org/x",
    ],
)
def test_endings_that_only_point_to_code_vanish(ending):
    assert abstract("We sort numbers in linear time." + ending) == abstract("We sort numbers in linear time.")


def test_a_sentence_on_data_inside_the_text_stays():
    assert "data are available" in abstract(
        "Data are available. We sort them in linear time and prove bounds."
    )


@pytest.mark.parametrize("text", [None, "", "$$", "https://example.org"])
def test_nothing_leaves_nothing(text):
    assert abstract(text) == ""


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=1, max_codepoint=126, exclude_characters="+"), max_size=60))
def test_the_fast_path_equals_the_general_one(text):
    """Else the same words, once beside an accent and once not, would be two texts."""
    general = pl.DataFrame({"t": [text]}).select(words(pl.col("t"))).item()
    assert matching_titles(pl.Series(["before", text, "é " + text, ""])).to_list() == [
        "before",
        general,
        f"e {general}".strip(),
        "",
    ]


def test_every_point_inside_a_version_number_stays():
    assert title("Release 1.2.3.4.") == title("Rélease 1.2.3.4.") == "release 1.2.3.4"
