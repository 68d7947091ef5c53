"""saved_page: without these the markup could tell another story than the embedded JSON."""

import html
import json
import re
from datetime import date
from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.structured.saved_page import READER
from tests.support.memory_dump import MemoryDump, read

SHOWN = ["entry_number", "title", "upvote_count", "comment_count", "author_count", "arxiv_id"]


def card(number: int, title: str = "A Paper about Ponds", votes: str = "12", comments: str = "3") -> str:
    link = f"/papers/2401.{number:05d}"
    return f"""<article><a href="{link}"><img src="x.png"></a>
      <div>Submitted by someone</div><a href="/login?next=%2Fpapers"><svg></svg><div>{votes}</div></a>
      <h3><a href="{link}">{title}</a></h3>
      <a href="{link}"><ul><li title="a"></li><li>· 14 authors</li></ul></a>
      <a href="{link}#community"><svg></svg> {comments} </a></article>"""


def page(*cards: str, embedded: str = "") -> str:
    return f"""<!doctype html><html><head><title>Daily Papers</title></head><body>{embedded}
      <time datetime="2024-01-09T00:00:00.000Z">Jan 9</time>{"".join(cards)}</body></html>"""


def embed(props: str) -> str:
    return f'<div data-target="DailyPapers" data-props="{html.escape(props)}"></div>'


def test_cards_are_read_without_the_embedded_json() -> None:
    found = read(READER, page(card(1), card(2, "Ponds &amp;\n Lakes", "-", "")))
    assert found.entries.select(SHOWN).rows() == [
        (1, "A Paper about Ponds", 12, 3, 14, "2401.00001"),
        (2, "Ponds & Lakes", None, None, 14, "2401.00002"),
    ]
    assert found.parsed.listed_date == date(2024, 1, 9)
    assert found.entries["url"].to_list() == [None, None]  # a relative link is no link


def test_a_card_without_title_or_link_is_a_reject() -> None:
    found = read(READER, page(card(1), card(2, title=" "), "<article><h3>About us</h3></article>", card(4)))
    assert found.entries["entry_number"].to_list() == [1, 4]
    assert found.rejects.select("entry_number", "reason_code", "reason").rows() == [
        (2, RejectCode.MISSING_FIELD, "The card has no title."),
        (3, RejectCode.MISSING_FIELD, "The card has no link to a paper."),
    ]


def test_embedded_papers_are_read_like_answers_of_the_api() -> None:
    papers = [
        {"paper": {"title": 'Ponds "and" Lakes <1>', "id": "2401.00001", "summary": "x"}, "numComments": 1},
        {},
    ]
    props = json.dumps({"date": "2024-01-08T00:00:00.000Z", "dailyPapers": papers})
    found = read(READER, page(card(9), embedded=embed(props)))
    assert found.titles == ['Ponds "and" Lakes <1>']
    assert found.rejects.select("entry_number", "reason_code").rows() == [(2, RejectCode.MISSING_FIELD)]
    assert found.reasons == ["The object has no paper."]
    assert found.parsed.listed_date == date(2024, 1, 8)


def test_broken_embedded_json_is_a_reject_and_the_cards_are_read() -> None:
    found = read(READER, page(card(1), embedded=embed('{"dailyPapers": oops}')))
    assert found.titles == ["A Paper about Ponds"]
    assert found.codes == [RejectCode.MALFORMED]
    assert found.reasons[0].startswith("The embedded papers: The JSON is broken")


def test_an_address_that_the_page_gives_is_kept() -> None:
    found = read(READER, page(card(1).replace('href="/papers', 'href="https://example.org/papers')))
    assert found.row()["url"] == "https://example.org/papers/2401.00001"


@pytest.mark.parametrize("content", ["<html></html>", "<html><title>Not found</title>", "<!doctype html>"])
def test_a_page_without_papers_is_one_reject(content: str) -> None:
    assert READER.recognises(content.encode(), "x")
    found = read(READER, content)
    assert found.codes == [RejectCode.NO_ENTRIES]
    assert found.reasons == ["The page shows no papers: neither embedded JSON nor cards."]


def test_bytes_that_are_no_text_do_not_reach_a_title() -> None:
    found = read(READER, page(card(1), card(2, "P@nds")).encode().replace(b"P@nds", b"P\xffnds"))
    assert found.entries["entry_number"].to_list() == [1]
    assert found.codes == [RejectCode.DAMAGED_TEXT]
    assert found.reasons == ["The title contains characters that are not Unicode text."]


@pytest.mark.parametrize(
    "noise", ["<!--", "<a ", "<", "</", "<!x", "<?", "&#", "<a b='", "<article>", "<div>"], ids=str
)
def test_hostile_markup_is_read_in_one_pass(noise: str) -> None:
    """Without the cleaning of comments and of an open end, some of these take minutes."""
    found = read(READER, "<html>" + noise * 50_000)
    assert found.entries.is_empty()
    assert set(found.codes) <= {RejectCode.NO_ENTRIES, RejectCode.MISSING_FIELD}


def test_a_page_with_numbers_past_reason_is_read() -> None:
    found = read(READER, page(card(1, votes="9" * 5000, comments="9" * 30)))
    assert (found.row()["upvote_count"], found.row()["comment_count"]) == (None, None)


@pytest.mark.real_data
def test_the_real_page_tells_the_same_by_json_and_by_markup(real_data: Path) -> None:
    dump = MemoryDump.of(real_data / "dumps/saved_page/papers_2024-08-01.html", "saved_page")
    assert READER.recognises(dump.head(), "x")
    by_json = read(READER, dump)
    stripped = re.sub(rb' data-props="[^"]*"', b"", dump.bytes_)
    by_markup = read(READER, MemoryDump(stripped, dump.path))
    assert by_json.entries.height == 13
    assert by_json.entries["abstract"].null_count() == 0
    assert by_json.entries.select(SHOWN).equals(by_markup.entries.select(SHOWN))
    assert by_json.rejects.is_empty()
    assert by_markup.rejects.is_empty()
    assert by_json.parsed.listed_date == by_markup.parsed.listed_date == date(2024, 8, 1)
