"""Settings of what is shown and sent to readers: `paperlake serve` and digests."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr


class SharingSettings(BaseModel):
    """Settings of what is shown and sent to readers: `paperlake serve` and digests."""

    serve_host: str = Field(
        "127.0.0.1", min_length=1, description="The address on which `paperlake serve` listens."
    )
    serve_port: int = Field(8000, ge=0, le=65535, description="The port of `paperlake serve`.")
    serve_workers: int = Field(1, ge=1, le=64, description="Processes of `paperlake serve`.")
    serve_memory_mb: int = Field(
        512,
        ge=128,
        description="Memory in MB that DuckDB may take in each worker of `paperlake serve` for a build of "
        "the warehouse; for a moment after a rebuild, two are open.",
    )
    serve_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+$",
        description="The address by which readers reach `paperlake serve` through a proxy, like "
        "https://papers.example.org; feeds link to it. If not set, links are as the request says.",
    )
    serve_hosts: str = Field(
        "",
        description="Further names, separated by commas, by which requests to `paperlake serve` may call it; "
        "always allowed are localhost, the address it listens on, and the host of serve_url.",
    )
    serve_token: SecretStr | None = Field(
        None,
        description="If set, `paperlake serve` asks for it: a bearer token, or the password of any user; "
        "shown nowhere.",
    )
    serve_metrics: bool = Field(
        False,
        description="Whether `paperlake serve` tells Prometheus times and rows of stages, at /metrics.",
    )
    serve_requests_per_minute: int | None = Field(
        None,
        gt=0,
        description="Requests that each worker of `paperlake serve` answers to one client in a minute; no "
        "limit if not set.",
    )
    digest_weekly: bool = Field(
        False, description="Whether the asset weekly_digest writes a digest into report/digests/ each week."
    )
    digest_cron: str = Field("0 8 * * 1", description="When weekly_digest is written, in UTC.")
    digest_addresses: SecretStr | None = Field(
        None,
        description="Where weekly_digest and `paperlake digest --send` send it: addresses of apprise, "
        "separated by white space, like mailto:// or json://; shown nowhere.",
    )
