"""Lakes that tests copy: each is filled once, for all processes of a test run."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, fill, put


class Templates:
    """Folders that are built on first use; only copies of them are changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def once(self, name: str, build: Callable[[Path], None]) -> Path:
        """Return a folder that one process builds while the others wait."""
        place = self._folder / name
        with FileLock(self._folder / f"{name}.lock"):
            if not place.exists():
                partial = self._folder / "building" / name  # the title of a report is the name of its lake
                shutil.rmtree(partial, ignore_errors=True)
                partial.parent.mkdir(exist_ok=True)
                build(partial)
                partial.rename(place)
        return place

    def filled(self, root: Path, *dumps: str) -> Lake:
        """Copy a lake to `root` that has every stage built, with the hashing embedder.

        Args:
            root: The folder of the copy; what is there is replaced.
            dumps: Paths of sample dumps. Each is in raw/ under the first folder of its path.
        """

        def build(folder: Path) -> None:
            lake = Lake.open(folder / "lake")
            for dump in dumps:
                put(lake, SAMPLES / dump, folder=Path(dump).parts[0])
            fill(lake, Settings(lake=lake.root, embedder="hashing"))

        name = hashlib.sha256("\n".join(sorted(dumps)).encode()).hexdigest()[:16]
        shutil.rmtree(root, ignore_errors=True)
        copy_lake(self.once(name, build) / "lake", root)
        return Lake.open(root)


def copy_lake(lake: Path, target: Path) -> None:
    """Copy a lake with the times of its files, and with their second names as such, so that it is up to date."""
    copied: dict[tuple[int, int], str] = {}

    def copy(source: str, place: str) -> None:
        found = Path(source).stat()
        first = copied.setdefault((found.st_dev, found.st_ino), place)
        if first == place:
            shutil.copy2(source, place)
        else:
            os.link(first, place)

    shutil.copytree(lake, target, copy_function=copy)
