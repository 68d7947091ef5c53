"""The ray embedder on a real local cluster: the same vectors, also when a worker is killed."""

import os
import signal

import numpy as np
import pytest

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds import ray_embedder
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.kinds.ray_embedder import RayEmbedder, _fitting
from paperlake.errors import ModelError
from paperlake.settings import Settings
from tests.support.embedding import Counting, embed_papers, put_papers
from tests.support.embedding_texts import MIXED

TEXTS = [f"{text} {number}" for number in range(40) for text in MIXED]


@pytest.fixture(scope="module")
def ray():
    library = pytest.importorskip("ray")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    library.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield library
    library.shutdown()


@pytest.fixture
def embedder(ray):
    settings = Settings(embedder="ray", embedder_ray_kind="hashing", embedder_ray_worker_cpus=0.5)
    return make_embedder(settings)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_several_workers_give_the_same_vectors(embedder):
    done = []
    vectors, facts = embedder.embed(TEXTS, done.append)
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(TEXTS)[0])
    assert sum(done) == len(TEXTS)
    assert facts.text_count == len(TEXTS)
    assert facts.device == "4 x cpu"
    assert embedder.model_id == "hashing-256"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_same_model_id_continues_the_same_store(embedder, lake, settings):
    put_papers(lake, TEXTS[:300])
    embed_papers(lake, settings, embedder)
    before = lake.read(EMBEDDINGS)
    put_papers(lake, TEXTS[:310])
    asked = Counting()
    embed_papers(lake, settings, asked)
    assert asked.asked == TEXTS[300:310]
    assert lake.read(EMBEDDINGS).head(300).equals(before)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_worker_killed_in_mid_run_loses_nothing(ray, embedder):
    embedder.embed(TEXTS[:1])
    pid = ray.get(embedder._workers[0].__ray_call__.remote(lambda worker: os.getpid()))
    killed = []

    def kill_once(count):
        if not killed:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    vectors, _ = embedder.embed(TEXTS, kill_once)
    assert killed
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(TEXTS)[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_workers_without_room_on_the_cluster_are_not_waited_for(ray):
    """As after the loss of a node: the cluster said that more workers fit than do."""
    settings = Settings(
        embedder="ray", embedder_ray_kind="hashing", embedder_ray_worker_cpus=1.5, embedder_ray_workers=3
    )
    vectors, _ = RayEmbedder(settings).embed(TEXTS)
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(TEXTS)[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_texts_of_a_worker_that_lost_its_place_are_computed_by_others(ray, monkeypatch):
    """A node that holds the place of a worker which is started again is played by a task that takes it."""
    monkeypatch.setattr(ray_embedder, "PATIENCE_SECONDS", 0.5)
    settings = Settings(
        embedder="ray", embedder_ray_kind="hashing", embedder_ray_worker_cpus=0.9, embedder_ray_workers=2
    )
    embedder = RayEmbedder(settings)
    embedder.embed(TEXTS[:200])
    holder = ray.remote(_Holder).options(num_cpus=0.9)
    pid = ray.get(embedder._workers[0].__ray_call__.remote(lambda worker: os.getpid()))
    held = []

    def take_its_place(count):
        if not held:
            held.append(holder.remote())
            os.kill(pid, signal.SIGKILL)

    vectors, _ = embedder.embed(TEXTS, take_its_place)
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(TEXTS)[0])


class _Holder:
    """An actor that only takes room."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_failing_model_is_reported(ray, tmp_path):
    (tmp_path / "config.json").write_text('{"hidden_size": 8}')
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    settings = Settings(embedder="ray", embedder_model=str(tmp_path), embedder_ray_workers=1)
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        RayEmbedder(settings).embed(["text"])


def test_no_texts_start_no_cluster():
    settings = Settings(embedder="ray", embedder_ray_kind="hashing")
    assert RayEmbedder(settings).embed([])[0].shape == (0, 256)


@pytest.mark.parametrize(
    ("resources", "cpus", "gpus", "count"),
    [
        ({"CPU": 8}, 1, 0, 8),
        ({"CPU": 2}, 0.5, 0, 4),
        ({"CPU": 64, "GPU": 4}, 2, 1, 4),
        ({"CPU": 1}, 2, 0, 1),
        ({}, 0, 0, 1),
    ],
)
def test_workers_fill_the_cluster(resources, cpus, gpus, count):
    assert _fitting(resources, cpus, gpus) == count
