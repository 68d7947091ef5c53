"""What would go wrong: a macro that ranks otherwise than the search, counts an author twice, or is not updated."""

import json
from pathlib import Path

import duckdb
import pytest

from paperlake.lake import Lake
from paperlake.queries.open_builds.builds import Builds
from paperlake.queries.papers import rising
from paperlake.search import search
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from tests.support.lakes import SAMPLES, fill
from tests.support.warehouse_world import World

AUTHORS = {
    "2401.00001": ["Ada Lovelace", "Édouard Lucas", "Wei Zhang"],
    "2401.00002": ["Ada Lovelace", "Wei Zhang", "Edouard Lucas"],
    "2401.00003": ["Wei Zhang", "Wen Zhang", "Édouard Lucas"],
    "2401.00004": ["Nobody Else"],
}
TITLES = {
    "2401.00001": "Ponds that grow over the years",
    "2401.00002": "Lattices of quantum magnets",
    "2401.00003": "Parsers learn grammars of rivers",
    "2401.00004": "Optical clocks drift slowly",
}
VOTES = {"2024-01-05": [10, 5, 1, 7], "2024-01-12": [12, 25, 1, 8]}


def answer(day: str) -> str:
    papers = [
        {
            "paper": {
                "id": arxiv_id,
                "title": TITLES[arxiv_id],
                "summary": f"We study {TITLES[arxiv_id].lower()} with care, and report what was measured.",
                "authors": [{"name": name} for name in names],
                "publishedAt": f"{'2024-01-10' if arxiv_id.endswith('4') else '2023-12-01'}T00:00:00.000Z",
                "upvotes": votes,
            },
            "organization": {"name": "tarn", "fullname": "Tarn Institute"},
        }
        for (arxiv_id, names), votes in zip(AUTHORS.items(), VOTES[day], strict=True)
    ]
    return json.dumps(papers)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("macros") / "lake")
    for day in VOTES:
        folder = lake.raw / "daily_api" / day
        folder.mkdir(parents=True)
        (folder / f"{day}T070000Z.json").write_text(answer(day))
    (lake.raw / "listing").mkdir()
    (lake.raw / "listing/search_results.txt").write_bytes(
        (SAMPLES / "listing/search_results.txt").read_bytes()
    )
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    return lake


def rows(lake: Lake, sql: str, *parameters: object) -> list[tuple]:
    return query(lake, sql, list(parameters))[1]


@pytest.mark.parametrize("text", ["language models", "Reasoning of agents, reasoned", "the ponds", "Rivers"])
def test_search_ranks_as_the_search_by_words(filled: Lake, text: str) -> None:
    found = search(filled, Settings(lake=filled.root, embedder="hashing"), text, 50, "words").rows
    expected = {row["paper_id"]: row["word_score"] for row in found}
    got = dict(rows(filled, "SELECT paper_id, score FROM search(?) LIMIT 50", text))
    assert expected
    assert got == pytest.approx(expected, abs=1e-4)
    scores = list(got.values())
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("LÄTTICES", "Lattices of quantum magnets"),
        ("lattice", "Lattices of quantum magnets"),  # a form that no paper contains, nor its ending
        ("parsing grammar", "Parsers learn grammars of rivers"),
    ],
)
def test_search_finds_other_forms_of_a_word(filled: Lake, text: str, title: str) -> None:
    assert rows(filled, "SELECT title FROM search(?) LIMIT 1", text) == [(title,)]


@pytest.mark.parametrize("text", ["", "the of and", "zzyzx", "';", "%"])
def test_search_without_a_word_that_counts_gives_no_rows(filled: Lake, text: str) -> None:
    assert rows(filled, "FROM search(?)", text) == []


def test_rising_is_what_the_pages_show(filled: Lake) -> None:
    got = rows(filled, "SELECT arxiv_id, upvotes_gained FROM rising(7)")
    assert got == [("2401.00002", 20), ("2401.00001", 2), ("2401.00004", 1)]
    builds = Builds(filled, Settings(lake=filled.root, embedder="hashing"))
    with builds.reading() as build:
        shown = [(row["arxiv_id"], row["upvotes_gained"]) for row in rising(build, 7)]
    builds.close()
    assert got == shown


