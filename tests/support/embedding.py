"""Papers to embed, an embedder that remembers, and the stage that embeds run by itself."""

from paperlake import stage_list
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.protocol import Embedder
from paperlake.embedding.stage import PAPER_EMBEDDINGS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult, run_stage
from paperlake.stages.stage import RunContext
from paperlake.vectors.arrays import Vectors
from tests.support.lakes import commit_tables

TITLES = ["graphs of molecules", "walking robots", "galaxies counted", "walking robots"]


class Counting(HashingEmbedder):
    """Remembers the texts that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed(self, texts, advance=lambda count: None, role="paper"):
        """Remember the texts, and embed them."""
        self.asked += texts
        return super().embed(texts, advance, role)


def put_papers(lake: Lake, titles: list[str]) -> None:
    """Commit papers of these titles."""
    rows = [
        {"paper_id": f"{place:016x}", "title": title, "source_count": 1, "dump_count": 1}
        for place, title in enumerate(titles)
    ]
    commit_tables(lake, {PAPERS: PAPERS.frame(rows)})


def embed_papers(
    lake: Lake, settings: Settings, embedder: Embedder, again: bool = False, reembed: bool = True
) -> StageResult:
    """Run the stage that embeds; `again` forgets its last commit, `reembed` allows another model."""
    if again:
        lake.manifest_path(PAPER_EMBEDDINGS.name).unlink()
    context = RunContext(lake, settings.model_copy(update={"reembed": reembed}), lambda: embedder)
    return run_stage(stage_list.PIPELINE, PAPER_EMBEDDINGS, context)


def stored_vectors(lake: Lake) -> tuple[list[str], Vectors]:
    """Return the ids and the vectors of the table embeddings, of shape (papers, dimension)."""
    embeddings = lake.read(EMBEDDINGS)
    return embeddings["paper_id"].to_list(), embeddings["embedding"].to_numpy()
