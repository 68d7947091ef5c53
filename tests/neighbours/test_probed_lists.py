"""The lists that papers probe, as bits."""

import numpy as np

from paperlake.neighbours.inverted.centroids import nearest_lists
from paperlake.neighbours.inverted.probed_lists import contains, probed_bits, probers
from tests.neighbours.made_vectors import unit


def test_every_paper_probes_its_nearest_lists_but_its_own() -> None:
    generator = np.random.default_rng(0)
    vectors, centroids = (unit(generator.normal(size=(count, 8))) for count in (50, 19))
    own = (vectors @ centroids.T).argmax(axis=1).astype(np.uint16)
    bits = probed_bits(vectors, own, centroids, 6)
    assert bits.shape == (3, 50)
    papers, lists = np.divmod(np.arange(50 * 19), 19)
    found = contains(bits, lists.astype(np.uint16), papers).reshape(50, 19)
    for paper, nearest in enumerate(nearest_lists(vectors, centroids, 6)):
        assert set(np.flatnonzero(found[paper])) == set(nearest.tolist()) - {int(own[paper])}
    for number in range(19):
        assert probers(bits, number).tolist() == np.flatnonzero(found[:, number]).tolist()
