"""A pipeline of stages that write given papers, and the stage `warehouse` on top of them.

For tests that change a lake many times: no dump is parsed and no topic is fitted. Tables, partitions and
vectors are as those of a real lake.
"""

import hashlib
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, REJECTS
from paperlake.catalogue.paper_tables import (
    EMBEDDINGS,
    MATCHES,
    PAPER_AUTHORS,
    PAPER_COUNTS,
    PAPER_SOURCES,
    PAPERS,
)
from paperlake.catalogue.table import Table
from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPIC_TRENDS, TOPICS
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import StageResult, run_stages
from paperlake.stages.stage import RunContext, Stage
from paperlake.warehouse.stage import WAREHOUSE_STAGE

WORDS = [
    "lake",
    "pond",
    "river",
    "delta",
    "stone",
    "meadow",
    "harbour",
    "signal",
    "graph",
    "kernel",
    "lattice",
    "vector",
    "tensor",
    "bayesian",
    "sparse",
    "dense",
    "robust",
    "neural",
    "quantum",
    "optical",
    "thermal",
    "seismic",
    "genome",
    "protein",
    "cell",
    "tissue",
    "market",
    "auction",
    "vote",
    "parser",
    "grammar",
]
WRITTEN = {
    "parsed_entries": (DUMPS, ENTRIES, REJECTS),
    "papers": (PAPERS, PAPER_AUTHORS, PAPER_SOURCES, PAPER_COUNTS, MATCHES),
    "paper_embeddings": (EMBEDDINGS,),
    "topics": (TOPICS, PAPER_TOPICS, TOPIC_TRENDS, EMERGING_TOPICS, TOPIC_EVENTS),
}
READ_PAPERS = ("paper_embeddings", "topics")  # their tables are divided as papers is
FIRST_SCORE = {"match_method": "first", "match_score": 1.0}
NOT_COMPARED = ("stage_checks",)  # times, and how often earlier stages ran


