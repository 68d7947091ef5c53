"""Runs that Dagster starts: settings from paperlake.toml, and another model than the lake's."""

import dagster as dg
import pytest

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings
from pipelines.definitions import build_definitions
from pipelines.resources import EmbedderResource, SettingsResource
from tests.support.embedding import embed_papers, put_papers


class Other(HashingEmbedder):
    """Another model."""

    model_id = "other-model"


def embed(
    lake: Lake, instance: dg.DagsterInstance, **resources: dict[str, object]
) -> dg.ExecuteInProcessResult:
    """Build the embeddings alone, as from the UI, with this configuration of the resources."""
    definitions = build_definitions(load_settings(lake=lake.root, embedder="hashing"))
    job = dg.define_asset_job("embed", dg.AssetSelection.assets("embeddings"))
    resolved = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("embed")
    config = {"resources": {name: {"config": value} for name, value in resources.items()}}
    return resolved.execute_in_process(instance=instance, run_config=config, raise_on_error=False)


def test_another_model_fails_a_run_unless_it_is_allowed(
    lake: Lake, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_papers(lake, ["graphs of molecules"])
    embed_papers(lake, Settings(lake=lake.root, embedder="hashing"), Other())
    before = lake.manifest("paper_embeddings")
    refused = embed(lake, instance)
    (failure,) = [event for event in refused.all_events if event.is_step_failure]
    assert "PAPERLAKE_REEMBED=true" in failure.step_failure_data.user_failure_data.description
    assert failure.step_failure_data.user_failure_data.metadata["exit_code"].value == 2
    assert lake.manifest("paper_embeddings") == before
    launchpad = {"overrides": {"lake": str(lake.root), "reembed": True}}
    assert embed(lake, instance, settings=launchpad).success
    assert lake.manifest("paper_embeddings").facts["model_id"] == "hashing-256"


def test_a_run_follows_paperlake_toml(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The definitions are loaded once; a run reads the file again."""
    monkeypatch.setenv("PAPERLAKE_LAKE", str(lake.root))
    resources = build_definitions().resources
    settings, embedder = resources["settings"], resources["embedder"]
    assert isinstance(settings, SettingsResource)
    assert isinstance(embedder, EmbedderResource)
    context = dg.build_init_resource_context()
    assert settings.create_resource(context).similar_count == 10
    lake.settings_file.write_text("similar_count = 20\nembedder = 'hashing'\nschedule_cron = '0 7 * * *'")
    assert settings.create_resource(context).similar_count == 20
    assert embedder.create_resource(context)().kind == "hashing"
    assert build_definitions().resolve_schedule_def("daily").cron_schedule == "0 7 * * *"


def test_urls_with_passwords_stay_out_of_what_the_ui_shows(settings: Settings) -> None:
    url = "https://me:sk-4711@host/x?limit=1"
    chosen = Settings(**{**settings.model_dump(exclude_unset=True), "daily_api_url": url})
    assert "sk-4711" not in repr(build_definitions(chosen).resources["settings"].overrides)
