"""Tagged bibliographies: tags that databases fill in their own way, records that are none, records cut off."""

from datetime import date

import pytest

from paperlake.dumps.bibliography.stated_dates import join_date, read_stated_date
from paperlake.dumps.bibliography.tagged import READERS
from tests.support.memory_dump import read

PUBMED, RIS, WOS, ENDNOTE = READERS
RECORD = "TY  - JOUR\nTI  - On Ponds\nAU  - Lovelace, Ada\nPY  - 2020\n{}ER  - \n"


def test_dates_and_identifiers_of_ris() -> None:
    more = (
        "DA  - 2020/03/06/\nUR  - http://arxiv.org/abs/1706.03762v5\nAN  - 17216039\nDB  - PubMed\n"
        "M3  - 10.1000/ABC\nKW  - ponds\nKW  - green lakes\nAB  - We look\nat ponds.\n"
    )
    row = read(RIS, RECORD.format(more)).row()
    assert (row["published_date"], row["arxiv_id"]) == (date(2020, 3, 6), "1706.03762")
    assert (row["doi"], row["identifiers"]) == ("10.1000/abc", ["pmid:17216039"])
    assert (row["abstract"], row["keywords"]) == ("We look at ponds.", ["ponds", "green lakes"])


def test_a_record_that_is_no_paper() -> None:
    text = RECORD.format("") + "TY  - ELEC\nTI  - A page\nPY  - 2020\nUR  - http://x.org\nER  - \n"
    assert read(RIS, text).codes == ["not_a_paper"]


@pytest.mark.parametrize("kind", ["NEWS", "COMP", "PAT", "VIDEO", "BLOG"])
def test_news_and_programs_are_no_papers(kind: str) -> None:
    other = f"TY  - {kind}\nTI  - Ponds\nAU  - See, A.\nPY  - 2020\nER  - \n"
    preprint = other.replace("PY", "UR  - https://arxiv.org/abs/2401.00001\nPY")
    found = read(RIS, other + "\n" + preprint)
    assert found.codes == ["not_a_paper"]
    assert found.entries["arxiv_id"].to_list() == ["2401.00001"]


def test_lines_between_records_are_a_reject() -> None:
    found = read(RIS, RECORD.format("") + "stray\n\n" + RECORD.format(""))
    assert (found.entries.height, found.codes) == (2, ["unplaced_text"])


def test_a_first_record_without_its_beginning_is_a_reject() -> None:
    found = read(RIS, RECORD.format("").replace("TY  - JOUR\n", "") + RECORD.format(""))
    assert (found.entries.height, found.codes) == (1, ["unplaced_text"])
    assert found.rejects["line_start"].to_list() == [1]


def test_two_records_that_run_together_are_no_entry() -> None:
    text = RECORD.format("").replace("ER  - \n", "") + "TI  - Another\nER  - \n"
    assert read(RIS, text).codes == ["malformed"]


def test_a_record_that_the_end_of_the_dump_cuts() -> None:
    found = read(RIS, RECORD.format("") + "TY  - JOUR\nTI  - Cut o")
    assert (found.titles, found.codes) == (["On Ponds"], ["truncated"])


def test_the_day_of_publication_online_where_pubmed_prints_a_month() -> None:
    text = (
        "PMID- 17216039\nOWN - NLM\nDP  - 2007 Jan\nTI  - On ponds\n      and lakes.\nFAU - Lovelace, Ada\n"
        "DEP - 20070110\nMH  - *Water/chemistry\nPMC - PMC12\nAID - S01 [pii]\nAID - 10.1000/x [doi]\n"
    )
    row = read(PUBMED, text).row()
    assert (row["title"], row["published_date"]) == ("On ponds and lakes.", date(2007, 1, 10))
    assert (row["doi"], row["identifiers"]) == ("10.1000/x", ["pmid:17216039", "pmcid:PMC12"])
    assert row["keywords"] == ["Water"]


def test_full_names_of_web_of_science() -> None:
    text = "FN Clarivate\nVR 1.0\nPT J\nAU Lovelace, A\nAF Lovelace, Ada\n   Babbage, Charles\nTI On\n   ponds\nPY 2020\nUT WOS:1\nER\n\nEF\n"
    row = read(WOS, text).row()
    assert (row["authors"], row["title"]) == (["Ada Lovelace", "Charles Babbage"], "On ponds")


def test_dates_of_all_spellings() -> None:
    day = date(2020, 3, 6)
    for text in ("2020-03-06", "2020/03/06/", "20200306", "2020 Mar 6", "6 March 2020", "Mar. 6, 2020",
                 "Fri, 6 Mar 2020 19:18:42 GMT", "2020-03-06T10:11:12Z", "06.03.2020", "6th of", "03/06/2020"):  # fmt: skip
        expected = None if text in ("6th of", "03/06/2020") else day
        assert read_stated_date(text).day == expected, text
    assert read_stated_date("13/03/2020").day == date(2020, 3, 13)
    assert read_stated_date("2020").has_year
    assert not read_stated_date("in press").has_year
    assert read_stated_date("in press").warning == "publication date has no year"
    assert join_date("2020", "JAN 10", None).day == date(2020, 1, 10)
    assert join_date("2020", "3", None) == read_stated_date("2020-03")
