"""Write the digest of some days into `report/digests/`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from paperlake.digests.content import Digest, make_digest
from paperlake.digests.period import Period
from paperlake.digests.writing import ENDINGS, WRITERS
from paperlake.lake import Lake
from paperlake.lake.files import write_bytes
from paperlake.queries import Builds
from paperlake.settings import Settings

DAYS = 7


def weekly_digest(lake: Lake, settings: Settings, day: date) -> tuple[Digest, list[Path]]:
    """Write the digest of the seven days before a day, of everything and of each reading list.

    Each format is a file, whole or absent. The day itself belongs to the next digest, so that no paper is in
    two of them.

    Returns:
        The digest and its files.

    Raises:
        LakeError: There is no warehouse.
    """
    period = Period(day - timedelta(days=DAYS), day - timedelta(days=1))
    builds = Builds(lake, settings)
    try:
        with builds.reading() as build:
            digest = make_digest(build, lake, period)
    finally:
        builds.close()
    paths = []
    for name, write in WRITERS.items():
        paths.append(lake.digest(day, ENDINGS[name]))
        write_bytes(paths[-1], write(digest).encode())
    return digest, paths
