"""The lists that papers probe, as bits."""

import numpy as np

from paperlake.neighbours.inverted.centroids import nearest_lists
from paperlake.neighbours.inverted.probed_lists import ProbedLists
from paperlake.neighbours.workers import workers
from tests.neighbours.made_vectors import unit


def test_every_paper_probes_its_nearest_lists_but_its_own() -> None:
    generator = np.random.default_rng(0)
    vectors, centroids = (unit(generator.normal(size=(count, 8))) for count in (50, 19))
    own = (vectors @ centroids.T).argmax(axis=1).astype(np.uint16)
    with workers(2) as pool:
        probed = ProbedLists.choose(vectors, own, centroids, 6, pool)
    assert probed.bits.shape == (3, 50)
    papers, lists = np.divmod(np.arange(50 * 19), 19)
    found = probed.contain(lists.astype(np.uint16), papers).reshape(50, 19)
    for paper, nearest in enumerate(nearest_lists(vectors, centroids, 6)):
        assert set(np.flatnonzero(found[paper])) == set(nearest.tolist()) - {int(own[paper])}
    for number in range(19):
        assert probed.probers(number).tolist() == np.flatnonzero(found[:, number]).tolist()
