"""Sentences and tables of the commands: right words, right numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from paperlake.status import LakeStatus
from paperlake.terminal import console, screens
from paperlake.terminal.bars import terminal_progress

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
FIT = {"fit_number": 1, "fitted_papers": 164, "papers_since_fit": 0, "papers_gone_since_fit": 0, "drift": 0.0}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(console.out, "_file", None)
    monkeypatch.setattr(console.err, "_file", None)

    def read() -> str:
        captured = capsys.readouterr()
        return " ".join((captured.out + captured.err).split())

    return read


class Result:
    def __init__(self, stage: str, finished_at: datetime, **row_counts: int) -> None:
        self.stage = stage
        self.row_counts = row_counts
        self.seconds = 0.04
        self.facts = {"file_megabytes": 6.2} if stage == "warehouse" else {}
        self.finished_at = finished_at


def status(**changed: Any) -> LakeStatus:
    known: dict[str, Any] = {
        "lake": "lake",
        "holder": None,
        "dump_count": 1,
        "new_dumps": 0,
        "stages": [],
        "rejects": [],
        "review_pair_count": 0,
        "stale_decisions": None,
        "stale_topic_decisions": None,
        "moved_topic_decisions": None,
        "stale_taxonomy": None,
        "unresolved_lines": [],
        "topic_fit": None,
    }
    return LakeStatus(**{**known, **changed})


def test_a_run_says_what_was_built(printed: Any) -> None:
    results = [
        Result("raw_dumps", NOON, inventory=6),
        Result("parsed_entries", NOON, entries=1, rejects=1, dumps=2),
        Result("papers", NOON - timedelta(days=1), papers=1),
        Result("warehouse", NOON, similar_papers=10),
    ]
    screens.show_run(results, NOON)  # type: ignore[arg-type]
    shown = printed()
    assert "built │ 6 files" in shown
    assert "built │ 1 entry, 1 reject, 2 dumps" in shown
    assert "unchanged │ 1 paper " in shown
    assert "built │ a file of 6.2 MB, 10 similar papers" in shown


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        (FIT, "Topics were fitted on 164 papers (fit 1)."),
        (
            {**FIT, "papers_since_fit": 1, "papers_gone_since_fit": 2, "drift": 0.25},
            "(fit 1). Since then: 1 paper added, 2 removed (drift 0.25, refit at 1).",
        ),
    ],
)
def test_status_names_the_fit(printed: Any, fit: dict[str, Any], sentence: str) -> None:
    screens.show_status(status(topic_fit=fit))
    shown = printed()
    assert sentence in shown
    assert "1 dump in raw/" in shown


def test_stale_decisions_are_named_by_run_and_status(printed: Any) -> None:
    line = "topics.csv, line 3: there is no topic 0123456789abcdef; the line has no effect."
    screens.show_status(status(stale_topic_decisions=line))
    assert f"curated/{line}" in printed()
    result = Result("topics", NOON, topics=2)
    result.facts = {"stale_topic_decisions": line}
    screens.show_run([result], NOON)  # type: ignore[list-item]
    assert f"curated/{line}" in printed()


def test_status_shows_rejects(printed: Any) -> None:
    reject = {"path": "a.txt", "where": "lines 3-4", "reason": "Not read.", "text": "x" * 200}
    screens.show_status(status(rejects=[reject] * (screens.MAX_REJECTS + 1)))
    shown = printed()
    assert "a.txt │ lines 3-4 │ Not read." in shown
    assert "and 1 more" in shown


def test_a_dump_with_one_reject(printed: Any) -> None:
    dump = {
        "format": "listing_text",
        "layout": "cards",
        "line_count": 1,
        "snapshot_date": None,
        "listed_date": None,
    }
    reject = {"line_start": 1, "line_end": 1, "entry_number": None, "reason": "Not read.", "text": "x"}
    screens.show_dump("a.txt", dump, pl.DataFrame(), pl.DataFrame([reject]))
    assert printed() == "a.txt: listing_text cards, 1 line: 0 entries, 1 reject rejected line 1: Not read. x"


def test_one_unit_of_progress(printed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.err, "_force_terminal", False)
    with terminal_progress().task("Reading dumps", 1, "dumps") as advance:
        advance(1)
    assert printed() == "Reading dumps: 1 dump"
