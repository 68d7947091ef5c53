"""The assets that fetch dumps, one per source, which exist only where the settings switch them on."""

from dataclasses import dataclass
from datetime import date

import dagster as dg

from paperlake.dumps.harvest.outcomes import DayOutcome
from paperlake.dumps.harvest.sources import ARXIV, DAILY, OPENALEX, Source
from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.assets import OWNERS
from pipelines.metadata import table_value
from pipelines.resources import ProgressSource

MAX_RETRIES = 2  # of a run of which every day failed; single requests are tried again by the client


@dataclass(frozen=True)
class HarvestAsset:
    """How a source appears in Dagster: the asset, the job that fetches days, and its schedule."""

    source: Source
    name: str
    schedule: str
    kind: str
    description: str
    switch: str
    """The setting that switches it on; and so with the next two."""
    start: str
    cron: str

    @property
    def job(self) -> str:
        """Return the name of the job."""
        return f"fetch_{self.name}"

    def is_on(self, settings: Settings) -> bool:
        """Return whether the settings switch it on."""
        return bool(getattr(settings, self.switch))

    def partitions(self, settings: Settings) -> dg.DailyPartitionsDefinition:
        """Return one partition per day, with today's where a day's list begins before it is over."""
        start: date = getattr(settings, self.start)
        end_offset = 1 if self.source.lists_today else 0
        return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_offset=end_offset)


HARVESTS = (
    HarvestAsset(
        DAILY, "daily_listing", "daily_landing", "json",
        "The daily API's answers, as dumps under raw/daily_api/.",
        "daily_listing", "daily_start", "daily_cron",
    ),
    HarvestAsset(
        ARXIV, "arxiv_harvest", "arxiv_landing", "xml",
        "arXiv's records that changed on a day, by OAI-PMH, as dumps under raw/harvest/arxiv/.",
        "harvest_arxiv", "harvest_start", "harvest_cron",
    ),
    HarvestAsset(
        OPENALEX, "openalex_harvest", "openalex_landing", "json",
        "OpenAlex's works of a day, as dumps under raw/harvest/openalex/.",
        "harvest_openalex", "harvest_start", "harvest_cron",
    ),
)  # fmt: skip


def harvests(settings: Settings) -> list[HarvestAsset]:
    """Return the sources that the settings switch on."""
    return [harvest for harvest in HARVESTS if harvest.is_on(settings)]


def harvest_asset(harvest: HarvestAsset, settings: Settings) -> dg.AssetsDefinition:
    """Return the asset of a source, partitioned by day; a backfill of many days is one run."""

    @dg.asset(
        name=harvest.name,
        description=f"{harvest.description} A day that fails does not fail the others; the run fails only "
        "if every day did.",
        partitions_def=harvest.partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=harvest.name,
        owners=OWNERS,
        kinds={harvest.kind},
        retry_policy=dg.RetryPolicy(max_retries=MAX_RETRIES, delay=settings.daily_retry_seconds),
    )
    def fetch(
        context: dg.AssetExecutionContext,
        lake: dg.ResourceParam[Lake],
        settings: dg.ResourceParam[Settings],
        progress: dg.ResourceParam[ProgressSource],
    ) -> dg.MaterializeResult[None]:
        days = [date.fromisoformat(key) for key in context.partition_keys]
        outcomes = harvest.source.harvest(lake, days, settings, progress=progress.get(context, harvest.name))
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        for outcome in failed:
            context.log.warning(f"{outcome.day}: {outcome.reason}")
        if failed and len(failed) == len(outcomes):
            raise dg.Failure(f"None of {len(outcomes)} days could be fetched: {failed[0].reason}")
        return dg.MaterializeResult(metadata=_metadata(outcomes))

    return fetch


def harvest_schedule(harvest: HarvestAsset, settings: Settings) -> dg.ScheduleDefinition:
    """Return a schedule that fetches the last days of a source again, where they are not complete."""
    job = dg.define_asset_job(
        harvest.job,
        selection=dg.AssetSelection.assets(harvest.name),
        description=f"Fetch one or more days. {harvest.description}",
    )

    @dg.schedule(
        name=harvest.schedule,
        job=job,
        cron_schedule=getattr(settings, harvest.cron),
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Fetches the last days. {harvest.description}",
    )
    def landing(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        days = harvest.source.recent_days(context.scheduled_execution_time.date(), settings)
        return dg.RunRequest(
            tags={
                "dagster/asset_partition_range_start": days[0].isoformat(),
                "dagster/asset_partition_range_end": days[-1].isoformat(),
            }
        )

    return landing


def _metadata(outcomes: list[DayOutcome]) -> dict[str, dg.MetadataValue]:
    counts = {
        status: sum(outcome.status == status for outcome in outcomes)
        for status in ("stored", "unchanged", "kept", "empty", "failed")
    }
    rows = [(outcome.day, outcome.status, outcome.page_count, outcome.reason) for outcome in outcomes]
    return {
        **{status: dg.MetadataValue.int(count) for status, count in counts.items()},
        "dumps": dg.MetadataValue.int(sum(outcome.page_count for outcome in outcomes)),
        "days": table_value(["day", "outcome", "dumps", "reason"], rows),
    }
