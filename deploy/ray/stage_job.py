"""Bring a lake up to date to one stage, in a job of Ray, and report it by Dagster Pipes.

    python stage_job.py STAGE

The lake and all settings come from the environment. `pipes_definitions.py` submits it.
"""

import sys

from dagster_pipes import open_dagster_pipes

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.stages.runner import run_stage


def main() -> None:
    """Build the stages up to the named one; report the rows of its tables."""
    settings = load_settings()
    lake = Lake.open(settings.lake)
    with open_dagster_pipes() as pipes, lake.lock("a job of Ray", settings.lock_wait_seconds):
        context = stage_list.run_context(lake, settings)
        for stage in stage_list.PIPELINE.until(sys.argv[1]):
            result = run_stage(stage_list.PIPELINE, stage, context)
            pipes.log.info(f"{stage.name}: {result.seconds:.1f} s")
        rows = {f"rows of {table}": count for table, count in result.manifest.row_counts.items()}
        pipes.report_asset_materialization(metadata=rows)


if __name__ == "__main__":
    main()
