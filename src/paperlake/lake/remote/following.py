"""Follow a lake in an object store while it is read for a long time, as a server does."""

from __future__ import annotations

import logging
import threading

from paperlake.errors import LakeError
from paperlake.lake import Lake

REFRESH_SECONDS = 15.0

_log = logging.getLogger(__name__)


class Follower:
    """Takes over new commits and fetches the warehouse, in a thread; does nothing for a lake in a folder."""

    def __init__(self, lake: Lake, seconds: float = REFRESH_SECONDS) -> None:
        self._lake, self._seconds = lake, seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        if lake.remote:
            self._thread = threading.Thread(target=self._follow, name="paperlake-follow", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; a refresh that has begun is waited for."""
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _follow(self) -> None:
        was_reached = True
        while not self._ended.wait(self._seconds):
            try:
                self._lake.refresh()
                self._lake.bring_warehouse()
            except LakeError as error:
                if was_reached:  # said once, not every 15 s
                    _log.warning("%s The last known build is served.", error)
                was_reached = False
            else:
                was_reached = True
