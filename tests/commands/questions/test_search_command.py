"""Options of `paperlake search`: the filters of the page, in the same words."""

import json

from paperlake.lake import Lake
from paperlake.warehouse.reading import query
from tests.support.command import paperlake


def found(filled: Lake, *options: str) -> set[str]:
    done = paperlake("search", "models", "--limit", "500", "--json", "--lake", filled.root, *options)
    assert done.returncode == 0, done.stderr
    return {json.loads(line)["paper_id"] for line in done.stdout.splitlines()}


def test_code_and_upvotes_filter(filled: Lake) -> None:
    _, rows = query(filled, "SELECT paper_id, code_url, coalesce(upvote_count, -1) FROM papers")
    every = found(filled)
    with_code = {paper_id for paper_id, code, _ in rows if code}
    voted = {paper_id for paper_id, _, upvotes in rows if upvotes >= 7}
    assert found(filled, "--has-code") == every & with_code < every
    assert found(filled, "--min-upvotes", "7") == every & voted < every
    assert found(filled, "--min-upvotes", "7", "--has-code") == every & voted & with_code
    assert paperlake("search", "models", "--min-upvotes", "-1", "--lake", filled.root).returncode == 2
