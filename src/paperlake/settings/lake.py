"""Settings of the lake: where it is, and where this machine keeps a copy of one in an object store."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field


class LakeSettings(BaseModel):
    """Settings of the lake: where it is, and where this machine keeps a copy of one in an object store."""

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
