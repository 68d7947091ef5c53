"""Stages are made once, checked before they are published, and heal after an interruption."""

import polars as pl
import pytest
from paperlake.stages.OLD import Made, fingerprint, last_result, upstream

from paperlake.catalogue.paper_tables import PAPER_COUNTS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import CheckFailedError, run_stage

TABLE = "paper_counts"


def rows(votes: int) -> pl.DataFrame:
    from datetime import date

    row = {
        "paper_id": "0" * 16,
        "snapshot_date": date(2025, 1, 1),
        "dump_id": "1" * 16,
        "upvote_count": votes,
    }
    return PAPER_COUNTS.frame([row])


def made(votes: int) -> Made:
    return Made(tables={TABLE: rows(votes)}, facts={"votes": votes})


def never() -> Made:
    raise AssertionError("this stage must not be made again")


def test_an_unchanged_stage_is_not_made_again(lake: Lake) -> None:
    first = run_stage(lake, "papers", "a", lambda: made(1))
    again = run_stage(lake, "papers", "a", never)
    assert (first.reused, again.reused) == (False, True)
    assert again.checks == first.checks
    assert again.facts == {"votes": 1}
    assert again.row_counts == {TABLE: 1}


def test_a_changed_input_makes_it_again(lake: Lake) -> None:
    run_stage(lake, "papers", "a", lambda: made(1))
    run_stage(lake, "papers", "b", lambda: made(2))
    assert lake.read_table(TABLE)["upvote_count"].to_list() == [2]
    assert upstream(lake, "papers") == "b"


def test_a_failing_check_keeps_the_previous_table_and_names_the_row(lake: Lake) -> None:
    run_stage(lake, "papers", "a", lambda: made(1))
    broken = rows(3).with_columns(pl.lit("").alias("paper_id"))
    with pytest.raises(CheckFailedError, match="paper_counts_schema: 1 of 1 rows fail") as error:
        run_stage(lake, "papers", "b", lambda: Made(tables={TABLE: broken}))
    assert "dump_id 1111111111111111" in str(error.value)
    assert lake.read_table(TABLE)["upvote_count"].to_list() == [1]
    assert run_stage(lake, "papers", "a", never).reused


def test_a_file_that_is_gone_is_made_again(lake: Lake) -> None:
    run_stage(lake, "papers", "a", lambda: made(1))
    lake.table(TABLE).unlink()
    assert not run_stage(lake, "papers", "a", lambda: made(1)).reused


def test_an_interruption_while_publishing_never_leaves_a_valid_stamp(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A to B, killed between two files, and back to A: the files are B's, so A's stamp must not be believed."""
    run_stage(lake, "papers", "a", lambda: made(1))
    write = Lake.write_table

    def killed_after_the_first_file(self: Lake, name: str, frame: pl.DataFrame) -> None:
        write(self, name, frame)
        raise KeyboardInterrupt

    monkeypatch.setattr(Lake, "write_table", killed_after_the_first_file)
    with pytest.raises(KeyboardInterrupt):
        run_stage(lake, "papers", "b", lambda: made(2))
    monkeypatch.undo()
    assert last_result(lake, "papers") is None
    assert not run_stage(lake, "papers", "a", lambda: made(1)).reused
    assert lake.read_table(TABLE)["upvote_count"].to_list() == [1]


def test_settings_that_decide_tables_change_the_fingerprint_and_others_do_not(settings: Settings) -> None:
    base = fingerprint("topics", settings, "x")
    assert fingerprint("topics", settings.model_copy(update={"topic_min_papers": 9}), "x") != base
    assert fingerprint("topics", settings.model_copy(update={"sensor_seconds": 99}), "x") == base
    assert fingerprint("topics", settings, "y") != base
