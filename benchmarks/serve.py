"""Load on `paperlake serve`: many clients on loopback while the warehouse is published again and again.

    python benchmarks/serve.py LAKE [--copies FOLDER] [--clients 50] [--seconds 60] [--builds 10]
    python benchmarks/serve.py --papers 18000

The lake is not changed: its warehouse is copied into a folder of its own before the clients begin, and each
build that is published is one of two copies, so that building takes no time from the server. Labels of
topics in each copy name it: a response that names two is of no one build, and is counted as a problem.

With `--papers`, a lake of so many generated entries is built first, as by `scale.py` (needs
PAPERLAKE_REAL_DATA), with votes and organizations of some of them on three days; `--keep` leaves it in a
folder for the next run. Prints requests, errors, median and p99 by endpoint, CPU time of the server, its
memory (anonymous, and pages of files, which the system takes back when it needs them), the builds it has
open, and the load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx2
from scale import write_dumps

PORT = 8199
COPIES = 2  # of the warehouse
VOTED_ENTRIES = 40  # one of so many has votes
VOTE_DAYS = ("2025-03-26", "2025-03-30", "2025-04-02")
MARK = re.compile(r"copy-(\d) of the warehouse")  # in the labels of topics
SAMPLE_SECONDS = 0.5
SETTLED_SECONDS = 5.0  # after the last request
PROGRAM = (sys.executable, "-m", "paperlake")
TEXTS = ("language models", "diffusion", "speech recognition", "graph networks", "reinforcement learning",
         "protein structure", "video generation", "retrieval", "quantization", "robot learning")  # fmt: skip


class Publisher:
    """Publishes copies of a warehouse as the stage does; they are copied before, as copying takes time."""

    def __init__(self, source: Path, folder: Path, lake: Path) -> None:
        self._lake, self._copies = lake, [folder / f"copy-{number}.duckdb" for number in range(COPIES)]
        for copy in self._copies:
            if copy.exists():  # of a run before
                continue
            partial = copy.with_suffix(".partial")
            shutil.copyfile(source, partial)
            with duckdb.connect(str(partial)) as connection:
                # The change stays in the log beside the file: writing it into the file writes all keys again.
                connection.execute("PRAGMA disable_checkpoint_on_shutdown")
                connection.execute("UPDATE topics SET label = label || ?", [f" {copy.stem} of the warehouse"])
            log_of(partial).rename(log_of(copy))
            partial.rename(copy)

    def publish(self, number: int) -> None:
        """Publish one more build: readers see another file with another time of change."""
        copy = self._copies[number % COPIES]
        os.utime(copy)
        build = self._lake / "warehouse" / "builds" / f"papers-{number:04}.duckdb"
        build.parent.mkdir(parents=True, exist_ok=True)
        os.link(log_of(copy), log_of(build))
        os.link(copy, build)
        partial = self._lake / "warehouse" / ".linked.partial"
        os.link(build, partial)
        partial.replace(self._lake / "warehouse" / "papers.duckdb")
        for old in sorted(build.parent.glob("*.duckdb"))[:-2]:
            old.unlink()
            log_of(old).unlink()


def log_of(file: Path) -> Path:
    """Return where DuckDB has changes that are not in a file yet."""
    return file.with_name(f"{file.name}.wal")


@dataclass(frozen=True)
class Memory:
    """Memory of a server with its workers, in MB."""

    anonymous: float
    of_files: float
    builds: int
    """Files of the warehouse that are open."""

    @classmethod
    def of(cls, pid: int) -> Memory:
        """Read the memory of a process and its children."""
        found: Counter[str] = Counter()
        opened = set()
        for one in with_children(pid):
            for line in Path(f"/proc/{one}/status").read_text().splitlines():
                name, _, value = line.partition(":")
                if name in ("RssAnon", "RssFile", "RssShmem"):
                    found[name] += int(value.split()[0])
            for descriptor in Path(f"/proc/{one}/fd").iterdir():
                try:
                    if ".duckdb" in str(descriptor.readlink()):
                        opened.add((one, descriptor.stat().st_ino))
                except OSError:  # closed meanwhile
                    continue
        of_files = found["RssFile"] + found["RssShmem"]
        return cls(found["RssAnon"] / 1000, of_files / 1000, len(opened))


def with_children(pid: int) -> list[int]:
    """Return a process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process, its children and those that ended have used."""
    stats = [Path(f"/proc/{one}/stat").read_text() for one in with_children(pid)]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return sum(sum(map(int, one[11:15])) for one in fields) / os.sysconf("SC_CLK_TCK")


def build_lake(papers: int, folder: Path) -> Path:
    """Build a lake of generated entries, a fifth of which repeat another."""
    lake, more = folder / "generated", folder / "more.json"
    (lake / "raw").mkdir(parents=True)
    write_dumps(papers, lake / "raw", more)
    write_votes(lake / "raw", papers // VOTED_ENTRIES)
    command = [*PROGRAM, "run", "--until", "warehouse", "--embedder", "hashing", "--lake", str(lake)]
    subprocess.run(command, check=True)
    return lake


def write_votes(raw: Path, count: int) -> None:
    """Write the first `count` entries of the arXiv snapshots as the daily API states them on `VOTE_DAYS`."""
    with (raw / "arxiv-000.json").open() as file:
        entries = [json.loads(next(file)) for _ in range(count)]
    for number, day in enumerate(VOTE_DAYS):
        answers = [api_answer(entry, place, number) for place, entry in enumerate(entries)]
        path = raw / "daily_api" / VOTE_DAYS[0] / f"{day}T070000Z.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(answers))


def api_answer(entry: dict[str, Any], place: int, number: int) -> dict[str, Any]:
    """Return an entry of an arXiv snapshot as the daily API states it; votes grow from day to day."""
    paper = {
        "id": entry["id"],
        "title": entry["title"],
        "summary": entry["abstract"],
        "authors": [{"name": name, "hidden": False} for name in entry["authors"].split(", ")],
        "publishedAt": f"{entry['update_date']}T00:00:00.000Z",
        "upvotes": place % 97 + number * (place % 13),
        "githubRepo": f"https://github.com/example/{place}" if place % 3 == 0 else None,
        "organization": {"fullname": f"Laboratory {place % 40}"},
    }
    return {"paper": {name: value for name, value in paper.items() if value}, "numComments": place % 5}


async def client(
    number: int, base: str, ids: dict[str, list[str]], until: float, took: dict, problems: Counter
) -> None:
    """Ask for pages in turn until the time is over."""
    async with httpx2.AsyncClient(base_url=base, timeout=180) as http:
        turn = number
        while time.monotonic() < until:
            turn += 1
            text = TEXTS[turn * 7 % len(TEXTS)].replace(" ", "+")
            paper, topic = ids["papers"][turn % len(ids["papers"])], ids["topics"][turn % len(ids["topics"])]
            name, path = [
                ("search page", f"/search?q={text}"), ("paper page", f"/papers/{paper}"),
                ("topic page", f"/topics/{topic}"), ("home page", "/"), ("map page", "/map"),
                ("api search", f"/api/v1/search?q={text}&limit=10"), ("api paper", f"/api/v1/papers/{paper}"),
                ("api browse", f"/api/v1/search?sort=votes&min_upvotes={turn % 20}"),
                ("api new", "/api/v1/new"),
                ("feed", "/feeds/new.atom"), ("rising page", f"/rising?days={(1, 7, 30)[turn % 3]}"),
                ("mcp search", f"/mcp?{text}"),
            ][turn % 12]  # fmt: skip
            began = time.perf_counter()
            try:
                answer = await (
                    http.post("/mcp", **mcp_call(text)) if name == "mcp search" else http.get(path)
                )
                if answer.status_code != 200 or '"isError":true' in answer.text:
                    problems[f"{name}: {answer.status_code}"] += 1
                if len(set(MARK.findall(answer.text))) > 1:
                    problems[f"{name}: of two builds"] += 1
            except httpx2.HTTPError as error:
                problems[f"{name}: {type(error).__name__}"] += 1
            took[name].append(time.perf_counter() - began)


def mcp_call(text: str) -> dict[str, Any]:
    """Return what is posted to search by MCP."""
    called = {"name": "search_papers", "arguments": {"query": text.replace("+", " ")}}
    return {
        "json": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called},
        "headers": {"Accept": "application/json, text/event-stream"},
    }


async def load(base: str, options: argparse.Namespace, publisher: Publisher, server: int) -> None:
    """Run the clients and publish builds meanwhile; print the measurements."""
    async with httpx2.AsyncClient(base_url=base, timeout=180) as http:
        listed = (await http.get("/api/v1/search?limit=100")).json()
        papers, total_papers = listed["rows"], listed["total"]
        topics = (await http.get("/api/v1/topics")).json()["rows"]
        await http.get("/search?q=first")
    ids = {"papers": [row["paper_id"] for row in papers], "topics": [row["topic_id"] for row in topics]}
    took: dict[str, list[float]] = defaultdict(list)
    problems: Counter[str] = Counter()
    before, cpu, load_before = Memory.of(server), cpu_seconds(server), os.getloadavg()[0]
    until = time.monotonic() + options.seconds
    spans: list[list[Memory]] = [[]]

    async def sample() -> None:
        while time.monotonic() < until:
            spans[-1].append(Memory.of(server))
            await asyncio.sleep(SAMPLE_SECONDS)

    async def rebuild() -> None:
        for number in range(1, options.builds + 1):
            await asyncio.sleep(options.seconds / (options.builds + 1))
            await asyncio.to_thread(publisher.publish, number)
            spans.append([])

    clients = [client(number, base, ids, until, took, problems) for number in range(options.clients)]
    await asyncio.gather(rebuild(), sample(), *clients)
    used = cpu_seconds(server) - cpu
    load_after = os.getloadavg()[0]
    await asyncio.sleep(SETTLED_SECONDS)
    total = sum(map(len, took.values()))
    print(f"{total} requests, {total / options.seconds:.0f}/s; problems: {dict(problems) or 'none'}")
    per_request = used / max(total, 1) * 1000
    print(f"{total_papers:,} papers; CPU of the server: {used:.1f} s, {per_request:.0f} ms per request")
    print(f"load of the machine: {load_before:.1f} before, {load_after:.1f} after")
    print_memory(before, spans, Memory.of(server))
    print("| endpoint | requests | median ms | p99 ms |\n|---|---|---|---|")
    for name, times in sorted(took.items()):
        p99 = sorted(times)[int(len(times) * 0.99)]
        print(f"| {name} | {len(times)} | {statistics.median(times) * 1000:.0f} | {p99 * 1000:.0f} |")


def print_memory(before: Memory, spans: list[list[Memory]], after: Memory) -> None:
    """Print the memory before, the greatest of each span between two builds, and that afterwards."""
    sampled = [one for span in spans for one in span]
    peaks = [f"{max(one.anonymous for one in span):.0f}" for span in spans if span]
    greatest = max(one.anonymous for one in sampled), max(one.of_files for one in sampled)
    print(f"anonymous memory in MB: {before.anonymous:.0f} before, {greatest[0]:.0f} at most, "
          f"{after.anonymous:.0f} after; the most between two builds: {', '.join(peaks)}")  # fmt: skip
    print(f"pages of files in MB: {before.of_files:.0f} before, {greatest[1]:.0f} at most, "
          f"{after.of_files:.0f} after; builds open: {max(one.builds for one in sampled)} at most, "
          f"{after.builds} after")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lake", type=Path, nargs="?")
    parser.add_argument("--papers", type=int, help="build a lake of so many generated entries")
    parser.add_argument("--keep", type=Path, help="where that lake is built and stays")
    parser.add_argument("--copies", type=Path, help="where the copies of the warehouse are, or will be kept")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--builds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if (options.lake is None) == (options.papers is None):
        parser.error("Name a lake, or give --papers.")
    with tempfile.TemporaryDirectory() as folder:
        given = options.lake or build_lake(options.papers, options.keep or Path(folder))
        source = (given / "warehouse" / "papers.duckdb").resolve()
        lake = Path(folder) / "served"
        (lake / "raw").mkdir(parents=True)
        copies = options.copies or Path(folder)
        copies.mkdir(exist_ok=True)
        publisher = Publisher(source, copies, lake)
        publisher.publish(0)
        command = [*PROGRAM, "serve", "--lake", str(lake), "--port", str(PORT),
                   "--workers", str(options.workers)]  # fmt: skip
        server = subprocess.Popen(command)
        try:
            base = f"http://127.0.0.1:{PORT}"
            for _ in range(240):
                try:
                    httpx2.get(f"{base}/quality", timeout=30)
                    break
                except httpx2.HTTPError:
                    time.sleep(0.5)
            asyncio.run(load(base, options, publisher, server.pid))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
