"""Links in parts of whole connected components give the groups of all links at once."""

from __future__ import annotations

import polars.testing
import pytest

from paperlake.dedup.clustering import independent
from tests.support.dedup_building import entry, run
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = [text for pair in HARD_PAIRS for text in (pair.one, pair.other)]


def entries() -> list[dict]:
    """Texts in several dumps, some without abstract and some under identifiers."""
    rows = []
    for number, (title, abstract) in enumerate(TEXTS, start=1):
        rows.append(entry(title, abstract, "a", number, arxiv_id=f"2401.{(number - 1) // 2:05}"))
        rows.append(entry(title, None, "b", number))
        rows.append(entry(title, abstract, "c", number, doi=f"10.1/{number}"))
    return rows


@pytest.mark.parametrize("max_nodes", [1, 7])
def test_parts_give_the_papers_of_all_links_at_once(monkeypatch, max_nodes):
    whole = run(entries())
    parts = []

    def counted(nodes, links):
        for part in independent.independent_parts(nodes, links, max_nodes):
            parts.append(part)
            yield part

    monkeypatch.setattr("paperlake.dedup.clustering.clusters.independent_parts", counted)
    divided = run(entries())
    for name in ("papers", "paper_sources", "matches"):
        polars.testing.assert_frame_equal(getattr(divided, name), getattr(whole, name))
    assert len(parts) > 3
    assert any(part.title_links for part in parts)
    assert sum(len(part.links) for part in parts) > 20


def test_few_links_are_one_part(monkeypatch):
    seen = []

    def counted(nodes, links):
        seen.append(links)
        return independent.independent_parts(nodes, links)

    monkeypatch.setattr("paperlake.dedup.clustering.clusters.independent_parts", counted)
    run(entries())
    assert len(seen) == 1
