"""Layouts of the commands: an explanation must show how a score is composed."""

import pytest

from paperlake.dedup.explain import ExplainedMatch, Explanation, waterfall
from paperlake.terminal.screens import MAX_WATERFALLS, show_explanation
from tests.support.dedup_building import entry, run
from tests.support.hard_pairs import CELL, CELL_REWORDED, TITLE_CELL


def match() -> ExplainedMatch:
    """Return the match of two similar texts."""
    rows = [entry(TITLE_CELL, CELL), entry(TITLE_CELL, CELL_REWORDED, number=2)]
    row = run(rows).matches.row(0, named=True)
    fields = {name: value for name, value in row.items() if not name.startswith("contribution_")}
    return ExplainedMatch(title_a=TITLE_CELL, title_b=TITLE_CELL, waterfall=waterfall(row), **fields)


@pytest.mark.parametrize("count", [1, MAX_WATERFALLS + 1])
def test_an_explanation_shows_waterfalls(capsys, count):
    found = match()
    show_explanation(Explanation("p", {"title": "T", "paper_id": "p"}, (), (), (found,) * count, ()))
    shown = capsys.readouterr().out
    for text in ("intercept", "+3.81", "log1m title similarity", "sum (logit)", f"{found.score:.3f}", "same"):
        assert text in shown
    assert shown.count("sum (logit)") == min(count, MAX_WATERFALLS)
    assert ('paperlake sql "FROM matches"' in shown) is (count > MAX_WATERFALLS)
