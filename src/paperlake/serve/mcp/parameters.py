"""Types of the tools' parameters, with the descriptions that clients see."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from paperlake.queries.cursors import MAX_CURSOR_CHARS
from paperlake.serve.parameters import MAX_TEXT_CHARS

MAX_ROWS = 50  # of papers: some 8,000 tokens

PaperName = Annotated[
    str, Field(max_length=2000, description="A paper_id, any former id, an arXiv id, a DOI or a link.")
]
Query = Annotated[
    str,
    Field(
        max_length=MAX_TEXT_CHARS,
        description='Words, a "quoted phrase", a title or any id; empty for all that meet the filters.',
    ),
]
Topic = Annotated[str | None, Field(max_length=300, description="Id or label of a topic or subtopic.")]
Limit = Annotated[int, Field(ge=1, le=MAX_ROWS, description="Rows of one page.")]
Cursor = Annotated[str | None, Field(max_length=MAX_CURSOR_CHARS, description="The next of the page before.")]
WithAbstracts = Annotated[bool, Field(description="Whether rows have abstracts; they are long.")]
