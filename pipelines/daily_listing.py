"""The asset `daily_listing`, which exists only where the settings switch it on."""

from datetime import date

import dagster as dg

from paperlake.dumps.harvest.daily import DayOutcome, harvest_days
from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.assets import OWNERS
from pipelines.metadata import table_value
from pipelines.resources import ProgressSource

NAME = "daily_listing"
MAX_RETRIES = 2  # of a run of which every day failed; single requests are tried again by the client


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Return one partition per day, today's included: a day's listing begins before the day is over."""
    return dg.DailyPartitionsDefinition(start_date=settings.daily_start.isoformat(), end_offset=1)


def daily_listing_asset(settings: Settings) -> dg.AssetsDefinition:
    """Return the asset, partitioned by day; a backfill of many days is one run."""

    @dg.asset(
        name=NAME,
        partitions_def=daily_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=NAME,
        owners=OWNERS,
        kinds={"json"},
        retry_policy=dg.RetryPolicy(max_retries=MAX_RETRIES, delay=settings.daily_retry_seconds),
    )
    def daily_listing(
        context: dg.AssetExecutionContext,
        lake: dg.ResourceParam[Lake],
        settings: dg.ResourceParam[Settings],
        progress: dg.ResourceParam[ProgressSource],
    ) -> dg.MaterializeResult[None]:
        """Store the daily API's answers as new dumps under raw/daily_api/.

        A day that fails does not fail the others; the run fails only if every day did.
        """
        days = [date.fromisoformat(key) for key in context.partition_keys]
        outcomes = harvest_days(lake, days, settings, progress=progress.get(context, NAME))
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        for outcome in failed:
            context.log.warning(f"{outcome.day}: {outcome.reason}")
        if failed and len(failed) == len(outcomes):
            raise dg.Failure(f"None of {len(outcomes)} days could be fetched: {failed[0].reason}")
        return dg.MaterializeResult(metadata=_metadata(outcomes))

    return daily_listing


def _metadata(outcomes: list[DayOutcome]) -> dict[str, dg.MetadataValue]:
    counts = {
        status: sum(outcome.status == status for outcome in outcomes)
        for status in ("stored", "unchanged", "kept", "failed")
    }
    rows = [(outcome.day, outcome.status, outcome.reason) for outcome in outcomes]
    return {
        **{status: dg.MetadataValue.int(count) for status, count in counts.items()},
        "days": table_value(["day", "outcome", "reason"], rows),
    }
