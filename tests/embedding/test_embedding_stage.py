"""The stage: only new texts are embedded, nothing bad is published, later stages need no model."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS, embeddings_table
from paperlake.embedding import stage as stage_module
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.protocol import EmbeddingFacts
from paperlake.embedding.query import QueryEmbedder
from paperlake.embedding.stage import PAPER_EMBEDDINGS, current_model
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import text_hash
from paperlake.errors import LakeError, ModelError, PaperlakeError
from paperlake.settings import Settings
from paperlake.stages.runner import CheckFailedError, committed_checks
from tests.support.embedding import TITLES, Counting, embed_papers, put_papers, stored_vectors
from tests.support.lakes import commit_tables


def test_without_papers_it_says_what_to_run(lake, settings):
    with pytest.raises(PaperlakeError, match="papers"):
        embed_papers(lake, settings, HashingEmbedder())


def test_every_paper_gets_its_vector_and_equal_texts_are_embedded_once(lake, settings):
    put_papers(lake, TITLES)
    embedder = Counting()
    result = embed_papers(lake, settings, embedder)
    assert embedder.asked == TITLES[:3]
    assert result.row_counts == {"embeddings": 4}
    assert [check.check_name for check in result.checks] == [
        "embeddings_schema",
        "embeddings_every_paper_once",
    ]
    frame = lake.read(EMBEDDINGS)
    embeddings_table(embedder.dimension).schema.validate(frame)
    assert frame["text_hash"].to_list() == [text_hash(title) for title in TITLES]
    paper_ids, vectors = stored_vectors(lake)
    assert paper_ids == frame["paper_id"].to_list()
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(TITLES)[0])
    np.testing.assert_array_equal(frame["embedding"].to_numpy(), vectors)


def test_facts_tell_model_and_work(lake, settings):
    put_papers(lake, TITLES)
    facts = embed_papers(lake, settings, HashingEmbedder()).facts
    assert (facts["model_id"], facts["dimension"], facts["embedder"]) == ("hashing-256", 256, "hashing")
    assert (facts["embedded_text_count"], facts["known_text_count"]) == (3, 0)
    assert current_model(lake).model_id == "hashing-256"
    assert current_model(lake).dimension == 256


def test_nothing_new_embeds_nothing(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    embedder = Counting()
    assert embed_papers(lake, settings, embedder).reused
    assert not embed_papers(lake, settings, embedder, again=True).reused
    assert embedder.asked == []


def test_one_new_paper_embeds_one_text_and_a_paper_that_left_leaves(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    put_papers(lake, ["a new one", "walking robots"])
    embedder = Counting()
    embed_papers(lake, settings, embedder)
    assert embedder.asked == ["a new one"]
    assert lake.read(EMBEDDINGS).height == 2


@pytest.fixture
def tiny_partitions(monkeypatch):
    """Partitions of ten papers, looked at two at a time."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 10)
    monkeypatch.setattr(stage_module, "MAX_BATCH_PAPERS", 25)


def spread(titles: list[str]) -> pl.DataFrame:
    """Papers whose ids are hashes."""
    return PAPERS.frame(
        [
            {"paper_id": text_hash(title)[:16], "title": title, "source_count": 1, "dump_count": 1}
            for title in titles
        ]
    )


