"""Digests are sent by apprise to a receiver on loopback; an address is never shown."""

import logging
from datetime import date

import pytest

from paperlake.digests import Digest, Period, Section, Subject
from paperlake.digests.sending import addresses_of, send
from paperlake.errors import PaperlakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.command import paperlake
from tests.support.http_server import Reply, serve

# apprise's PGP support imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DIGEST = Digest("lake", Period(date(2025, 1, 1)), [Section("All", Subject("all"), [], 0, "No new papers.")])
PASSWORD = "planted-password"


def address(url: str) -> str:
    return f"{url.replace('http://', f'json://user:{PASSWORD}@')}/hook?:x-token={PASSWORD}"


def test_a_webhook_receives_title_and_text() -> None:
    with serve(lambda _request: Reply(b"{}")) as server:
        assert send(DIGEST, [address(server.url)]) == 1
        (request,) = server.requests
    assert request.path == "/hook"
    assert request.json["title"] == DIGEST.title
    assert "No new papers." in request.json["message"]


def test_a_refusal_is_an_error_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        serve(lambda _request: Reply(b"no", 500)) as server,
        pytest.raises(
            PaperlakeError, match=r"1 address of PAPERLAKE_DIGEST_ADDRESSES: 1 \(json://\)"
        ) as error,
    ):
        send(DIGEST, [address(server.url)])
    assert PASSWORD not in str(error.value)
    assert PASSWORD not in caplog.text


def test_a_misspelt_address_is_told_by_its_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UsageError, match="Address 1 of PAPERLAKE_DIGEST_ADDRESSES") as error:
        send(DIGEST, [f"nonsense://{PASSWORD}"])
    assert PASSWORD not in str(error.value) + caplog.text


def test_the_command_sends_to_the_addresses_of_the_environment(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("digest", "--since", "2024-06-15", "--send", "--lake", lake.root)
    assert "There is no address to send to" in paperlake(*asked).stderr
    with serve(lambda _request: Reply(b"{}")) as server:
        monkeypatch.setenv("PAPERLAKE_DIGEST_ADDRESSES", f"{address(server.url)}\n{address(server.url)}")
        done = paperlake(*asked)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Sent to 2 addresses." in done.stderr
    assert PASSWORD not in done.stderr
    assert len(server.requests) == 2


def test_addresses_are_separated_by_white_space_and_come_from_the_environment_alone(lake: Lake) -> None:
    assert addresses_of(Settings(lake=lake.root)) == []
    assert addresses_of(Settings(lake=lake.root, digest_addresses=" a://b\n c://d ")) == ["a://b", "c://d"]
    lake.settings_file.write_text('digest_addresses = "json://localhost"\n')
    try:
        assert "Secrets are not read from a file" in paperlake("digest", "--lake", lake.root).stderr
    finally:
        lake.settings_file.unlink()
