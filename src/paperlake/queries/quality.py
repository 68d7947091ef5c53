"""Questions about the lake as a whole: counts, checks, rejects, dumps, merges."""

from __future__ import annotations

from paperlake.queries.open_builds.builds import Build, Row


def overview(build: Build) -> Row:
    """Return counts and dates of the whole lake."""
    found = build.row("overview")
    assert found is not None  # noqa: S101  # a row of aggregates
    return found


def checks(build: Build) -> tuple[Row, ...]:
    """Return the rows of stage_checks, failed ones first."""
    return build.rows("checks")


def rejects(build: Build) -> tuple[Row, ...]:
    """Return rejects by reason_code: reject_count, dump_count, and a reason."""
    return build.rows("rejects")


def dumps(build: Build, limit: int = 200) -> tuple[Row, ...]:
    """Return dumps, newest first."""
    return build.rows("dumps", {"limit": limit})


def merges(build: Build) -> tuple[Row, ...]:
    """Return entries by match_method: entry_count and least_score."""
    return build.rows("merges")
