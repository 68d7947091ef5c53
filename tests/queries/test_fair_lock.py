"""Threads get a place of the lock in the order in which they asked, and no more than it has."""

import threading
import time

from paperlake.queries.open_builds.fair_lock import FairLock


def test_those_who_asked_first_come_first() -> None:
    lock, came, inside = FairLock(), [], []

    def take(number: int) -> None:
        with lock:
            inside.append(number)
            assert len(inside) == 1
            came.append(number)
            time.sleep(0.001)
            inside.remove(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with lock:
        for number, thread in enumerate(threads):
            thread.start()
            while len(lock._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert came == list(range(20))
    with lock:
        pass


def test_as_many_hold_it_as_it_has_places() -> None:
    lock, inside, most = FairLock(3), [], []

    def take(number: int) -> None:
        with lock:
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 3
    assert len(most) == 9
