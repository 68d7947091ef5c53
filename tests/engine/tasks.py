"""Functions that processes of a cluster import."""

import os
from pathlib import Path

from paperlake.errors import DamagedFileError

MOST = 3  # items that fit the memory


def total(numbers: list[int]) -> list[int]:
    """Return the numbers; a long list needs too much memory."""
    if len(numbers) > MOST:
        raise MemoryError("too many numbers")
    return numbers


def twice(number: int) -> int:
    return 2 * number


def end_once(item: tuple[int, Path]) -> int:
    """Return a number; the first process that computes it ends without a word."""
    number, marker = item
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return number
    os._exit(1)


def end_always(_number: int) -> int:
    os._exit(1)


def fail(path: Path) -> int:
    raise DamagedFileError(path, "is damaged.")


def need_memory_once(marker: Path) -> str:
    """Return a text; there is not enough memory the first time."""
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return "done"
    raise MemoryError
