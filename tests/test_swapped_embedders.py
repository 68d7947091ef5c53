"""Another kind of embedder, chosen by settings alone, changes no table beyond 1e-5: the promise of the resource."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.http_server import Reply, Request, serve
from tests.support.lakes import SAMPLES, assert_equal_tables, fill, put, tables
from tests.support.storm import size

pytestmark = [pytest.mark.model, pytest.mark.slow]


# Dumps of each kind, of about a hundred papers: to embed all samples takes a minute for each embedder.
DUMPS = (
    "listing/saved_page_june.txt", "listing/search_results.txt", "daily_api/2025-03-19", "library",
    "arxiv/2025-06-09T080000Z.xml",
)  # fmt: skip


def sample_tables(root: Path, **choice: object) -> dict[str, pl.DataFrame]:
    """Every table of a fresh lake of sample dumps, with the chosen embedder."""
    lake = Lake.open(root)
    for name in size(DUMPS, ("",)):
        if (SAMPLES / name).is_dir():
            shutil.copytree(SAMPLES / name, lake.raw / name, dirs_exist_ok=True)
        else:
            put(lake, SAMPLES / name, folder=Path(name).parts[0])
    fill(lake, Settings(lake=lake.root, **choice))
    return tables(lake)


@pytest.fixture(scope="module")
def with_torch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    return sample_tables(tmp_path_factory.mktemp("torch") / "lake", embedder="torch")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, object]]:
    """A server on loopback that speaks OpenAI's protocol and runs the bundled model; the settings to use it."""
    model = make_embedder(Settings(lake=tmp_path / "server"))
    one_at_a_time = threading.Lock()

    def respond(request: Request) -> Reply:
        with one_at_a_time:
            vectors, _ = model.embed(request.json["input"])
        data = [{"index": place, "embedding": vector.tolist()} for place, vector in enumerate(vectors)]
        return Reply.of_json({"data": data})

    with serve(respond) as running:
        yield {
            "embedder": "http",
            "embedder_url": f"{running.url}/v1",
            "embedder_model": "bundled",
            "embedder_model_id": model.model_id,
            "embedder_dimension": model.dimension,
        }


def test_http_gives_the_tables_of_torch(
    with_torch: dict[str, pl.DataFrame], server: dict[str, object], tmp_path: Path
) -> None:
    assert_equal_tables(sample_tables(tmp_path / "lake", **server), with_torch)


def test_openvino_gives_the_tables_of_torch(with_torch: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    assert_equal_tables(sample_tables(tmp_path / "lake", embedder="openvino"), with_torch)


@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_tables_of_torch(with_torch: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    assert_equal_tables(sample_tables(tmp_path / "lake", embedder="ray"), with_torch)
