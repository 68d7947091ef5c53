"""Search: each way orders by its own score, and the query is embedded by the warehouse's model."""

import math
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest

from paperlake.errors import ModelError, UsageError
from paperlake.lake import Lake
from paperlake.search import Filters, Searcher, open_index, resolve, search, similar
from paperlake.search.open_index import ids_sql
from paperlake.search.query import parse_query
from paperlake.search_index.words import STOP_WORDS, plain_text, stems
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from tests.support.templates import Templates


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    root = tmp_path_factory.mktemp("search") / "lake"
    return templates.filled(root, "listing/saved_page_june.txt", "listing/search_results.txt")


@pytest.fixture
def settings(filled: Lake) -> Settings:
    return Settings(lake=filled.root, embedder="hashing")


@pytest.mark.parametrize(("mode", "score"), [("meaning", "similarity"), ("words", "word_score")])
def test_each_way_gives_its_best_first(filled: Lake, settings: Settings, mode: str, score: str) -> None:
    """A column of the same name in a joined table once took the place of the score in ORDER BY."""
    rows = search(filled, settings, "diffusion models for video generation", 30, mode).rows
    scores = [row[score] for row in rows]
    assert len(rows) > 5
    assert scores == sorted(scores, reverse=True)


def test_meaning_finds_the_paper_whose_text_is_asked_for(filled: Lake, settings: Settings) -> None:
    papers = query(filled, "SELECT paper_id, title || chr(10) || abstract FROM papers ORDER BY paper_id")[1]
    for paper_id, text in papers[::9]:
        (first, *_) = search(filled, settings, text, 1, "meaning").rows
        assert first["paper_id"] == paper_id
        assert first["similarity"] == pytest.approx(1.0, abs=1e-5)


def test_of_many_papers_a_few_are_chosen_by_their_codes(
    filled: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_index, "MAX_CODE_CANDIDATES", 20)
    with Searcher(filled, settings) as searcher:
        index = searcher.index
        allowed = index.is_paper & (np.arange(index.number_count) % 2 == 0)
        every = np.flatnonzero(index.is_paper)
        found = 0
        for number, vector in zip(every[::5], index._vectors.of(every[::5]), strict=True):
            near = index.near(vector, None, 6)
            assert len(near) == 6
            assert (np.diff(near) > 0).all()
            assert number in near
            cosines = index.cosines(vector, every)
            found += len(set(near) & set(every[np.argsort(-cosines)[:3]]))
            assert allowed[index.near(vector, allowed, 6)].all()
        assert found > 0.9 * 3 * len(every[::5])
        assert len(index.near(vector, None, 500)) == 20
        assert len(index.near(vector, np.zeros_like(allowed), 6)) == 0


def test_words_find_only_papers_that_hold_one_of_them(filled: Lake, settings: Settings) -> None:
    rows = search(filled, settings, "Timbrel turbo", 50, "words").rows
    assert rows
    for row in rows:
        (text,) = query(
            filled, "SELECT concat_ws(' ', title, abstract) FROM papers WHERE paper_id = ?", [row["paper_id"]]
        )[1][0]
        assert re.search(r"\b(timbrel|turbo)\b", text.lower())


