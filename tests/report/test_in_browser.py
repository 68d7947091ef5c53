"""The page in a real browser: failing scripts, network requests and gestures without effect."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from paperlake.lake import Lake
from paperlake.lake.files import write_bytes
from paperlake.warehouse.reading import query
from tests.support.browser import Browser, browser, find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path"),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(str(CHROMIUM), tmp_path_factory.mktemp("browser") / "profile") as started:
        yield started


def click_on_a_paper(page: Browser) -> str:
    """Click on a paper and return its title."""
    return page.run(
        """(() => {
          const map = paperlake.map, view = map.view(), box = map.frame.getBoundingClientRect();
          const at = (type) => new PointerEvent(type, { bubbles: true, pointerId: 1, pointerType: "mouse", button: 0,
            clientX: box.left + 1 + view.column(map.papers.x[0]) / map.ratio,
            clientY: box.top + 1 + view.row(map.papers.y[0]) / map.ratio });
          map.frame.setPointerCapture = () => {};
          map.frame.dispatchEvent(at("pointerdown"));
          map.frame.dispatchEvent(at("pointerup"));
          const panel = document.getElementById("panel-papers").textContent;
          return map.papers.titles.find((title) => panel.includes(title));
        })()"""
    )


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (380, True)])
def test_opens_without_errors_or_requests_and_fits(
    chromium: Browser, reported: Lake, width: int, dark: bool
) -> None:
    chromium.open(reported.report, width=width, dark=dark)
    assert chromium.run("document.documentElement.scrollWidth") <= width
    assert chromium.run("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    _, ((papers,),) = query(reported, "SELECT count(*) FROM papers")
    assert chromium.run("paperlake.map.papers.titles.length") == papers
    drawn = "new Set(paperlake.map.pixels).size"
    assert chromium.run(drawn) > 3, "no dots were drawn"
    assert not chromium.complaints
    assert not [address for address in chromium.requests if not address.startswith(("data:", "blob:"))]


def test_clicks_and_keys_choose_topics(chromium: Browser, reported: Lake) -> None:
    chromium.open(reported.report)
    assert click_on_a_paper(chromium)
    heading = "document.getElementById('panel-heading').textContent"
    first = chromium.run(heading)
    labels = {row[0] for row in query(reported, "SELECT label FROM topics WHERE level = 2")[1]}
    assert first in labels
    press = "document.getElementById('map').dispatchEvent(new KeyboardEvent('keydown', {{key: '{}', bubbles: true}}))"
    chromium.run(press.format("n"))
    second = chromium.run(heading)
    assert second in labels - {first}
    assert second in chromium.run("document.getElementById('announcement').textContent")
    chromium.run(press.format("p"))
    assert chromium.run(heading) == first
    chromium.run(press.format("Escape"))
    assert chromium.run(heading) == "Topics"
    # in one go: a glide that is under way changes the zoom by itself
    zoom = "paperlake.map.zoom"
    assert chromium.run(
        f"(() => {{ const before = {zoom}; {press.format('+')}; return {zoom} > before; }})()"
    )
    assert not chromium.complaints


CARD = "document.getElementById('panel-paper')"


def test_a_clicked_paper_shows_its_abstract_and_is_marked_in_the_list(
    chromium: Browser, reported: Lake
) -> None:
    chromium.open(reported.report)
    click_on_a_paper(chromium)
    paper_id = chromium.run("location.hash").removeprefix("#paper=")
    sql = "SELECT title, left(abstract, 60) FROM papers WHERE paper_id = ?"
    ((title, abstract),) = query(reported, sql, [paper_id])[1]
    card = " ".join(chromium.run(f"{CARD}.textContent").split())
    assert title in card
    assert abstract in card
    marked = "[...document.querySelectorAll('#panel-papers [aria-current]')].map((link) => link.textContent)"
    assert chromium.run(marked) == [title]
    assert chromium.run("document.activeElement.id") == "panel-paper-heading"
    assert chromium.run("paperlake.map.papers.idOf(paperlake.map.pinned)") == paper_id
    (near,) = chromium.run(
        f"(() => {{ const link = {CARD}.querySelector('.similar a'); link.click(); return [link.textContent]; }})()"
    )
    assert near in chromium.run(f"{CARD}.textContent")
    chromium.run(
        "new Promise((done) => { addEventListener('popstate', done, {once: true}); history.back(); })"
    )
    assert title in chromium.run(f"{CARD}.textContent")
    assert not chromium.complaints


def test_addresses_of_papers_and_topics_open_them(chromium: Browser, reported: Lake) -> None:
    ((paper_id, title),) = query(
        reported, "SELECT paper_id, title FROM papers ORDER BY paper_id DESC LIMIT 1"
    )[1]
    ((topic_id, label),) = query(reported, "SELECT topic_id, label FROM topics ORDER BY topic_id LIMIT 1")[1]
    chromium.open(reported.report, fragment=f"paper={paper_id}")
    assert title in chromium.run(f"{CARD}.textContent")
    chromium.open(reported.report, fragment=f"topic={topic_id}")
    assert chromium.run("document.getElementById('panel-heading').textContent") == label
    assert chromium.run(f"{CARD}.hidden")
    for unknown in ("paper=0000000000000000", "topic=x", "%00", "topics-section"):
        chromium.open(reported.report, fragment=unknown)
        assert chromium.run("document.getElementById('panel-heading').textContent") == "Topics"
    assert not chromium.complaints


def test_labels_are_beside_dots(chromium: Browser, reported: Lake) -> None:
    chromium.open(reported.report)
    covered = chromium.run(
        """(() => {
          const map = paperlake.map, view = map.view();
          return map.labels.boxes.map((box) => map.dots.countIn(view, box, map.radius(), Infinity));
        })()"""
    )
    assert covered
    assert sum(count == 0 for count in covered) >= 0.8 * len(covered), covered


def test_search_ignores_case_and_accents(chromium: Browser, reported: Lake) -> None:
    chromium.open(reported.report)
    _, ((title,),) = query(reported, "SELECT title FROM papers ORDER BY paper_id LIMIT 1")
    chromium.run(
        "(async () => { const field = document.getElementById('search');"
        f" field.value = {title.upper()!r}; field.dispatchEvent(new Event('input'));"
        " await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))); })()"
    )
    assert title in chromium.run("document.getElementById('panel-papers').textContent")
    assert chromium.run("paperlake.map.matches.reduce((sum, one) => sum + one, 0)") >= 1
    assert not chromium.complaints


def test_dark_mode_prints_light_and_unfolded(chromium: Browser, reported: Lake) -> None:
    chromium.open(reported.report, dark=True)
    state = "[document.documentElement.dataset.theme, document.querySelectorAll('.topic[open]').length]"
    topics = chromium.run("document.querySelectorAll('.topic').length")
    assert chromium.run(f"dispatchEvent(new Event('beforeprint')), {state}") == ["light", topics]
    assert chromium.run(f"dispatchEvent(new Event('afterprint')), {state}") == ["dark", 0]


def test_a_page_without_papers(chromium: Browser, lake: Lake, tmp_path: Path) -> None:
    from paperlake.report.content import read_content
    from paperlake.report.rendering import render
    from tests.support.pages import make_warehouse

    make_warehouse(lake)
    write_bytes(lake.report, render(read_content(lake)).encode())
    chromium.open(lake.report)
    assert chromium.run("document.getElementById('map-problem').textContent") == "There are no papers yet."
    assert not chromium.complaints
