"""The whole function: identity, contradictions, chains, and that only the set of entries and dumps matters."""

from datetime import date

import polars as pl
import polars.testing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.dedup.building import review_pairs
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.stage import PAPERS_STAGE
from paperlake.stages.checks import run_check
from tests.support.dedup_building import PaperTables, are_one_paper, dump, entry, papers_of, run
from tests.support.hard_pairs import (
    CELL,
    CELL_REWORDED,
    GLACIER,
    HARD_PAIRS,
    MARKET,
    ROBOT,
    ROBOT_SHIRTS,
    SEARCH,
    SEARCH_EDITED,
    SPECTRA,
    TITLE_CELL,
    TITLE_GLACIER,
    TITLE_MARKET,
    TITLE_ROBOT,
    TITLE_SEARCH,
    TITLE_SPECTRA,
)  # fmt: skip
from tests.support.lakes import FrameReader
from tests.support.storm import size

TABLES = ("papers", "paper_sources", "paper_counts", "matches")
TEXTS = [text for pair in HARD_PAIRS for text in (pair.one, pair.other)]


def assert_equal(one: PaperTables, other: PaperTables) -> None:
    for name in TABLES:
        polars.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def assert_sound(entries: list[dict], result: PaperTables) -> None:
    frame = ENTRIES.frame(entries)
    tables = {table: getattr(result, table.name) for table in PAPERS_STAGE.tables}
    reader = FrameReader({ENTRIES: frame, **tables})
    results = [run_check(check, reader) for check in PAPERS_STAGE.all_checks]
    assert [result.failures for result in results if not result.passed] == []


drawn_entries = st.lists(
    st.tuples(
        st.sampled_from(TEXTS),
        st.sampled_from("abcd"),
        st.sampled_from([None, None, "2401.00001", "2401.00002"]),
        st.sampled_from([None, None, "10.1/x", "10.1/y", "10.48550/arxiv.2401.00001"]),
        st.sampled_from([None, 0, 3]),
    ),
    max_size=12,
)
DUMPS = [
    dump("a", date(2025, 1, 2)),
    dump("b", date(2025, 1, 1)),
    dump("c"),
    dump("d", date(2025, 3, 1), "daily_api"),
]


def build(drawn: list) -> list[dict]:
    return [
        entry(*text, dump=name, number=number, arxiv_id=arxiv_id, doi=doi, upvote_count=votes)
        for number, (text, name, arxiv_id, doi, votes) in enumerate(drawn, start=1)
    ]


@settings(max_examples=size(15, 100), deadline=None)
@given(drawn_entries, st.randoms(use_true_random=False))
def test_order_of_entries_and_dumps_does_not_matter(drawn, random):
    """Else the tables would depend on which dump arrived first."""
    entries, dumps = build(drawn), list(DUMPS)
    before = run(entries, dumps)
    assert_sound(entries, before)
    random.shuffle(entries)
    random.shuffle(dumps)
    assert_equal(before, run(entries, dumps))


@settings(max_examples=size(10, 100), deadline=None)
@given(drawn_entries)
def test_contradicting_identifiers_never_share_a_paper(drawn):
    entries = build(drawn)
    sources = run(entries, DUMPS).paper_sources.join(
        ENTRIES.frame(entries).select("dump_id", "entry_number", "arxiv_id"), on=["dump_id", "entry_number"]
    )
    assert sources.group_by("paper_id").agg(pl.col("arxiv_id").drop_nulls().n_unique())["arxiv_id"].max() in (
        None,
        0,
        1,
    )


@settings(max_examples=size(10, 100), deadline=None)
@given(drawn_entries, drawn_entries)
def test_published_ids_resolve_while_their_text_remains(first, more):
    """A link to a paper must not break because another dump arrived."""
    before = run(build(first), DUMPS)
    after = run(build([*first, *more]), DUMPS)
    texts = set(after.paper_sources["entry_id"]) | set(after.paper_sources["paper_id"])
    plain = set(before.papers["paper_id"]) & set(before.paper_sources["entry_id"])
    assert plain <= texts


def test_no_entries():
    result = run([])
    assert [getattr(result, name).height for name in TABLES] == [0, 0, 0, 0]
    assert_sound([], result)


