"""Lists name papers in every spelling; what names none is told with its line, and stops nothing."""

from pathlib import Path

import pytest

from paperlake.bibliography import FORMATS, citations
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries.finding import Selection
from paperlake.reading_lists import ResolvedList, list_names, ranked, read_list, resolve
from paperlake.reading_lists.files import MAX_LIST_BYTES
from paperlake.reading_lists.ranking import FITS
from paperlake.warehouse.reading import connect, query
from tests.support.command import paperlake
from tests.support.reading_lists import current_build, paper_ids, put_list


def resolved(lake: Lake, name: str) -> ResolvedList:
    with connect(lake) as connection:
        return resolve(connection, read_list(lake, name))


def named_paper(lake: Lake) -> tuple[str, str, str]:
    return query(
        lake,
        "SELECT paper_id, arxiv_id, title FROM papers WHERE arxiv_id IS NOT NULL ORDER BY paper_id LIMIT 1",
    )[1][0]


def test_a_text_takes_every_name_and_comments(lake: Lake) -> None:
    paper_id, arxiv_id, _ = named_paper(lake)
    other = next(one for one in paper_ids(lake) if one != paper_id)
    put_list(
        lake, "ponds.txt", "# what I read", "", f"arXiv:{arxiv_id}v2  # again below",
        f"https://arxiv.org/abs/{arxiv_id}#page=3", f"10.48550/arXiv.{arxiv_id}", other.upper(),
    )  # fmt: skip
    found = resolved(lake, "ponds")
    assert found.paper_ids == (paper_id, other)
    assert found.unresolved == ()
    assert found.warning() is None


def test_every_entry_id_names_the_paper_that_the_entry_is_part_of(lake: Lake) -> None:
    entry_id, paper_id = query(
        lake,
        "SELECT max(entry_id), paper_id FROM paper_sources GROUP BY paper_id ORDER BY count(*) DESC LIMIT 1",
    )[1][0]
    put_list(lake, "ponds.txt", entry_id)
    assert resolved(lake, "ponds").paper_ids == (paper_id,)


def test_lines_that_name_no_paper_are_told(lake: Lake) -> None:
    put_list(lake, "ponds.txt", "2401.99999", "hello world", paper_ids(lake)[0])
    found = resolved(lake, "ponds")
    assert len(found.paper_ids) == 1
    assert [(one.file, one.line, one.problem) for one in found.unresolved] == [
        ("ponds.txt", 1, "no paper of the lake has this name"),
        ("ponds.txt", 2, "it is no arXiv id, DOI, link or paper_id"),
    ]
    assert "2 lines name no paper of the lake: ponds.txt line 1 (2401.99999)" in (found.warning() or "")


@pytest.mark.parametrize("with_names", [True, False])
def test_an_exported_bibliography_is_a_list(lake: Lake, with_names: bool) -> None:
    ids = paper_ids(lake)[:12]
    with connect(lake) as connection:
        text = "".join(FORMATS["bibtex"].write(citations(connection, ids), False))
    if not with_names:
        text = "\n".join(
            line for line in text.split("\n") if not line.startswith(("  eprint", "  url", "  doi"))
        )
    put_list(lake, "cited.bib", text)
    found = resolved(lake, "cited")
    assert set(ids) <= set(found.paper_ids)
    assert found.unresolved == ()


def test_broken_entries_and_unknown_titles_are_told(lake: Lake) -> None:
    title = named_paper(lake)[2]
    put_list(
        lake, "ponds.bib", "@string{y = {2020}}", f"@software{{a, title = {{{{{title.upper()}}}}}, year = y}}",
        "@article{b, title = {Never Seen}}", "@article{c, year = 2020}", "@article{d, title = {",
    )  # fmt: skip
    found = resolved(lake, "ponds")
    assert len(found.paper_ids) == 1
    assert [one.line for one in found.unresolved] == [3, 4, 5]
    assert [one.problem for one in found.unresolved] == [
        "no paper of the lake has this name", "The record has no title", "The entry does not end",
    ]  # fmt: skip


