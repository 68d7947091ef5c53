"""One lake with the same works in every format: without this, a work could be several papers, or lose a field.

Most formats leave something out: ids, abstracts, names, the day. What joins them is what the rest has.
"""

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import DUMPS, REJECTS
from paperlake.catalogue.paper_tables import PAPER_SOURCES, PAPERS
from paperlake.dumps.formats import READERS
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support import mixed_dumps, mixed_works
from tests.support.lakes import fill

WORKS = mixed_works.draw(500)
# No ids and no names, or no abstracts: the texts or the titles and names decide.
WITHOUT_IDS = ("cards.txt", "papers.tsv", "dblp.xml", "endnote.enw", "wos.txt")


def lake_of(lake: Lake, *names: str) -> Lake:
    for name in names:
        (lake.raw / name).write_bytes(mixed_dumps.content(name, WORKS))
    fill(lake, Settings(lake=lake.root, embedder="hashing"), until="papers")
    return lake


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("mixed") / "lake")
    return lake_of(lake, *mixed_dumps.WRITERS)


def test_every_format_is_there_and_is_read_whole(mixed: Lake) -> None:
    dumps = mixed.read(DUMPS)
    assert set(dumps["format"]) == {reader.format for reader in READERS}
    assert dumps.filter(pl.col("entry_count") != len(WORKS)).is_empty()
    assert mixed.read(REJECTS).is_empty()


def test_the_same_works_are_the_same_papers(mixed: Lake) -> None:
    papers = mixed.read(PAPERS)
    assert papers.height == len(WORKS)
    assert papers["source_count"].to_list() == [len(mixed_dumps.WRITERS)] * len(WORKS)
    assert mixed.read(PAPER_SOURCES).group_by("paper_id", "dump_id").len()["len"].max() == 1


def test_fields_survive_the_merge(mixed: Lake) -> None:
    found = {row["arxiv_id"]: row for row in mixed.read(PAPERS).iter_rows(named=True)}
    assert found.keys() == {work.arxiv_id for work in WORKS}
    for work in WORKS:
        row = found[work.arxiv_id]
        kept = (
            row["title"],
            row["abstract"],
            row["authors"],
            row["published_date"],
            row["doi"],
            row["venue"],
        )
        assert kept == (work.title, work.abstract, work.authors, work.day, work.doi, work.venue)
        assert set(work.categories) <= set(row["categories"])
        assert {
            f"pmid:{70_000 + work.number}", f"pmcid:PMC{80_000 + work.number}", f"openalex:W{4_000_000 + work.number}",
            f"s2:{work.number:040x}", f"openreview:note{work.number}", f"wos:{work.number:015d}",
        } <= set(row["identifiers"])  # fmt: skip
        assert (row["upvote_count"], row["code_star_count"]) == (work.number, 3 * work.number)


def test_works_without_ids_are_joined_by_texts_and_names(lake: Lake) -> None:
    papers = lake_of(lake, *WITHOUT_IDS).read(PAPERS)
    assert papers.height == len(WORKS)
    assert papers["source_count"].unique().to_list() == [len(WITHOUT_IDS)]
