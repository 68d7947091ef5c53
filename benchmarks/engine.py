"""Carry generated entries through all stages on both engines; compare the time per stage, and the tables.

Needs PAPERLAKE_REAL_DATA, like `scale.py`, whose entries these are. The ray engine runs on nodes of one core
each on this machine: on two cores it cannot be faster, and the ratio of CPU seconds is its overhead. CPU
seconds are those of all processes, Ray's own among them. Memory is the most that the process of the run had;
on Ray the object store of the first node, which the processes share, may count to it. Linux only.

    python benchmarks/engine.py [20000] [--nodes 3] [--kill] [--together] [--folder DIR] [--write]
    python benchmarks/engine.py [20000] --maps [--write]   # signatures alone: threads, Ray tasks, Ray Data

With --kill a node is killed in each heavy step, and another started. With --together both engines run at the
same time, so that both have the load of the machine.
"""

import argparse
import json
import os
import pickle
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import polars as pl
from dedup_generated import blocks
from scale import write_dumps

from paperlake import stage_list
from paperlake.catalogue.table import Table
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import SIGNATURE_COLUMNS, TASK_TEXTS, compute_signatures
from paperlake.dedup.matching.features import TASK_PAIRS, PairsOfTexts
from paperlake.engine.ray_engine import RayEngine
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.settings import Settings
from paperlake.stages.runner import run_stage

RESULTS = Path(__file__).parent / "results" / "engine.md"
ENGINES = ("local", "ray")
OBJECT_STORE_BYTES = 200 << 20  # per node
HEAVY = (
    "Reading dumps",
    "Computing signatures",
    "Comparing",
    "Embedding",
    "Finding topics",
    "Finding neighbours",
)
TICKS = os.sysconf("SC_CLK_TCK")


