"""The engine of one machine: results in order, within the memory budget, and smaller items where it is not enough."""

import threading

import pytest

from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import halves
from tests.engine.tasks import total, twice

ENGINES = [LocalEngine(thread_count=1), LocalEngine(thread_count=3)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("in_python", [False, True])
def test_results_come_in_order(engine, in_python):
    assert list(engine.map(twice, range(50), in_python=in_python)) == [2 * n for n in range(50)]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_item_without_enough_memory_is_divided(engine):
    items = [list(range(10)), [10], list(range(11, 15))]
    parts = list(engine.map(total, items, split=halves))
    assert [n for part in parts for n in part] == list(range(15))
    assert max(map(len, parts)) <= 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("split", [None, lambda item: [item]])
def test_an_item_that_cannot_be_divided_fails(engine, split):
    with pytest.raises(MemoryError, match="too many numbers"):
        list(engine.map(total, [[1, 2, 3, 4]], split=split))


def test_no_more_items_at_a_time_than_the_memory_allows():
    lock, running, most = threading.Lock(), set(), []
    together = threading.Barrier(2, timeout=20)

    def compute(number):
        with lock:
            running.add(number)
            most.append(len(running))
        together.wait()  # two are computed at a time, or this ends with an error
        with lock:
            running.discard(number)
        together.wait()
        return number

    engine = LocalEngine(memory_bytes=250, thread_count=8)
    assert list(engine.map(compute, range(8), memory=100)) == list(range(8))
    assert max(most) == 2


def test_items_are_taken_as_there_is_room_for_them():
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = LocalEngine(thread_count=2).map(twice, items())
    assert next(results) == 0
    assert len(taken) <= 4
    results.close()
