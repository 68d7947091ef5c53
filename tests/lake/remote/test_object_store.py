from datetime import timedelta
from pathlib import Path

import pytest

from paperlake.errors import LakeError
from paperlake.lake.remote import object_store
from paperlake.lake.remote.object_store import ConflictError, ObjectStore, is_safe_key
from tests.support.s3_server import S3Server


def test_what_is_put_is_read(store: ObjectStore, tmp_path: Path) -> None:
    tag = store.put("a/b.txt", b"content")
    assert store.get("a/b.txt") == (b"content", f'"{tag}"')
    (listed,) = store.list("a/")
    assert (listed.key, listed.byte_size, listed.e_tag) == ("a/b.txt", 7, tag)
    assert store.fetch("a/b.txt", tmp_path / "x" / "b.txt")
    assert (tmp_path / "x" / "b.txt").read_bytes() == b"content"


def test_what_is_not_there(store: ObjectStore, tmp_path: Path) -> None:
    assert store.get("no") is None
    assert store.find("no") is None
    assert not store.fetch("no", tmp_path / "no")
    assert not (tmp_path / "no").exists()
    store.delete(["no", "neither"])


def test_of_two_that_replace_a_version_one_fails(store: ObjectStore) -> None:
    first = store.put_if("head", b"1", None)
    with pytest.raises(ConflictError):
        store.put_if("head", b"other", None)
    store.put_if("head", b"2", first)
    with pytest.raises(ConflictError):
        store.put_if("head", b"3", first)
    assert store.get("head")[0] == b"2"


def test_a_large_file_arrives_whole(store: ObjectStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100_000  # several parts of a multipart upload
    (tmp_path / "large").write_bytes(content)
    store.put("large", tmp_path / "large")
    store.fetch("large", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == content


def test_a_server_that_is_busy_is_asked_again(store: ObjectStore, server: S3Server) -> None:
    refusals = iter(["refuse"] * 3)
    server.fault = lambda _method, _path: next(refusals, None)
    store.put("a", b"content")
    assert store.get("a")[0] == b"content"


def test_a_server_that_stays_away_is_an_error_that_hides_the_key(
    url: str, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "MAX_RETRIES", 1)
    monkeypatch.setattr(object_store, "RETRY_TIMEOUT", timedelta(seconds=1))
    server.fault = lambda _method, _path: "refuse"
    with pytest.raises(
        LakeError, match=r"Cannot write s3://bucket-.*/some/lake/a: .*Check the network"
    ) as found:
        ObjectStore(url).put("a", b"content")
    assert "planted" not in str(found.value)


@pytest.mark.parametrize(
    "key", ["raw/../x", "/etc/x", "raw//x", "raw/./x", "raw/a\nb", "raw/\x00", "a\\b", "raw/" + "x" * 300, ""]
)
def test_names_that_are_no_files(key: str) -> None:
    assert not is_safe_key(key)


def test_names_that_are_files() -> None:
    assert is_safe_key("raw/day 1/Übersicht.json")
