"""The page: complete, self-contained, accessible, and published only after its checks."""

import base64
import hashlib
import itertools
import re
import shutil
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from paperlake.errors import LakeError, PaperlakeError
from paperlake.lake import Lake
from paperlake.report import rendering
from paperlake.report.checks import check_page
from paperlake.report.content import MAX_REVIEW_PAIRS, read_content
from paperlake.report.rendering import SCRIPTS, render
from paperlake.report.style import style_sheet
from paperlake.settings import Settings
from paperlake.stages.runner import CheckFailedError
from paperlake.warehouse.reading import query
from tests.support.lakes import build
from tests.support.pages import Element, make_warehouse, parse


@pytest.fixture(scope="module")
def document(page: str) -> Element:
    return parse(page)


def failed(html: str, lake: Lake) -> list[str]:
    return [name for name, (_count, failures) in check_page(html, read_content(lake)).items() if failures]


def test_every_topic_has_its_label_and_count(reported: Lake, document: Element) -> None:
    rows = {
        element.attributes["data-topic-row"]: element
        for element in document.all()
        if "data-topic-row" in element.attributes
    }
    _columns, topics = query(reported, "SELECT topic_id, label, paper_count, level FROM topics")
    assert set(rows) == {topic[0] for topic in topics}
    for topic_id, label, count, level in topics:
        if level == 2:
            assert label in rows[topic_id].text
            assert f"{count:,}" in rows[topic_id].text


def test_rendering_is_deterministic(reported: Lake, page: str) -> None:
    """Otherwise every run would publish a new page."""
    assert render(read_content(reported)) == page


def test_policy_allows_only_own_scripts_and_styles(document: Element) -> None:
    """A browser would refuse to run a script whose hash is missing, and run one whose hash is too many."""
    (policy,) = [
        element.attributes["content"]
        for element in document.all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    run = [script for script in document.all("script") if "type" not in script.attributes]
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode() + "'"
        for element in (*run, *document.all("style"))
    }
    assert set(re.findall(r"'sha256-[^']+'", policy)) == hashes
    assert len(run) == len(SCRIPTS)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_page_fetches_nothing(document: Element) -> None:
    for element in document.all():
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name != "style", "the policy would refuse it"
            if name in ("src", "href") and element.tag != "a":
                assert value.startswith("data:")
            if element.tag == "a" and name == "href":
                assert value.startswith(("#", "https://", "http://"))
                if not value.startswith("#"):
                    assert element.attributes["rel"] == "noopener noreferrer"


def test_accessible_to_screen_readers_and_keyboard(document: Element) -> None:
    (html,) = document.all("html")
    assert html.attributes["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer"):
        assert len(document.all(landmark)) == 1 or landmark == "header"
    levels = [int(heading.tag[1]) for heading in document.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    names = [element.attributes["id"] for element in document.all() if "id" in element.attributes]
    assert len(names) == len(set(names))
    for element in document.all():
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            assert set(element.attributes.get(attribute, "").split()) <= set(names)
        if element.tag == "a" and element.attributes["href"].startswith("#"):
            place = element.attributes["href"][1:]
            assert place in names or place.startswith("paper=")  # scripts open these
    for table in document.all("table"):
        assert table.all("caption")
        assert all("scope" in heading.attributes for heading in table.all("th"))
    for drawing in document.all("svg"):
        assert drawing.attributes["role"] == "img"
        assert drawing.all("title")[0].text
        assert drawing.all("desc")[0].text
    for button in document.all("button"):
        assert button.text.strip() or button.attributes.get("aria-label"), button.attributes


def test_the_page_of_an_empty_warehouse(lake: Lake) -> None:
    make_warehouse(lake)
    html = render(read_content(lake))
    assert not failed(html, lake)
    text = parse(html).text
    assert "There are no topics yet." in text
    assert "No paper has a date" in text


def test_error_without_a_warehouse(lake: Lake, settings: Settings) -> None:
    with pytest.raises(PaperlakeError, match="paperlake run"):
        build(lake, settings, "report")
    with pytest.raises(LakeError, match="no warehouse"):
        read_content(lake)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda html: re.sub(r'data-topic-row="[0-9a-f]+"', "", html, count=1), "report_holds_every_topic"),
        (lambda html: re.sub(r'(data-count="paper_count" value=")\d+', r"\g<1>1", html), "report_counts_agree"),
        (lambda html: html.replace("<main", '<img src="https://x.example/a.png"><main'), "report_is_self_contained"),
        (lambda html: html.replace("<main", '<img src="//x.example/a.png"><main'), "report_is_self_contained"),
        (lambda html: html.replace("<main", '<a href="javascript:x()">x</a><main'), "report_is_self_contained"),
        (lambda html: html.replace("<main", '<b onclick="x()">x</b><main'), "report_is_self_contained"),
        (lambda html: html.replace("<style>", "<style>@import 'x.css';"), "report_is_self_contained"),
        (lambda html: html.replace("<style>", "<style>b{background:url(x.png)}"), "report_is_self_contained"),
    ],
    ids=["topic lost", "count", "image", "image of any scheme", "script link", "handler", "import", "style image"],
)  # fmt: skip
def test_checks_find_a_broken_page(reported: Lake, page: str, change, check: str) -> None:
    assert not failed(page, reported)
    changed = change(page)
    assert changed != page
    assert failed(changed, reported) == [check]


