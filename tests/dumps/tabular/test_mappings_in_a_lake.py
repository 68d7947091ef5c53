"""Mappings of a lake: a new or changed one must be read, and must not cost the dumps that it cannot concern."""

from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import fill
from tests.support.works import draw_works, to_bibtex

DUMPS_OF_TABLE = pl.col("path") == "table.csv"
TABLE = "Bezeichnung,Wer,Wann\nOn Ponds,A. See,2020\n"
MAPPING = "[match]\npath = '*.csv'\n[columns]\ntitle = 'Bezeichnung'\nauthors = 'Wer'\n{}"


def write_mapping(lake: Lake, more: str) -> None:
    lake.mappings.mkdir(parents=True, exist_ok=True)
    (lake.mappings / "lab.toml").write_text(MAPPING.format(more))


def parsed_count(lake: Lake, settings: Settings) -> int:
    facts = fill(lake, settings, "parsed_entries")["parsed_entries"].facts
    return int(str(facts["parsed_dump_count"]))


def test_a_new_mapping_is_read_and_costs_tables_alone(lake: Lake, settings: Settings) -> None:
    (lake.raw / "table.csv").write_text(TABLE)
    (lake.raw / "refs.bib").write_text(to_bibtex(draw_works(3)))
    assert parsed_count(lake, settings) == 2
    assert lake.read(ENTRIES).height == 3
    write_mapping(lake, "")
    assert parsed_count(lake, settings) == 1
    table = lake.read(DUMPS).row(by_predicate=DUMPS_OF_TABLE, named=True)
    assert (table["format"], table["entry_count"]) == ("csv", 1)
    write_mapping(lake, "year = 'Wann'\n")
    assert parsed_count(lake, settings) == 1
    assert "2020" in lake.read(ENTRIES)["published_text"].to_list()
    (lake.mappings / "lab.toml").unlink()
    assert parsed_count(lake, settings) == 1
    assert lake.read(ENTRIES).height == 3


def test_a_malformed_mapping_stops_the_run(lake: Lake, settings: Settings) -> None:
    (lake.raw / "table.csv").write_text(TABLE)
    write_mapping(lake, "titel = 'x'\n")
    with pytest.raises(UsageError, match=r"lab\.toml names an unknown field titel"):
        fill(lake, settings, "parsed_entries")


def test_one_dump_of_a_lake_is_parsed_with_its_mappings(lake: Lake, settings: Settings) -> None:
    from paperlake.dumps.stage import parse_file

    (lake.raw / "table.csv").write_text(TABLE)
    write_mapping(lake, "")
    row, entries, _ = parse_file(Path(lake.raw / "table.csv"), settings)
    assert (row["format"], entries["title"].to_list()) == ("csv", ["On Ponds"])