@pytest.mark.parametrize("stems_at_a_time", [1, open_index.MAX_STEMS_READ])
def test_bm25_equals_a_plain_computation(
    filled: Lake, settings: Settings, stems_at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Robertson and Zaragoza's formula, title words counted three times, over the stems of all papers."""
    monkeypatch.setattr(open_index, "MAX_STEMS_READ", stems_at_a_time)
    texts = query(filled, "SELECT paper_id, title, coalesce(abstract, '') FROM papers")[1]
    documents = {
        paper_id: Counter({stem: 3 * count for stem, count in stemmed(title).items()}) + stemmed(abstract)
        for paper_id, title, abstract in texts
    }
    mean = sum(document.total() for document in documents.values()) / len(documents)
    expected = dict.fromkeys(documents, 0.0)
    for stem in ("diffus", "video"):
        holding = [document for document in documents.values() if stem in document]
        rarity = math.log(1 + (len(documents) - len(holding) + 0.5) / (len(holding) + 0.5))
        for paper, document in documents.items():
            norm = 1.2 * (1 - 0.75 + 0.75 * document.total() / mean)
            expected[paper] += rarity * document[stem] * 2.2 / (document[stem] + norm)
    rows = search(filled, settings, "diffusion video xyloquent", 5, "words").rows
    for row in rows:
        assert row["word_score"] == pytest.approx(expected[row["paper_id"]], rel=1e-5)
    assert rows[0]["word_score"] == pytest.approx(max(expected.values()), rel=1e-5)


def stemmed(text: str) -> Counter[str]:
    """How often each stem occurs in a text, without the index."""
    words = [word for word in re.split(r"[\W_]+", text.lower()) if word and word not in STOP_WORDS]
    return Counter(stems(words))


def test_a_title_that_is_asked_for_comes_first(filled: Lake, settings: Settings) -> None:
    for paper_id, title in query(filled, "SELECT paper_id, title FROM papers ORDER BY paper_id")[1][::11]:
        assert search(filled, settings, title.upper(), 3).rows[0]["paper_id"] == paper_id


def test_another_model_is_never_compared_with(filled: Lake) -> None:
    other = Settings(lake=filled.root, embedder="torch")
    with pytest.raises(ModelError):
        search(filled, other, "video", mode="meaning")
    found = search(filled, other, "video")
    assert found.rows
    assert found.notice.startswith("Searched by words only.")


def test_every_entry_id_resolves_to_its_paper(filled: Lake) -> None:
    for entry_id, paper_id in query(filled, "SELECT entry_id, paper_id FROM paper_sources LIMIT 40")[1]:
        assert resolve(filled, entry_id) == paper_id
    with pytest.raises(UsageError, match="No paper and no entry has the id"):
        similar(filled, "0000000000000000")


def some(filled: Lake, sql: str) -> str:
    return query(filled, sql)[1][0][0]


def test_an_identifier_finds_its_paper_alone(filled: Lake, settings: Settings) -> None:
    sql = "SELECT paper_id, arxiv_id, url FROM papers WHERE arxiv_id IS NOT NULL OR url IS NOT NULL LIMIT 5"
    for paper_id, arxiv_id, url in query(filled, sql)[1]:
        for text in filter(None, (paper_id, arxiv_id, f"arXiv:{arxiv_id}v7" if arxiv_id else None, url)):
            (row,) = search(filled, settings, text).rows
            assert row["paper_id"] == paper_id
            assert row["matched"].split(" ")[-1] in text


def test_an_identifier_that_no_paper_has_says_so(filled: Lake, settings: Settings) -> None:
    found = search(filled, settings, "2901.99999")
    assert not found.rows
    assert found.notice == "No paper has the arXiv id 2901.99999."


def test_a_quoted_phrase_stands_in_every_paper_found(filled: Lake, settings: Settings) -> None:
    title = some(filled, "SELECT title FROM papers WHERE length(title) > 40 ORDER BY paper_id LIMIT 1")
    phrase = " ".join(title.split()[:3])
    rows = search(filled, settings, f'"{phrase}" model').rows
    assert rows
    for row in rows:
        assert plain_text(phrase) in row["title_phrases"] + row["abstract_phrases"]
    assert not search(filled, settings, '"zebra crossing of nobody"').rows


def test_filters_leave_only_what_they_name(filled: Lake, settings: Settings) -> None:
    label, topic_id = query(filled, "SELECT label, topic_id FROM topics WHERE level = 1 LIMIT 1")[1][0]
    members = {row[0] for row in query(filled, "SELECT paper_id FROM papers_of_topic(?)", [topic_id])[1]}
    for topic in (topic_id, label.upper()):
        rows = search(filled, settings, "models", 50, filters=Filters(topic=topic)).rows
        assert rows
        assert {row["paper_id"] for row in rows} <= members
    middle = some(filled, "SELECT median(published_date)::DATE FROM papers")
    early = search(filled, settings, "models", 50, filters=Filters(published_to=middle)).rows
    late = search(filled, settings, "models", 50, filters=Filters(published_from=middle)).rows
    assert early
    assert late
    assert max(row["published_date"] for row in early) <= middle <= min(row["published_date"] for row in late)
    name = some(filled, "SELECT organization FROM papers WHERE organization IS NOT NULL ORDER BY 1 LIMIT 1")
    rows = search(filled, settings, "models", 50, filters=Filters(organization=name.lower())).rows
    assert rows
    assert all(name in row["organization"] for row in rows)
    assert not search(filled, settings, "models", filters=Filters(category="no.such")).rows


def test_a_filter_that_can_find_nothing_is_wrong_usage(filled: Lake, settings: Settings) -> None:
    with pytest.raises(UsageError, match="No topic has the id or label 'nowhere'"):
        search(filled, settings, "models", filters=Filters(topic="nowhere"))
    days = Filters(published_from=date(2025, 2, 1), published_to=date(2025, 1, 1))
    with pytest.raises(UsageError, match=r"--from .* is later than --to"):
        search(filled, settings, "models", filters=days)


def test_a_row_says_why_it_was_found(filled: Lake, settings: Settings) -> None:
    title = some(filled, "SELECT title FROM papers ORDER BY paper_id LIMIT 1")
    (first, *_) = search(filled, settings, title).rows
    assert first["matched"] == "exact title"
    assert first["meaning_rank"] >= 1
    assert first["word_rank"] == 1
    assert set(first["title_words"]) == set(parse_query(title).words)


def test_an_open_searcher_keeps_to_its_build(filled: Lake, settings: Settings) -> None:
    with Searcher(filled, settings) as searcher:
        one = searcher.search("video diffusion").rows
        assert searcher.search("video diffusion").rows == one
    assert search(filled, settings, "video diffusion").rows == one


def test_threads_may_share_a_searcher(filled: Lake, settings: Settings) -> None:
    texts = ["video diffusion", "language models", '"language models" agents', "speech", "graph", "robots"]
    expected = {text: search(filled, settings, text, 30).rows for text in texts}
    with Searcher(filled, settings) as searcher, ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda text: (text, searcher.search(text, 30).rows), texts * 10))
    assert all(rows == expected[text] for text, rows in found)


def test_texts_are_read_by_the_index_of_the_key(filled: Lake, settings: Settings) -> None:
    """Pins DuckDB: without the index a search of 500,000 papers takes half a second longer."""
    with Searcher(filled, settings) as searcher:
        sql = ids_sql("texts", [f"{number:016x}" for number in searcher.index.ids[:3]])
        rows = searcher.index.connection.execute(f"EXPLAIN ANALYZE {sql}").fetchall()
        plan = "".join(row[1] for row in rows)
    assert "Index Scan" in plan
