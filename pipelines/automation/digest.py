"""The asset that writes a digest each week, which exists only where the settings switch it on."""

from datetime import UTC, date, datetime

import dagster as dg

from paperlake.catalogue.files import WAREHOUSE
from paperlake.digests.filing import weekly_digest
from paperlake.digests.sending import addresses_of, send
from paperlake.digests.writing import markdown
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.assets import OWNERS

NAME = "weekly_digest"
JOB = "write_digest"


class DigestConfig(dg.Config):
    """The day of a digest."""

    day: str | None = None
    """As 2025-01-31: the seven days before it are looked at. Today in UTC if it is not given."""


def digest_asset() -> dg.AssetsDefinition:
    """Return the asset: files in report/digests/, sent if addresses are set."""

    @dg.asset(
        name=NAME,
        description="What was new in the seven days before, and for each reading list, as Markdown, HTML and "
        "JSON in report/digests/; sent to PAPERLAKE_DIGEST_ADDRESSES if they are set.",
        deps=[dg.AssetKey(WAREHOUSE.name)],
        group_name=NAME,
        owners=OWNERS,
        kinds={"markdown", "html"},
    )
    def write_digest(
        context: dg.AssetExecutionContext,
        config: DigestConfig,
        lake: dg.ResourceParam[Lake],
        settings: dg.ResourceParam[Settings],
    ) -> dg.MaterializeResult[None]:
        day = date.fromisoformat(config.day) if config.day else datetime.now(UTC).date()
        digest, paths = weekly_digest(lake, settings, day)
        for warning in digest.warnings:
            context.log.warning(warning)
        addresses = addresses_of(settings)
        if addresses:
            try:
                send(digest, addresses)
            except PaperlakeError as error:  # the files are written
                raise dg.Failure(str(error)) from None
        return dg.MaterializeResult(
            metadata={
                "digest": dg.MetadataValue.md(markdown(digest)),
                "papers": dg.MetadataValue.int(digest.paper_count),
                "files": dg.MetadataValue.json([str(path.relative_to(lake.root)) for path in paths]),
                "sent_to": dg.MetadataValue.int(len(addresses)),
            }
        )

    return write_digest


def digest_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that writes the digest of the week before."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(NAME),
        description="Write the digest of a week. It reads the warehouse as it is.",
    )

    @dg.schedule(
        name=NAME,
        job=job,
        cron_schedule=settings.digest_cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Writes the digest of the week before.",
    )
    def weekly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date()
        return dg.RunRequest(
            run_key=day.isoformat(),
            run_config=dg.RunConfig(ops={NAME: DigestConfig(day=day.isoformat())}),
        )

    return weekly
