"""The keyboard alone reaches every link and control, in order, with a visible mark; the first is a skip link."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from paperlake.lake import Lake
from tests.serve.conftest import serving
from tests.support.browser import Browser, browser, find_chromium

CHROMIUM = find_chromium()
MAX_PARTS = 20  # stops within fields
PATHS = ("/", "/search?q=models&min_upvotes=1", "/papers/{paper}", "/topics", "/topics/{topic}", "/new", "/top",
         "/rising", "/map", "/quality", "/api", "/authors/{author}", "/organizations/{organization}", "/papers/none")  # fmt: skip

# The elements that Tab shall reach, in the order of the page; those that are hidden or closed are left out.
REACHABLE = """
[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && one.getClientRects().length)
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
        details = client.get(f"/api/v1/papers/{paper}").json()
        names = {
            "paper": paper,
            "topic": client.get("/api/v1/topics").json()["rows"][0]["topic_id"],
            "author": quote(details["authors"][0]["name_key"]),
            "organization": quote(found["facets"]["organization"][0]["value"]),
        }
        yield started, address, names


def press_tab(page: Browser) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)


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


def show(page: Browser, address: str) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=1280, height=860, deviceScaleFactor=1, mobile=False)
    page.call("Page.navigate", url=address)
    page.run(
        f"new Promise((done) => {{ const look = () => location.href === {json.dumps(address)} && "
        "document.readyState === 'complete' ? done() : setTimeout(look, 10); look(); })"
    )
