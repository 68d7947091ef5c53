"""What a search text asks for: identifiers in every way people write them, phrases, words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.search.query import identifier, parse_query
from paperlake.search_index.words import plain_text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("00f84052586ff949", "paper id", "00f84052586ff949"),
        ("2406.08673", "arXiv id", "2406.08673"),
        (" arXiv:2406.08673v2 ", "arXiv id", "2406.08673"),
        ("https://arxiv.org/abs/2406.08673v1", "arXiv id", "2406.08673"),
        ("http://www.arxiv.org/pdf/2406.08673.pdf", "arXiv id", "2406.08673"),
        ("arxiv.org/html/2406.08673v3#S1", "arXiv id", "2406.08673"),
        ("https://huggingface.co/papers/2406.08673", "arXiv id", "2406.08673"),
        ("https://doi.org/10.48550/arXiv.2406.08673", "arXiv id", "2406.08673"),
        ("hep-th/9901001", "arXiv id", "hep-th/9901001"),
        ("math.AG/0601001v2", "arXiv id", "math.ag/0601001"),
        ("doi:10.1145/3292500.3330701", "DOI", "10.1145/3292500.3330701"),
        ("https://dx.doi.org/10.1145/3292500.3330701", "DOI", "10.1145/3292500.3330701"),
        ("https://example.org/Paper", "URL", "https://example.org/Paper"),
    ],
)
def test_an_identifier_is_understood_however_it_is_written(text: str, kind: str, value: str) -> None:
    found = identifier(text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    "text", ["attention", "2406", "version 2406.08673 of it", "10 papers", "cs/CL", "what is 10.5?", "1.2/3"]
)
def test_words_are_not_taken_for_an_identifier(text: str) -> None:
    assert identifier(text) is None


@pytest.mark.parametrize(
    ("text", "words", "phrases"),
    [
        ("The KV-cache of an LLM", ("kv", "cache", "llm"), ()),
        ("of the", (), ()),
        ("'; DROP TABLE papers; --", ("drop", "table", "papers"), ()),
        ("!!!", (), ()),
        ('"Flow matching" for robots', ("flow", "matching", "robots"), ("flow matching",)),
        ("\u201cSchr\u00f6dinger bridge\u201d", ("schrodinger", "bridge"), ("schrodinger bridge",)),
        ('an unpaired " quote', ("unpaired", "quote"), ()),
    ],
)
def test_words_and_phrases(text: str, words: tuple[str, ...], phrases: tuple[str, ...]) -> None:
    query = parse_query(text)
    assert query.words == words
    assert query.phrases == phrases


@given(st.text(max_size=200))
def test_every_text_has_a_reading_and_plain_text_stays_plain(text: str) -> None:
    query = parse_query(text)
    assert len(query.words) == len(query.stems)
    assert plain_text(query.title) == query.title
