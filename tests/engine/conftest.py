"""A Ray cluster of three nodes on this machine, with little memory each."""

import os
from collections.abc import Iterator

import pytest

OBJECT_STORE_BYTES = 80 << 20  # the least that Ray allows is 75 MB


def started(start):
    """Start a node, which Ray gives up after 30 s: not enough on a machine that is busy."""
    for _attempt in range(3):
        try:
            return start()
        except Exception as error:  # noqa: BLE001  # of no class of its own
            failed = error
    raise failed


class Nodes:
    """A cluster whose nodes can be killed."""

    def __init__(self, cluster) -> None:
        self.cluster = cluster
        self.workers = []

    def add(self, wait: bool = True) -> None:
        node = started(
            lambda: self.cluster.add_node(wait, num_cpus=1, object_store_memory=OBJECT_STORE_BYTES)
        )
        self.workers.append(node)

    def replace_one(self) -> None:
        """Kill a node, with its tasks, and start another."""
        self.cluster.remove_node(self.workers.pop(0), allow_graceful=False)
        self.add(wait=False)


@pytest.fixture(scope="package")
def nodes() -> Iterator[Nodes]:
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    head = {"num_cpus": 1, "object_store_memory": OBJECT_STORE_BYTES, "include_dashboard": False}
    nodes = Nodes(started(lambda: Cluster(initialize_head=True, head_node_args=head)))
    nodes.add()
    nodes.add()
    yield nodes
    ray.shutdown()
    nodes.cluster.shutdown()
