"""A cache with a bound on what it holds, for any number of threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Keeps values up to a total size; those that were asked for longest ago are dropped first.

    Args:
        max_size: The greatest sum of the sizes of all values. A value that is larger alone is not kept.
        size: Returns the size of a value; 1 for each if None.
    """

    def __init__(self, max_size: int, size: Callable[[Value], int] | None = None) -> None:
        self._max_size, self._size_of = max_size, size or (lambda _value: 1)
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._guard = threading.Lock()
        self.size = 0
        """The sum of the sizes of all values."""

    def get(self, key: Key) -> Value | None:
        """Return the value of a key; None if there is none."""
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        size = self._size_of(value)
        with self._guard:
            _, replaced = self._kept.pop(key, (None, 0))
            self.size -= replaced
            if size > self._max_size:
                return
            self._kept[key] = (value, size)
            self.size += size
            while self.size > self._max_size:
                _, (_, dropped) = self._kept.popitem(last=False)
                self.size -= dropped

    def clear(self) -> None:
        """Forget all values."""
        with self._guard:
            self._kept.clear()
            self.size = 0
