"""One multi-asset per stage: an asset per table or file, built by the library's stage runner."""

import inspect
import warnings
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from paperlake.catalogue.table import Table
from paperlake.engine.choosing import make_engine
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.runner import CheckFailedError, committed_checks, run_stage
from paperlake.stages.stage import Output, RunContext, Stage
from pipelines.checks import check_results, check_specs, model_change_results
from pipelines.metadata import column_lineage, column_schema, output_metadata
from pipelines.resources import ProgressSource, embedder_maker

OWNERS = ["team:paperlake"]
MAX_AGE = timedelta(hours=36)  # the schedule is daily
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=MAX_AGE)

Events = Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]


def stage_assets(
    pipeline: Pipeline, settings: Settings, sources: Sequence[str] = ()
) -> list[dg.AssetsDefinition]:
    """Return the multi-asset of each stage.

    Args:
        pipeline: The stages.
        settings: Settings that decide the code versions.
        sources: Names of the assets that the outputs of the first stage depend on.
    """
    first = pipeline.stages[0]
    return [
        stage_asset(pipeline, stage, settings, list(sources) if stage is first else []) for stage in pipeline
    ]


def stage_asset(
    pipeline: Pipeline, stage: Stage, settings: Settings, sources: list[str]
) -> dg.AssetsDefinition:
    """Return the multi-asset of one stage, with its checks."""
    reads = pipeline.reads(stage)

    @dg.multi_asset(
        name=stage.name,
        description=stage.description,
        specs=[_spec(stage, output, reads, settings, sources) for output in stage.writes],
        check_specs=check_specs(stage),
        can_subset=True,
        config_schema=_config_schema(stage),
    )
    def build(
        context: dg.AssetExecutionContext,
        lake: dg.ResourceParam[Lake],
        settings: dg.ResourceParam[Settings],
        embedder: dg.ResourceParam[Any],
        progress: dg.ResourceParam[ProgressSource],
    ) -> Events:
        asked = context.op_execution_context.op_config
        run = RunContext(
            lake,
            settings,
            embedder_maker(embedder),
            progress.get(context, stage.name),
            refit=bool(asked.get("refit")),
            rebuild=bool(asked["rebuild"]),
            engine=make_engine(settings, lake.root),
        )
        selected = {key.name for key in context.selected_asset_check_keys}
        outputs = [
            output for output in stage.writes if dg.AssetKey(output.name) in context.selected_asset_keys
        ]
        yield from _execute(pipeline, stage, run, outputs, selected)

    return build


def _config_schema(stage: Stage) -> dict[str, dg.Field]:
    """Return what a run may ask of a stage: to build it from nothing, and to find topics again."""
    names = ["rebuild", "refit"] if stage.refits else ["rebuild"]
    return {name: dg.Field(bool, default_value=False) for name in names}


def _spec(
    stage: Stage, output: Output, reads: tuple[Output, ...], settings: Settings, sources: list[str]
) -> dg.AssetSpec:
    metadata: dict[str, Any] = {"dagster/code_references": _code_references(stage)}
    if isinstance(output, Table):
        metadata["dagster/column_schema"] = column_schema(output)
        metadata["dagster/column_lineage"] = column_lineage(output, reads)
    return dg.AssetSpec(
        output.name,
        deps=[*sources, *(read.name for read in reads)],
        description=output.description,
        metadata=metadata,
        group_name=stage.name,
        owners=OWNERS,
        kinds=set(stage.kinds),
        code_version=stage.code_version(settings),
        freshness_policy=FRESHNESS,
    )


def _code_references(stage: Stage) -> dg.CodeReferencesMetadataValue:
    """Return the place of the function that builds the stage."""
    function = inspect.unwrap(stage.build)
    _lines, line = inspect.getsourcelines(function)
    path = inspect.getsourcefile(function) or ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # code references are in beta in Dagster 1.13
        reference = dg.LocalFileCodeReference(file_path=path, line_number=line, label=stage.name)
        return dg.CodeReferencesMetadataValue(code_references=[reference])


def _execute(
    pipeline: Pipeline, stage: Stage, run: RunContext, outputs: list[Output], selected: set[str]
) -> Events:
    """Report selected checks, then selected outputs.

    A failing check is reported and then fails the step: nothing is materialized, the last commit stays.
    Where no output is selected the checks are run on the committed tables and nothing is built.
    """
    before = run.lake.manifest(stage.name)
    try:
        if not outputs:
            yield from check_results(committed_checks(stage, run.lake), selected)
            yield from model_change_results(run, before, None, selected)
            return
        result = run_stage(pipeline, stage, run)
    except CheckFailedError as error:
        yield from check_results(error.results, selected)
        raise dg.Failure(str(error), metadata={"exit_code": error.exit_code}, allow_retries=False) from error
    except PaperlakeError as error:
        raise dg.Failure(str(error), metadata={"exit_code": error.exit_code}, allow_retries=False) from error
    yield from check_results(result.checks, selected)
    yield from model_change_results(run, before, result.manifest, selected)
    for output in outputs:
        yield dg.MaterializeResult(
            asset_key=output.name,
            metadata=output_metadata(run.lake, output, result, pipeline),
            data_version=dg.DataVersion(result.manifest.content(output.name)),
        )
