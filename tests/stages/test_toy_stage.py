"""A stage declared in one place appears everywhere: in runs, status, the warehouse, exports and docs."""

from pathlib import Path

import polars as pl
import pytest

from paperlake import documentation, stage_list
from paperlake.catalogue import columns
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.table import declare
from paperlake.export.exporting import export
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.checks import Found, TableReader, check
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.stage import Stage
from paperlake.status import lake_status
from paperlake.terminal import console, screens
from paperlake.warehouse.reading import query
from tests.support.lakes import SAMPLES, fill, put

TITLE_LENGTHS = declare(
    "title_lengths",
    "toy",
    ["paper_id"],
    "One row per paper: the length of its title.",
    paper_id=columns.identifier("The paper."),
    char_count=columns.count("Characters of its title.", minimum=1),
)


def build(run: StageRun) -> Facts:
    """Count the characters of every title."""
    papers = run.read(PAPERS)
    lengths = papers.select("paper_id", char_count=pl.col("title").str.len_chars().cast(pl.Int64))
    run.write(TITLE_LENGTHS, lengths)
    return {"longest": int(lengths["char_count"].max())}


@check(TITLE_LENGTHS, "title_lengths_complete")
def complete(reader: TableReader) -> Found:
    """Every paper has exactly one title length."""
    missing = reader.read(PAPERS).join(reader.read(TITLE_LENGTHS), on="paper_id", how="anti")
    return missing.height, [f"paper {paper_id}: no length" for paper_id in missing["paper_id"]]


TOY = Stage(
    "toy", "Count the characters of titles.", (PAPERS,), (TITLE_LENGTHS,), 1, build, checks=(complete,)
)


@pytest.fixture
def with_toy(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The real pipeline with one more stage before the warehouse."""
    stages = list(stage_list.PIPELINE)
    stages.insert(stage_list.PIPELINE.names.index("warehouse"), TOY)
    pipeline = Pipeline(tuple(stages))
    monkeypatch.setattr(stage_list, "PIPELINE", pipeline)
    return pipeline


def test_a_stage_declared_once_appears_everywhere(
    with_toy: Pipeline,
    lake: Lake,
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    results = fill(lake, settings)
    papers = results["papers"].row_counts["papers"]
    assert results["toy"].row_counts == {"title_lengths": papers}

    monkeypatch.setattr(console.out, "_file", None)
    screens.show_run([result.manifest for result in results.values()], results["toy"].finished_at)
    assert f"{papers:,} title lengths" in capsys.readouterr().out

    stages = {stage.stage: stage for stage in lake_status(lake, settings).stages}
    assert (stages["toy"].rows, stages["toy"].stale) == ({"title_lengths": papers}, None)

    counted, described = (
        query(lake, sql)[1][0][0]
        for sql in (
            "SELECT count(*) FROM title_lengths",
            "SELECT comment FROM duckdb_columns() WHERE column_name = 'char_count'",
        )
    )
    assert (counted, described) == (papers, "Characters of its title.")
    checks = query(lake, "SELECT check_name FROM stage_checks WHERE stage = 'toy' ORDER BY 1")[1]
    assert checks == [("title_lengths_complete",), ("title_lengths_schema",)]

    exported = export(lake, tmp_path / "out")
    assert papers in [table.row_count for table in exported if table.name == "title_lengths"]
    assert "## title_lengths" in documentation.tables_markdown()