def test_the_first_source_names_the_paper():
    """Dated dumps come before undated ones, then the path, then the place."""
    dumps = [dump("a"), dump("b", date(2025, 5, 1)), dump("c", date(2025, 4, 1))]
    entries = [
        entry(TITLE_SEARCH, SEARCH, "a"), entry(TITLE_SEARCH, SEARCH_EDITED, "b"),
        entry("Entity Cards Help Dense Retrievers with Rare Facts", SEARCH, "c"),
    ]  # fmt: skip
    result = run(entries, dumps)
    assert result.papers["paper_id"].to_list() == [entries[2]["entry_id"]]


def test_equal_texts_with_contradicting_identifiers_are_two_papers():
    one, other = (entry(TITLE_CELL, CELL, number=n, arxiv_id=f"2401.0000{n}") for n in (1, 2))
    result = run([one, other])
    assert result.papers.height == 2
    assert one["entry_id"] not in set(result.papers["paper_id"]), "the identifier is part of the hash"
    assert set(result.paper_sources["match_method"]) == {"first"}


def test_an_entry_without_identifier_joins_one_of_two_papers_of_its_text():
    rows = [entry(TITLE_CELL, CELL, number=n, arxiv_id=f"2401.0000{n}") for n in (1, 2)]
    result = run([*rows, entry(TITLE_CELL, CELL, number=3)])
    assert sorted(result.papers["source_count"]) == [1, 2]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"arxiv_id": "2401.00001"}, {"arxiv_id": "2401.00001"}, True),
        ({"doi": "10.1/x"}, {"doi": "10.1/x"}, True),
        ({"doi": "10.48550/arxiv.2401.00001"}, {"arxiv_id": "2401.00001"}, True),
        ({"arxiv_id": "2401.00001", "doi": "10.1/x"}, {"arxiv_id": "2401.00001", "doi": "10.1/y"}, True),
        ({"arxiv_id": "2401.00001", "doi": "10.1/x"}, {"arxiv_id": "2401.00002", "doi": "10.1/x"}, False),
    ],
    ids=["arXiv id", "DOI", "arXiv's DOI", "preprint and journal DOI", "arXiv ids outweigh a DOI"],
)
def test_identifiers_outweigh_texts(one, other, same):
    assert are_one_paper(entry(TITLE_CELL, CELL, **one), entry(TITLE_MARKET, MARKET, **other)) is same


def test_alike_texts_with_contradicting_dois_stay_apart_and_leave_a_match():
    one, other = (
        entry(TITLE_CELL, CELL, doi="10.1/x"),
        entry(TITLE_CELL, CELL_REWORDED, number=2, doi="10.1/y"),
    )
    result = run([one, other])
    assert result.papers.height == 2
    assert result.matches["decision"].to_list() == ["different"]


def test_alike_texts_with_other_authors_stay_apart():
    names = {"authors": ["Ada Alm", "Bo Berg"]}, {"authors": ["Cy Cole", "Di Dorn"]}
    assert not are_one_paper(
        entry(TITLE_CELL, CELL, **names[0]), entry(TITLE_CELL, CELL_REWORDED, **names[1])
    )


def test_groups_do_not_chain_through_a_contradiction():
    """An entry without number between part one and part two must not tie them together."""
    parts = [
        entry(TITLE_SPECTRA + " I", SPECTRA), entry(TITLE_SPECTRA + " II", SPECTRA + " Second part.", number=2),
        entry(TITLE_SPECTRA, SPECTRA, number=3),
    ]  # fmt: skip
    found = papers_of(run(parts))
    assert len(found) == 2
    assert frozenset({parts[1]["entry_id"]}) in found


def test_a_bare_title_of_two_papers_joins_neither():
    title = "Learning Prices and Mapping Glaciers with Noisy Sensors"
    rows = [entry(title, MARKET), entry(title, GLACIER, number=2), entry(title, None, number=3)]
    result = run(rows)
    assert result.papers.height == 3
    bare = rows[2]["entry_id"]
    undecided = result.matches.filter((pl.col("entry_id_a") == bare) | (pl.col("entry_id_b") == bare))
    assert set(undecided["decision"]) == {"unsure"}
    review = review_pairs(result.matches)
    assert undecided["entry_id_a"].is_in(review["entry_id_a"].to_list()).all()
    assert review["score"].is_sorted(descending=True)


