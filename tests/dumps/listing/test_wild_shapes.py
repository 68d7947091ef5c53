"""Pages saved by other tools: the trending page in two shapes, and the export of a notebook tool."""

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.formats import detect
from paperlake.dumps.stage import parse_file
from paperlake.dumps.text_lines import decode_lines
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, Read, read

ABSTRACT = "We propose a model of ponds. Experiments show that the approach improves recent estimates."
LONG = ABSTRACT + " " + "The evaluation on several datasets demonstrates that the framework is robust. " * 3


def tool_page(count: int = 6) -> str:
    head = "# What is it?\n**URL:** https://example.org\n---\n\nGet trending papers in your email inbox!\n\n## Trending Papers\n"
    return head + "".join(
        f"\n### Ponds {n}: A Title That Goes On\n  In a Second Line\n\n{ABSTRACT}\nIt is {n}.\n- {n} authors\n"
        f"[LINK: GitHub {n}.3k](https://github.com/x/pond{n})\n"
        for n in range(1, count + 1)
    )


def structured_page(count: int = 6) -> str:
    head = (
        "---\ncaptured: 2026-10-07\n---\n# Trending Papers\n\n- Source URL: https://huggingface.co/papers/trending\n\n"
        '<a id="s0"></a>\n\n## by[[图片：x] AK](https://huggingface.co/akhaliq) and the research community\n\n'
    )
    return head + "".join(
        f"-\n\nSubmitted by\n\n[图片：x]\n\nzoe{n}\n\n"
        f"### [Ponds {n}: A Title That Goes On\nin a Second Line](https://huggingface.co/papers/2610.{n:05})\n\n\n"
        f"{ABSTRACT}\n\n\n[[图片：lab] Pond Lab](https://huggingface.co/lab) · Published on Oct {n}, 2026\n\n\n"
        f"[Upvote\n\n{n}7](https://huggingface.co/login?next=%2Fpapers%2F2610.{n:05})\n\n"
        f"[GitHub {n}31](https://github.com/x/pond{n}) [arXiv Page](https://arxiv.org/abs/2610.{n:05})\n\n\n"
        for n in range(1, count + 1)
    )


def notebook_export(count: int = 6) -> str:
    head = (
        "---\nurl: https://huggingface.co/papers?q=deep%20ponds\nexported: 2026-07-28\n---\n\n"
        "# Daily Papers - Hugging Face\n\nModels\n\nhttps://huggingface.co/models\n\nDaily Papers\n\nby \n\nAK\n\n"
        "https://huggingface.co/akhaliq\n\n and the research community\n\ndeep ponds\n\nDaily\n\nWeekly\n\nMonthly \n\n"
        "https://huggingface.co/papers/date/2026-03-24\n\nMar 25\n\n"
    )
    entries = []
    for n in range(1, count + 1):
        link = f"https://huggingface.co/papers/2510.{n:05}"
        slot = f"[\n\n{n} authors]({link})" if n % 2 else f"{link}\n\n Pond Lab\n\nhttps://huggingface.co/lab"
        comments = "" if n % 3 else f"\n\n{n}\n\n{link}#community"
        votes = "-" if n == 1 else n
        entries.append(
            f" [-] {votes}\n\nhttps://huggingface.co/login?next=%2Fpapers%2F2510.{n:05}\n\nPonds {n}: A Field Study\n\n"
            f"{link}\n\n{LONG}\n\n{link}\n\n{slot}\n\n·\n\nOct {n}, 2025 {comments}\n\n"
        )
    return (
        head
        + "".join(entries)
        + "Previous\n\nCompany\n\nTOS\n\nTrending Papers ranked by GitHub stars activity\n"
    )


def parse(text: str | bytes) -> Read:
    content = text if isinstance(text, bytes) else text.encode()
    reader = detect(content, "x")
    assert reader is not None
    found = read(reader, MemoryDump(content, "page.txt"))
    assert found.parsed.uncovered_lines == ()
    return found


def test_page_of_a_tool() -> None:
    found = parse(tool_page())
    assert found.titles == [f"Ponds {n}: A Title That Goes On In a Second Line" for n in range(1, 7)]
    row = found.row(2)
    assert (row["author_count"], row["code_url"], row["code_star_count"]) == (
        3,
        "https://github.com/x/pond3",
        3300,
    )
    assert row["abstract"] == f"{ABSTRACT} It is 3."
    assert found.rejects.is_empty()


