"""A digest has the papers of its days and of its subjects, in three forms."""

import json
from datetime import date
from pathlib import Path

import pytest

from paperlake.digests import Digest, Period, Subject, make_digest, read_since
from paperlake.digests.filing import weekly_digest
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import query
from tests.support.command import paperlake
from tests.support.reading_lists import current_build, paper_ids, put_list

EARLY, LATE = date(2024, 6, 15), date(2025, 6, 9)  # the days on which the dumps were retrieved


def digest_of(
    lake: Lake, first: date, *subjects: Subject, last: date | None = None, limit: int = 100
) -> Digest:
    with current_build(lake) as build:
        return make_digest(build, lake, Period(first, last), subjects, limit)


def test_the_days_of_this_file_are_those_of_the_dumps(lake: Lake) -> None:
    found = query(lake, "SELECT DISTINCT first_snapshot_date FROM papers ORDER BY ALL")[1]
    assert [day for (day,) in found] == [EARLY, LATE]


@pytest.mark.parametrize(("first", "last"), [(LATE, None), (EARLY, EARLY), (EARLY, None)])
def test_all_new_papers_are_counted_and_no_other(lake: Lake, first: date, last: date | None) -> None:
    (section,) = digest_of(lake, first, last=last).sections
    until = f"AND first_snapshot_date <= '{last}'" if last else ""
    expected = paper_ids(lake, f"first_snapshot_date >= '{first}' {until}")
    assert sorted(row["paper_id"] for row in section.rows) == expected
    assert section.total == len(expected)


def test_each_subject_is_a_section(lake: Lake) -> None:
    topic_id, label = query(
        lake, "SELECT topic_id, label FROM topics WHERE level = 1 ORDER BY paper_count DESC"
    )[1][0]
    name, key = query(lake, "SELECT name, name_key FROM paper_authors ORDER BY ALL LIMIT 1")[1][0]
    put_list(lake, "ponds.txt", *paper_ids(lake, f"first_snapshot_date = '{EARLY}'")[:5])
    found = digest_of(
        lake, EARLY, Subject("topic", topic_id), Subject("author", name), Subject("query", "language models"),
        Subject("list", "ponds"),
    )  # fmt: skip
    topic, author, text, ponds = found.sections
    assert topic.title == f"Topic: {label}"
    assert topic.rows
    written = {
        row[0] for row in query(lake, f"SELECT paper_id FROM paper_authors WHERE name_key = '{key}'")[1]
    }
    assert {row["paper_id"] for row in author.rows} == written
    assert text.rows
    assert all(row["score"] >= 0.7 for row in ponds.rows)
    assert not {row["paper_id"] for row in ponds.rows} & set(
        paper_ids(lake, f"first_snapshot_date = '{EARLY}'")[:5]
    )


def test_a_query_finds_new_papers_only(lake: Lake) -> None:
    (section,) = digest_of(lake, LATE, Subject("query", "language models")).sections
    assert section.rows
    assert {row["first_snapshot_date"] for row in section.rows} == {LATE}


def test_unknown_subjects_are_errors_or_are_said(lake: Lake) -> None:
    with pytest.raises(UsageError, match="No topic has the id or label"):
        digest_of(lake, EARLY, Subject("topic", "nope"))
    with pytest.raises(UsageError, match="There is no reading list"):
        digest_of(lake, EARLY, Subject("list", "nope"))
    (section,) = digest_of(lake, EARLY, Subject("author", "Nobody Whatever")).sections
    assert section.note == "No paper of the lake has an author of this name."


def test_a_digest_after_the_newest_dump_says_when_that_was(lake: Lake) -> None:
    found = digest_of(lake, date(2025, 7, 1))
    assert found.sections[0].note == "No new papers."
    assert found.warnings == ("The newest dump was retrieved on 2025-06-09, before 2025-07-01.",)


def test_lines_of_lists_without_a_paper_are_warnings(lake: Lake) -> None:
    put_list(lake, "ponds.txt", "2401.99999", paper_ids(lake)[0])
    found = digest_of(lake, EARLY)
    assert [section.subject.kind for section in found.sections] == ["all", "list"]
    assert "1 line names no paper of the lake" in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("7d", date(2025, 1, 24)),
        ("2w", date(2025, 1, 17)),
        ("0d", date(2025, 1, 31)),
        ("2024-12-31", date(2024, 12, 31)),
    ],
)
def test_since_is_a_day_or_a_length(text: str, first: date) -> None:
    assert read_since(text, date(2025, 1, 31)) == first


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "9999w", "2025-02-30", "yesterday"])
def test_any_other_since_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--since must be a day"):
        read_since(text, date(2025, 1, 31))


def test_the_digests_of_two_weeks_share_no_paper(lake: Lake) -> None:
    settings = Settings(lake=lake.root, embedder="hashing")
    first, paths = weekly_digest(lake, settings, LATE)
    second, _ = weekly_digest(lake, settings, date(2025, 6, 16))
    assert first.paper_count == 0
    assert second.paper_count > 0
    assert [path.name for path in paths] == ["2025-06-09.md", "2025-06-09.html", "2025-06-09.json"]
    assert json.loads(paths[2].read_text())["until"] == "2025-06-08"


def test_the_command_prints_writes_and_refuses(lake: Lake, tmp_path: Path) -> None:
    arguments = ("digest", "--since", str(EARLY), "--lake", lake.root)
    assert paperlake(*arguments).stdout.startswith("# New papers in lake, since 2024-06-15\n")
    done = paperlake(*arguments, "--format", "json", "--output", tmp_path / "d.json")
    assert done.stdout == ""
    assert json.loads((tmp_path / "d.json").read_text())["sections"][0]["total"] == len(paper_ids(lake))
    assert paperlake(*arguments, "--output", tmp_path / "none" / "d.md").returncode == 2
    assert paperlake("digest", "--since", "soon", "--lake", lake.root).returncode == 2
