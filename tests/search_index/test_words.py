"""Words of one text are those of a column of texts, as the index was built from columns."""

import polars as pl

from paperlake.search_index.words import plain, plain_text, plain_texts, stemmed, stems_of_words


def test_short_lists_of_texts_are_folded_as_columns_are() -> None:
    """The index has the words of `plain`; Python's tables of characters may be of another version of Unicode."""
    characters = [chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000]
    texts = [form.format(one) for one in characters for form in ("x{}Y", "É{} Z\u0308", " {}_1")]
    texts += ["ΣΑΣ", "Straße", "ＦＵＬＬ", "İstanbul", "ﬁne “quotes” — dash", "", "…", "數學 2", "\ua7ca"]
    assert plain_texts(texts) == plain(pl.Series(texts)).to_list()
    assert plain_texts([]) == []
    assert plain_text("Ünïcode, it's!") == "unicode it s"


def test_stems_of_texts_leave_stop_words_out() -> None:
    assert stemmed(["the networks of a graph", ""]) == ["network graph", ""]
    assert stems_of_words(["networks graph", "graph"]) == {"networks": "network", "graph": "graph"}
