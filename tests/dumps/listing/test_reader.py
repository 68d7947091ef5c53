"""Named irregularities of listings, each with what must and must not come of it."""

from datetime import date

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.listing.reader import READER
from paperlake.settings import Settings
from paperlake.text.display import MAX_REJECT_TEXT_CHARS
from paperlake.text.folding import PARAGRAPH_BREAK
from tests.support.memory_dump import MemoryDump, Read, read

TITLE = "Tidal Forces in Networks of Small Oscillators"
OTHER = "Counting Birds with Weak Labels: A Field Study"
THIRD = "Lanterns: Fast Lookup for Sorted Logs"
BODY = "We study small oscillators in networks and show where phases meet in experiments. " * 5
OTHER_BODY = "Birds are challenging to count; our approach improves recent estimates by species. " * 5
THIRD_BODY = "Sorted logs are searched again and again; we propose an efficient retrieval framework. " * 5
BODY, OTHER_BODY, THIRD_BODY = BODY.strip(), OTHER_BODY.strip(), THIRD_BODY.strip()


def card(title: str, body: str | None, slot: str = "  • 3 authors", day: str = "Mar 6, 2024") -> str:
    texts = [title] if body is None else [title, body]
    return "\n\n".join(texts) + f"\n\n{slot}\n·\n{day}\n\n"


def parse(text: str | bytes, path: str = "listing.txt") -> Read:
    found = read(READER, MemoryDump(text.encode() if isinstance(text, str) else text, path))
    assert found.parsed.uncovered_lines == ()
    return found


