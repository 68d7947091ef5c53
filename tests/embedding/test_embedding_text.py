"""What is embedded of a paper: the public contract of text_hash."""

import hashlib

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from paperlake.embedding.text import paper_texts, text_hash, text_to_embed


def test_text_is_title_line_feed_abstract():
    assert text_to_embed("Title", "Abstract.") == "Title\nAbstract."
    assert text_to_embed("Title", None) == "Title"
    assert text_hash("Title\nAbstract.") == hashlib.sha256(b"Title\nAbstract.").hexdigest()
    assert text_hash("Title\nAbstract.").startswith("a626837dbfea1dc8")


@given(st.lists(st.tuples(st.text(min_size=1), st.none() | st.text(min_size=1))))
def test_papers_keep_their_order_and_their_own_hash(rows):
    papers = pl.DataFrame(
        [(f"{number:016x}", *row) for number, row in enumerate(rows)],
        schema={"paper_id": pl.String, "title": pl.String, "abstract": pl.String},
        orient="row",
    )
    texts = paper_texts(papers)
    assert texts["paper_id"].to_list() == papers["paper_id"].to_list()
    assert texts["text_hash"].to_list() == [text_hash(text_to_embed(*row)) for row in rows]
