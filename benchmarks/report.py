"""Measure size, rendering, opening and moving of the report in a browser, at 100,000 generated papers.

`--papers N` sets the size, `--keep DIR` keeps the lake. Opening and moving are measured in
headless chromium if it is on the path.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.lake.files import to_arrow, write_bytes
from paperlake.report.checks import check_page
from paperlake.report.content import read_content
from paperlake.report.rendering import render
from paperlake.text.sql_files import read_sql

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the browser is shared with the tests
from tests.support.browser import browser, find_chromium

PAPERS = 100_000
TOPICS, SUBTOPICS = 30, 240
WORDS = 20_000  # of the generated titles, with the frequencies of Zipf's law
TITLE_WORDS = (5, 15)
ABSTRACT_TITLES = 20  # as many titles make an abstract
SEED = 7
LETTERS = np.array(list("etaoinshrdlucmfwypvbgkqjxz"))

# Milliseconds per redraw while the map moves, at three zoom levels, after warm-up frames; and per search.
MEASURING = """
(async () => {
  const map = paperlake.map;
  const at = (all, part) => +[...all].sort((a, b) => a - b)[Math.floor(part * (all.length - 1))].toFixed(1);
  const result = {};
  for (const zoom of [1, 3, 10]) {
    map.centre = { ...map.home }; map.zoom = zoom; map.keepInside();
    const gaps = [];
    const draws = [];
    let last = 0;
    for (let k = 0; k < 90; k++) {
      map.pan(k % 20 < 10 ? 9 : -9, k % 2 ? 3 : -3);
      const began = performance.now();
      map.draw();
      const done = performance.now();
      await new Promise((next) => requestAnimationFrame(next));
      if (k >= 30) { draws.push(done - began); gaps.push(performance.now() - last); }
      last = performance.now();
    }
    result[`drawing at zoom ${zoom}`] = [at(draws, 0.5), at(draws, 0.95)];
    result[`frame at zoom ${zoom}`] = [at(gaps, 0.5), at(gaps, 0.95)];
  }
  const heading = document.getElementById("panel-heading");
  const field = document.getElementById("search");
  for (const time of ["first", "next"]) {
    const began = performance.now();
    field.value = paperlake.map.papers.titles[0].slice(0, 5);
    field.dispatchEvent(new Event("input"));
    while (heading.textContent !== "Found") await new Promise((next) => setTimeout(next, 1));
    result[`${time} search`] = [Math.round(performance.now() - began)];
    field.value = "";
    field.dispatchEvent(new Event("input"));
    while (heading.textContent === "Found") await new Promise((next) => setTimeout(next, 1));
  }
  return result;
})()
"""


def made_up_titles(count: int, random: np.random.Generator) -> list[str]:
    lengths = random.integers(3, 12, WORDS)
    words = ["".join(random.choice(LETTERS, length)) for length in lengths]
    chances = 1 / np.arange(3, WORDS + 3)
    sizes = random.integers(*TITLE_WORDS, count)
    drawn = iter(random.choice(words, sizes.sum(), p=chances / chances.sum()))
    return [" ".join(next(drawn) for _ in range(size)).capitalize() for size in sizes]


def make_tables(count: int) -> dict[str, pl.DataFrame]:
    """Write the tables that the report reads, for `count` papers in separate areas."""
    random = np.random.default_rng(SEED)
    titles = made_up_titles(count, random)
    subtopic = random.integers(0, SUBTOPICS, count)
    centres = random.uniform((-1.4, -1.0), (1.4, 1.0), (SUBTOPICS, 2))
    places = centres[subtopic] + random.normal(0, 0.045, (count, 2))
    days = random.integers(0, 4000, count)
    last = date(2025, 10, 31)
    ids = [sha256(str(number).encode()).hexdigest()[:16] for number in range(count)]
    papers = [
        {"paper_id": ids[i], "title": titles[i],
         "abstract": " ".join(titles[i : i + ABSTRACT_TITLES]),
         "published_date": last - timedelta(days=int(days[i])),
         "upvote_count": int(days[i]) % 97, "source_count": 1,
         "arxiv_id": f"{random.integers(1501, 2512):04d}.{i % 100_000:05d}", "dump_count": 1}
        for i in range(count)
    ]  # fmt: skip
    topic_ids = [f"{10**6 + number:016x}" for number in range(TOPICS + SUBTOPICS)]
    topics = [
        {"topic_id": topic_ids[n], "level": 1, "label": titles[n][:40], "keywords": titles[n].split()[:8],
         "paper_count": int((subtopic % TOPICS == n).sum()), "representative_paper_ids": ids[:3],
         "x": float(centres[n::TOPICS, 0].mean()), "y": float(centres[n::TOPICS, 1].mean())}
        for n in range(TOPICS)
    ]  # fmt: skip
    topics += [
        {"topic_id": topic_ids[TOPICS + s], "parent_topic_id": topic_ids[s % TOPICS], "level": 2,
         "label": titles[TOPICS + s][:40], "keywords": titles[TOPICS + s].split()[:8],
         "paper_count": int((subtopic == s).sum()), "representative_paper_ids": ids[s : s + 3],
         "x": float(centres[s, 0]), "y": float(centres[s, 1])}
        for s in range(SUBTOPICS)
    ]  # fmt: skip
    filed = [
        {"paper_id": ids[i], "topic_id": topic_ids[TOPICS + subtopic[i]], "level": 2, "score": 0.5,
         "centrality": 0.5, "is_outlier": bool(i % 10 == 0), "x": float(places[i, 0]),
         "y": float(places[i, 1])}
        for i in range(count)
    ]  # fmt: skip
    months = sorted({paper["published_date"].replace(day=1) for paper in papers})
    trends = [
        {"topic_id": topic_ids[n], "month": month, "share": 1 / TOPICS,
         "paper_count": int(random.integers(5, 60))}
        for n in range(TOPICS)
        for month in months
    ]  # fmt: skip
    check = {"stage": "papers", "check_name": "made_up", "passed": True, "failed_row_count": 0,
             "checked_row_count": count, "checked_at": datetime(2025, 11, 1, tzinfo=UTC)}  # fmt: skip
    rows = {
        "papers": papers,
        "topics": topics,
        "paper_topics": filed,
        "topic_trends": trends,
        "stage_checks": [check],
    }
    return {table.name: table.frame(rows.get(table.name, [])) for table in stage_list.PIPELINE.public_tables}


def make_warehouse(lake: Lake, tables: dict[str, pl.DataFrame]) -> None:
    lake.warehouse.parent.mkdir(parents=True, exist_ok=True)
    lake.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(lake.warehouse)) as connection:
        for name, frame in tables.items():
            connection.register("incoming", to_arrow(frame))
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')
        connection.execute(read_sql("paperlake.warehouse", "views"))


def measure_in_browser(chromium: str, page: Path, profile: Path) -> None:
    with browser(chromium, profile) as opened:
        started = time.monotonic()
        opened.open(page)
        print(f"ready after             {(time.monotonic() - started) * 1000:>10,.0f} ms")
        for name, values in opened.run(MEASURING).items():
            print(f"{name:<24}{', '.join(f'{value:.1f}' for value in values):>10} ms")
        print(f"complaints, requests    {len(opened.complaints)}, {len(opened.requests)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=PAPERS)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    # processes of chromium may still write to the profile while it is deleted
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        lake = Lake.open(options.keep or Path(temporary) / "lake")
        make_warehouse(lake, make_tables(options.papers))
        started = time.monotonic()
        content = read_content(lake)
        read = time.monotonic()
        page = render(content)
        rendered = time.monotonic()
        assert not any(list(failures) for _, failures in check_page(page, content).values())
        checked = time.monotonic()
        write_bytes(lake.report, page.encode())
        print(f"papers                  {options.papers:>10,}")
        print(f"page                    {len(page.encode()) / 1e6:>10.1f} MB")
        print(
            f"read, render, check     {read - started:.1f}, {rendered - read:.1f}, {checked - rendered:.1f} s"
        )
        chromium = find_chromium()
        if chromium:
            measure_in_browser(chromium, lake.report, Path(temporary) / "profile")
        else:
            print("chromium is not on the path: opening and moving were not measured")


if __name__ == "__main__":
    main()
