"""What 40, 80 and 200 columns show: no line is wider, and no word of a short value is broken."""

import io

import pytest
from rich.console import Console

from paperlake.terminal import console, screens

STAGES = [
    ["raw_dumps", "built", "6 files", 0.1],
    ["papers", "built", "164 papers, 218 paper sources, 84 paper counts, 4 matches", 1.3],
    ["paper_embeddings", "unchanged", "164 embeddings", None],
]
PAPER = {
    "title": "A Simple and Effective L_2 Norm-Based Strategy for KV Cache Compression",
    "paper_id": "28eaf5a151d81fe6", "published_date": None, "topic": "KV cache", "similarity": 0.57,
}  # fmt: skip

RUN_AT_40 = """\
row 1
  stage    raw_dumps
  result   built
  rows     6 files
  seconds  0.1
row 2
  stage    papers
  result   built
  rows     164 papers, 218 paper
           sources, 84 paper counts, 4
           matches
  seconds  1.3
row 3
  stage    paper_embeddings
  result   unchanged
  rows     164 embeddings
  seconds
"""
PAPER_AT_40 = """\
  1  A Simple and Effective L_2
     Norm-Based Strategy for KV Cache
     Compression
     28eaf5a151d81fe6 · KV cache
     meaning 0.57
"""


@pytest.fixture
def at_width(monkeypatch: pytest.MonkeyPatch):
    def terminal(width: int) -> io.StringIO:
        file = io.StringIO()
        monkeypatch.setattr(
            console, "out", Console(width=width, file=file, force_terminal=True, color_system=None)
        )
        return file

    return terminal


def lines(file: io.StringIO) -> str:
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def test_a_run_in_40_columns_is_one_block_per_stage(at_width) -> None:
    shown = at_width(40)
    console.show_rows(["stage", "result", "rows", "seconds"], STAGES)
    assert lines(shown) == RUN_AT_40


def test_a_found_paper_in_40_columns_goes_on_below_its_beginning(at_width) -> None:
    shown = at_width(40)
    screens.show_papers([PAPER])
    assert lines(shown) == PAPER_AT_40


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_short_values_are_whole(at_width, width: int) -> None:
    shown = at_width(width)
    console.show_rows(["stage", "built at (UTC)", "rows", "stale because"], [
        ["paper_embeddings", "2025-06-09 06:00", "164 papers, 218 paper sources", "its inputs have changed"],
    ], title="Stages of a lake")  # fmt: skip
    screens.show_papers([PAPER])
    text = shown.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for whole in ("paper_embeddings", "2025-06-09 06:00", "28eaf5a151d81fe6", "Stages of a lake"):
        assert whole in text


def test_80_columns_show_a_table_and_200_show_it_without_wrapping(at_width) -> None:
    for width, rows in ((80, 8), (200, 7)):
        shown = at_width(width)
        console.show_rows(["stage", "result", "rows", "seconds"], STAGES)
        assert "━" in shown.getvalue()
        assert len(shown.getvalue().splitlines()) == rows


def test_numbers_that_are_no_numbers_and_small_ones_are_shown_as_they_are() -> None:
    assert console.printable(float("nan")) == "nan"
    assert console.printable(float("-inf")) == "-inf"
    assert console.printable(0.00002) == "2.00e-05"
    assert console.printable(0.0) == "0.0"
