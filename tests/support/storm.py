"""The size of the storms (tests/storms): a sample in each run of the tests, all of it in `make storm`.

`STORM=1` in the environment asks for all of it. The name has no prefix PAPERLAKE_, since it is no setting.
"""

from __future__ import annotations

import os
from typing import TypeVar

Size = TypeVar("Size")

IS_STORM = os.environ.get("STORM", "") not in ("", "0")


def size(sample: Size, whole: Size) -> Size:
    """Return how much to do: a sample, or all in `make storm`."""
    return whole if IS_STORM else sample
