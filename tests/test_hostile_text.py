"""Titles, abstracts and file names that attack whoever shows them are text everywhere: page, terminal, UI, CSV.

One lake is filled from dumps of such texts; every place that shows them is looked at.
"""

import csv
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from paperlake.export.exporting import export
from paperlake.lake import Lake
from paperlake.report.payload import unpacked
from paperlake.settings import Settings
from paperlake.text.display import BIDI_CONTROLS, excerpt, one_line
from paperlake.warehouse.reading import query
from pipelines.definitions import build_definitions
from tests.support.browser import browser, find_chromium
from tests.support.command import paperlake
from tests.support.hostile_texts import FILE_NAME, MARKS, TITLES, hostile_dump, steering, stored_titles
from tests.support.lakes import fill
from tests.support.pages import Element, parse

PROJECT = Path(__file__).resolve().parent.parent
CHROMIUM = find_chromium()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with a name of its own kind, filled by the pipeline as the UI runs it."""
    lake = Lake.open(tmp_path_factory.mktemp("hostile") / "<b>lake [b] =1+1")
    (lake.raw / FILE_NAME).write_text(hostile_dump())
    listing = f"Apr 2\n\n<script>x</script> listed\n\nAn abstract \x1b[31mwith {MARKS} marks.\n"
    (lake.raw / "listing\x1b[31m.txt").write_text(listing)
    fill(lake, Settings(lake=lake.root, embedder="hashing", topic_min_papers=2))
    return lake


def test_the_texts_came_through_the_pipeline_or_this_file_tests_nothing(hostile: Lake) -> None:
    stored = " ".join(stored_titles(hostile))
    assert len(stored_titles(hostile)) >= len(TITLES) - 1
    for part in ("<script>", "onerror=", "](javascript:", "=cmd|", "\u202e", "\u2066", "DROP TABLE"):
        assert part in stored
    assert query(hostile, "SELECT count(*) FROM rejects")[1][0][0] >= 2


# The page


@pytest.fixture(scope="module")
def page(hostile: Lake) -> Element:
    return parse(hostile.report.read_text())


def test_the_page_holds_no_element_of_a_title(page: Element) -> None:
    ours = {script.attributes.get("type", "script") for script in page.all("script")}
    assert ours == {"script", "application/json", "text/plain"}
    assert not page.all("img", "iframe", "b", "u", "object", "embed", "base", "form-data")
    assert not [
        element for element in page.all() if any(name.startswith("on") for name in element.attributes)
    ]


def test_the_page_shows_titles_as_they_are_and_nothing_that_turns_them_around(
    hostile: Lake, page: Element
) -> None:
    (main,) = page.all("main")
    shown = main.text
    assert not BIDI_CONTROLS & set(shown)
    assert not [char for char in shown if unicodedata.category(char) == "Cc" and char != "\n"]
    assert "<img src=x onerror='window.pwned = 1'> Retrieval" in shown
    for title in stored_titles(hostile):
        assert excerpt(title, 60).rstrip("…") in shown


def test_the_map_holds_every_title_on_one_line(hostile: Lake, page: Element) -> None:
    (titles,) = [e for e in page.all("script") if e.attributes.get("id") == "papers-title"]
    lines = unpacked(titles.text).decode().split("\n")
    expected = {" ".join(one_line(title).split())[:100] for title in stored_titles(hostile)}
    assert {line[:100] for line in lines} == expected
    assert not any(steering(line) for line in lines)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
def test_a_browser_runs_nothing_of_a_title(hostile: Lake, tmp_path: Path) -> None:
    with browser(str(CHROMIUM), tmp_path / "profile") as opened:
        opened.open(hostile.report, width=380)
        for words in ("script", "onerror", "javascript"):
            opened.run(
                "(async () => { const field = document.getElementById('search');"
                f" field.value = '{words}'; field.dispatchEvent(new Event('input'));"
                " await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))); })()"
            )
            assert words in opened.run("document.getElementById('panel-papers').textContent")
        assert opened.run("typeof window.pwned") == "undefined"
        assert opened.run("document.querySelectorAll('img, iframe, main b, main u').length") == 0
        assert opened.run("document.documentElement.scrollWidth") <= 380, "a long word broke the layout"
        assert not opened.complaints
        assert not [address for address in opened.requests if not address.startswith(("data:", "blob:"))]


# The terminal


def commands(lake: Lake) -> dict[str, list[str]]:
    paper_id = query(lake, "SELECT paper_id FROM papers WHERE title LIKE '%Invoice%'")[1][0][0]
    dump = str(lake.raw / FILE_NAME)
    where = ["--lake", str(lake.root)]
    return {
        "status": ["status", *where],
        "search": ["search", "script attention \x1b[31m invoice \u202e", *where],
        "similar": ["similar", paper_id, *where],
        "explain": ["explain", paper_id, *where],
        "sql": ["sql", "SELECT title, abstract, authors, organization, keywords FROM papers", *where],
        "sql of few columns": ["sql", "SELECT title FROM papers", *where],
        "sql with a hostile name": ["sql", 'SELECT 1 AS "\x1b[31m\u202e"', *where],
        "sql that fails": ["sql", "SELECT '\x1b[31m\u202e' FROM nowhere\x1b[31m", *where],
        "sql rejects": ["sql", "FROM rejects", *where],
        "topics": ["sql", "SELECT label, keywords FROM topics", *where],
        "parse": ["parse", dump],
        "parse a listing": ["parse", str(lake.raw / "listing\x1b[31m.txt")],
        "no such paper": ["explain", "\x1b[31m\u202e", *where],
        "no such lake": ["status", "--lake", "/no/\x1b[31m\u202e"],
        "run": ["run", *where],
        **{
            f"{name} as JSON": [*arguments, "--json"]
            for name, arguments in {
                "status": ["status", *where],
                "search": ["search", "script", *where],
                "explain": ["explain", paper_id, *where],
                "sql": ["sql", "FROM papers", *where],
                "parse": ["parse", dump],
            }.items()
        },
    }


COMMANDS = (
    "status", "search", "similar", "explain", "sql", "sql of few columns", "sql with a hostile name",
    "sql that fails", "sql rejects", "topics", "parse", "parse a listing", "no such paper", "no such lake",
    "run", "status as JSON", "search as JSON", "explain as JSON", "sql as JSON", "parse as JSON",
)  # fmt: skip


# One command that prints tables, and the one that prints most of what others wrote: Dagster's messages.
IN_PROCESSES = ("sql", "run")


def shown_by(lake: Lake, command: str) -> str:
    """Return what a command prints."""
    if command not in IN_PROCESSES:
        done = paperlake(*commands(lake)[command], COLUMNS="160", PAPERLAKE_TOPIC_MIN_PAPERS="2")
        return (done.stdout + done.stderr).encode().decode()
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "PAPERLAKE_EMBEDDER": "hashing", "COLUMNS": "160",
        "PAPERLAKE_TOPIC_MIN_PAPERS": "2", "PYTHONUTF8": "1", "PYTHONPATH": str(PROJECT / "src"),
    }  # fmt: skip
    process = subprocess.run(
        [sys.executable, "-m", "paperlake", *commands(lake)[command]],
        capture_output=True, check=False, cwd=PROJECT, env=environment,
    )  # fmt: skip
    return (process.stdout + process.stderr).decode()


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_lets_a_text_steer_the_terminal(hostile: Lake, command: str) -> None:
    shown = shown_by(hostile, command)
    assert shown.strip()
    assert "Traceback" not in shown
    assert not steering(shown), f"{steering(shown)!r} in {shown[:2000]!r}"


def test_markup_of_the_terminal_is_shown_as_it_is(hostile: Lake) -> None:
    done = paperlake("sql", "SELECT title FROM papers", "--lake", hostile.root, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "[bold red]Markup of the terminal[/bold red]" in done.stdout


# The Dagster UI


@pytest.fixture(scope="module")
def told(hostile: Lake, tmp_path_factory: pytest.TempPathFactory) -> dg.ExecuteInProcessResult:
    """What a run tells the UI."""
    lake = Lake.open(tmp_path_factory.mktemp("told") / "lake")
    for dump in hostile.raw.iterdir():
        (lake.raw / dump.name).write_bytes(dump.read_bytes())
    settings = Settings(lake=lake.root, embedder="hashing", topic_min_papers=2)
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(settings).resolve_job_def("everything")
        return job.execute_in_process(instance=instance)


def metadata_of(result: dg.ExecuteInProcessResult) -> Iterator[tuple[str, dg.MetadataValue]]:
    for event in result.get_asset_materialization_events():
        for name, value in event.materialization.metadata.items():
            yield f"{event.asset_key.to_user_string()}/{name}", value
    for check in result.get_asset_check_evaluations():
        for name, value in check.metadata.items():
            yield f"{check.check_name}/{name}", value


def test_tables_of_the_ui_hold_one_safe_line_per_cell(told: dg.ExecuteInProcessResult) -> None:
    """The UI shows cells of a table as text; a picture is the only Markdown."""
    values = dict(metadata_of(told))
    tables = {name: value for name, value in values.items() if isinstance(value, dg.TableMetadataValue)}
    cells = [
        str(cell) for value in tables.values() for record in value.records for cell in record.data.values()
    ]
    assert len(tables) >= 10
    assert any("<script" in cell for cell in cells), "no hostile text came this far"
    assert not [cell for cell in cells if steering(cell) or "\n" in cell]
    markdown = [value.md_str for value in values.values() if isinstance(value, dg.MarkdownMetadataValue)]
    assert all(text.startswith("![topic_map](data:") for text in markdown)


def test_other_metadata_of_the_ui_holds_nothing_that_steers(told: dg.ExecuteInProcessResult) -> None:
    """The UI escapes it, but logs and the command line of Dagster print it as it is."""
    for name, value in metadata_of(told):
        if isinstance(value, dg.TextMetadataValue):
            assert not steering(value.text or ""), name


# Files for spreadsheets


def read(file: Path) -> str:
    """A file with its line ends as they are."""
    return file.read_bytes().decode()


def test_no_cell_of_the_csv_is_a_formula(hostile: Lake, tmp_path: Path) -> None:
    csv.field_size_limit(1 << 20)
    export(hostile, tmp_path / "out", "csv")
    for file in (tmp_path / "out").glob("*.csv"):
        content = read(file)
        assert not [char for char in content if char in BIDI_CONTROLS], file.name
        rows = [*csv.reader(content.splitlines(keepends=True))]
        for cell in (cell for row in rows for cell in row):
            if not re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell):
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (file.name, cell)
    titles = [*csv.DictReader(read(tmp_path / "out/papers.csv").splitlines(keepends=True))]
    assert "'=cmd|'/c calc'!A1" in {row["title"] for row in titles}
