"""Text digests: every layout, what is read of each label, what is rejected, and that damage is accounted for."""

import random
from datetime import date
from pathlib import Path

import pytest

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.digests.reader import READER
from paperlake.dumps.formats import detect
from paperlake.dumps.text_lines import decode_lines
from tests.support.memory_dump import MemoryDump, Read, read

COUNT = 20
ABSTRACT = (
    "We study how ponds freeze and propose a model of the ice. Experiments on {n} ponds show that the approach "
    "reduces the error of recent estimates."
)


def title(n: int) -> str:
    return f"Ice on Ponds {n}: A Field Study"


def blocks(count: int = COUNT) -> str:
    return "".join(
        f"Title: {title(n)}\nPDF: https://arxiv.org/pdf/2608.{n:05}\nSummary: {ABSTRACT.format(n=n)}\n---\n"
        for n in range(1, count + 1)
    )


def headings(count: int = COUNT) -> str:
    return "# Digest of ponds\n\n" + "".join(
        f"## {n}. {title(n)}\n\n**Authors**: Ada Lovelace, Charles Babbage\n\n"
        f"**Link**: [PDF](https://arxiv.org/pdf/2608.{n:05}) | [Code](https://github.com/x/pond{n})\n\n"
        f"**Published**: 2026-08-{n:02}\n\n**Categories**: cs.CL, cs.AI\n\n**Mood**: cold\n\n"
        f"**Abstract**: {ABSTRACT.format(n=n)}\n\nA second paragraph on pond {n}.\n\n**TL;DR**: Ice {n}.\n\n---\n"
        for n in range(1, count + 1)
    )


def table(count: int = COUNT) -> str:
    head = "## Ponds\n\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
    return head + "".join(
        f"|**2022-10-{n:02}**|**{title(n)}**|Ada Lovelace et.al.|[2210.{n:05}v1](http://arxiv.org/abs/2210.{n:05}v1)|"
        + ("null|\n" if n % 2 else f"**[link](https://github.com/x/pond{n})**|\n")
        for n in range(1, count + 1)
    )


LAYOUTS = {"blocks": blocks, "headings": headings, "table": table}


def parse(text: str | bytes) -> Read:
    found = read(READER, MemoryDump(text if isinstance(text, bytes) else text.encode(), "digest.md"))
    assert found.parsed.uncovered_lines == ()
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_paper_comes_back(layout: str) -> None:
    text = LAYOUTS[layout]()
    assert detect(text.encode(), "x") is READER
    found = parse(text)
    assert found.titles == [title(n) for n in range(1, COUNT + 1)]
    assert found.rejects.is_empty()
    assert found.parsed.layout == layout
    prefix = "2210" if layout == "table" else "2608"
    assert found.entries.get_column("arxiv_id").to_list() == [f"{prefix}.{n:05}" for n in range(1, COUNT + 1)]


def test_fields_of_a_block() -> None:
    row = parse(blocks()).row(2)
    assert (row["line_start"], row["line_end"]) == (9, 11)
    assert row["abstract"] == ABSTRACT.format(n=3)
    assert row["summary"] is None
    assert row["url"] == "https://arxiv.org/pdf/2608.00003"


def test_fields_of_a_heading() -> None:
    row = parse(headings()).row(4)
    assert row["authors"] == ["Ada Lovelace", "Charles Babbage"]
    assert row["author_count"] == 2
    assert row["abstract"] == f"{ABSTRACT.format(n=5)}\n\nA second paragraph on pond 5."
    assert row["summary"] == "Ice 5."
    assert row["code_url"] == "https://github.com/x/pond5"
    assert row["categories"] == ["cs.CL", "cs.AI"]
    assert (row["published_date"], row["published_text"]) == (date(2026, 8, 5), "2026-08-05")


