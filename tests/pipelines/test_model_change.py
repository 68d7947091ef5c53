"""The check that warns when another model is worse, and costs nothing otherwise."""

import dagster as dg
import numpy as np
import pytest

from paperlake.commands.pipeline.run_report import RunReport
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from paperlake.stages.outcome import RunOutcome
from pipelines.checks import MODEL_CHANGE
from pipelines.definitions import build_definitions
from pipelines.running.runs import run_everything
from tests.support.lakes import SAMPLES, put


class Blurred(HashingEmbedder):
    """The floor with so much noise that neighbours are nearly random."""

    model_id = "blurred-256"

    def embed(self, texts, advance=lambda count: None, role="paper"):
        vectors, facts = super().embed(texts, advance, role)
        return blurred(vectors), facts


def blurred(vectors):
    """Vectors with noise, at length 1."""
    noisy = vectors + 0.3 * np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    return noisy / np.linalg.norm(noisy, axis=1, keepdims=True)


@pytest.fixture
def changed(lake: Lake) -> Settings:
    put(lake, SAMPLES / "listing/saved_page_june.txt", SAMPLES / "listing/browser_copy.txt")
    put(lake, SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json", folder="daily_api")
    put(lake, SAMPLES / "arxiv/arxiv-metadata-excerpt.jsonl.gz", folder="arxiv")
    return Settings(lake=lake.root, embedder="hashing", reembed=True)


def change_check(settings: Settings, embedder: HashingEmbedder) -> dg.AssetCheckEvaluation:
    definitions = build_definitions(settings, {"embedder": embedder})
    assets = dg.AssetSelection.groups("raw_dumps", "parsed_entries", "papers", "paper_embeddings")
    job = dg.define_asset_job("embed", assets)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        result = merged.resolve_job_def("embed").execute_in_process(instance=instance)
    assert result.success
    return next(one for one in result.get_asset_check_evaluations() if one.check_name == MODEL_CHANGE)


def test_a_worse_model_warns_once(changed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = change_check(changed, HashingEmbedder())
    assert (first.passed, first.description) == (True, "The model did not change; nothing was compared.")
    worse = change_check(changed, Blurred())
    assert not worse.passed
    assert worse.severity == dg.AssetCheckSeverity.WARN
    assert "blurred-256 is worse than hashing-256 by more than chance in " in worse.description
    assert "measures" in worse.metadata
    monkeypatch.setattr("paperlake.evaluation.comparing.compare_stored", None)  # a call would fail
    assert change_check(changed, Blurred()).passed


def test_a_run_from_the_command_line_prints_the_warning(
    changed: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = Lake.open(changed.lake)

    def run() -> RunOutcome:
        outcome = run_everything(lake, changed, Silent(), lambda _stage: None, until="paper_embeddings")
        RunReport(lake, as_json=False, quiet=True).end(outcome)
        return outcome

    first = run()
    assert (first.succeeded, first.warnings) == (True, [])
    embed = HashingEmbedder.embed
    monkeypatch.setattr(HashingEmbedder, "model_id", Blurred.model_id)
    monkeypatch.setattr(
        HashingEmbedder,
        "embed",
        lambda *given, **named: (blurred((done := embed(*given, **named))[0]), done[1]),
    )
    capsys.readouterr()
    second = run()
    assert (second.succeeded, second.exit_code) == (True, 0)
    told = " ".join(capsys.readouterr().err.split())
    assert (
        f"Check {MODEL_CHANGE} failed: blurred-256 is worse than hashing-256 by more than chance in " in told
    )