@pytest.mark.usefixtures("tiny_partitions")
def test_only_changed_partitions_are_read_and_written(lake, settings):
    titles = [f"paper about subject {number}" for number in range(150)]
    commit_tables(lake, {PAPERS: spread(titles)})
    embed_papers(lake, settings, HashingEmbedder())
    before = {entry.partition: entry.path for entry in lake.entries_of(EMBEDDINGS)}
    assert len(before) == 16
    commit_tables(lake, {PAPERS: spread([*titles[2:], "one more", "one more with another id"])})
    for part in VectorStore(lake, "hashing-256", 256).parts():
        part.unlink()  # a text that is as before needs no store
    embedder = Counting()
    result = embed_papers(lake, settings, embedder)
    assert sorted(embedder.asked) == ["one more", "one more with another id"]
    assert (result.facts["embedded_text_count"], result.facts["known_text_count"]) == (2, 148)
    after = {entry.partition: entry.path for entry in lake.entries_of(EMBEDDINGS)}
    assert 1 <= len([name for name in after if after[name] != before.get(name)]) <= 4
    paper_ids, vectors = stored_vectors(lake)
    by_id = {text_hash(title)[:16]: title for title in [*titles, "one more", "one more with another id"]}
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed([by_id[one] for one in paper_ids])[0])
    counts = {check.check_name: check.checked_row_count for check in result.checks}
    assert counts == {"embeddings_schema": 150, "embeddings_every_paper_once": 150}
    assert all(check.passed for check in committed_checks(PAPER_EMBEDDINGS, lake))


@pytest.mark.usefixtures("tiny_partitions")
def test_another_model_replaces_every_partition(lake, settings):
    commit_tables(lake, {PAPERS: spread([f"paper about subject {number}" for number in range(60)])})
    embed_papers(lake, settings, HashingEmbedder())
    other = Counting()
    other.model_id = "other"
    embed_papers(lake, settings, other)
    assert len(other.asked) == 60
    assert lake.read(EMBEDDINGS)["model_id"].unique().to_list() == ["other"]


def test_no_papers_at_all_is_an_empty_table(lake, settings):
    put_papers(lake, [])
    assert embed_papers(lake, settings, HashingEmbedder()).row_counts == {"embeddings": 0}
    assert lake.read(EMBEDDINGS).height == 0
    assert stored_vectors(lake)[1].shape == (0, 256)


def test_parts_are_bounded(lake, tmp_path):
    put_papers(lake, [f"title {number}" for number in range(25)])
    embed_papers(lake, Settings(embedder="hashing", embedder_part_rows=10), HashingEmbedder())
    parts = VectorStore(lake, "hashing-256", 256).parts()
    assert sorted(pl.read_parquet(part).height for part in parts) == [5, 10, 10]


@pytest.mark.parametrize("value", [np.nan, np.inf, 3.0, 0.0])
def test_a_bad_vector_stops_the_stage_names_the_paper_and_never_reaches_the_store(lake, settings, value):
    class Broken(HashingEmbedder):
        def embed(self, texts, advance=lambda count: None, role="paper"):
            vectors, facts = super().embed(texts, advance, role)
            vectors[1] = value
            return vectors, facts

    put_papers(lake, TITLES)
    with pytest.raises(CheckFailedError, match="paper_id 0000000000000001"):
        embed_papers(lake, settings, Broken())
    assert VectorStore(lake, "hashing-256", 256).parts() == []
    assert embed_papers(lake, settings, HashingEmbedder()).row_counts == {"embeddings": 4}


def test_vectors_of_another_dimension_stop_the_stage(lake, settings):
    class Narrow(HashingEmbedder):
        def embed(self, texts, advance=lambda count: None, role="paper"):
            vectors, facts = super().embed(texts, advance, role)
            return vectors[:, :100], facts

    put_papers(lake, TITLES)
    with pytest.raises(ModelError, match=r"shape \(3, 100\) where \(3, 256\)"):
        embed_papers(lake, settings, Narrow())


def test_a_damaged_part_is_named_and_only_its_texts_are_computed_again(lake):
    settings = Settings(embedder="hashing", embedder_part_rows=2)
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    before = lake.read(EMBEDDINGS)
    small = min(VectorStore(lake, "hashing-256", 256).parts(), key=lambda part: pl.read_parquet(part).height)
    small.write_bytes(small.read_bytes()[:-20])
    embedder = Counting()
    result = embed_papers(lake, settings, embedder, again=True)
    assert embedder.asked == TITLES[2:3]
    assert result.facts["damaged_part_count"] == 1
    assert small.name in result.facts["damaged_parts"]
    assert lake.read(EMBEDDINGS).equals(before)


