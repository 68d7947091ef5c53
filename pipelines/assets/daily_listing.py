"""The asset `daily_listing`, which exists only where the settings switch it on."""

from datetime import date

import dagster as dg

from paperlake.dumps.harvest.daily import DayOutcome, harvest_days
from paperlake.settings import Settings
from pipelines.assets.stage import GROUP, OWNERS
from pipelines.metadata import markdown_table
from pipelines.resources import LakeResource, ProgressResource, SettingsResource

NAME = "daily_listing"


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """One partition a day, today's included: a day's listing begins before the day is over."""
    return dg.DailyPartitionsDefinition(start_date=settings.daily_start.isoformat(), end_offset=1)


def daily_listing_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset, partitioned by day; a backfill of many days is one run, at a polite pace."""

    @dg.asset(
        name=NAME,
        partitions_def=daily_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"json"},
    )
    def daily_listing(
        context: dg.AssetExecutionContext,
        lake: LakeResource,
        settings: SettingsResource,
        progress: ProgressResource,
    ) -> dg.MaterializeResult[None]:
        """The daily API's answers, landed as new dumps under raw/daily_api/.

        A day that fails does not fail the others; the run fails only if every day did.
        """
        days = [date.fromisoformat(key) for key in context.partition_keys]
        outcomes = harvest_days(lake.get(), days, settings.get(), progress=progress.get(context))
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
        "days": markdown_table(["day", "outcome", "reason"], rows),
    }