@pytest.mark.parametrize("name", ["edouard lucas", "ÉDOUARD LUCAS", "lucas e"])
def test_papers_by_author_are_found_by_name_and_by_key(filled: Lake, name: str) -> None:
    got = rows(filled, "SELECT arxiv_id, author_position FROM papers_by_author(?) ORDER BY ALL", name)
    assert got == [("2401.00001", 2), ("2401.00002", 3), ("2401.00003", 3)]


def test_a_full_name_is_not_another_person_of_the_same_key(filled: Lake) -> None:
    assert len(rows(filled, "FROM papers_by_author('Wen Zhang')")) == 1
    assert len(rows(filled, "FROM papers_by_author('zhang w')")) == 3


def test_coauthors_are_counted_by_paper(filled: Lake) -> None:
    assert rows(filled, "FROM coauthors('ada lovelace')") == [
        ("lucas e", "Édouard Lucas", 2),
        ("zhang w", "Wei Zhang", 2),
    ]
    got = rows(filled, "FROM coauthors('lucas e')")
    assert got == [("zhang w", "Wei Zhang", 3), ("lovelace a", "Ada Lovelace", 2)]
    assert rows(filled, "FROM coauthors('Nobody Else')") == []


def test_organizations_of_a_topic(filled: Lake) -> None:
    direct = """
        SELECT count(*) FROM papers JOIN paper_topics USING (paper_id)
        WHERE level = 1 AND NOT is_outlier AND organization IS NOT NULL
    """
    topics = [topic for (topic,) in rows(filled, "SELECT topic_id FROM topics WHERE level = 1")]
    counts = [row[1] for topic in topics for row in rows(filled, "FROM organizations_of_topic(?)", topic)]
    assert [(sum(counts),)] == rows(filled, direct)


@pytest.mark.parametrize(
    "call",
    ["papers_by_author('no such')", "coauthors('no such')", "organizations_of_topic('no such')", "rising(0)"],
)
def test_a_name_that_nobody_has_gives_no_rows(filled: Lake, call: str) -> None:
    assert rows(filled, f"FROM {call}") == []


def test_the_macros_work_in_a_plain_connection(filled: Lake) -> None:
    with duckdb.connect(str(filled.warehouse), read_only=True) as plain:
        found = plain.execute(
            "SELECT p.title FROM search('ponds') AS p JOIN papers USING (paper_id)"
        ).fetchall()
    assert found == [("Ponds that grow over the years",)]


def test_an_update_brings_words_and_takes_papers_away(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.dumps = {"a.txt": [(number, 0) for number in range(40)], "b.txt": [(41, 0)]}
    world.run()
    everything = (
        "lake pond river delta stone meadow harbour signal graph kernel lattice vector tensor bayesian"
    )
    world.dumps = {
        "a.txt": [(number, 0) for number in range(40)],
        "c.txt": [(number, 1) for number in (42, 43)],
    }
    result = world.run()
    assert world.lake.manifest("warehouse").facts["update_number"] == 1, result
    fresh = world.fresh(tmp_path / "fresh")
    sql = "SELECT paper_id, score FROM search(?)"
    assert rows(world.lake, sql, everything) == rows(fresh.lake, sql, everything)
    sql = "SELECT word FROM search.forms GROUP BY word HAVING count(*) > 1"
    assert rows(world.lake, sql) == []


def test_a_build_without_the_macros_is_built_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "lake")
    world.dumps = {"a.txt": [(number, 0) for number in range(10)]}
    with monkeypatch.context() as patch:
        patch.setattr("paperlake.warehouse.build.macros_sql", lambda: "")
        world.run()
        with pytest.raises(Exception, match="does not exist"):
            rows(world.lake, "FROM rising(7)")
    world.dumps["b.txt"] = [(11, 0)]
    world.run()
    assert world.lake.manifest("warehouse").facts["update_number"] == 0
    assert rows(world.lake, "SELECT count(*) FROM search('lake pond')")
