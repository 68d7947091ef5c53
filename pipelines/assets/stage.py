"""What all stages' assets share: their definition, and how a stage's result becomes Dagster's events."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dagster as dg
from paperlake.stages.OLD import code_hash

from paperlake.errors import PaperlakeError
from paperlake.settings import load_settings
from paperlake.stages.runner import CheckFailedError, StageResult
from pipelines.checks import check_results, check_specs
from pipelines.metadata import stage_metadata, stage_schemas

OWNERS = ["team:paperlake"]
GROUP = "paperlake"

Events = Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]
MoreMetadata = Callable[[StageResult], Mapping[str, Any]]


def stage_asset(stage: str, deps: list[str], kinds: set[str]) -> Callable[[Any], Any]:
    """An asset named after its stage, with its checks, schemas and code version."""
    decorator: Callable[[Any], Any] = dg.asset(
        name=stage,
        deps=deps,
        kinds=kinds,
        group_name=GROUP,
        owners=OWNERS,
        code_version=code_version(stage),
        check_specs=check_specs(stage),
        metadata=stage_schemas(stage),
    )
    return decorator


def code_version(stage: str) -> str:
    """What decides the stage's tables besides its inputs: the source code and the settings."""
    settings = load_settings().for_stage(stage)
    return "-".join([code_hash(stage), *(f"{name}={value}" for name, value in settings.items())])


def report(make: Callable[[], StageResult], more: MoreMetadata | None = None) -> Events:
    """Run a stage and tell Dagster: every check's result first, then the materialization.

    A failing check is told and then fails the step, so that nothing downstream runs and no
    materialization is recorded: the previous table is still the published one.
    """
    try:
        result = make()
    except CheckFailedError as error:
        yield from check_results(error.results)
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except PaperlakeError as error:
        raise dg.Failure(
            description=str(error), metadata={"exit_code": error.exit_code}, allow_retries=False
        ) from error
    yield from check_results(result.checks)
    metadata = {**stage_metadata(result), **(more(result) if more else {})}
    yield dg.MaterializeResult(asset_key=result.stage, metadata=metadata)