def family_size() -> int:
    """Return the number of processes that this one has started, and itself."""
    return len(_family()[0])


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of all that it has started, also of those that ended."""
    family, used = _family()
    return sum(used.get(pid, 0) for pid in family) / TICKS


def _family() -> tuple[set[int], dict[int, int]]:
    """Return the pids of this process and those below it, and the clock ticks that each process used."""
    parents, used = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        used[int(folder.name)] = sum(map(int, fields[11:15]))
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family, used


def started(start):  # noqa: ANN001, ANN201
    """Start a node, which Ray gives up after 30 s: not enough on a machine that is busy."""
    for _attempt in range(5):
        try:
            return start()
        except Exception as error:  # noqa: BLE001  # of no class of its own
            print(f"once more: {error}", file=sys.stderr)
    raise SystemExit("no node could be started")


class Nodes:
    """A cluster on this machine."""

    def __init__(self, count: int) -> None:
        from ray.cluster_utils import Cluster  # noqa: PLC0415  # an extra

        self._node = {"num_cpus": 1, "object_store_memory": OBJECT_STORE_BYTES}
        head = {**self._node, "include_dashboard": False}
        self.cluster = started(lambda: Cluster(initialize_head=True, head_node_args=head))
        self._workers = [started(self._add) for _ in range(count - 1)]

    def _add(self, wait: bool = True):  # noqa: ANN202  # ray has no types
        return self.cluster.add_node(wait, **self._node)

    def kill_one(self) -> None:
        """Kill a node with its tasks, and start another; not the first node, which has the tables of Ray."""
        self.cluster.remove_node(self._workers.pop(0), allow_graceful=False)
        self._workers.append(started(lambda: self._add(wait=False)))

    def spilled(self) -> int:
        """Return how many MB the nodes that are there have written to disk for want of memory."""
        from ray._private.internal_api import memory_summary  # noqa: PLC0415  # there is no public way

        text = memory_summary(self.cluster.address, stats_only=True)
        return sum(map(int, re.findall(r"Spilled (\d+) MiB", text)))


@contextmanager
def cluster(count: int = 3):  # noqa: ANN201
    """Start nodes; yield them."""
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
    import ray  # noqa: PLC0415  # an extra

    nodes = Nodes(count)
    yield nodes
    ray.shutdown()
    nodes.cluster.shutdown()


class Killing(Silent):
    """Kills a node after the first result of each heavy step."""

    def __init__(self, kill) -> None:  # noqa: ANN001
        self._kill = kill
        self.killed: list[str] = []

    @contextmanager
    def task(self, label: str, total: int, unit: str):  # noqa: ANN201, ARG002
        """Kill with the first result."""

        def advance(_count: int) -> None:
            if label in HEAVY and label not in self.killed:
                self.killed.append(label)
                self._kill()

        yield advance


def run(engine: str, root: Path, node_count: int, is_killing: bool) -> None:
    """Build all stages; print the CPU and wall seconds of each, and what else is of interest, as JSON."""
    lake = Lake.open(root)
    settings = Settings(lake=root, embedder="hashing", engine=engine)
    with cluster(node_count) if engine == "ray" else nullcontext() as nodes, lake.lock("the benchmark"):
        progress = Killing(nodes.kill_one if nodes and is_killing else lambda: None)
        if nodes:
            settings = settings.model_copy(update={"engine_ray_address": nodes.cluster.address})
        context = stage_list.run_context(lake, settings, progress)
        if nodes:
            list(context.engine.map(abs, range(6)))  # the processes have started and imported nothing else
        found = {}
        for stage in stage_list.PIPELINE.stages:
            cpu, wall = cpu_seconds(), time.perf_counter()
            run_stage(stage_list.PIPELINE, stage, context)
            found[stage.name] = (cpu_seconds() - cpu, time.perf_counter() - wall)
            print(f"{engine} {stage.name} {found[stage.name]}", file=sys.stderr, flush=True)
        other = {
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "spilled": nodes.spilled() if nodes else 0,
            "killed": progress.killed if nodes and is_killing else [],
            "load": os.getloadavg()[0],
        }
        print(json.dumps([found, other]), flush=True)


def tables(root: Path) -> dict[str, list[str]]:
    """Return the hashes of the partitions of all tables."""
    listed = {}
    for stage in stage_list.PIPELINE.stages:
        outputs = Lake(root).manifest(stage.name).outputs
        for table in stage.writes:
            if isinstance(table, Table) and "checked_at" not in table.dtypes:
                listed[table.name] = [entry.sha256 for entry in outputs[table.name]]
    return listed


def maps(entries: int) -> list[str]:
    """Return lines on the signatures of texts, computed by threads, Ray tasks and Ray Data in turn."""
    texts = pl.concat(block.select("title", "abstract") for block in blocks(entries)).head(entries)
    settings = Settings()
    lines = [
        f"Signatures of {texts.height:,} texts, twice by each way:",
        "",
        "| way | CPU s | wall s | most processes |",
        "|---|---:|---:|---:|",
    ]
    expected = compute_signatures(texts, settings)
    with cluster() as nodes:
        engine = RayEngine(Settings(engine_ray_address=nodes.cluster.address), Path.cwd())
        list(engine.map(abs, range(6)))
        ways = {
            "threads": lambda: compute_signatures(texts, settings),
            "Ray tasks": lambda: compute_signatures(texts, settings, engine=engine),
            "Ray Data, map_batches in order": lambda: by_ray_data(texts, settings),
        }
        for name in [*ways, *ways]:
            cpu, wall = cpu_seconds(), time.perf_counter()
            found = ways[name]()
            figures = cpu_seconds() - cpu, time.perf_counter() - wall
            assert found.equals(expected), name
            lines.append(f"| {name} | {figures[0]:.1f} | {figures[1]:.1f} | {family_size()} |")
    lines += ["", f"load {os.getloadavg()[0]:.1f}", "", *sent(texts, expected)]
    return lines


def by_ray_data(texts: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Compute signatures by the batches of Ray Data."""
    import ray  # noqa: PLC0415  # an extra

    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    compute = partial(signatures_of_batch, settings=settings)
    batches = ray.data.from_arrow([part.to_arrow() for part in texts.iter_slices(TASK_TEXTS)]).map_batches(
        compute, batch_format="pyarrow", batch_size=TASK_TEXTS
    )
    return pl.concat([pl.from_arrow(ray.get(one)) for one in batches.to_arrow_refs()]).select(
        pl.col(name).cast(dtype) for name, dtype in SIGNATURE_COLUMNS.items()
    )


