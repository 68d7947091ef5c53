"""An example of a code location whose asset is built by a job of Ray, through Dagster Pipes.

    RAY_DASHBOARD=http://head:8265 PAPERLAKE_LAKE=/mnt/lake dagster dev -f deploy/ray/pipes_definitions.py

The lake's folder, paperlake and this folder are at the same paths on all nodes.
"""

import os
import shlex
from pathlib import Path

import dagster as dg
from dagster_ray import PipesRayJobClient

STAGE_JOB = Path(__file__).with_name("stage_job.py")
PASSED = ("PAPERLAKE_LAKE", "PAPERLAKE_EMBEDDER")  # Ray's dashboard shows them: no secrets


@dg.asset(description="The papers of the lake, deduplicated by a job of Ray.")
def papers_by_ray_job(
    context: dg.AssetExecutionContext, ray_jobs: dg.ResourceParam[PipesRayJobClient]
) -> dg.MaterializeResult:
    """Submit the job, wait for it, and pass on what it reports."""
    variables = {name: os.environ[name] for name in PASSED if name in os.environ}
    done = ray_jobs.run(
        context=context,
        submit_job_params={
            "entrypoint": f"python {shlex.quote(str(STAGE_JOB))} papers",
            "runtime_env": {"env_vars": variables},
        },
    )
    return done.get_materialize_result()


@dg.definitions
def defs() -> dg.Definitions:
    """Return the asset, with the cluster whose dashboard takes its job."""
    return dg.Definitions(
        assets=[papers_by_ray_job], resources={"ray_jobs": PipesRayJobClient(os.environ["RAY_DASHBOARD"])}
    )
