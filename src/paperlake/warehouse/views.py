"""The views and macros of the warehouse; each column of a view has a comment: its own, or its table's."""

from __future__ import annotations

import duckdb

from paperlake.catalogue.paper_tables import MATCHES, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.topic_tables import TOPIC_TRENDS, TOPICS
from paperlake.search_index.word_index import BM25_B, BM25_K1
from paperlake.text.sql_files import quoted, read_sql

_TOPIC = "Label of the topic."
_SUBTOPIC = "Label of the subtopic."
_SUBTOPIC_ID = "Id of the subtopic."

# Of each view: comments on its own columns, and the tables that the others come from, the first that has it.
VIEWS: dict[str, tuple[dict[str, str], tuple[Table, ...]]] = {
    "topic_tree": (
        {
            "topic": _TOPIC,
            "subtopic": _SUBTOPIC,
            "paper_count": "Number of papers of the subtopic, outliers left out.",
            "keywords": "The words that distinguish the subtopic, the most distinctive first.",
            "topic_id": "Id of the topic.",
            "subtopic_id": _SUBTOPIC_ID,
        },
        (),
    ),
    "filed_papers": (
        {
            "topic": _TOPIC,
            "subtopic": _SUBTOPIC,
            "topic_id": "Id of the topic.",
            "subtopic_id": _SUBTOPIC_ID,
            "topic_score": "How well the paper fits its subtopic, 0 to 1.",
            "is_outlier": "Whether the paper fits no subtopic well; subtopic is then the nearest one.",
        },
        (PAPERS,),
    ),
    "labelled_trends": ({}, (TOPIC_TRENDS, TOPICS)),
    "review_pairs": (
        {"title_a": "Title of the text entry_id_a.", "title_b": "Title of the text entry_id_b."},
        (MATCHES,),
    ),
}


def macros_sql() -> str:
    """Return the statements that create the macros where all tables and the search index are."""
    return read_sql(__package__, "macros", k1=str(BM25_K1), b=str(BM25_B))


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the views in a warehouse that has all tables, and comment on their columns."""
    connection.execute(read_sql(__package__, "views"))
    columns = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name IN "
        "(SELECT view_name FROM duckdb_views() WHERE NOT internal)"
    ).fetchall()
    for view, column in columns:
        own, tables = VIEWS[view]
        described = [own, *(table.descriptions for table in tables)]
        comment = next(texts[column] for texts in described if column in texts)
        connection.execute(f'COMMENT ON COLUMN "{view}"."{column}" IS {quoted(comment)}')
