"""Every setting of paperlake, typed, with its default.

The only place that reads the environment: `PAPERLAKE_X` sets the field `x`. The other sources, and which of
them has precedence, are in `setting_sources.py`. Which settings decide the content of tables is declared by
the stages.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from paperlake.text.secrets import has_secret

MEGABYTE = 1 << 20
PREFIX = "PAPERLAKE_"
LOCAL_KINDS = ("auto", "torch", "openvino")
"""Embedders that run a model's folder in this process, with vectors that are equal within 1e-5."""


class Settings(BaseSettings):
    """All settings; construct with keywords to override the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    lake: Path = Field(
        Path("data_lake"),
        description="The folder that contains everything, or the URL of an object store, such as "
        "s3://bucket/prefix.",
    )
    working_copies: Path = Field(
        Path("~/.cache/paperlake"),
        description="Where this machine keeps its working copy of each lake in an object store.",
    )
    lease_seconds: float = Field(
        60.0,
        ge=1,
        description="A lake in an object store is taken over from a holder that has not written to it for "
        "so long.",
    )

    max_dump_bytes: int = Field(
        16_384 * MEGABYTE, gt=0, description="A larger dump is rejected whole, in bytes as stored."
    )
    max_decompressed_bytes: int = Field(
        32_768 * MEGABYTE, gt=0, description="A dump that decompresses to more is rejected whole, in bytes."
    )
    max_whole_bytes: int = Field(
        512 * MEGABYTE,
        gt=0,
        description="A larger page, listing or daily answer is rejected whole, in bytes.",
    )
    max_line_chars: int = Field(
        1 * MEGABYTE, gt=0, description="A longer line of a text dump is a reject, in characters."
    )
    max_json_depth: int = Field(100, gt=0, description="JSON that nests deeper is rejected, in levels.")
    max_xml_record_bytes: int = Field(
        8 * MEGABYTE, gt=0, description="A longer record of XML is a reject, in bytes."
    )
    max_dump_entries: int = Field(20_000_000, gt=0, description="A dump of more entries is rejected whole.")

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

    near_duplicate_jaccard: float = Field(
        0.5, gt=0, lt=1, description="Shingle overlap at which two abstracts become candidates."
    )

    embedder: Literal["auto", "torch", "openvino", "http", "ray", "hashing"] = Field(
        "auto",
        description="Which kind of embedder computes the vectors; auto is the fastest of torch and openvino "
        "here, hashing is for tests only.",
    )
    embedder_model: str = Field(
        "bundled",
        description="bundled, a preset such as bge-small-en-v1.5, a folder with safetensors, or a hub name, "
        "which may end in @ and a revision; for http, the server's name of it.",
    )
    embedder_max_tokens: int = Field(256, gt=8, le=8192, description="Longer texts are cut, in tokens.")
    embedder_batch_tokens: int | None = Field(
        None, gt=0, description="Tokens of one forward pass, padding included; by device if not set."
    )
    embedder_device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where the model runs."
    )
    embedder_dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="What the model computes in; auto is float32, but bfloat16 on CUDA."
    )
    embedder_url: str | None = Field(
        None, description="Of the http embedder: the address of /embeddings, like http://127.0.0.1:8080/v1."
    )
    embedder_model_id: str | None = Field(
        None, description="Of the http embedder: names model, weights, pooling and limit in the vector store."
    )
    embedder_dimension: int | None = Field(
        None,
        gt=0,
        description="Numbers of a vector: vectors are truncated to so many, which suits Matryoshka models; "
        "for http, what the server returns.",
    )
    embedder_api_key: SecretStr | None = Field(
        None, description="Of the http embedder: sent as a bearer token, shown nowhere."
    )
    embedder_http_batch: int = Field(32, gt=0, description="Of the http embedder: texts in one request.")
    embedder_concurrency: int = Field(4, gt=0, description="Of the http embedder: requests side by side.")
    embedder_timeout_seconds: float = Field(
        60.0, gt=0, description="Of the http embedder: how long the server may be silent."
    )
    embedder_retries: int = Field(
        5, ge=0, description="Of the http embedder: further tries of a request that failed."
    )
    embedder_ray_kind: Literal["auto", "torch", "openvino", "hashing"] = Field(
        "auto", description="Of the ray embedder: the kind that each worker runs."
    )
    embedder_ray_address: str | None = Field(
        None, description="Of the ray embedder: the cluster's address, or auto; if not set, one is started."
    )
    embedder_ray_workers: int | None = Field(
        None, gt=0, description="Of the ray embedder: workers; as many as fit if not set."
    )
    embedder_ray_worker_cpus: float = Field(
        1.0, ge=0, description="Of the ray embedder: CPU cores of one worker."
    )
    embedder_ray_worker_gpus: float = Field(0.0, ge=0, description="Of the ray embedder: GPUs of one worker.")
    embedder_part_rows: int = Field(
        2000, gt=0, description="Vectors in one part file: what a kill can lose at most."
    )
    embedder_store: Literal["float32", "float16"] = Field(
        "float32",
        description="How new vectors are stored: float16 halves the store and rounds each number.",
    )
    reembed: bool = Field(
        False,
        description="Whether a run may embed all papers again because the model is not the lake's; "
        "otherwise it asks, or fails.",
    )

    topic_min_papers: int = Field(4, gt=1, description="A subtopic has at least this many papers.")

    topic_refit: Literal["auto", "always", "drift", "never"] = Field(
        "auto",
        description="When topics are fitted again: always, when new papers drift away from them, or never; "
        "auto is always below 5,000 papers, and drift above.",
    )

    topic_names_url: str | None = Field(
        None,
        description="Where topics are named by a language model: an address with OpenAI's chat completions, "
        "like http://127.0.0.1:11434/v1 of Ollama; topics are named by phrases of their papers if not set.",
    )
    topic_names_model: str | None = Field(
        None, min_length=1, validate_default=True, description="The server's name of that model."
    )
    topic_names_api_key: SecretStr | None = Field(
        None, description="Of that server: sent as a bearer token, shown nowhere."
    )
    topic_names_max_tokens: int = Field(
        500_000, gt=0, description="Tokens of prompts and answers that naming topics may use in one run."
    )
    topic_names_max_topics: int | None = Field(
        None, gt=0, description="Topics about which one run may ask; no limit if not set."
    )
    topic_names_price: float | None = Field(
        None,
        ge=0,
        description="Price of a million tokens, in any currency: a run then tells the cost of names.",
    )
    topic_names_timeout_seconds: float = Field(
        60.0, gt=0, description="A name that takes longer has failed; it is asked for again."
    )
    topic_names_retries: int = Field(
        2, ge=0, description="Further tries of a request for a name that failed."
    )
    topic_names_max_seconds: float = Field(
        900.0, gt=0, description="Time that one run spends on asking for names."
    )
    topic_names_concurrency: int = Field(
        4, gt=0, le=64, description="Requests for names that are sent side by side."
    )

    similar_count: int = Field(10, gt=0, le=100, description="Rows of similar_papers for each paper.")

    warehouse_keep_builds: int = Field(
        2, gt=0, le=100, description="Builds of the warehouse to keep, the one in use among them."
    )

    engine: Literal["local", "ray"] = Field(
        "local",
        description="What computes the heavy parts of stages: threads of this machine, or tasks on a Ray "
        "cluster whose nodes all mount the lake's folder.",
    )
    engine_memory_bytes: int = Field(
        2_048 * MEGABYTE,
        gt=0,
        description="Of the local engine: memory that parts computed at a time may need together, in bytes; "
        "one is computed in any case.",
    )
    engine_ray_address: str | None = Field(
        None, description="Of the ray engine: the cluster's address, or auto; if not set, one is started."
    )

    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process", description="How Dagster runs the steps of a run started in the UI."
    )
    schedule_cron: str = Field("0 6 * * *", description="When the daily schedule ticks, in UTC.")
    sensor_seconds: int = Field(
        20, ge=5, description="Seconds between two looks of the sensor at raw/; it waits for two alike."
    )
    lock_wait_seconds: float = Field(
        6 * 3600.0, ge=0, description="How long a run started by the UI waits for the lake."
    )
    ui_port: int = Field(3000, ge=0, le=65535, description="The port of the Dagster UI on 127.0.0.1.")

    log_format: Literal["colored", "json"] = Field(
        "colored",
        description="The form of what the processes of the UI and their runs log: lines for people, or one "
        "JSON object per line.",
    )
    alert_addresses: SecretStr | None = Field(
        None,
        description="Where the sensors run_failed and stale_assets send alerts: addresses of apprise, "
        "separated by white space, like mailto:// or json://; shown nowhere. Without them the sensors do not "
        "exist.",
    )
    alert_seconds: int = Field(
        60, ge=5, description="Seconds between two looks of the sensors that send alerts."
    )

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

    @field_validator("topic_names_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        """Refuse what is no HTTP URL, and one with a secret, which messages would show."""
        if url is None:
            return None
        if "@" in url or has_secret(url):
            raise ValueError(
                "The URL contains a user, a password or a key. Put the key into PAPERLAKE_TOPIC_NAMES_API_KEY"
            )
        if not re.match(r"https?://[^/?#\s]+[^#\s]*$", url):
            raise ValueError("The URL must begin with http:// or https://, like http://127.0.0.1:11434/v1")
        return url

    @field_validator("topic_names_model")
    @classmethod
    def _is_named(cls, model: str | None, info: ValidationInfo) -> str | None:
        """Refuse an address without a model: the name of the model decides which answers are kept."""
        if model is None and info.data.get("topic_names_url"):
            raise ValueError("PAPERLAKE_TOPIC_NAMES_URL is set; name the model, as the server calls it")
        return model

    @field_validator("embedder_api_key", "serve_token", "topic_names_api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        """Remove white space around the key, and refuse what no header can contain; never show it."""
        text = key.get_secret_value().strip() if key else ""
        if not all("!" <= char <= "~" for char in text):
            raise ValueError(
                "The key has a character that cannot be sent in a header (a space, a line break, a control "
                "character or a letter such as é). Copy it again"
            )
        return SecretStr(text) if text else None


def without_secrets(settings: Settings) -> Settings:
    """Return the settings without keys and tokens, for processes that need none."""
    return settings.model_copy(update={name: None for name in Settings.model_fields if is_secret(name)})


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def is_secret(name: str) -> bool:
    """Return whether the value of a setting may never be shown."""
    return SecretStr in get_args(Settings.model_fields[name].annotation)


def hides_gpus() -> bool:
    """Return whether the environment hides NVIDIA GPUs from CUDA programs."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")


def own_variables() -> dict[str, str]:
    """Return the environment variables that begin with PAPERLAKE_, their names in capitals."""
    return {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}