def test_other_files_are_no_lists(lake: Lake, tmp_path: Path) -> None:
    put_list(lake, "ponds.txt", "2401.99999")
    put_list(lake, "ponds.bib", "@misc{a, title = {Never Seen}}")
    put_list(lake, ".hidden.txt", "x")
    put_list(lake, "notes.md", "x")
    (tmp_path / "outside.txt").write_text("2401.99999\n")
    (lake.reading_lists / "link.txt").symlink_to(tmp_path / "outside.txt")
    assert list_names(lake) == ["ponds"]
    assert len(read_list(lake, "ponds").listed) == 2
    with pytest.raises(UsageError, match="There is no reading list 'link'"):
        read_list(lake, "link")


def test_a_list_that_is_too_large_or_binary_stops_nothing(lake: Lake) -> None:
    put_list(lake, "binary.txt", "x")
    (lake.reading_lists / "binary.txt").write_bytes(bytes(range(256)) * 20)
    with (lake.reading_lists / "large.txt").open("wb") as file:
        file.truncate(MAX_LIST_BYTES + 1)
    assert resolved(lake, "binary").paper_ids == ()
    assert "the file has more than" in str(resolved(lake, "large").unresolved[0].problem)


def test_status_names_the_lines(lake: Lake) -> None:
    put_list(lake, "ponds.txt", "2401.99999", paper_ids(lake)[0])
    shown = paperlake("status", "--lake", lake.root).stdout
    assert "Lines of reading lists that name no paper" in shown
    assert "2401.99999" in shown


def test_ranked_papers_are_not_listed_are_best_first_and_meet_the_conditions(lake: Lake) -> None:
    listed = paper_ids(lake)[:6]
    with current_build(lake) as build:
        found = ranked(build, listed, limit=500)
        assert len(found.rows) == len(paper_ids(lake)) - 6
        assert not {row["paper_id"] for row in found.rows} & set(listed)
        scores = [row["score"] for row in found.rows]
        assert scores == sorted(scores, reverse=True)
        again = ranked(build, listed, Selection(), 500)
        assert [row["score"] for row in again.rows] == scores
        day = max(row["first_snapshot_date"] for row in found.rows if row["first_snapshot_date"])
        new = ranked(build, listed, Selection(seen_from=day), 500)
        assert new.rows == [row for row in found.rows if row["first_snapshot_date"] == day]
        fitting = ranked(build, listed, least=FITS, order="newest", limit=500).rows
        assert {row["paper_id"] for row in fitting} == {
            row["paper_id"] for row in found.rows if row["score"] >= FITS
        }


def test_a_copy_of_a_listed_paper_would_be_first(lake: Lake) -> None:
    """The nearest neighbour of a list of one paper is the first of its ranking."""
    (pair,) = query(
        lake, "SELECT paper_id, similar_paper_id FROM similar_papers ORDER BY similarity DESC LIMIT 1"
    )[1]
    with current_build(lake) as build:
        first = ranked(build, [pair[0]], limit=3).rows
    assert pair[1] in [row["paper_id"] for row in first]


def test_a_list_without_papers_ranks_nothing_and_says_so(lake: Lake) -> None:
    put_list(lake, "empty.txt", "# nothing yet")
    with current_build(lake) as build:
        assert ranked(build, []).rows == []
    done = paperlake("lists", "empty", "--lake", lake.root)
    assert done.returncode == 0
    assert "nothing can be ranked" in done.stderr


def test_the_command_shows_lists_and_rankings(lake: Lake) -> None:
    put_list(lake, "ponds.txt", *paper_ids(lake)[:5], "2401.99999")
    shown = paperlake("lists", "--json", "--lake", lake.root)
    assert '{"list": "ponds", "listed": 6, "papers": 5, "unresolved": 1}' in shown.stdout
    best = paperlake("lists", "ponds", "--limit", "3", "--format", "bibtex", "--lake", lake.root)
    assert best.stdout.count("\n@") + 1 == 3
    assert "1 line names no paper of the lake" in best.stderr
    assert paperlake("lists", "nope", "--lake", lake.root).returncode == 2
