"""Divide links into parts that share no node, so that each part can be grouped by itself.

A group never has nodes of two connected components of the links. Grouping holds identifiers and titles of its
nodes as Python objects, some 3 kB for each: a large lake is grouped a part at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from paperlake.dedup.clustering.grouping import Link
from paperlake.dedup.clustering.links import Links, Nodes, TitleLink
from paperlake.vectors.arrays import Ints

MAX_NODES = 50_000  # of a part, but for one that has a single connected component


def independent_parts(nodes: Nodes, links: Links, max_nodes: int = MAX_NODES) -> Iterator[Links]:
    """Yield the links in parts of whole connected components; all at once where they are few.

    Args:
        nodes: The nodes of the links.
        links: All links.
        max_nodes: The number of linked nodes of a part, as long as it has several components.

    Yields:
        Links with those of the part, in their order, and all that is known of pairs of texts.
    """
    if 2 * len(links.links) + len(links.title_links) <= max_nodes:
        yield links
        return
    part_of = _parts(nodes, links, max_nodes)
    by_part: dict[int, tuple[list[Link], dict[int, Sequence[TitleLink]]]] = defaultdict(lambda: ([], {}))
    for link, part in zip(links.links, part_of[_ends(links)[0]].tolist(), strict=True):
        by_part[part][0].append(link)
    for text, found in links.title_links.items():
        by_part[int(part_of[nodes.first_node[text]])][1][text] = found
    for part in sorted(by_part):
        of_nodes, by_title = by_part.pop(part)
        yield replace(links, links=of_nodes, title_links=by_title)


def _ends(links: Links) -> tuple[Ints, Ints]:
    count = len(links.links)
    first, second = (link.first for link in links.links), (link.second for link in links.links)
    return np.fromiter(first, np.int64, count), np.fromiter(second, np.int64, count)


def _parts(nodes: Nodes, links: Links, max_nodes: int) -> Ints:
    """Return the number of the part of each node; that of a node without links means nothing."""
    from scipy.sparse import coo_array  # noqa: PLC0415  # loaded for many links alone
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    first, second = _ends(links)
    by_title = [
        (int(nodes.first_node[text]), node)
        for text, found in links.title_links.items()
        for other in (text, *(link.other for link in found))
        for node in nodes.of_text(other)
    ]
    edges = np.concatenate([np.stack([first, second], axis=1), np.array(by_title, np.int64).reshape(-1, 2)])
    count = len(nodes.text_of)
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    is_linked = np.zeros(count, bool)
    is_linked[edges.ravel()] = True
    sizes = np.bincount(component[is_linked], minlength=int(component.max()) + 1)
    part_of_component = (np.cumsum(sizes) - sizes) // max_nodes
    parts: Ints = part_of_component[component]
    return parts
