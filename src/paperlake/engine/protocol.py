"""The interface of an engine: a map over items, whose results come in order.

An item is a partition of the work: a dump, a slice of texts, a range of papers. Its result is a function of
the item alone, so that engines, the number of processes and repeated tasks change no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from paperlake.settings.units import MEGABYTE

Item = TypeVar("Item")
Result = TypeVar("Result")

Split = Callable[[Item], Sequence[Item]]
"""Return an item as smaller ones, in order; one item or none where it cannot be divided."""

TASK_BYTES = 256 * MEGABYTE  # of an item for which no other size is stated


class Engine(Protocol):
    """Computes the results of many items."""

    @property
    def process_count(self) -> int:
        """Return how many items other processes compute at a time; 1 where all are computed in this one."""
        ...

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        memory: int = TASK_BYTES,
        split: Split[Item] | None = None,
        in_python: bool = False,
    ) -> Iterator[Result]:
        """Yield the results of the items, in order; items are taken as there is room for them.

        Args:
            function: A function of a module, or a partial of one: a cluster imports it.
            items: What it is called with; a cluster gets them pickled.
            memory: Bytes that the function needs for one item.
            split: Divides an item for which the memory was not enough; the results of the parts come in its
                place. Without it, such an item is computed once more, with twice the memory.
            in_python: Whether the function runs mostly in Python, so that threads cannot speed it up.

        Raises:
            MemoryError: An item that cannot be divided needs more memory than there is.
            EngineError: A process ended each time when it computed an item.
        """
        ...


def halves(item: Item) -> Sequence[Item]:
    """Divide what has a length and slices, such as a frame; one row is not divided."""
    middle = len(item) // 2  # type: ignore[arg-type]
    return [item[:middle], item[middle:]] if middle else [item]  # type: ignore[index]
