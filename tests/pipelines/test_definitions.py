"""The graph as people see it: its names are written out here, so that a change is a decision."""

import dagster as dg
import pytest
from paperlake.stages.OLD import STAGES

from paperlake.settings import Settings
from pipelines.assets import ALL_ASSETS
from pipelines.checks import check_names
from pipelines.definitions import build_definitions
from tests.support.lakes import TABLES

EDGES = {
    "raw_dumps": set(),
    "parsed_entries": {"raw_dumps"},
    "papers": {"parsed_entries"},
    "paper_embeddings": {"papers"},
    "topics": {"paper_embeddings"},
    "warehouse": {"topics"},
    "report": {"warehouse"},
}


def test_the_assets_and_their_order(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    found = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }
    assert found == EDGES
    assert tuple(EDGES) == STAGES


def test_every_public_table_is_checked_by_a_blocking_check() -> None:
    names = {name for stage in STAGES for name in check_names(stage)}
    assert {f"{table}_schema" for table in (*TABLES, "embeddings")} <= names
    for asset in ALL_ASSETS:
        assert asset.check_specs
        assert all(spec.blocking for spec in asset.check_specs), asset.key


@pytest.mark.parametrize("asset", ALL_ASSETS, ids=lambda asset: asset.key.to_user_string())
def test_every_asset_says_what_it_is(asset: dg.AssetsDefinition) -> None:
    (spec,) = asset.specs
    assert spec.description
    assert spec.owners
    assert spec.kinds
    assert spec.code_version
    assert spec.group_name == "paperlake"


def test_the_schedule_and_the_sensor_are_on_by_default(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    (sensor,) = repository.sensor_defs
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_upstream_a_future_annotations_import_would_break_asset_contexts() -> None:
    """Why no file in pipelines/ has that import."""
    from pathlib import Path

    import pipelines

    for file in Path(pipelines.__file__).parent.rglob("*.py"):
        assert "from __future__ import annotations" not in file.read_text(), file


def test_secrets_stay_out_of_what_the_ui_shows(settings: Settings) -> None:
    secret = Settings(**{**settings.model_dump(exclude_unset=True), "embedder_api_key": "sk-secret"})
    resource = build_definitions(secret).resources["settings"]
    assert "sk-secret" not in repr(resource.overrides)
    assert "embedder_api_key" not in resource.overrides
    assert resource.overrides["embedder"] == "hashing"
