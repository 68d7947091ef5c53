"""listing_markdown: without these a line of an export could vanish, or an entry take its neighbour's parts."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.listing.markdown.reader import READER
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, Read, read

FRONT = "---\nurl: https://example.org/papers\nretrieved: 2026-06-10\n---\n"
MENU = """new

[Subscribe](https://example.org/login)

# Daily Papers

## by [![](https://example.org/a.png)AK](https://example.org/ak) and the research community

- Daily
- Weekly

Jun 10

"""
SLOTS = {
    "authors": "[- ![](https://example.org/a.jpeg)\\\\\n- ![](https://example.org/b.svg)\\\\\n- 3 authors]({url})",
    "organization": "[![acme](https://example.org/a.png)Acme Lab](https://example.org/acme)",
    "none": "",
}


def entry(
    number: int,
    title: str = "Ponds and Their Ducks",
    abstract: str = "Ducks swim.",
    slot: str = "authors",
    printed: str = "May 29",
    votes: str = "12",
    comments: int | None = 4,
) -> str:
    url = f"https://example.org/papers/2606.{number:05d}"
    glued = "" if comments is None else f"[{comments}]({url}#community)"
    return "\n\n".join(
        [
            f"[{votes}](https://example.org/login?next=x)",
            f"### [{title}]({url})",
            f"[{abstract}]({url})",
            SLOTS[slot].format(url=url),
            "·",
            printed + glued,
            "",
        ]
    )


def numbered(number: int, abstract: str = "Ducks swim.", slot: str = "[\n* 3 authors\n]") -> str:
    return (
        f"[\n12\n][{number}]\n\n### [Ponds and Their Ducks][{number + 1}]\n\n[\n\n{abstract}\n\n][{number + 2}]\n"
        f"{slot}[{number + 3}]\n·\nMay 29 [ 4][{number + 4}]\n"
    )


def check_lines(found: Read, content: str) -> None:
    """Every line that is not blank is covered exactly as the reading says."""
    assert found.parsed.uncovered_lines == ()
    assert found.parsed.line_count == content.count("\n") + (not content.endswith("\n") and content != "")
    spans = [
        *found.entries.select("line_start", "line_end").rows(),
        *found.rejects.select("line_start", "line_end").rows(),
    ]
    taken = [line for start, end in spans for line in range(start, end + 1)]
    assert len(taken) == len(set(taken)), "a line belongs to two parts"
    assert all(1 <= line <= found.parsed.line_count for line in taken)


def test_a_whole_entry_as_markdown() -> None:
    content = FRONT + MENU + entry(1)
    assert READER.recognises(content.encode(), "x")
    found = read(READER, content)
    check_lines(found, content)
    assert {name: value for name, value in found.row().items() if value is not None} == {
        "entry_number": 1,
        "line_start": 18,
        "line_end": 30,
        "title": "Ponds and Their Ducks",
        "abstract": "Ducks swim.",
        "author_count": 3,
        "published_date": date(2026, 5, 29),
        "published_text": "May 29",
        "year_inferred": False,
        "comment_count": 4,
        "upvote_count": 12,
        "arxiv_id": "2606.00001",
        "url": "https://example.org/papers/2606.00001",
    }
    assert found.rejects.is_empty()
    assert found.parsed.snapshot_date == date(2026, 6, 10)


def test_a_whole_entry_with_numbered_links() -> None:
    content = "Jun 29\n" + numbered(31) + numbered(41, slot="[[acme] Acme Lab]")
    assert READER.recognises(content.encode(), "x")
    found = read(READER, content)
    check_lines(found, content)
    assert found.rejects.is_empty()
    assert found.entries["author_count"].to_list() == [3, None]
    assert found.entries["organization"].to_list() == [None, "Acme Lab"]
    assert found.entries.select("abstract", "upvote_count", "comment_count").unique().rows() == [
        ("Ducks swim.", 12, 4)
    ]
    assert found.entries.select("url", "arxiv_id", "published_date").null_count().row(0) == (2, 2, 2)


def test_numbers_are_resolved_by_the_list_of_links() -> None:
    content = (
        numbered(31) + "\n[31]: https://example.org/login\n[32]: https://example.org/papers/2606.00007\n"
    )
    found = read(READER, content)
    check_lines(found, content)
    assert found.rejects.is_empty()
    assert (found.row()["arxiv_id"], found.row()["url"]) == (
        "2606.00007",
        "https://example.org/papers/2606.00007",
    )
    assert found.row()["published_date"] == date(2026, 5, 29)  # the year nearest to the id's month


def test_the_date_in_the_path_gives_the_year() -> None:
    dump = MemoryDump(entry(1).encode(), "listing/page_2027-06-01.md")
    found = read(READER, dump)
    assert (found.row()["published_date"], found.parsed.snapshot_date) == (
        date(2027, 5, 29),
        date(2027, 6, 1),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ponds\\  and Lakes", "Ponds and Lakes"),
        ("Ponds \\[Extended\\] and \\*Lakes\\*", "Ponds [Extended] and *Lakes*"),
        ("Ponds [Extended] and $\\\\alpha$", "Ponds [Extended] and $\\alpha$"),
        ("A Title of Ponds\nand Lakes", "A Title of Ponds and Lakes"),
    ],
    ids=str,
)
def test_escapes_of_titles_are_undone(written: str, meant: str) -> None:
    found = read(READER, entry(1, title=written))
    assert found.titles == [meant]
    assert found.row()["abstract"] == "Ducks swim."


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("One\\\\\ntwo\\\\\nthree.", "One two three."),
        ("In [0, 1\\] and 50\\% of $x\\_1$.", "In [0, 1] and 50% of $x_1$."),
        ("See \\[[12](https://example.org/12)\\] for\nmore.", "See [[12](https://example.org/12)] for more."),
        ("One.\n\nTwo.", "One.\n\nTwo."),
    ],
    ids=str,
)
def test_escapes_and_breaks_of_abstracts_are_undone(written: str, meant: str) -> None:
    content = entry(1, abstract=written) + entry(2)
    found = read(READER, content)
    check_lines(found, content)
    assert found.entries["abstract"].to_list() == [meant, "Ducks swim."]


def test_votes_and_comments_that_are_not_shown_are_unknown() -> None:
    found = read(READER, entry(1, votes="-", comments=None))
    assert (found.row()["upvote_count"], found.row()["comment_count"]) == (None, None)


def test_a_missing_abstract_does_not_take_the_author_slot() -> None:
    content = entry(1).replace("[Ducks swim.](https://example.org/papers/2606.00001)\n\n", "") + entry(2)
    found = read(READER, content)
    check_lines(found, content)
    assert found.entries["abstract"].to_list() == [None, "Ducks swim."]
    assert found.entries["author_count"].to_list() == [3, 3]


def test_a_missing_date_leaves_an_entry_and_loses_nothing() -> None:
    content = entry(1).split("·")[0] + "a stray line\n\n" + entry(2)
    found = read(READER, content)
    check_lines(found, content)
    assert found.entries["published_text"].to_list() == [None, "May 29"]
    assert found.rejects.select("reason_code", "reason", "text").rows() == [
        (RejectCode.UNPLACED_TEXT, "Neither page chrome nor part of an entry.", "a stray line")
    ]


@pytest.mark.parametrize("cut", range(10, 300, 7))
def test_a_cut_export_never_raises_and_keeps_the_entries_before(cut: int) -> None:
    whole = entry(1)
    content = whole + entry(2)[:cut]
    found = read(READER, content)
    check_lines(found, content)
    assert found.row() == read(READER, whole).row()


def test_a_line_of_something_else_after_a_title_makes_a_reject() -> None:
    content = entry(1) + entry(2).replace("[Ducks swim.]", "Ducks [swim.]") + entry(3)
    found = read(READER, content)
    check_lines(found, content)
    assert found.entries["arxiv_id"].to_list() == ["2606.00001", "2606.00003"]
    assert found.codes == [RejectCode.INCOMPLETE_ENTRY]
    assert found.reasons == ["After the title comes neither an abstract nor authors nor a date."]


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("### Ponds", RejectCode.INCOMPLETE_ENTRY),
        ("### [ ](https://e.org/papers/1)", RejectCode.MISSING_FIELD),
    ],
    ids=["no link", "no title"],
)
def test_heading_without_link_or_title_is_a_reject(heading: str, code: RejectCode) -> None:
    found = read(READER, entry(1) + heading + "\n\n" + entry(2))
    assert found.entries["arxiv_id"].to_list() == ["2606.00001", "2606.00002"]
    assert found.codes == [code]


def test_damaged_and_endless_lines_are_rejects_with_their_entry() -> None:
    content = entry(1) + entry(2, abstract="Ducks\x00swim.") + entry(3, abstract="x" * 3000) + entry(4)
    found = read(READER, content, Settings(max_line_chars=2000))
    check_lines(found, content)
    assert found.entries["arxiv_id"].to_list() == ["2606.00001", "2606.00004"]
    assert found.codes == [RejectCode.DAMAGED_TEXT, RejectCode.LIMIT_EXCEEDED]
    assert found.reasons == [
        "The line contains bytes that are no text.",
        "The line has more than 2,000 characters (max_line_chars).",
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_line_ends_and_encodings_make_no_difference(line_end: str, encoding: str) -> None:
    content = FRONT + MENU + entry(1, title="Pönds and Ducks") + entry(2)
    expected = read(READER, content)
    found = read(READER, content.replace("\n", line_end).encode(encoding))
    assert found.entries.equals(expected.entries)
    assert found.rejects.equals(expected.rejects)


WORDS = st.lists(
    st.sampled_from(["ducks", "swim", "(0,", "1]", "50%", "a_b", "–", "Größe", "x=1.", "why?"]), min_size=60
)


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(["Ponds", "and", "Ducks:", "2", "α", "(Part", "One)"]),
                min_size=2,
                max_size=20,
            ),
            WORDS,
            st.sampled_from(sorted(SLOTS)),
            st.sampled_from(["May 29", "Feb 27, 2025", "Jan 1"]),
            st.one_of(st.none(), st.integers(0, 900)),
            st.sampled_from(["-", "0", "7", "1234"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", FRONT, FRONT + MENU]),
)
def test_what_is_written_is_read(
    papers: list[tuple[list[str], list[str], str, str, int | None, str]], front: str
) -> None:
    content = front + "".join(
        entry(number, " ".join(title), " ".join(words).replace("]", "\\]"), slot, printed, votes, comments)
        for number, (title, words, slot, printed, comments, votes) in enumerate(papers, start=1)
    )
    found = read(READER, content)
    check_lines(found, content)
    assert found.rejects.is_empty()
    for row, (title, words, slot, printed, comments, votes) in zip(
        found.entries.iter_rows(named=True), papers, strict=True
    ):
        assert row["title"] == " ".join(title)
        assert row["abstract"] == " ".join(words)
        assert row["published_text"] == printed
        assert row["comment_count"] == comments
        assert row["upvote_count"] == (None if votes == "-" else int(votes))
        assert row["author_count"] == (3 if slot == "authors" else None)
        assert row["organization"] == ("Acme Lab" if slot == "organization" else None)


@given(st.data())
def test_damage_never_raises_and_accounts_for_every_line(data: st.DataObject) -> None:
    lines = (FRONT + MENU + entry(1) + entry(2) + numbered(31) + entry(4)).split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["delete", "double", "swap", "cut", "noise"])):
            case "delete":
                del lines[place]
            case "double":
                lines.insert(place, lines[place])
            case "swap":
                lines[place], lines[0] = lines[0], lines[place]
            case "cut":
                lines[place] = lines[place][: len(lines[place]) // 2]
            case _:
                lines[place] += data.draw(st.text(alphabet="[]()#\\· \x01é1", max_size=8))
    content = "\n".join(lines)
    found = read(READER, content)
    check_lines(found, content)


@pytest.mark.parametrize("noise", ["![", "[", "](", "### [", "\\", "  ", "[1] ", "·\n", "[\n"], ids=repr)
def test_hostile_lines_are_read_in_one_pass(noise: str) -> None:
    content = entry(1) + noise * 50_000 + "\n" + entry(2)
    found = read(READER, content)
    assert found.parsed.uncovered_lines == ()
    READER.recognises(content.encode()[:65_536], "x")
    READER.recognises(b"### [" + noise.encode() * 10_000, "x")


def test_other_texts_are_not_recognised() -> None:
    assert not READER.recognises(b"# Daily Papers\n\n### Notes\n\n[a](b)\n", "x")
    assert not READER.recognises(b"Ponds and Ducks\n\nAbstract\n", "x")
    assert not READER.recognises(b"### [Ponds](https://example.org/blog/ponds)\n", "x")


@pytest.mark.real_data
def test_real_exports_are_read_completely(real_data: Path) -> None:
    folder = real_data / "dumps/listing_markdown"
    columns = ["arxiv_id", "author_count", "organization", "published_date", "comment_count", "upvote_count"]
    markdown = read(READER, MemoryDump.of(folder / "markdown_export.md", "x"))
    assert markdown.rejects.is_empty()
    assert markdown.parsed.uncovered_lines == ()
    assert markdown.parsed.snapshot_date == date(2026, 10, 2)
    assert markdown.entries.select(columns).rows() == [
        ("2606.00683", None, "OCC", date(2026, 5, 29), 6, 101),
        ("2502.20581", 3, None, date(2025, 2, 27), None, None),
        ("2605.08583", None, "University of Massachusetts Amherst", date(2026, 5, 8), 1, 1),
        ("2609.00319", 10, None, date(2026, 8, 30), None, None),
    ]
    numbered_links = read(READER, MemoryDump.of(folder / "numbered_links_export.txt", "x"))
    assert numbered_links.rejects.is_empty()
    assert numbered_links.parsed.uncovered_lines == ()
    assert numbered_links.entries.select(columns).rows() == [
        (None, 3, None, date(2026, 5, 30), None, None),
        (None, 671, None, date(2024, 3, 8), 6, 65),
        (None, 8, None, date(2025, 11, 14), None, 1),
        (None, None, "Microsoft", date(2026, 3, 13), 3, 24),
    ]