def test_a_failing_check_keeps_the_previous_page(
    reported: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake = Lake.open(tmp_path / "copy")
    shutil.copytree(reported.root, lake.root, dirs_exist_ok=True)
    before = lake.manifest("report")
    lake.write_manifest(replace(before, fingerprint="of another warehouse"))
    monkeypatch.setattr(
        rendering, "render", lambda content: render(content).replace("data-topic-row", "data-lost")
    )
    with pytest.raises(CheckFailedError, match="report_holds_every_topic"):
        build(lake, settings, "report")
    assert lake.report.read_bytes() == reported.report.read_bytes()
    assert lake.manifest("report").outputs == before.outputs
    monkeypatch.undo()
    result = build(lake, settings, "report")
    assert not result.reused
    assert all(check.passed for check in result.checks)


# Machado, Oliveira and Fernandes, A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009.
COLOUR_VISIONS = {
    "ordinary": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ],
}  # fmt: skip
MIN_DISTANCE = 12.0  # in CIE Lab; 2.3 is the just noticeable difference of adjacent colours
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    """Return red, green and blue in linear light."""
    parts = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    """Return a colour in CIE Lab as it appears with a colour vision."""
    seen = np.clip(np.array(COLOUR_VISIONS[vision]) @ linear(colour), 0, 1)
    xyz = TO_XYZ @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def luminance(colour: str) -> float:
    """Return the relative luminance as defined by WCAG 2.2."""
    return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))


def theme_colours(document: Element, theme: str) -> dict[str, str]:
    (style,) = [element.text for element in document.all("style")]
    start = style.index(":root {" if theme == "light" else ':root[data-theme="dark"] {')
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", style[start : style.index("}", start)]))


