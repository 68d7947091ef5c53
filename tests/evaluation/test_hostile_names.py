"""Titles and names of embedders that would move a cursor or break a file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from paperlake.evaluation.comparing import compare
from paperlake.evaluation.judged_papers import judge_papers
from paperlake.evaluation.set_files import write_set
from paperlake.settings import Settings
from paperlake.terminal.evaluation_screen import show_evaluation
from tests.support.planted_judgements import embedded, judged, papers

HOSTILE = '\x1b[31m{[bold]}\n\tquote" \u202e<script> $\\frac{'


def test_the_table_has_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    found = judged(60)
    pair = [embedded(found, name, 1.0) for name in (HOSTILE, "plain")]
    show_evaluation(compare(found, [pair[0], replace(pair[1])], Settings(), 0))
    shown = capsys.readouterr().out
    assert "[bold]" in shown
    assert not {"\x1b", "\u202e", "\t"} & set(shown)


def test_a_set_keeps_hostile_titles_in_their_lines(tmp_path: Path) -> None:
    found = papers(60, title=HOSTILE)
    others = found.select("paper_id", "title", "abstract", entry_id="paper_id")
    authors = found.select("paper_id", name_key="title")
    write_set(judge_papers(found, authors, others), tmp_path / "set", 0)
    lines = (tmp_path / "set/corpus.jsonl").read_text().splitlines()
    assert [json.loads(line)["title"] for line in lines] == found["title"].to_list()
    assert len((tmp_path / "set/qrels/titles.tsv").read_text().splitlines()) == 61
