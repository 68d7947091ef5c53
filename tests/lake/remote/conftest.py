from collections.abc import Iterator
from pathlib import Path

import pytest

from paperlake.lake import FORMAT_VERSION
from paperlake.lake.remote.object_store import ObjectStore
from paperlake.lake.remote.remote_lake import RemoteLake
from paperlake.lake.remote.working_copy import Statement, make_working_copy
from tests.support.s3_server import S3Server, s3_server

LEASE_SECONDS = 0.6


@pytest.fixture(scope="session")
def running_server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def server(running_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    for name, value in running_server.environment.items():
        monkeypatch.setenv(name, value)
    running_server.recover()
    yield running_server
    running_server.recover()


@pytest.fixture
def url(server: S3Server) -> str:
    return server.new_bucket()


@pytest.fixture
def store(url: str) -> ObjectStore:
    return ObjectStore(url)


class Machines:
    """Working copies of one lake on several machines."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def copy(self, name: str) -> Path:
        return make_working_copy(self.url, self.folder / name, LEASE_SECONDS)

    def lake(self, name: str) -> RemoteLake:
        """Return the lake as a process of that machine sees it, which holds nothing yet."""
        return RemoteLake(self.copy(name), Statement(self.url, LEASE_SECONDS), FORMAT_VERSION)


@pytest.fixture
def machines(url: str, tmp_path: Path) -> Machines:
    return Machines(url, tmp_path)