def test_a_flipped_byte_in_the_store_is_computed_again(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    (part,) = VectorStore(lake, "hashing-256", 256).parts()
    column = pq.ParquetFile(part).metadata.row_group(0).column(1)
    content = bytearray(part.read_bytes())
    content[
        (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 1
    ] ^= 1
    part.write_bytes(content)
    assert stored_vectors(lake)[1].shape == (4, 256), "the table does not depend on the store"
    embedder = Counting()
    embed_papers(lake, settings, embedder, again=True)
    assert embedder.asked == TITLES[:3]


def test_a_flipped_byte_in_the_table_is_told_and_built_again(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    path = lake.root / lake.entries_of(EMBEDDINGS)[0].path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(LakeError, match="is damaged"):
        stored_vectors(lake)
    path.unlink()
    embedder = Counting()
    assert not embed_papers(lake, settings, embedder).reused
    assert embedder.asked == [], "the store has the vectors"
    assert stored_vectors(lake)[1].shape == (4, 256)


def test_another_model_embeds_all_and_coming_back_embeds_nothing(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    other, back = Counting(), Counting()
    other.model_id = "other"
    embed_papers(lake, settings, other)
    assert len(other.asked) == 3
    assert current_model(lake).model_id == "other"
    embed_papers(lake, settings, back)
    assert back.asked == []
    assert current_model(lake).model_id == "hashing-256"


def test_a_query_is_embedded_by_the_papers_model_or_not_at_all(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    model = current_model(lake)
    vector = QueryEmbedder(settings).embed("robots that walk", model.model_id, model.dimension)
    assert int(np.argmax(stored_vectors(lake)[1] @ vector)) == 1
    with pytest.raises(ModelError, match=r"somebody-elses-model.*--reembed"):
        QueryEmbedder(settings).embed("robots that walk", "somebody-elses-model", model.dimension)


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
    from paperlake.lake import Lake
    from paperlake.settings import Settings
    from tests.support.embedding import embed_papers

    class Dying(HashingEmbedder):
        calls = 0
        def embed(self, texts, advance=lambda count: None, role="paper"):
            self.calls += 1
            if self.calls == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            return super().embed(texts, advance, role)

    settings = Settings(embedder="hashing", embedder_part_rows=10)
    embed_papers(Lake.open(Path(sys.argv[1])), settings, Dying())
"""


@pytest.mark.parametrize("dies_in_part", [1, 3, 5])
def test_kill_9_loses_at_most_one_part(lake, dies_in_part):
    titles = [f"paper about subject {number}" for number in range(45)]
    put_papers(lake, titles)
    command = [sys.executable, "-c", textwrap.dedent(_KILLED), str(lake.root), str(dies_in_part)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(LakeError, match="no embeddings yet"):
        stored_vectors(lake)
    embedder = Counting()
    settings = Settings(embedder="hashing", embedder_part_rows=10)
    embed_papers(lake, settings, embedder)
    assert embedder.asked == titles[10 * (dies_in_part - 1) :]
    np.testing.assert_array_equal(stored_vectors(lake)[1], HashingEmbedder().embed(titles)[0])


def test_facts_of_several_parts_add_up():
    first = EmbeddingFacts(text_count=2, token_count=30, padded_token_count=40, seconds=1.0, device="cuda")
    second = EmbeddingFacts(text_count=1, token_count=10, padded_token_count=10, seconds=0.5, device="cpu")
    both = first.plus(second)
    assert (both.text_count, both.seconds, both.device) == (3, 1.5, "cpu")
    assert both.padding_share == pytest.approx(0.2)
    assert EmbeddingFacts().padding_share == 0.0


def test_papers_in_a_partition_that_was_empty_get_vectors_of_the_models_width(lake, monkeypatch):
    """The default width of an empty table is another than that of the vectors that come."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 2)
    settings = Settings(embedder="hashing")
    for count in (40, 80):  # as many bits name the partitions of both
        put_papers(lake, [f"A text about ponds, number {number}" for number in range(count)])
        embed_papers(lake, settings, HashingEmbedder())
    assert lake.read(EMBEDDINGS).height == 80
