"""The assets, one file a stage, in the order in which data flows through them."""

from pipelines.assets.paper_embeddings import paper_embeddings
from pipelines.assets.papers import papers
from pipelines.assets.parsed_entries import parsed_entries
from pipelines.assets.raw_dumps import raw_dumps
from pipelines.assets.report import report
from pipelines.assets.topics import topics
from pipelines.assets.warehouse import warehouse

ALL_ASSETS = [raw_dumps, parsed_entries, papers, paper_embeddings, topics, warehouse, report]
