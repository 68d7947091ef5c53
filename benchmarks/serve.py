"""Load on `paperlake serve`: many clients on loopback while the warehouse is published again and again.

    python benchmarks/serve.py LAKE [--clients 50] [--seconds 60] [--builds 10] [--workers 1]

The lake is not changed: its warehouse is linked into a folder of its own, and each build is a copy of it.
Prints requests, errors, median and p99 by endpoint, and the memory of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import httpx2

PORT = 8199
TEXTS = ("language models", "diffusion", "speech recognition", "graph networks", "reinforcement learning",
         "protein structure", "video generation", "retrieval", "quantization", "robot learning")  # fmt: skip


def publish(source: Path, lake: Path, number: int) -> None:
    """Publish a copy of the warehouse as the stage does."""
    build = lake / "warehouse" / "builds" / f"papers-{number:04}.duckdb"
    build.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, build)
    partial = lake / "warehouse" / ".linked.partial"
    os.link(build, partial)
    partial.replace(lake / "warehouse" / "papers.duckdb")
    for old in sorted(build.parent.glob("*.duckdb"))[:-2]:
        old.unlink()


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and its children."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def client(
    number: int, base: str, ids: dict[str, list[str]], until: float, took: dict, problems: Counter
) -> None:
    """Ask for pages in turn until the time is over."""
    async with httpx2.AsyncClient(base_url=base, timeout=60) as http:
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
                ("feed", "/feeds/new.atom"),
            ][turn % 10]  # fmt: skip
            began = time.perf_counter()
            try:
                answer = await http.get(path)
                if answer.status_code != 200:
                    problems[f"{name}: {answer.status_code}"] += 1
            except httpx2.HTTPError as error:
                problems[f"{name}: {type(error).__name__}"] += 1
            took[name].append(time.perf_counter() - began)


async def load(base: str, options: argparse.Namespace, source: Path, lake: Path, server: int) -> None:
    """Run the clients and publish builds meanwhile; print the measurements."""
    async with httpx2.AsyncClient(base_url=base, timeout=60) as http:
        papers = (await http.get("/api/v1/search?limit=100")).json()["rows"]
        topics = (await http.get("/api/v1/topics")).json()["rows"]
        await http.get("/search?q=first")
    ids = {"papers": [row["paper_id"] for row in papers], "topics": [row["topic_id"] for row in topics]}
    took: dict[str, list[float]] = defaultdict(list)
    problems: Counter[str] = Counter()
    memory = [memory_mb(server)]
    until = time.monotonic() + options.seconds

    async def rebuild() -> None:
        for number in range(1, options.builds + 1):
            await asyncio.sleep(options.seconds / (options.builds + 1))
            await asyncio.to_thread(publish, source, lake, number)
            memory.append(memory_mb(server))

    clients = [client(number, base, ids, until, took, problems) for number in range(options.clients)]
    await asyncio.gather(rebuild(), *clients)
    memory.append(memory_mb(server))
    total = sum(map(len, took.values()))
    print(f"{total} requests, {total / options.seconds:.0f}/s; problems: {dict(problems) or 'none'}")
    print("memory in MB: " + ", ".join(f"{one:.0f}" for one in memory))
    print("| endpoint | requests | median ms | p99 ms |\n|---|---|---|---|")
    for name, times in sorted(took.items()):
        p99 = sorted(times)[int(len(times) * 0.99)]
        print(f"| {name} | {len(times)} | {statistics.median(times) * 1000:.0f} | {p99 * 1000:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lake", type=Path)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--builds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    source = (options.lake / "warehouse" / "papers.duckdb").resolve()
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        (lake / "raw").mkdir()
        publish(source, lake, 0)
        command = [sys.executable, "-m", "paperlake", "serve", "--lake", str(lake), "--port", str(PORT),
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
            asyncio.run(load(base, options, source, lake, server.pid))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
