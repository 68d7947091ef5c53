"""A lake of sample dumps with reading lists, and its current build."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paperlake.lake import Lake
from paperlake.queries import Build, Builds
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from tests.support.templates import Templates


def lake_with_days(templates: Templates, root: Path) -> Lake:
    """Return a lake of two dated listings; nothing is in curated/."""
    return templates.filled(
        root, "listing/saved_page_june.txt", "daily_api/2024-06-14/2024-06-15T070000Z.json"
    )


def put_list(lake: Lake, file: str, *lines: str) -> None:
    """Write a reading list."""
    lake.reading_lists.mkdir(parents=True, exist_ok=True)
    (lake.reading_lists / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def remove_lists(lake: Lake) -> None:
    """Delete all reading lists."""
    for path in lake.reading_lists.glob("*"):
        path.unlink()


def paper_ids(lake: Lake, where: str = "true") -> list[str]:
    """Return the ids of papers, in order."""
    return [row[0] for row in query(lake, f"SELECT paper_id FROM papers WHERE {where} ORDER BY paper_id")[1]]


@contextmanager
def current_build(lake: Lake) -> Iterator[Build]:
    """Open the current build of the warehouse."""
    builds = Builds(lake, Settings(lake=lake.root, embedder="hashing"))
    try:
        with builds.reading() as build:
            yield build
    finally:
        builds.close()