def test_title_without_abstract_is_an_entry_with_a_slot() -> None:
    found = parse(card(TITLE, None) + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert found.row()["abstract"] is None
    assert found.row()["author_count"] == 3


def test_title_without_abstract_is_a_reject_without_a_slot() -> None:
    found = parse(f"{TITLE}\n\n{BODY}\n\n{OTHER}\n\n{THIRD}\n\n{THIRD_BODY}\n")
    assert found.titles == [TITLE, THIRD]
    assert found.rejects.get_column("text").to_list() == [OTHER]
    assert found.codes == [RejectCode.INCOMPLETE_ENTRY]


def test_abstract_without_title_does_not_join_the_one_above() -> None:
    found = parse(f"{TITLE}\n\n{BODY}\n\n{OTHER_BODY}\n\n{THIRD}\n\n{THIRD_BODY}\n")
    assert found.titles == [TITLE, THIRD]
    assert found.row()["abstract"] == BODY
    assert found.codes == [RejectCode.INCOMPLETE_ENTRY]
    assert "without a title" in found.reasons[0]


def test_missing_date_leaves_the_date_unknown() -> None:
    found = parse(f"{TITLE}\n\n{BODY}\n\n  • 3 authors\n·\n\n" + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert (found.row()["author_count"], found.row()["published_text"]) == (3, None)
    assert found.rejects.is_empty()


def test_missing_slot_of_a_whole_entry_costs_only_the_slot() -> None:
    found = parse(f"{TITLE}\n\n{BODY}\n\n" + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert found.row()["author_count"] is None
    assert found.row(1)["author_count"] == 3


def test_entry_cut_in_the_middle_is_a_reject() -> None:
    found = parse(card(TITLE, BODY) + f"{OTHER}\n\n{OTHER_BODY[:320]}")
    assert found.titles == [TITLE]
    assert found.codes == [RejectCode.TRUNCATED]


def test_several_paragraphs_are_one_abstract() -> None:
    found = parse(
        card(TITLE, f"{BODY}\n\nThey meet twice. The second time is later.") + card(OTHER, OTHER_BODY)
    )
    assert found.titles == [TITLE, OTHER]
    assert found.row()["abstract"] == f"{BODY}{PARAGRAPH_BREAK}They meet twice. The second time is later."


def test_line_on_code_is_part_of_the_abstract_above() -> None:
    code = "Code is available at https://example.org/birds"
    found = parse(f"{TITLE}\n\n{BODY}\n\n{code}\n\n{OTHER}\n\n{OTHER_BODY}\n")
    assert found.titles == [TITLE, OTHER]
    assert found.row()["abstract"] == f"{BODY}{PARAGRAPH_BREAK}{code}"


@pytest.mark.parametrize(
    "broken", ["Counting Birds with\nWeak Labels: A Field Study", OTHER.replace(": ", ":\n")]
)
def test_wrapped_title_is_put_together(broken: str) -> None:
    found = parse(card(TITLE, BODY) + card(broken, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]


def test_hard_wrapped_abstract_is_put_together() -> None:
    import textwrap

    found = parse(card(TITLE, textwrap.fill(BODY, 72)) + card(OTHER, textwrap.fill(OTHER_BODY, 72)))
    assert found.entries.get_column("abstract").to_list() == [BODY, OTHER_BODY]
    assert found.rejects.is_empty()


@pytest.mark.parametrize("votes", [("12", "-", "7"), ("-", "-", "3")])
def test_numbers_before_titles_are_upvotes(votes: tuple[str, str, str]) -> None:
    cards = (card(TITLE, BODY), card(OTHER, None), card(THIRD, THIRD_BODY))
    found = parse(
        "Daily Papers\n\n" + "".join(f"{vote}\n\n{one}" for vote, one in zip(votes, cards, strict=True))
    )
    expected = [int(vote) if vote.isdigit() else None for vote in votes]
    assert found.entries.get_column("upvote_count").to_list() == expected
    assert found.titles == [TITLE, OTHER, THIRD]
    assert found.rejects.is_empty()


def test_one_number_alone_is_no_upvote_count() -> None:
    found = parse(card(TITLE, BODY) + "42\n\n" + card(OTHER, OTHER_BODY) + card(THIRD, THIRD_BODY))
    assert found.titles == [TITLE, OTHER, THIRD]
    assert found.entries.get_column("upvote_count").null_count() == 3
    assert found.rejects.get_column("text").to_list() == ["42"]
    assert found.codes == [RejectCode.UNPLACED_TEXT]


def test_submitter_is_furniture() -> None:
    found = parse("Submitted by\n\n" + card(TITLE, BODY) + "Submitted by zoe\n\n" + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert found.rejects.is_empty()


def test_unknown_furniture_is_a_reject_and_no_title() -> None:
    found = parse(
        "Our sponsors\n\nCookie notice\n\n" + card(TITLE, BODY) + "Sponsored\n\n" + card(OTHER, OTHER_BODY)
    )
    assert found.titles == [TITLE, OTHER]
    assert found.rejects.get_column("line_start").to_list() == [1, 13]
    assert found.codes == [RejectCode.INCOMPLETE_ENTRY] * 2


@pytest.mark.parametrize("stray", ["Sponsored", "Sponsored: Try Our New Thing for Free Today"])
def test_stray_line_before_an_abstract_is_no_title(stray: str) -> None:
    text = f"{TITLE}\n\n{stray}\n\n{BODY}\n\n  • 3 authors\n·\nMar 6, 2024\n\n"
    found = parse(card(THIRD, THIRD_BODY) + text + card(OTHER, OTHER_BODY))
    assert found.titles == [THIRD, OTHER]
    assert found.rejects.get_column("line_end").to_list() == [17]
    assert found.codes == [RejectCode.AMBIGUOUS_TEXT]


def test_two_papers_of_one_title_are_two_entries() -> None:
    found = parse("\n\n".join([TITLE, BODY, OTHER, OTHER_BODY, TITLE, THIRD_BODY]))
    assert found.titles == [TITLE, OTHER, TITLE]


def test_menu_words_are_furniture_wherever_they_stray() -> None:
    found = parse(f"Log in\n\nSign Up\n\n{TITLE}\n\nUpvote\n\n{BODY}\n\n{OTHER}\n\n{OTHER_BODY}\n\nNext\n")
    assert found.titles == [TITLE, OTHER]
    assert found.row()["abstract"] == BODY
    assert found.rejects.is_empty()


def test_line_that_the_page_repeats_is_no_title() -> None:
    stray = "Sponsored: Try Our New Thing"
    found = parse("\n\n".join([TITLE, stray, BODY, OTHER, OTHER_BODY, THIRD, stray, THIRD_BODY]))
    assert found.titles == [TITLE, OTHER, THIRD]
    assert found.rejects.get_column("text").to_list() == [stray, stray]
    assert found.codes == [RejectCode.REPEATED_TEXT] * 2


def test_paper_that_a_page_lists_twice_is_two_entries() -> None:
    found = parse("\n\n".join([TITLE, BODY, OTHER, OTHER_BODY, TITLE, BODY]))
    assert found.titles == [TITLE, OTHER, TITLE]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (("Acme Lab Acme Lab", "Blue Institute Blue Institute"), ["Acme Lab", "Blue Institute"]),
        (("Acme Lab", "Duran Duran"), ["Acme Lab", "Duran Duran"]),
    ],
    ids=["export that prints twice", "export that prints once"],
)
def test_organizations(printed: tuple[str, str], expected: list[str]) -> None:
    found = parse(card(TITLE, BODY, printed[0]) + card(OTHER, OTHER_BODY, printed[1]))
    assert found.entries.get_column("organization").to_list() == expected
    assert found.entries.get_column("author_count").null_count() == 2


def test_titles_may_look_like_marks() -> None:
    titles = [
        "Mar 6, 2025: A Day in Tweets",
        "What 12 authors",
        "Is It Over?",
        "Stop!",
        "All You Need Is Air.",
    ]
    found = parse("".join(card(title, BODY) for title in titles))
    assert found.titles == titles


def test_daily_dialog_is_a_title_and_subscribe_is_not() -> None:
    lines = ["SubscribeDailyDialog: Talk of Every Day", BODY, "Subscriber Churn in Small Shops", OTHER_BODY]
    found = parse("\n".join(lines))
    assert found.titles == ["DailyDialog: Talk of Every Day", "Subscriber Churn in Small Shops"]
    assert found.parsed.layout == "compact"


def test_slot_in_one_line_is_read() -> None:
    """Other tools join the author slot and the date."""
    text = f"{TITLE}\n\n{BODY}\n\n3 authors · Mar 6, 2024 2\n\n{OTHER}\n\n{OTHER_BODY}\n\nAcme Lab · Mar 7, 2024\n"
    found = parse(text)
    assert found.titles == [TITLE, OTHER]
    assert found.entries.get_column("author_count").to_list() == [3, None]
    assert found.entries.get_column("organization").to_list() == [None, "Acme Lab"]
    assert found.entries.get_column("published_date").to_list() == [date(2024, 3, 6), date(2024, 3, 7)]
    assert found.row()["comment_count"] == 2


def test_overlong_title_is_an_entry_where_a_slot_marks_it() -> None:
    title = "On " + "Very " * 50 + "Long Titles"
    assert parse(card(title, BODY)).titles == [title]


def test_comment_count_is_not_part_of_the_date() -> None:
    found = parse(card(TITLE, BODY, day="Jan 19, 2024 12"))
    assert found.row()["published_text"] == "Jan 19, 2024"
    assert found.row()["published_date"] == date(2024, 1, 19)
    assert found.row()["comment_count"] == 12
    assert found.row()["upvote_count"] is None


def test_repeated_lines_cost_nothing_but_themselves() -> None:
    text = card(TITLE, BODY).replace(BODY, f"{BODY}\n\n{BODY}").replace("·\n", "·\n·\n")
    found = parse(text + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert found.row()["abstract"] == BODY
    assert found.row()["published_date"] == date(2024, 3, 6)
    assert set(found.codes) == {RejectCode.REPEATED_TEXT}
    assert set(found.reasons) == {"The text above, repeated."}


def test_line_of_wrong_bytes_costs_its_entry_only() -> None:
    """Windows-1252 in a file that is UTF-8 otherwise, a NUL byte, and half a surrogate."""
    for wrong in (b"caf\xe9", b"nul\x00nul", b"\xed\xa0\x80"):
        bad = card(OTHER, OTHER_BODY).encode().replace(b"Birds are", b"Birds " + wrong)
        found = parse(card(TITLE, BODY).encode() + bad + card(THIRD, THIRD_BODY).encode())
        assert found.titles == [TITLE, THIRD]
        assert found.codes == [RejectCode.DAMAGED_TEXT]


def test_windows_1252_is_read_as_such() -> None:
    text = card("Café Talk: Naïve “Quotes”", BODY) + card(OTHER, OTHER_BODY)
    found = parse(text.encode("cp1252"))
    assert found.titles == ["Café Talk: Naïve “Quotes”", OTHER]


def test_endless_line_is_a_reject() -> None:
    text = card(TITLE, BODY) + "x" * 3000 + "\n\n" + card(OTHER, OTHER_BODY)
    found = read(READER, text, Settings(max_line_chars=2000))
    assert found.titles == [TITLE, OTHER]
    assert found.codes == [RejectCode.LIMIT_EXCEEDED]
    assert found.rejects.get_column("text")[0] == "x" * (MAX_REJECT_TEXT_CHARS - 1) + "…"


def test_line_without_letters_is_unplaced() -> None:
    found = parse(card(TITLE, BODY) + "⟨⟩ ¤¤\n\n" + card(OTHER, OTHER_BODY))
    assert found.titles == [TITLE, OTHER]
    assert found.codes == [RejectCode.UNPLACED_TEXT]


@pytest.mark.parametrize(
    "text",
    [
        "hello\nworld\n",
        " \n\t\n\n",
        "Introduction\n\n" + BODY + "\n\nMethods\n\n" + OTHER_BODY + "\n",
        "\n".join(f"{n},{n * n},{n**3}" for n in range(200)),
        "def f(x):\n    return x\n\n\nclass A:\n    pass\n" * 20,
    ],
    ids=["two words", "blank", "an article", "a table", "code"],
)
def test_text_without_papers_is_one_reject(text: str) -> None:
    found = parse(text)
    assert found.entries.is_empty()
    assert found.codes == [RejectCode.NOT_A_LISTING]
    assert found.reasons[0].startswith("No listing of papers is recognised in this text. Known formats: ")
    assert found.parsed.is_recognised is False
    first = text.strip().split("\n")[0]
    assert (found.rejects.get_column("text")[0] or "").startswith(first[:100])
    assert found.rejects.row(0, named=True)["line_end"] == found.parsed.line_count


def test_different_lone_dates_leave_the_snapshot_unknown() -> None:
    head = "Get trending papers in your email inbox!\n\nDaily Papers\n\n{}\n\n"
    one, two = head.format("Dec 12") + card(TITLE, BODY), head.format("Dec 13") + card(OTHER, OTHER_BODY)
    assert parse(one + two).parsed.snapshot_date is None
    assert parse(one + head.format("Dec 12") + card(OTHER, OTHER_BODY)).parsed.snapshot_date == date(
        2025, 12, 12
    )


def test_day_in_the_path_is_the_day_of_retrieval() -> None:
    found = parse("Dec 12\n\n" + card(TITLE, BODY, day="Mar 6"), "listings/2026-12-12T08-30-00Z.txt")
    assert found.parsed.snapshot_date == date(2026, 12, 12)
    assert found.row()["published_date"] == date(2026, 3, 6)
    assert found.row()["year_inferred"] is False
