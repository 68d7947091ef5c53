"""Digests: the papers that are new in some days, for topics, authors, queries and reading lists.

`content.py` chooses the papers, `writing.py` writes Markdown, HTML and JSON, `sending.py` sends a digest.
"""

from __future__ import annotations

from paperlake.digests.content import Digest, Section, Subject, make_digest
from paperlake.digests.period import Period, read_since
from paperlake.digests.writing import WRITERS

__all__ = ["WRITERS", "Digest", "Period", "Section", "Subject", "make_digest", "read_since"]
