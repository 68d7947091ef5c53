"""Harvests in pages: without these a page could be half, fetched twice or lost, or a server be asked for ever.

Real HTTP servers on loopback; time passes only on a clock of the tests.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dumps.harvest.outcomes import DayOutcome, summary
from paperlake.dumps.harvest.sources import ARXIV, OPENALEX
from paperlake.http_client import Clock
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import connect
from tests.support import xml_writer
from tests.support.harvest_server import OaiPages, OpenAlexPages, Pages
from tests.support.http_server import FakeTime, Raw, Reply, hang_up, serve, truncated_chunks
from tests.support.lakes import fill

DAY = date(2025, 3, 3)
NEXT = date(2025, 3, 4)
TODAY = date(2025, 3, 10)
PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def arxiv() -> Iterator[OaiPages]:
    with serve() as server:
        server.respond = OaiPages(server)
        yield server.respond


@pytest.fixture
def openalex() -> Iterator[OpenAlexPages]:
    with serve() as server:
        server.respond = OpenAlexPages(server)
        yield server.respond


def settings_for(lake: Lake, pages: Pages, **changes: object) -> Settings:
    url = f"{pages.server.url}/oai"
    given = {
        "harvest_arxiv_url": url,
        "harvest_openalex_url": url,
        "harvest_attempts": 3,
        "embedder": "hashing",
    }
    return Settings(lake=lake.root, harvest_timeout_seconds=5, **{**given, **changes})


def harvest(
    lake: Lake, pages: Pages, *days: date, passing: FakeTime | None = None, **changes: object
) -> list[DayOutcome]:
    passing = passing or FakeTime()
    clock = Clock(
        now=lambda: datetime(2025, 3, 10, 6, tzinfo=UTC) + timedelta(seconds=passing.seconds),
        monotonic=lambda: passing.seconds,
        sleep=passing.sleep,
    )
    source = ARXIV if isinstance(pages, OaiPages) else OPENALEX
    return source.harvest(lake, days, settings_for(lake, pages, **changes), clock)


def stored(lake: Lake) -> list[str]:
    """The dumps, without the folder of the pass and the time in the name."""
    found = sorted(path for path in lake.raw.rglob("[!.]*") if path.is_file())
    return [f"{path.parts[-3]}/{path.name[:4]}" for path in found]


def statuses(outcomes: list[DayOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_pages_are_stored_unchanged_under_names_that_say_when(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 7)
    (outcome,) = harvest(lake, arxiv, DAY)
    assert (outcome.status, outcome.page_count, outcome.attempts) == ("stored", 3, 3)
    files = sorted(path.relative_to(lake.raw).as_posix() for path in lake.raw.rglob("*.xml"))
    assert files[0] == "harvest/arxiv/cs.arXiv/2025-03-03/2025-03-10T060000Z/0001-2025-03-10T060000Z.xml"
    papers = xml_writer.papers(7)
    assert (lake.raw / files[1]).read_text() == xml_writer.oai(papers[3:6], token="2025-03-03|3")
    first = arxiv.server.requests[0]
    assert first.query == {
        "verb": "ListRecords", "metadataPrefix": "arXiv", "set": "cs", "from": "2025-03-03", "until": "2025-03-03",
    }  # fmt: skip
    assert summary([outcome]) == "1 day: 1 stored; 3 new dumps."


def test_cursors_are_followed_to_the_page_without_works(lake: Lake, openalex: OpenAlexPages) -> None:
    openalex.give(DAY, 6)
    (outcome,) = harvest(lake, openalex, DAY, harvest_contact="me@example.org", harvest_openalex_key="k-1")
    assert (outcome.status, outcome.page_count, outcome.attempts) == ("stored", 2, 3)
    assert stored(lake) == ["2025-03-03/0001", "2025-03-03/0002"]
    query = openalex.server.requests[0].query
    assert query["filter"] == (
        "primary_topic.field.id:17,from_updated_date:2025-03-03,to_updated_date:2025-03-03"
    )
    assert (query["mailto"], query["api_key"], query["cursor"]) == ("me@example.org", "k-1", "*")
    agent = openalex.server.requests[0].headers["User-Agent"]
    assert agent == "paperlake (a reader of paper listings; me@example.org)"
    assert "k-1" not in str(sorted(lake.raw.rglob("*")))


@pytest.mark.parametrize("source", ["arxiv", "openalex"])
def test_a_day_is_fetched_once(lake: Lake, source: str, request: pytest.FixtureRequest) -> None:
    pages = request.getfixturevalue(source)
    pages.give(DAY, 4)
    assert statuses(harvest(lake, pages, DAY, NEXT)) == ["stored", "empty"]
    count = len(pages.server.requests)
    assert statuses(harvest(lake, pages, DAY, NEXT)) == ["kept", "kept"]
    assert len(pages.server.requests) == count
    assert len(stored(lake)) == 2, "an empty day is no dump"


def test_other_selections_are_other_harvests(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 2)
    for changes in ({}, {"harvest_arxiv_set": "physics:hep-th"}, {"harvest_arxiv_set": ""}):
        assert statuses(harvest(lake, arxiv, DAY, **changes)) == ["stored"]
    assert sorted(path.name for path in (lake.raw / "harvest/arxiv").iterdir()) == [
        "all.arXiv", "cs.arXiv", "physics-hep-th.arXiv",
    ]  # fmt: skip
    assert "set" not in arxiv.server.requests[-1].query


def test_a_day_that_is_not_over_is_fetched_again(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(TODAY, 2)
    assert statuses(harvest(lake, arxiv, TODAY)) == ["stored"]
    later = FakeTime(seconds=3600)
    assert statuses(harvest(lake, arxiv, TODAY, passing=later)) == ["stored"]
    tomorrow = FakeTime(seconds=86_400)
    assert statuses(harvest(lake, arxiv, TODAY, passing=tomorrow)) == ["stored"]
    assert statuses(harvest(lake, arxiv, TODAY, passing=tomorrow)) == ["kept"]
    assert harvest(lake, arxiv, TODAY + timedelta(days=1))[0].reason == "2025-03-11 is in the future."


def slow(passing: FakeTime) -> Raw:
    def drip(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"<OAI-PMH")
        handler.wfile.flush()
        passing.seconds += 6
        handler.wfile.write(b" " * 70_000)

    return drip


WHOLE = xml_writer.oai(xml_writer.papers(3)).encode()
TEMPORARY = {
    "503": Reply(b"busy", 503, {"Retry-After": "20"}),
    "429": Reply(b"slow down", 429, {"Retry-After": "20"}),
    "cut body": Reply(WHOLE, announced=len(WHOLE) + 10),
    "cut XML": Reply(WHOLE[:-30]),
    "broken XML": Reply(WHOLE.replace(b"<title>", b"<title", 1)),
    "error page": Reply(b"<html><body>maintenance</body></html>"),
    "cut chunks": truncated_chunks,
    "hangs up": hang_up,
}


@pytest.mark.parametrize("kind", [*TEMPORARY, "slow body"])
def test_temporary_failures_are_repeated(lake: Lake, arxiv: OaiPages, kind: str) -> None:
    arxiv.give(DAY, 7)
    passing = FakeTime()
    failure = slow(passing) if kind == "slow body" else TEMPORARY[kind]
    arxiv.instead["2025-03-03/2"] = [failure, failure]
    (outcome,) = harvest(lake, arxiv, DAY, passing=passing)
    assert (outcome.status, outcome.attempts) == ("stored", 5)
    assert arxiv.asked == ["2025-03-03/1", "2025-03-03/2", "2025-03-03/3"]
    if kind in ("429", "503"):
        assert passing.slept.count(20.0) == 2


def test_requests_are_apart(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 7)
    passing = FakeTime()
    harvest(lake, arxiv, DAY, NEXT, passing=passing)
    assert passing.slept == [3.0, 3.0, 3.0]


def test_a_day_that_fails_does_not_fail_the_others(lake: Lake, arxiv: OaiPages) -> None:
    for step in range(3):
        arxiv.give(DAY + timedelta(days=step), 7)
    arxiv.instead["2025-03-04/2"] = [Reply(b"gone", 404)]
    days = [DAY, NEXT, NEXT + timedelta(days=1)]
    outcomes = harvest(lake, arxiv, *days)
    assert statuses(outcomes) == ["stored", "failed", "stored"]
    assert "status 404" in str(outcomes[1].reason)
    assert stored(lake).count("2025-03-04/0001") == 1, "what was stored is kept"
    assert statuses(harvest(lake, arxiv, *days)) == ["kept", "stored", "kept"]
    assert len(arxiv.asked) == len(set(arxiv.asked)) == 9, "no page is fetched twice"


@pytest.mark.parametrize("code", ["badArgument", "noSetHierarchy"])
def test_errors_of_the_protocol_are_final(lake: Lake, arxiv: OaiPages, code: str) -> None:
    arxiv.instead["2025-03-03"] = [Reply(xml_writer.oai_error(code).encode())]
    (outcome,) = harvest(lake, arxiv, DAY)
    assert (outcome.status, outcome.attempts) == ("failed", 1)
    assert f"the server answers {code}: No" in str(outcome.reason)
    assert stored(lake) == []


def test_an_expired_token_begins_the_day_again(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 7)
    expired = Reply(xml_writer.oai_error("badResumptionToken").encode())
    arxiv.instead["2025-03-03/2"] = [expired]
    assert statuses(harvest(lake, arxiv, DAY)) == ["stored"]
    assert arxiv.asked == ["2025-03-03/1", "2025-03-03/1", "2025-03-03/2", "2025-03-03/3"]
    arxiv.give(NEXT, 7)
    arxiv.instead["2025-03-04/2"] = [expired] * 5
    (outcome,) = harvest(lake, arxiv, NEXT)
    assert (outcome.status, outcome.reason) == ("failed", "the server answers badResumptionToken: No.")
    assert arxiv.asked.count("2025-03-04/1") == 2


def oai_page(token: str, first: int) -> Reply:
    return Reply(xml_writer.oai(xml_writer.papers(first + 1)[first:], token=token).encode())


def test_a_token_that_loops_ends_the_day(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.instead["2025-03-03/1"] = [oai_page("2025-03-03|2", 0)]
    arxiv.instead["2025-03-03/2"] = [oai_page("2025-03-03|2", 1)] * 9
    (outcome,) = harvest(lake, arxiv, DAY)
    assert (outcome.status, outcome.attempts) == ("failed", 2)
    assert "its own token" in str(outcome.reason)
    assert stored(lake) == ["2025-03-03/0001"]

    arxiv.instead["2025-03-04/1"] = [oai_page("2025-03-04|2", 0)]
    arxiv.instead["2025-03-04/2"] = [oai_page("2025-03-04|3", 1)] * 9
    arxiv.instead["2025-03-04/3"] = [oai_page("2025-03-04|2", 2)] * 9
    (outcome,) = harvest(lake, arxiv, NEXT)
    assert (outcome.status, outcome.attempts) == ("failed", 3)
    assert "repeats the token" in str(outcome.reason)


def test_a_day_without_end_fails_at_the_limit(lake: Lake, openalex: OpenAlexPages) -> None:
    openalex.give(DAY, 24)
    (outcome,) = harvest(lake, openalex, DAY, harvest_max_pages=4)
    assert (outcome.status, outcome.page_count) == ("failed", 4)
    assert "more than 4 pages (harvest_max_pages)" in str(outcome.reason)


@pytest.mark.parametrize("body", [b"[]", b'{"results": 5, "meta": {}}', b'{"error": "x"}'])
def test_other_json_is_no_page(lake: Lake, openalex: OpenAlexPages, body: bytes) -> None:
    openalex.instead["2025-03-03"] = [Reply(body)]
    (outcome,) = harvest(lake, openalex, DAY)
    assert "the answer has no list of works" in str(outcome.reason)


def test_a_page_that_was_damaged_on_disk_is_fetched_again(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 7)
    arxiv.instead["2025-03-03/3"] = [Reply(b"", 404)]
    harvest(lake, arxiv, DAY)
    (second,) = lake.raw.rglob("0002-*.xml")
    second.write_bytes(b"<OAI-PMH")
    assert statuses(harvest(lake, arxiv, DAY)) == ["stored"]
    assert arxiv.asked == ["2025-03-03/1", "2025-03-03/2", "2025-03-03/2", "2025-03-03/3"]


def test_what_was_harvested_is_read_by_the_next_run(lake: Lake, arxiv: OaiPages) -> None:
    arxiv.give(DAY, 7)
    harvest(lake, arxiv, DAY)
    fill(lake, settings_for(lake, arxiv), until="warehouse")
    entries = lake.read(ENTRIES)
    assert sorted(entries["title"]) == sorted(paper.title for paper in xml_writer.papers(7))
    dumps = lake.read(DUMPS)
    assert dumps["format"].to_list() == ["oai_pmh"] * 3
    assert dumps["snapshot_date"].to_list() == [TODAY] * 3
    assert dumps["reject_count"].sum() == 0
    with connect(lake) as connection:
        found = connection.execute("SELECT arxiv_id FROM papers ORDER BY 1").fetchall()
    assert found == sorted((paper.arxiv_id,) for paper in xml_writer.papers(7))


def test_harvested_works_reach_the_warehouse_with_their_fields(lake: Lake, openalex: OpenAlexPages) -> None:
    openalex.give(DAY, 7)
    openalex.give(NEXT, 3, first=4)  # works that changed on both days
    assert statuses(harvest(lake, openalex, DAY, NEXT)) == ["stored", "stored"]
    fill(lake, settings_for(lake, openalex), until="warehouse")
    assert lake.read(DUMPS)["format"].to_list() == ["openalex"] * 4
    assert lake.read(DUMPS)["reject_count"].sum() == 0
    with connect(lake) as connection:
        papers = connection.execute(
            "SELECT title, abstract, authors, published_date, doi, identifiers, venue, license, source_count "
            "FROM papers ORDER BY identifiers[1]"
        ).fetchall()
        authors = connection.execute("SELECT count(*) FROM paper_authors").fetchone()
        vectors = connection.execute("SELECT count(*) FROM embeddings").fetchone()
    written = xml_writer.papers(7)
    assert papers == [
        (paper.title, paper.abstract, paper.names, paper.published, paper.doi, [f"openalex:W{1000 + paper.number}"],
         paper.venue, "cc-by", 2 if paper.number > 3 else 1)
        for paper in written
    ]  # fmt: skip
    assert authors == (sum(len(paper.names) for paper in written),)
    assert vectors == (7,)


HARVEST = """
import sys
from paperlake.cli import main
sys.argv = ["paperlake", "harvest", "arxiv", "--from", "2025-03-03", "--until", "2025-03-04"]
main()
"""


@pytest.mark.slow
def test_a_kill_loses_no_page_and_halves_none(lake: Lake, arxiv: OaiPages) -> None:
    """SIGKILL while the third page is in flight; the next harvest goes on from there."""
    arxiv.give(DAY, 7)
    arxiv.give(NEXT, 4)

    def hang(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(WHOLE)))
        handler.end_headers()
        handler.wfile.write(WHOLE[:500])
        handler.wfile.flush()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    arxiv.instead["2025-03-03/3"] = [hang]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}",
        "PAPERLAKE_LAKE": str(lake.root),
        "PAPERLAKE_HARVEST_ARXIV_URL": f"{arxiv.server.url}/oai",
        "PAPERLAKE_HARVEST_ARXIV_INTERVAL_SECONDS": "0",
    }
    command = [sys.executable, "-c", HARVEST]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    assert process.wait(timeout=120) == -signal.SIGKILL
    assert stored(lake) == ["2025-03-03/0001", "2025-03-03/0002"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert arxiv.asked == ["2025-03-03/1", "2025-03-03/2", "2025-03-03/3", "2025-03-04/1", "2025-03-04/2"]
    assert stored(lake) == [f"2025-03-03/000{page}" for page in (1, 2, 3)] + [
        "2025-03-04/0001",
        "2025-03-04/0002",
    ]
    papers = xml_writer.papers(7)
    (third,) = lake.raw.rglob("2025-03-03/*/0003-*.xml")
    assert third.read_text() == xml_writer.oai(papers[6:], token="")
