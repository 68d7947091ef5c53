"""Identities of sources: a heading must never look like a DOI, nor link two texts."""

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.dedup.clustering.identities import IDENTITY_COLUMNS, add_identities
from tests.support.dedup_building import entry
from tests.support.hard_pairs import CELL, TITLE_GLACIER

ADA = ["Ada Alm", "Bo Berg"]


def identities(*rows: dict) -> list[tuple]:
    return add_identities(ENTRIES.frame(list(rows))).select(IDENTITY_COLUMNS).rows()


def test_a_doi_of_arxiv_is_an_arxiv_id():
    rows = [entry("T", CELL, doi="10.48550/arXiv.2401.00001v2"), entry("T", CELL, doi="10.1/X")]
    assert identities(*rows) == [("2401.00001", None, None, None), (None, "10.1/x", None, None)]


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
