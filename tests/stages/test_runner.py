"""The runner: a stage is built once, checked before the commit, and complete after an interruption."""

from datetime import date

import polars as pl
import pytest

from paperlake import stage_list
from paperlake.catalogue.files import TOPIC_MAP
from paperlake.catalogue.paper_tables import PAPER_COUNTS, PAPERS
from paperlake.catalogue.table import File
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.checks import Check, check
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import CheckFailedError, StageResult, committed_checks, run_stage
from paperlake.stages.stage import Stage

NOTE = File("note", "papers", "A file that users open.", ".txt", "papers/note.txt")


def rows(votes: int) -> pl.DataFrame:
    row = {
        "paper_id": "0" * 16,
        "snapshot_date": date(2025, 1, 1),
        "dump_id": "1" * 16,
        "upvote_count": votes,
    }
    return PAPER_COUNTS.frame([row])


@check(PAPER_COUNTS, "votes_are_few")
def votes_are_few(reader) -> tuple[int, list[str]]:
    """No paper has a thousand votes."""
    counts = reader.read(PAPER_COUNTS)
    return counts.height, [f"{votes} votes" for votes in counts["upvote_count"] if votes >= 1000]


def stage(votes: int, build=None, **changes) -> Stage:
    def default(run: StageRun) -> Facts:
        run.write(PAPER_COUNTS, rows(votes))
        run.write_file(NOTE, f"{votes} votes".encode())
        return {"votes": votes}

    declared = {
        "name": "papers",
        "description": "A stage for tests.",
        "reads": (),
        "writes": (PAPER_COUNTS, NOTE),
        "version": 1,
        "build": build or default,
        "inputs": lambda _context: votes,
        "checks": (votes_are_few,),
        **changes,
    }
    return Stage(**declared)


def run(lake: Lake, one: Stage, settings: Settings | None = None, refit: bool = False) -> StageResult:
    context = stage_list.run_context(lake, settings or Settings(lake=lake.root), refit=refit)
    return run_stage(Pipeline((one,)), one, context)


def never(_run: StageRun) -> Facts:
    raise AssertionError("this stage must not be built again")


def votes_in(lake: Lake) -> list[int]:
    return lake.read(PAPER_COUNTS)["upvote_count"].to_list()


def note(lake: Lake) -> str:
    return (lake.root / "papers/note.txt").read_text()


def test_an_unchanged_stage_is_not_built_again(lake: Lake) -> None:
    first = run(lake, stage(1))
    again = run(lake, stage(1, never))
    assert (first.reused, again.reused) == (False, True)
    assert again.checks == first.checks
    assert again.facts == {"votes": 1}
    assert again.row_counts == {"paper_counts": 1}


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"settings": ("sensor_seconds",)}, {"libraries": ("polars",)}]
)
def test_what_decides_the_content_builds_it_again(lake: Lake, changes: dict) -> None:
    run(lake, stage(1))
    assert not run(lake, stage(1, **changes)).reused


def test_only_settings_that_decide_the_content_build_it_again(lake: Lake) -> None:
    one = stage(1, settings=("topic_min_papers",))
    run(lake, one)
    base = Settings(lake=lake.root)
    assert run(lake, one, base.model_copy(update={"sensor_seconds": 99})).reused
    assert not run(lake, one, base.model_copy(update={"topic_min_papers": 9})).reused


def test_a_changed_input_builds_it_again(lake: Lake) -> None:
    run(lake, stage(1))
    run(lake, stage(2))
    assert (votes_in(lake), note(lake)) == ([2], "2 votes")


def test_a_refit_builds_a_stage_that_refits(lake: Lake) -> None:
    run(lake, stage(1, refits=True))
    assert run(lake, stage(1, refits=True)).reused
    assert not run(lake, stage(1, refits=True), refit=True).reused
    assert run(lake, stage(1), refit=True).reused


def test_a_failing_schema_keeps_the_last_commit_and_names_the_row(lake: Lake) -> None:
    run(lake, stage(1))

    def broken(run: StageRun) -> Facts:
        run.write(PAPER_COUNTS, rows(2).with_columns(pl.lit("").alias("paper_id")))
        run.write_file(NOTE, b"2 votes")
        return {}

    with pytest.raises(
        CheckFailedError, match=r"nothing was published. paper_counts_schema: 1 of 1 rows"
    ) as error:
        run(lake, stage(2, broken))
    assert "dump_id 1111111111111111" in str(error.value)
    assert (votes_in(lake), note(lake)) == ([1], "1 votes")
    assert run(lake, stage(1, never)).reused


