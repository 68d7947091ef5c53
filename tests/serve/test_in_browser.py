"""Pages in a real browser: they fit a phone, complain of nothing and ask nobody else; the keyboard reaches all."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from paperlake.lake import Lake
from tests.serve.conftest import serving
from tests.support.browser import Browser, browser, find_chromium
from tests.support.reading_lists import paper_ids, put_list, remove_lists

CHROMIUM = find_chromium()
WIDTHS = (390, 1280)
MAX_PARTS = 20  # stops within fields
PATHS = ("/", "/search?q=models&min_upvotes=1", "/papers/{paper}", "/topics", "/topics/{topic}", "/new", "/top",
         "/rising", "/map", "/map?topic={topic}", "/lists", "/lists/ponds", "/quality", "/api", "/authors/{author}",
         "/organizations/{organization}", "/papers/none")  # fmt: skip

# The elements that Tab shall reach, in the order of the page; those that are hidden or closed are left out.
REACHABLE = """
[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && one.getClientRects().length)
"""
CUT_PLACEHOLDERS = """
(() => {
    const drawing = document.createElement('canvas').getContext('2d');
    return [...document.querySelectorAll('[placeholder]')].filter((one) => {
        const style = getComputedStyle(one);
        drawing.font = style.font;
        const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        return one.checkVisibility() && drawing.measureText(one.placeholder).width > room;
    }).map((one) => one.placeholder).join();
})()
"""
START = f"""
window.reachable = {REACHABLE}; window.seen = []; window.marks = [];
document.activeElement.blur(); window.scrollTo(0, 0);
JSON.stringify([reachable.length, reachable[0].outerHTML.slice(0, 80)])
"""
NOTE = """
(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    const isMarked = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const isShown = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return JSON.stringify([reachable.indexOf(one), isMarked, isShown, one.outerHTML.slice(0, 100)]);
})()
"""


@pytest.fixture(scope="module")
def opened(
    served: Lake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Browser, str, dict[str, str]]]:
    with (
        serving(served) as (address, client),
        browser(str(CHROMIUM), tmp_path_factory.mktemp("keyboard") / "profile") as started,
    ):
        found = client.get("/api/v1/search", params={"sort": "votes"}).json()
        paper = found["rows"][0]["paper_id"]
        put_list(served, "ponds.txt", *paper_ids(served)[:8], "2401.99999")
        details = client.get(f"/api/v1/papers/{paper}").json()
        names = {
            "paper": paper,
            "topic": client.get("/api/v1/topics").json()["rows"][0]["topic_id"],
            "author": quote(details["authors"][0]["name_key"]),
            "organization": quote(found["facets"]["organization"][0]["value"]),
        }
        yield started, address, names
    remove_lists(served)


def press_tab(page: Browser) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_without_complaints_and_asks_nobody_else(
    opened: tuple[Browser, str, dict[str, str]], path: str
) -> None:
    page, address, names = opened
    page.complaints.clear()
    page.requests.clear()
    for width in WIDTHS:
        show(page, address + path.format(**names), width)
        assert page.run("document.documentElement.scrollWidth") <= width
        assert not page.run(CUT_PLACEHOLDERS)
    if path != "/papers/none":  # which the browser notes as not found
        assert not page.complaints
    assert all(one.startswith((address, "data:")) for one in page.requests)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
@pytest.mark.parametrize("path", PATHS)
def test_tab_reaches_everything_in_order(opened: tuple[Browser, str, dict[str, str]], path: str) -> None:
    page, address, names = opened
    show(page, address + path.format(**names))
    count, first = json.loads(page.run(START))
    assert "#main" in first
    reached: list[list[Any]] = []
    for _ in range(count + MAX_PARTS):
        press_tab(page)
        now = json.loads(page.run(NOTE))
        if not reached or now[0] != reached[-1][0]:  # a field for a day has a stop for each of its parts
            reached.append(now)
        if now[0] in {count - 1, -1}:
            break
    assert [place for place, *_ in reached] == list(range(count))
    assert not [one for _, is_marked, _, one in reached if not is_marked], "no visible focus"
    assert not [one for _, _, is_shown, one in reached if not is_shown], "out of sight"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
def test_the_skip_link_leads_past_the_navigation(opened: tuple[Browser, str, dict[str, str]]) -> None:
    page, address, _ = opened
    show(page, f"{address}/topics")
    page.run(START)
    press_tab(page)
    page.call(
        "Input.dispatchKeyEvent",
        type="keyDown",
        key="Enter",
        code="Enter",
        windowsVirtualKeyCode=13,
        text="\r",
    )
    press_tab(page)
    assert page.run("document.getElementById('main').contains(document.activeElement)")


def show(page: Browser, address: str, width: int = WIDTHS[-1]) -> None:
    page.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=860, deviceScaleFactor=1, mobile=False
    )
    page.call("Page.navigate", url=address)
    page.run(
        f"new Promise((done) => {{ const look = () => location.href === {json.dumps(address)} && "
        "document.readyState === 'complete' ? done() : setTimeout(look, 10); look(); })"
    )
