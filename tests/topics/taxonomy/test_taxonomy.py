"""Fixed taxonomies: papers go to the nearest label or none, and not by the order of runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.topic_tables import PAPER_LABELS
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult
from paperlake.topics.taxonomy.classifier import fit_classifier
from paperlake.topics.taxonomy.definition import read_taxonomy
from tests.support.lakes import build, commit_tables
from tests.support.planted_topics import DIMENSIONS, FIELDS, Planted, plant

LABELS = list(FIELDS)[:8]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(30)


def test_papers_get_the_label_of_their_field_and_others_none(planted: Planted) -> None:
    fields = np.array(planted.fields)
    rows = np.concatenate([np.flatnonzero(fields == field)[:5] for field in LABELS])
    texts = np.stack([planted.vectors[fields == field].mean(axis=0) for field in LABELS])
    fitted = fit_classifier(planted.vectors[rows], np.repeat(np.arange(8), 5), texts)
    filed = fitted.file(planted.vectors)
    inside = np.isin(fields, LABELS)
    right = np.array(LABELS)[filed.nearest] == fields
    assert right[inside].mean() > 0.95
    assert filed.is_none[inside].mean() < 0.2
    noise = np.random.default_rng(1).normal(size=(50, DIMENSIONS)).astype(np.float32)
    assert fitted.file(noise).is_none.mean() > 0.9
    assert abs(filed.score[inside].mean() - right[inside].mean()) < 0.1


def test_a_paper_is_filed_by_itself(planted: Planted) -> None:
    fitted = fit_classifier(planted.vectors[:60], np.repeat(np.arange(2), 30), planted.vectors[[0, 30]])
    together = fitted.file(planted.vectors)
    alone = [fitted.file(planted.vectors[row : row + 1]).score[0] for row in range(0, 300, 17)]
    assert alone == together.score[::17].tolist()


@pytest.mark.parametrize("count", [1, 2])
def test_labels_without_examples_are_known_by_their_texts(planted: Planted, count: int) -> None:
    nothing = np.zeros((0, DIMENSIONS), dtype=np.float32), np.zeros(0, dtype=np.int64)
    filed = fit_classifier(*nothing, planted.vectors[: 30 * count : 30]).file(planted.vectors[:1])
    assert (filed.nearest[0], filed.is_none[0]) == (0, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[a, b]", "must have the key labels"),
        ("labels: [{title: x}]", "label 1 must have a name"),
        ("labels: [{name: A}, {name: a}]", "has the label 'a' twice"),
        ("labels: [{name: A, examples: [1, 2]}]", "examples must be a list of paper_ids or arXiv ids"),
        ("labels: [{name: " + "x" * 61 + "}]", "label 1 is too long"),
        ("labels: [{", "Cannot read the taxonomy"),
        ("!!python/object/apply:os.getcwd []", "Cannot read the taxonomy"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match=message):
        read_taxonomy(path)


def run(lake: Lake, settings: Settings) -> StageResult:
    build(lake, settings, "paper_embeddings")
    return build(lake, settings, "taxonomy")


def test_a_lake_that_grows_is_as_one_from_nothing(
    lake: Lake, settings: Settings, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 20)
    commit_tables(lake, {PAPERS: planted.papers[:240]})
    assert run(lake, settings).row_counts == {"paper_labels": 0}
    ids = planted.papers["paper_id"].to_list()
    lake.taxonomy.parent.mkdir(exist_ok=True)
    examples = [f"'{one}'" for one in ids[:3]]
    lake.taxonomy.write_text(
        f"labels:\n- name: Graphs\n  description: Knowledge graph embedding\n  examples: [{', '.join(examples)}]\n"
        f"- name: Pruning\n  examples: ['{ids[30]}', '{'f' * 16}']\n"
    )
    first = run(lake, settings)
    assert first.facts["labelled_papers"] + first.facts["papers_of_no_label"] == 240
    assert first.facts["stale_taxonomy"] == f"taxonomy.yaml, label 'Pruning': no paper has the id {'f' * 16}."
    table = lake.read(PAPER_LABELS)
    assert table.filter(pl.col("paper_id").is_in(ids[:3]))["label"].unique().to_list() == ["Graphs"]
    assert build(lake, settings, "taxonomy").reused
    commit_tables(lake, {PAPERS: planted.papers})
    assert run(lake, settings).row_counts == {"paper_labels": 300}
    ours = lake.read(PAPER_LABELS)
    for entry in lake.entries_of(PAPER_LABELS):
        (lake.root / entry.path).unlink()
    run(lake, settings)
    assert_frame_equal(lake.read(PAPER_LABELS), ours, check_exact=True)
