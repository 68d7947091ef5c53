"""Settings of fetching dumps: daily listings and harvests of arXiv and OpenAlex."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from paperlake.settings.units import MEGABYTE


class FetchSettings(BaseModel):
    """Settings of fetching dumps: daily listings and harvests of arXiv and OpenAlex."""

    daily_listing: bool = Field(
        False,
        description="Whether the asset daily_listing fetches the daily API's answers; it needs a network.",
    )
    daily_start: date = Field(
        date(2023, 5, 4),
        description="The first day of which daily_listing knows; the site's listings begin here.",
    )
    daily_cron: str = Field("30 5 * * *", description="When daily_listing fetches the last days, in UTC.")
    daily_api_url: str = Field(
        "https://huggingface.co/api/daily_papers?limit=100",
        pattern=r"^https?://",
        description="Where daily_listing asks for a day's answer; `date` is added to the query.",
    )
    daily_recent_days: int = Field(
        3, ge=0, description="Today and the days before it that daily_listing fetches again on each run."
    )
    daily_timeout_seconds: float = Field(60.0, gt=0, description="An answer that takes longer has failed.")
    daily_attempts: int = Field(4, gt=0, description="Requests for one day before it has failed.")
    daily_retry_seconds: float = Field(
        60.0, ge=0, description="Time before a run whose days all failed is tried again."
    )
    daily_interval_seconds: float = Field(1.0, ge=0, description="Least time between two requests.")
    daily_answer_bytes: int = Field(
        64 * MEGABYTE, gt=0, description="A larger answer is not stored, in bytes."
    )
    harvest_contact: str | None = Field(
        None,
        pattern=r"^[!-~]([ -~]*[!-~])?$",
        description="An e-mail address or a web page that each request of a harvest names, as sources ask.",
    )
    harvest_arxiv: bool = Field(
        False, description="Whether the asset arxiv_harvest fetches arXiv's records; it needs a network."
    )
    harvest_openalex: bool = Field(
        False, description="Whether the asset openalex_harvest fetches OpenAlex's works; it needs a network."
    )
    harvest_start: date = Field(
        date(2024, 1, 1), description="The first day of which arxiv_harvest and openalex_harvest know."
    )
    harvest_cron: str = Field(
        "30 4 * * *", description="When arxiv_harvest and openalex_harvest fetch the last days, in UTC."
    )
    harvest_recent_days: int = Field(
        7, gt=0, description="Days up to yesterday of which each scheduled harvest fetches what is missing."
    )
    harvest_timeout_seconds: float = Field(180.0, gt=0, description="A page that takes longer has failed.")
    harvest_attempts: int = Field(6, gt=0, description="Requests for one page before its day has failed.")
    harvest_answer_bytes: int = Field(
        64 * MEGABYTE, gt=0, description="A larger page is not stored, in bytes."
    )
    harvest_max_pages: int = Field(9999, gt=0, le=9999, description="A day of more pages has failed.")
    harvest_arxiv_url: str = Field(
        "https://oaipmh.arxiv.org/oai", pattern=r"^https?://", description="Where arXiv answers OAI-PMH."
    )
    harvest_arxiv_set: str = Field(
        "cs", description="The set of arXiv's records to fetch, such as physics:hep-th; empty for all."
    )
    harvest_arxiv_prefix: Literal["arXiv", "arXivRaw", "oai_dc"] = Field(
        "arXiv", description="The format of arXiv's records; arXivRaw has the dates of all versions."
    )
    harvest_arxiv_interval_seconds: float = Field(
        3.0, ge=0, description="Least time between two requests to arXiv, which asks for 3 seconds."
    )
    harvest_openalex_url: str = Field(
        "https://api.openalex.org/works", pattern=r"^https?://", description="Where OpenAlex lists works."
    )
    harvest_openalex_filter: str = Field(
        "primary_topic.field.id:17",
        description="The works of OpenAlex to fetch, as its API writes filters (17 is computer science); "
        "empty for all.",
    )
    harvest_openalex_date: Literal["updated", "created", "publication"] = Field(
        "updated",
        description="The date of a work that decides its day; OpenAlex wants a key for the first two.",
    )
    harvest_openalex_key: SecretStr | None = Field(
        None, description="The key of OpenAlex, shown nowhere; without one, only publication dates work."
    )
    harvest_openalex_interval_seconds: float = Field(
        1.0, ge=0, description="Least time between two requests to OpenAlex."
    )