def identity(*parts: object) -> str:
    """Return 16 hexadecimal digits of a hash of some values."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def words(seed: object, count: int) -> str:
    """Return words drawn by a hash of a value, few of them different, so that scores are often equal."""
    digest = hashlib.sha256(repr(seed).encode()).digest()
    return " ".join(WORDS[byte % len(WORDS)] for byte in digest[:count])


class World:
    """Dumps that list papers by number and version; a paper has the text of the greatest version listed."""

    def __init__(self, root: Path) -> None:
        self.lake = Lake.open(root)
        self.settings = Settings(lake=self.lake.root, embedder="hashing")
        self.embedder = make_embedder(self.settings)
        self.dumps: dict[str, list[tuple[int, int]]] = {}
        self.joined: set[int] = set()
        """Papers that are merged into the paper of the number before."""
        self.topic_count = 2
        stages = [
            Stage(
                name,
                "",
                (PAPERS,) if name in READ_PAPERS else (),
                tables,
                1,
                self._writer(tables),
                inputs=lambda _: self._state(),
            )
            for name, tables in WRITTEN.items()
        ]
        self.pipeline = Pipeline((*stages, WAREHOUSE_STAGE))

    def run(self, rebuild: bool = False) -> StageResult:
        """Run every stage; return the result of `warehouse`."""
        with self.lake.lock("a test"):
            context = RunContext(self.lake, self.settings, lambda: self.embedder, rebuild=rebuild)
            return run_stages(self.pipeline, context)["warehouse"]

    def fresh(self, root: Path) -> "World":
        """Return another lake of the same dumps, built from nothing."""
        other = World(root)
        other.dumps, other.joined, other.topic_count = self.dumps, self.joined, self.topic_count
        other.run()
        return other

    def _state(self) -> list[object]:
        return [sorted(self.dumps.items()), sorted(self.joined), self.topic_count]

    def _writer(self, tables: tuple[Table, ...]):
        def write(run: StageRun) -> Facts:
            for table in tables:
                frame = table.frame(getattr(self, f"_{table.name}", list)())
                if table is EMBEDDINGS:
                    frame = self._vectors()
                if table in (ENTRIES, REJECTS):
                    for dump_id in sorted(self.dumps):
                        with run.partition(table, identity(dump_id)) as writer:
                            writer.add(frame.filter(pl.col("dump_id") == identity(dump_id)))
                    if not self.dumps:
                        run.write(table, frame)
                else:
                    run.write(table, frame)
            if EMBEDDINGS not in tables:
                return {}
            embedder = self.embedder
            return {"model_id": embedder.model_id, "dimension": embedder.dimension, "embedder": embedder.kind}

        return write

    def _listed(self) -> list[tuple[str, int, int, int]]:
        """Return dump, place in it, number and version of every entry."""
        return [
            (dump, place, number, version)
            for dump, listed in sorted(self.dumps.items())
            for place, (number, version) in enumerate(listed, start=1)
        ]

    def _paper_of(self, number: int) -> int:
        return number - 1 if number in self.joined else number

    def _versions(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for _dump, _place, number, version in self._listed():
            paper = self._paper_of(number)
            found[paper] = max(found.get(paper, 0), version)
        return found

    def _dumps(self) -> list[dict[str, object]]:
        counts = {"entry_count": 0, "reject_count": 0, "warning_count": 0}
        return [
            {"dump_id": identity(dump), "path": dump, "sha256": hashlib.sha256(dump.encode()).hexdigest()}
            | {"byte_size": 1}
            | counts
            for dump in sorted(self.dumps)
        ]

    def _entries(self) -> list[dict[str, object]]:
        return [
            {
                "entry_id": identity("entry", number, version),
                "dump_id": identity(dump),
                "entry_number": place,
                "title": words((number, version), 3),
                "year_inferred": False,
            }
            for dump, place, number, version in self._listed()
        ]

    def _rejects(self) -> list[dict[str, object]]:
        return [
            {"dump_id": identity(dump), "reason_code": "missing_field", "reason": "No title."}
            for dump, _place, number, _version in self._listed()
            if number % 3 == 0
        ]

    def _papers(self) -> list[dict[str, object]]:
        return [
            {
                "paper_id": identity(number),
                "title": words((number % 7, version, "title"), 3),
                "abstract": words((number % 11, version), 12) if number % 5 else None,
                "source_count": 1,
                "dump_count": 1,
            }
            for number, version in self._versions().items()
        ]

    def _paper_authors(self) -> list[dict[str, object]]:
        return [
            {
                "paper_id": identity(number),
                "position": position,
                "name": "A Bee",
                "name_key": f"bee {version}",
            }
            for number, version in self._versions().items()
            for position in (1, 2)
        ]

    def _paper_sources(self) -> list[dict[str, object]]:
        return [
            {
                "paper_id": identity(self._paper_of(number)),
                "entry_id": identity("entry", number, version),
                "dump_id": identity(dump),
                "entry_number": place,
            }
            | FIRST_SCORE
            for dump, place, number, version in self._listed()
        ]

    def _paper_counts(self) -> list[dict[str, object]]:
        return [
            {
                "paper_id": identity(number),
                "snapshot_date": date(2024, 1, 1),
                "dump_id": identity("any"),
                "upvote_count": version,
            }
            for number, version in self._versions().items()
        ]

    def _vectors(self) -> pl.DataFrame:
        papers = PAPERS.frame(self._papers())
        texts = [f"{title} {abstract or ''}" for title, abstract in papers.select("title", "abstract").rows()]
        vectors = self.embedder.embed(texts)[0] if texts else []
        return papers.select(
            "paper_id",
            pl.lit(self.embedder.model_id).alias("model_id"),
            pl.Series("text_hash", [hashlib.sha256(text.encode()).hexdigest() for text in texts], pl.String),
            pl.Series("embedding", vectors, dtype=pl.Array(pl.Float32, self.embedder.dimension)),
        )

    def _topics(self) -> list[dict[str, object]]:
        return [
            {
                "topic_id": identity("topic", number), "level": 1, "label": f"Topic {number}", "keywords": ["lake"],
                "label_source": "phrases",
                "paper_count": 1, "representative_paper_ids": [], "x": 0.0, "y": 0.0,
            }
            for number in range(self.topic_count)
        ]  # fmt: skip

    def _paper_topics(self) -> list[dict[str, object]]:
        return [
            {
                "paper_id": identity(number), "topic_id": identity("topic", number % self.topic_count), "level": 1,
                "score": 0.5, "centrality": 0.5, "is_outlier": False, "x": 0.0, "y": 0.0,
            }
            for number in self._versions()
        ]  # fmt: skip


def rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every public table of the current build, in an order of their own."""
    found = {}
    with duckdb.connect(str(world.lake.warehouse), read_only=True) as connection:
        for table in world.pipeline.public_tables:
            if table.name not in NOT_COMPARED:
                sql = f'SELECT * FROM "{table.name}"'
                found[table.name] = sorted(connection.execute(sql).fetchall(), key=repr)
    return found
