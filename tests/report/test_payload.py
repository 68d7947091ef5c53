"""The data for the scripts of the page equal the warehouse, and no text can leave its element."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.report.links import is_web_address, paper_link
from paperlake.report.payload import PLACES, UNKNOWN, pack, script_json, unpacked
from paperlake.report.trends import MONTHS, small_multiples
from tests.support.pages import parse

TOPIC = {
    "topic_id": "a" * 16, "parent_topic_id": None, "level": 1, "label": "All", "keywords": ["x"],
    "paper_count": 1, "filed_count": 1, "x": 0.0, "y": 0.0, "colour": 0,
}  # fmt: skip

rows = st.fixed_dictionaries(
    {
        "title": st.text(min_size=1, max_size=400),
        "published_date": st.none() | st.dates(),
        "upvote_count": st.none() | st.integers(-(2**40), 2**40),
        "url": st.none() | st.text(),
        "arxiv_id": st.none(),
        "doi": st.none(),
        "is_outlier": st.booleans(),
        "x": st.floats(-2, 2),
        "y": st.floats(-2, 2),
    }
)


@settings(deadline=None)
@given(st.lists(rows, max_size=6))
def test_papers_are_unpacked_unchanged(papers: list[dict]) -> None:
    numbered = [
        {"paper_id": f"{number:016x}", "topic_id": TOPIC["topic_id"], **paper}
        for number, paper in enumerate(papers)
    ]
    schema = {
        "paper_id": pl.String, "topic_id": pl.String, "title": pl.String, "published_date": pl.Date,
        "upvote_count": pl.Int64, "url": pl.String, "arxiv_id": pl.String, "doi": pl.String,
        "is_outlier": pl.Boolean, "x": pl.Float64, "y": pl.Float64,
    }  # fmt: skip
    packed = pack(pl.DataFrame(numbered, schema=schema), [TOPIC])
    bounds = json.loads(packed.facts)["bounds"]

    def numbers(name: str, kind: str) -> list[int]:
        return np.frombuffer(unpacked(packed.columns[name]), dtype=kind).tolist()

    days = [
        None if day == UNKNOWN else date(1970, 1, 1) + timedelta(days=day) for day in numbers("day", "<i4")
    ]
    assert sorted(map(str, days)) == sorted(str(paper["published_date"]) for paper in papers)
    assert sum(numbers("outlier", "u1")) == sum(paper["is_outlier"] for paper in papers)
    least, most = bounds["x"]
    places = sorted(least + step / PLACES * (most - least) for step in numbers("x", "<u2"))
    assert places == pytest.approx(sorted(paper["x"] for paper in papers), abs=(most - least) / PLACES)
    for name in ("title", "link"):
        lines = unpacked(packed.columns[name]).decode().split("\n")
        assert len(lines) == max(1, len(papers))
        assert all(len(line) <= 2000 for line in lines)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_in_the_page_stays_json_and_inside_its_element(value: object) -> None:
    shown = script_json({"value": value, "end": "</script><script>alert(1)</script><!--"})
    assert "<" not in shown
    assert "\u2028" not in shown
    assert json.loads(shown)["value"] == value
    (script,) = parse(f"<script type='application/json'>{shown}</script>").all("script")
    assert json.loads(script.text)["value"] == value


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://arxiv.org/abs/2406.09246", True),
        ("http://example.org/a?b=c#d", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>", False),
        ("//example.org/x", False),
        ("https://arxiv.org@evil.example/", False),
        ("https:///x", False),
        ("https://exa mple.org", False),
        ("https://example.org/\u202egpj.exe", False),
        ("https://example.org\\@evil.example", False),
        ("java\nscript:alert(1)", False),
        ("http://[::1", False),
        ("https://example.org/" + "a" * 3000, False),
        ("", False),
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str, safe: bool) -> None:
    assert is_web_address(url) == safe


def test_a_paper_without_a_safe_url_is_linked_by_its_id() -> None:
    assert paper_link("javascript:x()", "2406.09246", None) == "https://arxiv.org/abs/2406.09246"
    assert paper_link(None, None, '10.1/"><script>') == "https://doi.org/10.1/%22%3E%3Cscript%3E"
    assert paper_link("javascript:x()", None, None) is None


def month_rows(*months: date) -> list[dict]:
    return [
        {"topic_id": TOPIC["topic_id"], "month": month, "paper_count": 2, "share": 0.5} for month in months
    ]


def test_empty_months_are_zero_and_future_months_left_out() -> None:
    found = small_multiples(
        month_rows(date(2024, 11, 1), date(2025, 2, 1), date(2099, 1, 1)), [TOPIC], date(2025, 6, 3)
    )
    assert found is not None
    assert (found.month_from, found.month_to) == (date(2024, 11, 1), date(2025, 2, 1))
    (trend,) = found.trends
    assert [month.paper_count for month in trend.months] == [2, 0, 0, 2]


def test_a_long_history_shows_its_last_years() -> None:
    found = small_multiples(month_rows(date(1991, 7, 1), date(2020, 12, 1)), [TOPIC], None)
    assert found is not None
    assert len(found.trends[0].months) == MONTHS
    assert found.month_to == date(2020, 12, 1)
