"""The list of stages: its order and its reads, written out by hand, so that a change is a decision."""

import pytest

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.errors import UsageError
from paperlake.settings import Settings
from paperlake.stage_list import PIPELINE
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.stage import Stage

READS = {
    "raw_dumps": set(),
    "parsed_entries": {"inventory"},
    "papers": {"dumps", "entries"},
    "paper_embeddings": {"papers"},
    "topics": {"papers", "embeddings"},
    "taxonomy": {"papers", "embeddings"},
    "warehouse": {
        *{
            "inventory",
            "dumps",
            "entries",
            "rejects",
            "papers",
            "paper_authors",
            "paper_sources",
            "paper_counts",
            "matches",
        },
        *{
            "embeddings",
            "topics",
            "paper_topics",
            "filed_texts",
            "paper_labels",
            "topic_trends",
            "emerging_topics",
            "topic_events",
        },
    },
    "report": {"warehouse"},
}


def test_the_stages_and_what_they_read() -> None:
    assert {stage.name: {output.name for output in PIPELINE.reads(stage)} for stage in PIPELINE} == READS


def test_settings_that_decide_content_exist() -> None:
    for stage in PIPELINE:
        assert set(stage.settings) <= set(Settings.model_fields), stage.name


@pytest.mark.parametrize("stage", PIPELINE.stages, ids=lambda stage: stage.name)
def test_every_check_says_what_it_checks(stage: Stage) -> None:
    """They are shown in the UI; "Topics parents." is no sentence."""
    names = [check.name for check in stage.all_checks]
    assert len(names) == len(set(names))
    for check in stage.all_checks:
        assert check.description.endswith("."), check.name
        assert len(check.description.split()) > 5, check.name
        assert check.output in stage.writes


def test_an_unknown_stage_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"There is no stage 'paper'. Stages: raw_dumps, parsed_entries"):
        PIPELINE.until("paper")


def test_a_stage_cannot_read_what_comes_later() -> None:
    reading = Stage("raw", "", (PAPERS,), (), 1, lambda run: {})
    with pytest.raises(ValueError, match="no earlier stage writes"):
        Pipeline((reading,))


def test_two_stages_cannot_write_one_table() -> None:
    writing = Stage("papers", "", (), (PAPERS,), 1, lambda run: {})
    with pytest.raises(ValueError, match="not an output of"):
        Pipeline((writing, writing))
