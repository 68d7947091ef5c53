"""A page of more papers than are drawn: a fair sample, said on the page, with a shading of all."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from paperlake.lake import Lake
from paperlake.report import content as content_module
from paperlake.report.checks import check_page
from paperlake.report.content import DENSITY_CELLS, Content, read_content
from paperlake.report.payload import unpacked
from paperlake.report.rendering import render
from tests.support.browser import browser, find_chromium
from tests.support.pages import parse

DRAWN = 20


@pytest.fixture(scope="module")
def sampled(reported: Lake) -> Content:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content_module, "MAX_DRAWN_PAPERS", DRAWN)
        return read_content(reported)


def test_each_subtopic_gives_its_share(reported: Lake, sampled: Content) -> None:
    everything = read_content(reported)
    assert everything.density is None
    assert everything.papers.height == everything.overview["paper_count"] > DRAWN
    sizes = dict(everything.papers.group_by("topic_id").len().iter_rows())
    drawn = dict(sampled.papers.group_by("topic_id").len().iter_rows())
    total = everything.papers.height
    shares = {topic: max(1, size * DRAWN // total) for topic, size in sizes.items()}
    listed = {row["paper_id"] for row in (*sampled.new_papers, *sampled.top_voted, *sampled.rising)}
    assert listed
    assert listed <= set(sampled.papers["paper_id"])
    assert all(drawn[topic] >= share for topic, share in shares.items())
    assert sampled.papers.height <= sum(shares.values()) + len(listed)


def test_the_shading_counts_every_paper(reported: Lake, sampled: Content) -> None:
    assert sampled.density is not None
    assert sampled.density["paper_count"].sum() == sampled.overview["paper_count"]
    papers = read_content(reported).papers
    for axis, cell, cells in (("x", "cell_column", DENSITY_CELLS[0]), ("y", "cell_row", DENSITY_CELLS[1])):
        assert sampled.density[cell].is_between(0, cells - 1).all()
        low, high = papers[axis].min(), papers[axis].max()
        places = np.minimum(np.floor((papers[axis].to_numpy() - low) / (high - low) * cells), cells - 1)
        found = dict(sampled.density.group_by(cell).agg(pl.col("paper_count").sum()).iter_rows())
        assert found == dict(zip(*np.unique(places.astype(int), return_counts=True), strict=True))


def test_the_page_says_what_is_drawn_and_how_to_search_all(sampled: Content) -> None:
    html = render(sampled)
    assert all(not failures for _, failures in check_page(html, sampled).values())
    (text,) = [one.text for one in parse(html).all("p") if one.attributes.get("id") == "map-sample"]
    assert f"of {sampled.overview['paper_count']} papers are drawn" in text
    assert "paperlake search WORDS" in text


def test_a_page_with_papers_missing_fails_its_check(sampled: Content) -> None:
    html = render(sampled)
    facts = html.split('id="facts">')[1].split("</script>")[0]
    fewer = json.dumps(json.loads(facts) | {"lake_count": 1})
    _, failures = check_page(html.replace(facts, fewer), sampled)["report_counts_agree"]
    assert failures == [f"lake: 1 papers on the map, {sampled.overview['paper_count']} in the warehouse"]


def test_shades_are_one_byte_per_cell(sampled: Content) -> None:
    html = render(sampled)
    packed = html.split('id="papers-density">')[1].split("</script>")[0]
    shades = np.frombuffer(unpacked(packed), np.uint8)
    assert len(shades) == DENSITY_CELLS[0] * DENSITY_CELLS[1]
    assert sampled.density is not None
    assert int((shades > 0).sum()) == sampled.density.height
    assert shades.max() == 255


@pytest.mark.slow
@pytest.mark.skipif(find_chromium() is None, reason="no chromium on the path")
def test_a_sampled_page_in_a_browser(sampled: Content, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(render(sampled))
    with browser(str(find_chromium()), tmp_path / "profile") as chromium:
        chromium.open(path, width=390, dark=True)
        assert chromium.run("document.documentElement.scrollWidth") <= 390
        assert chromium.run("new Set(paperlake.map.pixels).size") > 3
        note = chromium.run("document.getElementById('panel-note').textContent")
        assert f"{sampled.overview['paper_count']} papers" in note
        assert not chromium.complaints