@pytest.mark.parametrize("vision", COLOUR_VISIONS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_of_topics_differ_for_all_colour_visions(document: Element, theme: str, vision: str) -> None:
    colours = theme_colours(document, theme)
    seen = {name: lab(colour, vision) for name, colour in colours.items() if name.startswith("topic-")}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= MIN_DISTANCE, (one, other)


def test_colours_and_sizes_are_those_of_the_served_pages(document: Element) -> None:
    """A topic would have another colour on the page of a server than in the report."""
    own = (resources.files("paperlake.serve") / "pages/static/style.css").read_text()
    served = style_sheet(own, follows_system=True)
    (style,) = [element.text for element in document.all("style")]
    tokens = r"--[a-z0-9-]+: [^;]+;"
    assert re.findall(tokens, served) == re.findall(tokens, style)
    assert "@media (prefers-color-scheme: dark) { :root {" in served
    assert "data-theme" not in served


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_enough_contrast(document: Element, theme: str) -> None:
    """WCAG AA: 4.5 for text, 3 for other content."""
    colours = theme_colours(document, theme)

    def contrast(one: str, other: str) -> float:
        lighter, darker = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    for ground in ("page", "raised", "tag"):
        for text in ("ink", "muted", "accent", "good", "bad"):
            assert contrast(text, ground) >= 4.5, (text, ground)
    dots = [name for name in colours if name.startswith("topic-")]
    assert len(dots) == 12
    for name in (*dots, "control"):
        for ground in ("page", "raised"):
            assert contrast(name, ground) >= 3.0, (name, ground)


def dump(name: str, **known: object) -> dict:
    return {"dump_id": name * 16, "path": f"{name}.txt", "entry_count": 1, "reject_count": 0, **known}


def source(paper: str, dump_name: str, method: str) -> dict:
    return {"paper_id": paper * 16, "dump_id": dump_name * 16, "entry_number": 1, "match_method": method}


def test_new_papers_are_in_no_earlier_dump(lake: Lake) -> None:
    """A listing of a day counts as that day if the day of retrieval is unknown."""
    make_warehouse(
        lake,
        dumps=[
            dump("a", listed_date=date(2024, 5, 27)),
            dump("b", snapshot_date=date(2025, 12, 12)),
            dump("c"),
        ],
        papers=[{"paper_id": name * 16, "title": f"Paper {name}"} for name in "def"],
        paper_sources=[
            source("d", "b", "first"),
            source("d", "a", "same_text"),
            source("e", "b", "first"),
            source("e", "c", "same_text"),
            source("f", "c", "first"),
        ],
    )
    content = read_content(lake)
    assert [paper["title"] for paper in content.new_papers] == ["Paper e"]
    assert [(row["path"], row["new_paper_count"]) for row in content.latest_dumps] == [
        ("b.txt", 1),
        ("a.txt", 1),
        ("c.txt", 1),
    ]
    assert content.overview["last_listed_date"] == date(2025, 12, 12)


def test_review_pairs_are_the_first_of_the_view(lake: Lake) -> None:
    names = "abcdefghijklm"
    make_warehouse(
        lake,
        entries=[{"entry_id": name * 16, "title": f"Entry {name}"} for name in names for _dump in range(2)],
        matches=[
            {
                "entry_id_a": a * 16, "entry_id_b": b * 16, "score": 0.5 + number % 4 / 10,
                "decision": "unsure" if number % 7 else "same",
            }
            for number, (a, b) in enumerate(itertools.pairwise(names))
        ],
    )  # fmt: skip
    _columns, expected = query(
        lake, f"SELECT title_a, title_b, score FROM review_pairs LIMIT {MAX_REVIEW_PAIRS}"
    )
    content = read_content(lake)
    found = [(row["title_a"], row["title_b"], row["score"]) for row in content.review_pairs]
    assert found == expected
    assert len(found) == content.overview["review_pair_count"] == 10


def test_examples_of_merges_have_the_lowest_scores(lake: Lake) -> None:
    """Of equal scores those come first whose titles differ."""
    papers, methods = "abcdefgh", {"same_title": [1.0] * 5 + [0.6, 0.7, 0.8], "first": [0.1] * 8}
    make_warehouse(
        lake,
        dumps=[dump("a")],
        papers=[{"paper_id": name * 16, "title": f"Paper {name}"} for name in papers],
        entries=[
            {
                "dump_id": "a" * 16,
                "entry_number": place,
                "title": "Another" if name == "c" else f"Paper {name}",
            }
            for place, name in enumerate(papers)
        ],
        paper_sources=[
            {**source(name, "a", method), "entry_number": place, "match_score": scores[place]}
            for method, scores in methods.items()
            for place, name in enumerate(papers)
        ],
    )
    found = read_content(lake).merge_examples
    assert [(row["match_method"], row["match_score"], row["paper_title"]) for row in found] == [
        ("same_title", 0.6, "Paper f"),
        ("same_title", 0.7, "Paper g"),
        ("same_title", 0.8, "Paper h"),
        ("same_title", 1.0, "Paper c"),
    ]


def test_a_count_of_one_is_singular(lake: Lake) -> None:
    """The page of a lake with one of everything must not speak of "1 papers"."""
    make_warehouse(
        lake,
        dumps=[dump("a", snapshot_date=date(2025, 6, 1))],
        papers=[{"paper_id": "d" * 16, "title": "Paper d", "upvote_count": 1}],
        paper_sources=[{**source("d", "a", "first"), "match_score": 1.0}],
        rejects=[
            {
                "dump_id": "a" * 16,
                "line_start": 3,
                "line_end": 3,
                "reason_code": "missing_field",
                "reason": "No title.",
                "text": "x",
            }
        ],
    )
    text = " ".join(parse(render(read_content(lake))).text.split())
    assert "1 of 1 paper, most votes first." in text
    assert "1 vote" in text
    assert "1 part of dumps not covered by an entry." in text
    assert not re.findall(r"\b1 (?:papers|votes|parts|pairs|checks|groups|topics)\b", text)
