"""Identities of sources: a heading must never look like a DOI, nor link two texts."""

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.dedup.clustering.identities import IDENTITY_COLUMNS, add_identities
from tests.support.dedup_building import are_one_paper, entry
from tests.support.hard_pairs import CELL, TITLE_GLACIER

ADA = ["Ada Alm", "Bo Berg"]


def identities(*rows: dict) -> list[tuple]:
    return add_identities(ENTRIES.frame(list(rows))).select(IDENTITY_COLUMNS).rows()


def test_a_doi_of_arxiv_is_an_arxiv_id():
    rows = [entry("T", CELL, doi="10.48550/arXiv.2401.00001v2"), entry("T", CELL, doi="10.1/X")]
    assert identities(*rows) == [("2401.00001", None, None, None), (None, "10.1/x", None, None)]


def test_other_dois_are_read_as_those_of_the_column():
    """A preprint that a journal's record names by version is the preprint without it, and arXiv's DOI an id."""
    named = ["doi:10.21203/rs.3.rs-1234/v2", "doi:10.48550/arxiv.2401.00001v3", "pmid:7"]
    row = entry("T", CELL, identifiers=named)
    found = add_identities(ENTRIES.frame([row, entry("T", CELL)]))
    assert found["identities"].to_list() == ["arxiv:2401.00001 doi:10.21203/rs.3.rs-1234 pmid:7", None]
    assert found["identifiers"].to_list() == [named, None], "what the source states is kept"


def test_a_journal_that_names_a_version_joins_the_preprint():
    preprint = entry("Ponds in winter", CELL, doi="10.21203/rs.3.rs-1234/v1")
    journal = entry("Lakes in the cold season", doi="10.1000/x", identifiers=["doi:10.21203/rs.3.rs-1234/v3"])
    assert are_one_paper(preprint, journal)
    arxiv = entry("Ponds in winter", CELL, arxiv_id="2401.00001")
    record = entry("Lakes in the cold", doi="10.1000/x", identifiers=["doi:10.48550/arxiv.2401.00001v2"])
    assert are_one_paper(arxiv, record)


def test_a_heading_by_known_authors_has_an_identity_of_its_own():
    row = entry("Editorial", authors=ADA)
    assert identities(row) == [(None, None, None, f"heading {row['entry_id']} by alm")]


def test_entries_without_heading_identity():
    rows = [
        entry("Editorial"), entry("Editorial", CELL, authors=ADA), entry(TITLE_GLACIER, authors=ADA),
        entry("Editorial", authors=ADA, doi="10.1/x"), entry("Editorial", authors=["."]),
    ]  # fmt: skip
    assert [row[3] for row in identities(*rows)] == [None] * len(rows)


def test_order_and_number_of_sources_are_kept():
    rows = [
        entry(title, number=n, authors=ADA) for n, title in enumerate(("Preface", TITLE_GLACIER, "Errata"), 1)
    ]
    found = add_identities(ENTRIES.frame(rows))
    assert found["title"].to_list() == [row["title"] for row in rows]
    assert found.select(pl.col("heading_identity").is_null()).to_series().to_list() == [False, True, False]
