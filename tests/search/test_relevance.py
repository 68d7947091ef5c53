"""The cut-off: what no paper contains and no paper is near to finds nothing, whatever the model."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from paperlake.lake import Lake
from paperlake.search import Filters, Searcher
from paperlake.search.relevance import NONSENSE
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, fill, put
from tests.support.templates import Templates


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return templates.filled(tmp_path_factory.mktemp("relevance") / "lake", "listing/saved_page_june.txt")


class Skewed:
    """An embedder of which all vectors lie in a cone: the cosine of any two is over 0.6."""

    def __init__(self, embedder: object, weight: float) -> None:
        self._embedder, self._weight = embedder, weight

    def embed_all(self, texts: list[str], model_id: str, dimension: int) -> np.ndarray:
        moved = self._embedder.embed_all(texts, model_id, dimension) + np.float32(self._weight)
        return moved / np.linalg.norm(moved, axis=1, keepdims=True)

    def embed(self, text: str, model_id: str, dimension: int) -> np.ndarray:
        return self.embed_all([text], model_id, dimension)[0]


@pytest.fixture
def searcher(filled: Lake):
    with Searcher(filled, Settings(lake=filled.root, embedder="hashing")) as searcher:
        yield searcher


@pytest.mark.parametrize("text", ["qqqqzzzz", "xkcdqw plmokn", "!!!", "北京"])
def test_nonsense_finds_nothing_and_says_so(searcher: Searcher, text: str) -> None:
    found = searcher.search(text)
    assert found.rows == []
    assert found.notice
    assert found.notice.startswith("No good match: no paper contains a word of the query")


def test_meaning_alone_lists_the_nearest_and_says_what_they_are_worth(searcher: Searcher) -> None:
    found = searcher.search("qqqqzzzz", limit=3, mode="meaning")
    assert len(found.rows) == 3
    assert "No good match in meaning" in str(found.notice)


def test_one_word_that_a_paper_contains_is_enough(searcher: Searcher) -> None:
    title = searcher.search("models").rows[0]["title"]
    assert searcher.search(f"qqqqzzzz {title.split()[0]}").rows


def test_a_vector_that_is_near_is_enough(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    (vector,) = searcher.index.connection.execute("SELECT embedding FROM embeddings LIMIT 1").fetchone()
    near = np.array(vector, dtype=np.float32)
    monkeypatch.setattr(searcher.embedder, "embed", lambda *_: near)
    found = searcher.search("qqqqzzzz")
    assert found.rows[0]["similarity"] == pytest.approx(1.0, abs=1e-4)
    assert found.notice is None


def test_the_cut_off_follows_the_model(searcher: Searcher) -> None:
    before = searcher.relevance.least_similarity(None)
    searcher.relevance._embedder = Skewed(searcher.embedder, 0.1)
    del searcher.relevance.__dict__["_least_of_all"], searcher.relevance.__dict__["_vectors"]
    assert searcher.relevance.least_similarity(None) != pytest.approx(before, abs=1e-3)


def test_the_cut_off_is_that_of_the_papers_that_may_be_found(searcher: Searcher) -> None:
    some = np.zeros(searcher.index.number_count, dtype=bool)
    some[:3] = True
    assert searcher.relevance.least_similarity(some) < searcher.relevance.least_similarity(None)
    found = searcher.search("qqqqzzzz", filters=Filters(published_to=date(1900, 1, 1)))
    assert found.rows == []


@pytest.mark.model
@pytest.mark.slow
def test_the_bundled_model_tells_nonsense_from_paraphrases(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "lake")
    put(lake, SAMPLES / "listing/search_results.txt")
    settings = Settings(lake=lake.root)
    fill(lake, settings, until="warehouse")
    with Searcher(lake, settings) as searcher:
        for text in ("zzzzqqqq", "cheesecake", "plumber"):
            assert searcher.search(text).rows == []
        assert 0.2 < searcher.relevance.least_similarity(None) < 0.45
    assert len(set(NONSENSE)) == 24
