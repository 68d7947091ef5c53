"""The engine of a cluster: results in order, whatever happens to processes."""

import pytest

from paperlake.engine.protocol import halves
from paperlake.engine.ray_engine import MAX_ATTEMPTS, RayEngine
from paperlake.errors import DamagedFileError, EngineError, SharedFolderError
from paperlake.settings import Settings
from tests.engine import tasks

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def engine(nodes, tmp_path):
    return RayEngine(Settings(engine_ray_address=nodes.cluster.address), tmp_path)


def test_results_come_in_order_from_all_cores(engine):
    assert engine.process_count == 3
    assert list(engine.map(tasks.twice, range(20))) == [2 * n for n in range(20)]


def test_a_task_without_enough_memory_is_computed_in_smaller_parts(engine):
    parts = list(engine.map(tasks.total, [list(range(10)), [10, 11]], split=halves))
    assert [n for part in parts for n in part] == list(range(12))
    assert max(map(len, parts)) <= tasks.MOST


def test_a_task_that_cannot_be_divided_gets_twice_the_memory_once(engine, tmp_path):
    assert list(engine.map(tasks.need_memory_once, [tmp_path / "marker"], memory=1 << 20)) == ["done"]
    with pytest.raises(MemoryError, match="needs more than 2,097,152 bytes"):
        list(engine.map(tasks.total, [[1, 2, 3, 4]], memory=1 << 20))


def test_a_process_that_ends_is_replaced(engine, tmp_path):
    items = [(number, tmp_path / f"{number % 2}") for number in range(6)]
    assert list(engine.map(tasks.end_once, items)) == list(range(6))


def test_an_item_that_ends_every_process_ends_the_run(engine):
    with pytest.raises(EngineError, match=rf"ended {MAX_ATTEMPTS} times without a result"):
        list(engine.map(tasks.end_always, [1]))


def test_an_error_keeps_its_class_and_its_path(engine, tmp_path):
    with pytest.raises(DamagedFileError) as raised:
        list(engine.map(tasks.fail, [tmp_path / "a", tmp_path / "b"]))
    assert raised.value.path == tmp_path / "a"
    assert str(raised.value) == f"{tmp_path / 'a'} is damaged."


def test_a_node_without_the_folder_of_the_lake_is_named(nodes, tmp_path):
    engine = RayEngine(Settings(engine_ray_address=nodes.cluster.address), tmp_path / "elsewhere")
    with pytest.raises(SharedFolderError, match="does not have the lake's folder"):
        list(engine.map(tasks.twice, [1]))