def test_a_failing_check_across_tables_keeps_the_last_commit(lake: Lake) -> None:
    run(lake, stage(1))
    with pytest.raises(CheckFailedError, match="votes_are_few: 1 of 1 rows fail: 5000 votes"):
        run(lake, stage(5000))
    assert (votes_in(lake), note(lake)) == ([1], "1 votes")


def test_checks_run_by_themselves_on_what_is_committed(lake: Lake) -> None:
    reported = Check(PAPER_COUNTS, "counted", "Something that only the build can see.")

    def build(run: StageRun) -> Facts:
        run.write(PAPER_COUNTS, rows(1))
        run.write_file(NOTE, b"1")
        run.report("counted", 1, ())
        return {}

    one = stage(1, build, checks=(votes_are_few, reported))
    run(lake, one)
    names = {result.check_name: result.passed for result in committed_checks(one, lake)}
    assert names == {"paper_counts_schema": True, "votes_are_few": True, "counted": True}
    assert votes_are_few.description == "No paper has a thousand votes."


def test_a_file_that_is_gone_is_built_again(lake: Lake) -> None:
    run(lake, stage(1))
    (entry,) = lake.entries_of(PAPER_COUNTS)
    (lake.root / entry.path).unlink()
    assert not run(lake, stage(1)).reused


def test_a_file_for_users_is_put_back(lake: Lake) -> None:
    run(lake, stage(1))
    (lake.root / "papers/note.txt").unlink()
    assert run(lake, stage(1, never)).reused
    assert note(lake) == "1 votes"


def test_equal_content_keeps_its_file(lake: Lake) -> None:
    """The next stage sees which files changed; a name that changes with each build would say all of them."""
    run(lake, stage(1))
    before = lake.entries_of(PAPER_COUNTS)
    run(lake, stage(1, version=2))
    assert lake.entries_of(PAPER_COUNTS) == before


def test_files_that_no_manifest_lists_are_deleted(lake: Lake) -> None:
    run(lake, stage(1))
    run(lake, stage(2))
    assert len(list(lake.folder_of(PAPER_COUNTS).iterdir())) == 1
    assert len(list(lake.folder_of(NOTE).iterdir())) == 1


def test_a_stage_must_write_what_it_declares(lake: Lake) -> None:
    def forgetful(run: StageRun) -> Facts:
        run.write(PAPER_COUNTS, rows(1))
        return {}

    with pytest.raises(LakeError, match="did not write note"):
        run(lake, stage(1, forgetful))


def test_a_stage_cannot_read_what_it_does_not_declare(lake: Lake) -> None:
    """Lineage is drawn from the declaration, so an undeclared read would make it wrong."""

    def secretive(run: StageRun) -> Facts:
        run.read(PAPERS)
        return {}

    with pytest.raises(LakeError, match="does not declare that it reads papers"):
        run(lake, stage(1, secretive))


def test_an_unfinished_stage_is_built_again(lake: Lake) -> None:
    def passing(run: StageRun) -> Facts:
        run.write(PAPER_COUNTS, rows(1))
        run.write_file(NOTE, b"1")
        run.build_again_next_time()
        return {}

    run(lake, stage(1, passing))
    assert not run(lake, stage(1)).reused
    assert run(lake, stage(1, never)).reused


def test_a_kill_before_the_commit_is_not_believed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A to B, killed before B is committed, and back to A: A is whole and is reused."""
    run(lake, stage(1))

    def killed(_lake: Lake, _manifest: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake, stage(2))
    assert (votes_in(lake), note(lake)) == ([1], "1 votes")
    assert run(lake, stage(1, never)).reused


def test_a_kill_after_the_commit_is_completed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """B is committed, but users still see A's file: going back to A builds A, going on to B puts B's in place."""
    run(lake, stage(1))

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("paperlake.stages.runner.publish_files", killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake, stage(2))
    assert (votes_in(lake), note(lake)) == ([2], "1 votes")
    assert run(lake, stage(2, never)).reused
    assert note(lake) == "2 votes"
    assert not run(lake, stage(1)).reused
    assert (votes_in(lake), note(lake)) == ([1], "1 votes")


def test_the_map_is_where_users_look() -> None:
    assert TOPIC_MAP.published_as == "topics/topic_map.png"
