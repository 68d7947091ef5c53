import threading
import time
from dataclasses import replace

import pytest

from paperlake.errors import LakeBusyError
from paperlake.lake.remote.head import Head, read_head, replace_head
from paperlake.lake.remote.lease import HeldLease, LeaseLostError, acquire
from paperlake.lake.remote.object_store import ConflictError, ObjectStore
from tests.support.s3_server import S3Server

FIRST = Head(2)
SECONDS = 0.6


def take(store: ObjectStore, who: str, wait_seconds: float = 0.0) -> HeldLease:
    return acquire(store, FIRST, who, SECONDS, wait_seconds, None)


def test_one_holds_and_gives_back(store: ObjectStore) -> None:
    held = take(store, "first")
    assert read_head(store).head.lease.who == "first"
    assert not held.was_taken_over
    held.release()
    assert read_head(store).head.lease is None
    take(store, "second").release()


def test_a_holder_that_beats_is_waited_for_and_named(store: ObjectStore) -> None:
    held = take(store, "first")
    told = []
    with pytest.raises(LakeBusyError, match=r"is held by first \(process \d+ on "):
        acquire(store, FIRST, "second", SECONDS, 0.0, told.append)
    assert len(told) == 1
    assert "Waiting for it to end" in told[0]
    threading.Timer(1.0, held.release).start()
    take(store, "second", wait_seconds=30).release()


def test_a_holder_without_a_beat_is_taken_over_and_commits_nothing(store: ObjectStore) -> None:
    paused = take(store, "paused")
    paused.stop()
    started = time.monotonic()
    held = take(store, "second")
    assert time.monotonic() - started >= SECONDS
    assert held.was_taken_over
    with pytest.raises(LeaseLostError, match="was taken over by second"):
        paused.change(lambda head: head.committed("papers", "manifests/late"))
    paused.release()
    assert read_head(store).head.lease.who == "second"
    assert read_head(store).head.manifests == {}
    held.release()


def test_a_dead_process_of_this_machine_is_not_waited_for(store: ObjectStore) -> None:
    held = take(store, "first")
    held.stop()
    stored = read_head(store)
    lease = replace(stored.head.lease, pid=2**22 + 1, started="1", seconds=600)
    replace_head(store, stored, replace(stored.head, lease=lease))
    take(store, "second").release()


def test_an_answer_that_is_lost_is_no_conflict(store: ObjectStore, server: S3Server) -> None:
    held = take(store, "first")
    lost = iter(["lose"])
    server.fault = lambda method, path: next(lost, None) if method == "PUT" else None
    held.change(lambda head: head.committed("papers", "manifests/one"))
    assert (held.head.generation, read_head(store).head.generation) == (1, 1)
    held.change(lambda head: head.committed("topics", "manifests/two"))
    held.release()


def test_races_of_two_writers_give_each_generation_once(store: ObjectStore) -> None:
    replace_head(store, read_head(store), FIRST)
    won: list[int] = []

    def write(name: str) -> None:
        for number in range(50):
            while True:
                stored = read_head(store)
                try:
                    new = replace_head(store, stored, stored.head.committed(name, f"{name}{number}"))
                except ConflictError:
                    continue
                won.append(new.head.generation)
                break

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(won) == list(range(1, 101))
    assert read_head(store).head.manifests == {"a": "a49", "b": "b49"}


def test_of_those_that_take_the_lake_at_once_one_has_it(store: ObjectStore) -> None:
    inside, most = [], []

    def hold(number: int) -> None:
        held = take(store, f"holder {number}", wait_seconds=60)
        inside.append(number)
        most.append(len(inside))
        time.sleep(0.05)
        inside.remove(number)
        held.release()

    holders = [threading.Thread(target=hold, args=(number,)) for number in range(6)]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join()
    assert most == [1] * 6