def test_every_source_says_what_joined_it():
    rows = [
        entry(TITLE_SEARCH, SEARCH), entry(TITLE_SEARCH, SEARCH, number=2), entry(TITLE_SEARCH, SEARCH_EDITED, number=3),
        entry("Entity Cards Help Dense Retrievers with Rare Facts", SEARCH, number=4),
        entry(TITLE_MARKET, MARKET, number=5, arxiv_id="2401.00001"),
        entry(TITLE_GLACIER, GLACIER, number=6, arxiv_id="2401.00001"),
    ]  # fmt: skip
    sources = run(rows).paper_sources.sort("entry_number")
    assert sources["match_method"].to_list() == [
        "first", "same_text", "same_title", "near_duplicate", "first", "same_identifier",
    ]  # fmt: skip
    assert sources["match_score"].to_list()[:2] == [1.0, 1.0]
    assert sources["match_score"][2] < 1


def test_many_papers_of_one_heading_stay_apart():
    """A block of a hundred equal titles must neither merge nor cost ten thousand comparisons."""
    rows = [
        entry(
            "Editor's Introduction",
            "This issue holds papers on " + ", ".join(f"w{number}x{k}" for k in range(30)),
            number=number,
        )
        for number in range(1, 101)
    ]
    assert run(rows).papers.height == 100


DIFFERENT = entry(TITLE_CELL, CELL), entry(TITLE_CELL, CELL_REWORDED, number=2)
SAME = entry(TITLE_MARKET, MARKET), entry(TITLE_GLACIER, GLACIER, number=2)


def test_decisions_are_obeyed_and_recorded():
    apart = run(DIFFERENT, decisions=[Decision(DIFFERENT[0]["entry_id"], DIFFERENT[1]["entry_id"], False, 2)])
    assert apart.papers.height == 2
    assert apart.matches.select("method", "decision").rows() == [("decided", "different")]
    joined = run(SAME, decisions=[Decision(SAME[0]["entry_id"], SAME[1]["entry_id"], True, 2)])
    assert joined.papers.height == 1
    assert joined.matches.select("method", "decision", "score").rows() == [("decided", "same", 1.0)]
    assert "decided" in set(joined.paper_sources["match_method"])


def test_a_decision_outweighs_identifiers():
    """The same work stands on arXiv twice: only a person can say so."""
    rows = [{**row, "arxiv_id": f"2401.0000{number}"} for number, row in enumerate(SAME, start=1)]
    result = run(rows, decisions=[Decision(SAME[0]["entry_id"], SAME[1]["entry_id"], True, 2)])
    assert result.papers.height == 1


def test_headings_by_other_authors_are_other_works():
    """Every journal has its `Editorial`: equal texts, and yet not one work."""
    names = ["Ada Alm"], ["Berg, Bo", "Cy Cole"], ["B. Berg"], None
    rows = [entry("Editorial", number=n, authors=authors) for n, authors in enumerate(names, start=1)]
    result = run(rows)
    assert sorted(result.papers["source_count"]) == [2, 2], "without authors it joins the first"
    assert result.papers["paper_id"].n_unique() == 2
    assert_sound(rows, result)


def test_an_informative_title_without_abstract_is_one_work():
    """Listings shorten names; a title of many rare words does not stand twice by chance."""
    rows = [entry(TITLE_GLACIER, number=n, authors=[name]) for n, name in enumerate(("A. Alm", "Bo B."), 1)]
    assert run(rows).papers.height == 1


def test_a_heading_does_not_tie_other_headings_together():
    rows = [
        entry(title, number=n, authors=["Ada Alm"]) for n, title in enumerate(("Editorial", "Preface"), 1)
    ]
    assert run(rows).papers.height == 2


def test_identifiers_tell_pairs_apart_that_are_not_alike_enough():
    """The review list must not ask a person what identifiers have answered."""
    texts = (TITLE_ROBOT, ROBOT), ("Folding Shirts with Uncertain Corners", f"{ROBOT_SHIRTS} {ROBOT[:65]}")
    rows = [entry(*text, number=n, arxiv_id=f"2401.0000{n}") for n, text in enumerate(texts, 1)]
    plain = run([{**row, "arxiv_id": None} for row in rows])
    assert plain.matches["decision"].to_list() == ["unsure"]
    assert run(rows).matches["decision"].to_list() == ["different"]
