"""The files that stages build beside tables."""

from __future__ import annotations

from paperlake.catalogue.table import File

TOPIC_MODEL = File(
    "topic_model",
    "topics",
    "The fit of topics that the next fit continues, and new papers are filed by.",
    ".npz",
)
TOPIC_MEMORY = File(
    "topic_memory",
    "topics",
    "The topics that people decided about, with the papers by which they are found after a refit.",
    ".json",
)
TAXONOMY_MODEL = File(
    "taxonomy_model",
    "taxonomy",
    "The vectors of the labels of curated/taxonomy.yaml, and by which of them papers are filed.",
    ".json",
)
TOPIC_MAP = File(
    "topic_map", "topics", "A picture of papers and topics on a plane.", ".png", "topics/topic_map.png"
)
NEIGHBOUR_INDEX = File(
    "neighbour_index",
    "warehouse",
    "The papers whose lists of neighbours were built, and the lists of the inverted file that finds them.",
    ".npz",
)
WAREHOUSE = File(
    "warehouse",
    "warehouse",
    "The DuckDB file with every public table, the views and macros, and the search index.",
    ".duckdb",
    "warehouse/papers.duckdb",
    version_folder="warehouse/builds",
    keeps_versions=True,
)
REPORT = File(
    "report",
    "report",
    "One self-contained page: topic map, trends, what is new, what emerges, data quality.",
    ".html",
    "report/index.html",
)
