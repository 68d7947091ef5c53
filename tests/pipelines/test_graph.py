"""The asset graph: what follows from the list of stages."""

from pathlib import Path

import dagster as dg
import pandera.polars as pa
import polars as pl
import pytest

from paperlake import stage_list
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.table import declare
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.stage import Stage
from pipelines.definitions import build_definitions

TOY_TABLE = declare(
    "toys", "toy", ["paper_id"], "One row per paper.", paper_id=pa.Column(pl.String, description="The paper.")
)
TOY = Stage(
    "toy", "A toy.", (PAPERS,), (TOY_TABLE,), 1, lambda run: run.write(TOY_TABLE, TOY_TABLE.empty()) or {}
)


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def deps(spec: dg.AssetSpec) -> set[str]:
    return {dep.asset_key.to_user_string() for dep in spec.deps}


def test_definitions_load(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_output_is_an_asset_in_its_stage(definitions: dg.Definitions) -> None:
    found = specs(definitions)
    assert {name: spec.group_name for name, spec in found.items()} == {
        output.name: stage.name for stage in stage_list.PIPELINE for output in stage.writes
    }
    assert deps(found["embeddings"]) == {"papers"}
    assert "papers" in deps(found["warehouse"])
    assert all(spec.freshness_policy for spec in found.values())


def test_code_versions_follow_the_given_settings(settings: Settings) -> None:
    stage = next(stage for stage in stage_list.PIPELINE if stage.settings == ("similar_count",))
    other = settings.model_copy(update={"similar_count": 3})
    name = stage.writes[0].name
    one, two = (specs(build_definitions(given))[name].code_version for given in (settings, other))
    assert one == stage.code_version(settings)
    assert one != two


def test_a_new_stage_appears_by_itself(settings: Settings) -> None:
    stages = list(stage_list.PIPELINE)
    stages.insert(stage_list.PIPELINE.names.index("warehouse"), TOY)
    definitions = build_definitions(settings, pipeline=Pipeline(tuple(stages)))
    toys = specs(definitions)["toys"]
    assert (toys.group_name, deps(toys)) == ("toy", {"papers"})
    assert [column.name for column in toys.metadata["dagster/column_schema"].columns] == ["paper_id"]
    assert "toys" in deps(specs(definitions)["warehouse"])
    checks = definitions.resolve_asset_graph().asset_check_keys
    assert dg.AssetCheckKey(dg.AssetKey("toys"), "toys_schema") in checks


@pytest.mark.parametrize("private", ["dagster._", "dagster_shared"])
def test_no_private_module_of_dagster_is_used(private: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "pipelines"
    assert not [path.name for path in folder.rglob("*.py") if private in path.read_text()]
