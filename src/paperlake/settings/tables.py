"""Settings of the tables that follow from papers, and of the warehouse."""

from __future__ import annotations

from pydantic import BaseModel, Field


class TableSettings(BaseModel):
    """Settings of the tables that follow from papers, and of the warehouse."""

    near_duplicate_jaccard: float = Field(
        0.5, gt=0, lt=1, description="Shingle overlap at which two abstracts become candidates."
    )
    similar_count: int = Field(10, gt=0, le=100, description="Rows of similar_papers for each paper.")
    warehouse_keep_builds: int = Field(
        2, gt=0, le=100, description="Builds of the warehouse to keep, the one in use among them."
    )