def test_fields_of_a_table_row() -> None:
    """Only the first author is named, which a warning says."""
    found = parse(table())
    row = found.row(1)
    assert (row["authors"], row["author_count"]) == (["Ada Lovelace"], 1)
    (part,) = READER.read(MemoryDump(table().encode(), "x"), settings()).parts
    assert part.warnings == {"authors end with et al., so that author_count is too low": COUNT}
    assert (row["published_date"], row["categories"]) == (date(2022, 10, 2), ["Ponds"])
    assert (row["code_url"], found.row(0)["code_url"]) == ("https://github.com/x/pond2", None)


def test_text_between_records_is_a_reject() -> None:
    found = parse(blocks(3) + "Some words of the editor.\n" + blocks(3))
    assert len(found.titles) == 6
    assert found.codes == [RejectCode.UNPLACED_TEXT]


def test_records_without_content_are_rejects() -> None:
    found = parse(
        blocks(6) + "Title: Nothing But a Title\nPDF: https://arxiv.org/pdf/2608.17744\n---\nTitle:\nPDF: x\n"
    )
    assert len(found.titles) == 6
    assert found.codes == [RejectCode.MISSING_FIELD] * 2


def test_mark_of_a_cut_is_a_reject_of_its_own() -> None:
    found = parse(blocks(3) + "[Content truncated]\n")
    assert len(found.titles) == 3
    assert found.codes == [RejectCode.TRUNCATED]


def test_upvotes_and_dates_that_are_not_understood_are_warnings() -> None:
    text = blocks(4).replace("---", "Upvotes: many\nDate: soon\n---", 1)
    warnings = [part.warnings for part in READER.read(MemoryDump(text.encode(), "x"), settings()).parts]
    assert warnings == [{"upvotes are no number": 1, "date is not understood": 1}]


def settings():
    from paperlake.settings import Settings

    return Settings()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damage_never_raises_and_every_line_is_accounted_for(layout: str) -> None:
    """Lines deleted, doubled, moved, cut and flipped, in three encodings."""
    for seed in range(40):
        random_ = random.Random(seed)
        lines = LAYOUTS[layout](6).split("\n")
        for _ in range(random_.randint(1, 8)):
            place = random_.randrange(len(lines))
            kind = random_.choice(("delete", "double", "move", "cut", "flip"))
            if kind == "delete" and len(lines) > 1:
                del lines[place]
            elif kind == "double":
                lines.insert(place, lines[place])
            elif kind == "move":
                lines.insert(random_.randrange(len(lines)), lines.pop(place))
            elif kind == "cut":
                lines[place] = lines[place][: random_.randint(0, len(lines[place]))]
            elif lines[place]:
                at = random_.randrange(len(lines[place]))
                lines[place] = lines[place][:at] + chr(random_.randrange(1, 300)) + lines[place][at + 1 :]
        content = "\n".join(lines).encode(random_.choice(("utf-8", "utf-16", "cp1252")), "replace")
        content = content[: random_.randint(2, len(content))]
        found = parse(content)
        end = 0
        decoded = decode_lines(content).lines
        for entry in found.entries.iter_rows(named=True):
            assert end < entry["line_start"] <= entry["line_end"] <= len(decoded)
            end = entry["line_end"]
            span = " ".join(" ".join(decoded[entry["line_start"] - 1 : end]).split())
            assert entry["title"] in span.replace("*", "")
        assert all(
            1 <= a <= b <= len(decoded) for a, b in found.rejects.select("line_start", "line_end").rows()
        )


@pytest.mark.real_data
def test_digests_of_the_wild_are_read(real_data: Path) -> None:
    folder = real_data / "dumps/wild"
    found = parse((folder / "daily_as_text_2026-08-21.txt").read_bytes())
    assert (len(found.titles), found.rejects.height) == (50, 0)
    assert found.entries.select("abstract", "arxiv_id", "url").null_count().row(0) == (0, 0, 0)
    found = parse((folder / "arxiv_digest_csq.md").read_bytes())
    assert (len(found.titles), found.rejects.height) == (15, 0)
    assert found.entries.select("abstract", "arxiv_id", "authors").null_count().row(0) == (0, 0, 0)