def test_structured_page() -> None:
    found = parse(structured_page())
    row = found.row(1)
    assert row["title"] == "Ponds 2: A Title That Goes On in a Second Line"
    assert row["abstract"] == ABSTRACT
    assert (row["arxiv_id"], row["url"]) == ("2610.00002", "https://huggingface.co/papers/2610.00002")
    assert (row["published_date"], row["organization"]) == (date(2026, 10, 2), "Pond Lab")
    assert (row["upvote_count"], row["code_star_count"]) == (27, 231)
    assert found.rejects.is_empty()
    assert found.parsed.snapshot_date == date(2026, 10, 7)


def test_notebook_export() -> None:
    found = parse(notebook_export())
    assert found.titles == [f"Ponds {n}: A Field Study" for n in range(1, 7)]
    assert found.entries.get_column("arxiv_id").to_list() == [f"2510.{n:05}" for n in range(1, 7)]
    assert found.entries.get_column("upvote_count").to_list() == [None, 2, 3, 4, 5, 6]
    assert found.entries.get_column("comment_count").to_list() == [None, None, 3, None, None, 6]
    assert found.entries.get_column("author_count").to_list() == [1, None, 3, None, 5, None]
    assert found.entries.get_column("organization").to_list() == [None, "Pond Lab"] * 3
    assert found.row(5)["published_date"] == date(2025, 10, 6)
    assert found.rejects.is_empty()
    assert found.parsed.snapshot_date == date(2026, 7, 28)


@pytest.mark.parametrize("page", [tool_page, structured_page])
def test_mark_of_a_cut_is_a_reject(page) -> None:
    found = parse(page() + "\n[Content truncated]\n")
    assert len(found.titles) == 6
    assert found.codes == [RejectCode.TRUNCATED]


def test_mark_of_a_cut_in_a_plain_listing_is_a_reject() -> None:
    found = parse(
        f"Daily Papers\n\nPonds: A Study\n\n{LONG}\n\n  • 3 authors\n·\nMar 6, 2024\n\n[Content truncated]\n"
    )
    assert found.titles == ["Ponds: A Study"]
    assert found.codes == [RejectCode.TRUNCATED]


@pytest.mark.parametrize("page", [tool_page, structured_page, notebook_export])
def test_damage_never_raises_and_every_line_is_accounted_for(page) -> None:
    for seed in range(30):
        random_ = random.Random(seed)
        lines = page(4).split("\n")
        for _ in range(random_.randint(1, 6)):
            place = random_.randrange(len(lines))
            kind = random_.choice(("delete", "double", "move", "cut"))
            if kind == "delete":
                del lines[place]
            elif kind == "double":
                lines.insert(place, lines[place])
            elif kind == "move":
                lines.insert(random_.randrange(len(lines)), lines.pop(place))
            else:
                lines[place] = lines[place][: random_.randint(0, len(lines[place]))]
        content = bytearray("\n".join(lines).encode())
        content[random_.randrange(len(content))] = random_.randrange(256)
        if detect(bytes(content), "x") is None:
            continue
        found = parse(bytes(content))
        end = 0
        decoded = decode_lines(bytes(content)).lines
        for entry in found.entries.iter_rows(named=True):
            assert end < entry["line_start"] <= entry["line_end"] <= len(decoded)
            end = entry["line_end"]


WILD = {"hf_search_notebooklm.txt": 8, "hf_trending_tool.txt": 14, "hf_trending_structured.md": 5}


@pytest.mark.real_data
@pytest.mark.parametrize("name", WILD)
def test_pages_of_the_wild_are_read_completely(real_data: Path, settings: Settings, name: str) -> None:
    row, entries, rejects = parse_file(real_data / "dumps/wild" / name, settings)
    assert row["entry_count"] == WILD[name]
    assert rejects.is_empty()
    assert entries.get_column("abstract").null_count() == 0
    if name != "hf_trending_tool.txt":
        assert entries.select("arxiv_id", "published_date", "url").null_count().row(0) == (0, 0, 0)
        has_slot = pl.col("author_count").is_not_null() | pl.col("organization").is_not_null()
        assert entries.filter(~has_slot).is_empty()
    if name != "hf_search_notebooklm.txt":
        assert entries.select("code_url", "code_star_count").null_count().row(0) == (0, 0)
