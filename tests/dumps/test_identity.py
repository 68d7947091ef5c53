"""The frozen normalisation: its vectors may never change, or published ids would break."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from paperlake.dumps import identity
from paperlake.dumps.identity import entry_id, entry_ids, normalise

VECTORS = {
    "Attention—is  all\tyou need?": "attention is all you need",
    "ＦＵＬＬ width ﬁne": "full width fine",
    "Straße, STRASSE": "strasse strasse",
    "co\u00adoperate zero\u200bwidth": "cooperate zerowidth",
    "cafe\u0301 = café": "café = café",
    "C++ and C#": "c++ and c",
    "$\\mathcal{O}(n^2)$": "$ mathcal o n 2 $",
    "“quoted” ‘text’ `code` ´": "quoted text code",
    "नमस्ते 语言模型": "नमस्ते 语言模型",
    "İstanbul": "i̇stanbul",
    " \n ": "",
    "snake_case-and.dots": "snake case and dots",
}


@pytest.mark.parametrize(("text", "expected"), VECTORS.items())
def test_normalisation_version_1(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        ("Counting Birds", "We count birds.", "75c2c792a8c8fa69"),
        ("Counting Birds", None, "a7b94ecfa6b71099"),
        ("Zählen — Vögel", "Wir zählen “Vögel”.", "4e5b13e431e408e8"),
    ],
)
def test_entry_ids_are_pinned(title: str, abstract: str | None, expected: str) -> None:
    assert entry_id(title, abstract) == expected


def test_id_is_the_same_for_the_same_words() -> None:
    assert entry_id("Counting  Birds!", "we count BIRDS") == entry_id("counting birds", "We count birds.")
    assert entry_id("Counting Birds", "") == entry_id("Counting Birds", None)
    assert entry_id("Counting", "Birds") != entry_id("Counting Birds", None)
    assert entry_ids(["a", "b"], [None, "c"]) == [entry_id("a", None), entry_id("b", "c")]


@given(st.text())
@hypothesis_settings(max_examples=300, deadline=None)
def test_normalisation_is_idempotent_and_equal_for_ascii(text: str) -> None:
    """Without it the fast way for ASCII could drift from the full one, and equal texts get two ids."""
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(text + "é") == normalise("".join([text, "é"]))
    if text.isascii():
        slow = " ".join(text.casefold().translate(identity._FOLDING).split())
        assert once == slow


def test_lone_surrogates_have_an_id() -> None:
    assert len(entry_id("a\ud800b", None)) == len(hashlib.sha256().hexdigest()) // 4
