"""Keys are found in a file of sorted keys, and damage to a chunk that is read is noticed."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlake.dedup.blocking.block_keys import BLOCK_LAYOUT
from paperlake.dedup.index import key_file
from paperlake.dedup.index.key_file import KeyFile, KeyWriter
from paperlake.errors import DamagedFileError

members = st.sets(st.tuples(st.integers(0, 12) | st.just(2**40 - 1), st.integers(0, 30)), max_size=60)


def packed_of(some: set[tuple[int, int]]) -> np.ndarray:
    keys, texts = np.array(sorted(some), np.uint64).reshape(-1, 2).T
    return BLOCK_LAYOUT.pack(key=keys, text=texts)


def written(folder, **rules: set[tuple[int, int]]) -> KeyFile:
    path = folder / "x.keys"
    with path.open("wb") as file:
        writer = KeyWriter(file)
        for rule, some in rules.items():
            writer.add(rule, packed_of(some))
    return KeyFile(path, writer.arrays())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(members, members, st.sets(st.integers(0, 14) | st.just(2**40 - 1)))
def test_keys_are_found_as_in_a_set(tmp_path, monkeypatch, one, other, wanted):
    monkeypatch.setattr(key_file, "CHUNK_KEYS", 3)
    file = written(tmp_path, one=one, other=other)
    for rule, some in (("one", one), ("other", other), ("none", set())):
        found = file.find(rule, np.array(sorted(wanted), np.uint64))
        assert sorted(found.tolist()) == packed_of({m for m in some if m[0] in wanted}).tolist()
        assert file.whole(rule).tolist() == packed_of(some).tolist()


def test_a_damaged_chunk_is_noticed_when_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(key_file, "CHUNK_KEYS", 3)
    file = written(tmp_path, one={(key, 1) for key in range(9)})
    with (tmp_path / "x.keys").open("r+b") as content:
        content.seek(8 * 7)
        content.write(b"\xff")
    assert len(file.find("one", np.array([1], np.uint64))) == 1
    with pytest.raises(DamagedFileError):
        file.find("one", np.array([8], np.uint64))


def test_a_cut_file_is_refused(tmp_path):
    file = tmp_path / "x.keys"
    written(tmp_path, one={(1, 1), (2, 2)})
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(DamagedFileError):
        KeyFile(file, {"chunks_one": np.array([[0, 0, 2, 0]], np.uint64)})
