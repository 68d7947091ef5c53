"""Keep the memory of a process that runs for long flat, where the C library is glibc.

glibc gives threads up to 8 arenas per processor, and what is freed in an arena stays with the process.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

M_ARENA_MAX = -8  # of malloc.h
MAX_ARENAS = 2


def limit_arenas() -> None:
    """Let all threads that begin from now on share `MAX_ARENAS` arenas."""
    library = _glibc()
    if library is not None:
        library.mallopt(M_ARENA_MAX, MAX_ARENAS)


def return_free_memory() -> None:
    """Give the memory that is free back to the system."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
    except OSError:
        return None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
