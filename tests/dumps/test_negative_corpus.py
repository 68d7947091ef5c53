"""Texts that are no listings give no entries, whatever reader takes them."""

import pytest

from paperlake.dumps.formats import detect
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, read
from tests.support.negative_files import NEGATIVE_FILES
from tests.support.negative_texts import NEGATIVE_TEXTS

MIN_TEXTS, MIN_KINDS = 60, 20
# Records of reference managers and metadata may have readers of their own, which may find papers there.
TEXT_FORMATS = ("listing_text", "listing_markdown", "text_digest")


def test_the_corpus_is_large_enough() -> None:
    assert len(NEGATIVE_TEXTS) >= MIN_KINDS
    texts = [text for texts in NEGATIVE_TEXTS.values() for text in texts]
    assert len(set(texts)) == len(texts) >= MIN_TEXTS


@pytest.mark.parametrize("kind", NEGATIVE_TEXTS)
def test_no_entry_is_made_up(kind: str) -> None:
    for text in NEGATIVE_TEXTS[kind]:
        for content in (text.encode(), text.replace("\n", "\r\n").encode()):
            reader = detect(content, "some.txt")
            if reader is None or reader.format not in TEXT_FORMATS:
                continue
            found = read(reader, MemoryDump(content, "some.txt"), Settings())
            assert found.entries.is_empty(), (text[:200], found.titles)
            assert found.parsed.is_recognised is False
            assert found.codes == ["not_a_listing"]


@pytest.mark.parametrize("path", ["some/export.txt", "papers/arxiv_papers.json"])
@pytest.mark.parametrize("kind", NEGATIVE_FILES)
def test_files_of_other_programs_give_no_entry(kind: str, path: str) -> None:
    for text in NEGATIVE_FILES[kind]:
        reader = detect(text.encode(), path)
        if reader is None:
            continue
        found = read(reader, MemoryDump(text.encode(), path))
        assert found.entries.is_empty(), (text[:200], found.titles)
        assert found.codes