def signatures_of_batch(batch: object, settings: Settings) -> object:
    """Compute the signatures of an Arrow table of texts."""
    return compute_signatures(pl.from_arrow(batch), settings).to_arrow(compat_level=pl.CompatLevel.oldest())


def sent(texts: pl.DataFrame, signatures: pl.DataFrame) -> list[str]:
    """Return a line on what the join of pairs with texts sends: each item has the texts of its pairs."""
    first, second = candidate_pairs(signatures)
    pairs = PairsOfTexts(texts, signatures, first, second)
    sizes = [len(pickle.dumps(pairs[at : at + TASK_PAIRS])) for at in range(0, len(pairs), TASK_PAIRS)]
    return [
        f"{len(first):,} candidate pairs: {sum(sizes) / 1e6:.0f} MB in {len(sizes)} items, "
        f"{max(sizes) / 1e6:.1f} MB at most; the texts are {texts.estimated_size() / 1e6:.0f} MB."
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", type=int, nargs="?", default=20_000)
    parser.add_argument("--folder", type=Path, help="where lakes are built (default: a temporary folder)")
    parser.add_argument("--write", action="store_true", help=f"append the figures to {RESULTS.name}")
    parser.add_argument("--maps", action="store_true", help="compare ways to compute signatures")
    parser.add_argument("--nodes", type=int, default=3, help="nodes of the cluster, of one core each")
    parser.add_argument("--kill", action="store_true", help="kill a node in each heavy step")
    parser.add_argument("--together", action="store_true", help="run both engines at the same time")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(arguments.run[0], Path(arguments.run[1]), arguments.nodes, arguments.kill)
        return
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir=arguments.folder))
    try:
        lines = maps(arguments.entries) if arguments.maps else measure(arguments, folder)
    finally:
        shutil.rmtree(folder)
    print("\n".join(lines))
    if arguments.write:
        with RESULTS.open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")


def measure(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Return the lines of the results."""
    entries = arguments.entries
    (folder / "raw").mkdir()
    write_dumps(entries, folder / "raw", folder / "more.json")
    running = {}
    for engine in ENGINES:
        root = folder / engine
        shutil.copytree(folder / "raw", Lake.open(root).raw, dirs_exist_ok=True)
        command = [sys.executable, __file__, "--run", engine, str(root), "--nodes", str(arguments.nodes)]
        command += ["--kill"] * arguments.kill
        running[engine] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if not arguments.together:
            running[engine].wait()
    printed = {engine: process.communicate()[0].splitlines() for engine, process in running.items()}
    failed = [engine for engine, process in running.items() if process.returncode]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")
    found, other = ({engine: json.loads(lines[-1])[at] for engine, lines in printed.items()} for at in (0, 1))
    hashes = [tables(folder / engine) for engine in ENGINES]
    different = [name for name in hashes[0] if hashes[0][name] != hashes[1][name]]
    found = {engine: {**stages, "sum": total(stages)} for engine, stages in found.items()}
    loads = " and ".join(f"{other[engine]['load']:.1f}" for engine in ENGINES)
    ray = other["ray"]
    lines = [
        f"{entries:,} entries, {arguments.nodes} nodes of {OBJECT_STORE_BYTES >> 20} MB of objects"
        f"{', both engines at the same time' if arguments.together else ''}; load at the end of each run: "
        f"{loads}; tables that differ: {', '.join(different) or 'none'} of {len(hashes[0])}",
        "",
        "| stage | local CPU s | ray CPU s | ratio | local wall s | ray wall s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for stage, (cpu, wall) in found["local"].items():
        ray_cpu, ray_wall = found["ray"][stage]
        ratio = ray_cpu / max(cpu, 0.01)
        lines.append(f"| {stage} | {cpu:.1f} | {ray_cpu:.1f} | {ratio:.2f} | {wall:.1f} | {ray_wall:.1f} |")
    lines += [
        "",
        f"Most memory of the process of the run: {other['local']['megabytes']:,} MB and "
        f"{ray['megabytes']:,} MB. Spilled to disk by the nodes that were left: {ray['spilled']:,} MB. A "
        f"node was killed in: {', '.join(ray['killed']) or 'no step'}.",
    ]
    return lines


def total(stages: dict[str, tuple[float, float]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*stages.values(), strict=True)))


if __name__ == "__main__":
    main()
