"""Every knob of paperlake, typed, with its default and its environment variable.

The only place that reads the environment: a field `x` is set by `PAPERLAKE_X`. What decides the content
of tables goes into a stage's fingerprint (`for_stage`), so changing it makes that stage stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from paperlake.errors import UsageError

MEGABYTE = 1 << 20

# Which settings decide the tables of which stage; the rest (threads, device, intervals) only decide how.
STAGE_SETTINGS: dict[str, tuple[str, ...]] = {
    "raw_dumps": ("max_dump_bytes",),
    "parsed_entries": (
        "max_dump_bytes", "max_decompressed_bytes", "max_whole_bytes", "max_line_chars", "max_json_depth",
        "max_dump_entries",
    ),
    "papers": ("near_duplicate_jaccard",),
    "paper_embeddings": (),
    "topics": ("topic_min_papers",),
    "warehouse": ("similar_count",),
}


class Settings(BaseSettings):
    """All settings; construct with keywords to override the environment."""

    model_config = SettingsConfigDict(env_prefix="PAPERLAKE_", extra="forbid", frozen=True)

    lake: Path = Field(Path("data_lake"), description="The folder that holds everything.")

    max_dump_bytes: int = Field(
        16_384 * MEGABYTE, gt=0, description="A larger dump is rejected whole, in bytes as stored."
    )
    max_decompressed_bytes: int = Field(
        32_768 * MEGABYTE, gt=0, description="A dump that decompresses to more is rejected whole, in bytes."
    )
    max_whole_bytes: int = Field(
        512 * MEGABYTE, gt=0, description="A larger page, listing or daily answer is rejected whole, in bytes."
    )
    max_line_chars: int = Field(
        1 * MEGABYTE, gt=0, description="A longer line of a text dump is a reject, in characters."
    )
    max_json_depth: int = Field(100, gt=0, description="JSON that nests deeper is rejected, in levels.")
    max_dump_entries: int = Field(20_000_000, gt=0, description="A dump of more entries is rejected whole.")

    near_duplicate_jaccard: float = Field(
        0.5, gt=0, lt=1, description="Shingle overlap at which two abstracts become candidates."
    )

    embedder: Literal["torch", "hashing"] = Field(
        "torch", description="Which kind of embedder makes the vectors; hashing is for tests only."
    )
    embedder_model: str = Field(
        "bundled",
        description="The model: bundled, a folder with safetensors, or a hub name; for http, the server's name.",
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
    embedder_part_rows: int = Field(
        2000, gt=0, description="Vectors in one part file: what a kill can lose at most."
    )

    topic_min_papers: int = Field(4, gt=1, description="A finer topic holds at least this many papers.")

    similar_count: int = Field(10, gt=0, le=100, description="Rows of similar_papers for each paper.")

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

    def for_stage(self, stage: str) -> dict[str, Any]:
        """The settings that decide the tables of one stage, by name."""
        return {name: getattr(self, name) for name in STAGE_SETTINGS[stage]}


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401
    """Settings from the environment, with `overrides` that are not None on top.

    Raises:
        UsageError: A value is out of range or not of its type; the message names the variable.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = "; ".join(
            f"PAPERLAKE_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            f" (got {problem['input']!r})"
            for problem in error.errors()
        )
        raise UsageError(f"Settings: {problems}") from error
