"""A lake of all sample dumps, and the server over it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi.testclient import TestClient

from paperlake.lake import Lake
from paperlake.serve.application import create_app
from paperlake.settings import Settings
from tests.support.hostile_texts import FILE_NAME, hostile_dump
from tests.support.lakes import SAMPLES, fill
from tests.support.templates import Templates, copy_lake

BASE = "http://127.0.0.1"


def settings_of(lake: Lake, **others: object) -> Settings:
    return Settings(lake=lake.root, embedder="hashing", **others)


def client_of(lake: Lake, **settings: object) -> TestClient:
    return TestClient(create_app(settings_of(lake, **settings)), base_url=BASE, raise_server_exceptions=False)


@contextmanager
def serving(lake: Lake, **settings: object) -> Iterator[tuple[str, httpx2.Client]]:
    """Address of a server on loopback, and a client of it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = uvicorn.Server(
            uvicorn.Config(create_app(settings_of(lake, **settings)), log_level="warning")
        )
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx2.Client(base_url=address, timeout=60) as client:
                yield address, client
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def served(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of sample dumps with every stage built; tests must not change it."""
    daily = [f"daily_api/2024-06-14/{path.name}" for path in (SAMPLES / "daily_api/2024-06-14").iterdir()]
    root = tmp_path_factory.mktemp("serve") / "lake"
    return templates.filled(root, "listing/saved_page_june.txt", "listing/2025-04-02/trending.txt", *daily)


@pytest.fixture(scope="session")
def hostile(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of hostile texts, with a hostile name; tests must not change it."""

    def build(folder: Path) -> None:
        lake = Lake.open(folder)
        (lake.raw / FILE_NAME).write_text(hostile_dump())
        fill(lake, settings_of(lake, topic_min_papers=2))

    root = tmp_path_factory.mktemp("hostile") / "<b>lake"
    copy_lake(templates.once("hostile", build), root)
    return Lake.open(root)


@pytest.fixture(scope="session")
def client(served: Lake) -> Iterator[TestClient]:
    with client_of(served) as started:
        yield started
